# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: functions, with the alias that leads to the version that is declared."""

from __future__ import annotations

import pathlib
import time
import typing as t

from ..canary import Canary
from ..reconcile import differences
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource, Session
from ..retries import PROPAGATION, tolerated

_GONE = "ResourceNotFoundException"
_CANARY = ("canary_percent", "canary_seconds", "canary_errors", "canary_alarms")
# Versions that differ in these cannot share an alias (UG lambda/configuring-alias-routing).
_UNSHARED = {"role_arn": "Role", "dead_letter_arn": "DeadLetterConfig"}
# What becomes of events that nobody waits for, and what AWS does where nobody says (UG lambda/invocation-async-error-handling.md).
_ASYNCHRONOUS: Item = {"maximum_retry_attempts": 2, "maximum_event_age_seconds": 21600, "failure_destination_arn": ""}
_UNVERSIONED = {"reserved_concurrency", "provisioned_concurrency", "alias", *_ASYNCHRONOUS}  # what no version has of its own
_SLOW = 1200.0  # seconds; the first interface of a function in a subnet takes minutes
# Options of an item -> members of a configuration, where both say the same.
_MEMBERS = {
    "description": "Description", "role_arn": "Role", "runtime": "Runtime", "handler": "Handler", "memory_mb": "MemorySize", "timeout_seconds": "Timeout",
}  # fmt: skip
_UNTRIED = "at once: versions with different roles or dead letter queues cannot share an alias"
# What says of two versions that they run the same way.
_SAME = (
    "CodeSha256",
    *_MEMBERS.values(),
    "Environment",
    "VpcConfig",
    "Layers",
    "TracingConfig",
    "DeadLetterConfig",
    "KMSKeyArn",
    "LoggingConfig",
    "Architectures",
)


class Functions(Kind):
    """A function. What is declared is published as a version of its own, and the alias leads there: whoever calls the alias gets the declared function."""

    module, service, noun = "lambda_functions", "lambda", "function"
    create_then_update = True
    unreported = ("package", *_CANARY)
    not_yet = (
        # News of a role, of what it may do, and of a key spreads for some seconds.
        (r"InvalidParameterValueException", r"(?i)cannot be assumed|does not have permission|KMS|lacks", PROPAGATION),
        (r"ResourceConflictException", r"(?i)in progress|current(ly)? in the following state|cannot be performed at this time", _SLOW),
    )

    def __init__(self, session: Session, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._tried: dict[str, str] = {}  # how new versions were brought in, by function

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = [one for one in self.pages("list_functions", "Functions") if one["FunctionName"] in names or one["FunctionName"].startswith(self.prefix)]
        tags = self.tags_by_arn([one["FunctionArn"] for one in listed], self._tags)
        looked = self.session.each(lambda one: self._look(one, tags[one["FunctionArn"]]), [one for one in listed if one["FunctionArn"] in tags])
        return [one for one in looked if one]

    def _tags(self, arn: str) -> dict[str, str] | None:
        with tolerated(_GONE):
            return t.cast(dict[str, str], self.client.list_tags(Resource=arn).get("Tags", {}))
        return None

    def _look(self, listed: dict[str, t.Any], tags: dict[str, str]) -> Resource | None:
        name, arn = listed["FunctionName"], listed["FunctionArn"]
        item = self.wanted.get(name)
        outputs: Item = {"arn": arn, "alias_arn": "", "version": "", "canary": self._tried.get(name, "")}
        if item is None:
            return Resource(name, {}, tags, outputs)
        with tolerated(_GONE):
            function = self.client.get_function(FunctionName=name)
            held = function["Configuration"]
            state = {
                **{option: held.get(member) for option, member in _MEMBERS.items()},
                "code_sha256": held["CodeSha256"],
                "architecture": held["Architectures"][0],
                "environment": held.get("Environment", {}).get("Variables", {}),
                "subnet_ids": sorted((held.get("VpcConfig") or {}).get("SubnetIds", [])),
                "security_group_ids": sorted((held.get("VpcConfig") or {}).get("SecurityGroupIds", [])),
                "layer_arns": [layer["Arn"] for layer in held.get("Layers") or []],
                "tracing": held.get("TracingConfig", {}).get("Mode") == "Active",
                "dead_letter_arn": (held.get("DeadLetterConfig") or {}).get("TargetArn", ""),
                "kms_key_arn": held.get("KMSKeyArn", ""),
                "log_group": held.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
                "reserved_concurrency": function.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            }
            if item.get("alias"):
                outputs |= self._alias(name, item["alias"], held, state)
            ready = held.get("State", "Active") in ("Active", "Inactive") and held.get("LastUpdateStatus", "Successful") == "Successful"
            status = held.get("State", "Active") if held.get("State", "Active") != "Active" else held.get("LastUpdateStatus", "Successful")
            failed = "Failed" in (held.get("State"), held.get("LastUpdateStatus"))
            reason = held.get("StateReason") or held.get("LastUpdateStatusReason") or status
            ready = ready and state.pop("provisioned", True)
            return Resource(name, state, tags, outputs, status, ready, reason if failed else "")
        return None

    def _alias(self, name: str, alias: str, held: dict[str, t.Any], state: Item) -> Item:
        """Where the alias leads, and whether that is what $LATEST is."""
        state |= {"alias": "", "published": False, "provisioned_concurrency": 0}
        with tolerated(_GONE):
            found = self.client.get_alias(FunctionName=name, Name=alias)
            state["alias"] = alias
            published = self.client.get_function_configuration(FunctionName=name, Qualifier=found["FunctionVersion"])
            shifting = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            state |= self._asynchronous(name, alias)
            state["published"] = found["FunctionVersion"] != "$LATEST" and not shifting and _same(published, held)
            with tolerated("ProvisionedConcurrencyConfigNotFoundException"):
                provisioned = self.client.get_provisioned_concurrency_config(FunctionName=name, Qualifier=alias)
                state["provisioned_concurrency"] = provisioned["RequestedProvisionedConcurrentExecutions"]
                state["provisioned"] = provisioned["Status"] == "READY"
            return {"alias_arn": found["AliasArn"], "version": found["FunctionVersion"]}
        return {}

    def _asynchronous(self, name: str, alias: str) -> Item:
        with tolerated(_GONE):
            chosen = self.client.get_function_event_invoke_config(FunctionName=name, Qualifier=alias)
            return {
                "maximum_retry_attempts": chosen.get("MaximumRetryAttempts", _ASYNCHRONOUS["maximum_retry_attempts"]),
                "maximum_event_age_seconds": chosen.get("MaximumEventAgeInSeconds", _ASYNCHRONOUS["maximum_event_age_seconds"]),
                "failure_destination_arn": ((chosen.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", ""),
            }
        return dict(_ASYNCHRONOUS)

    def normalise(self, item: Item) -> Item:
        lists = {option: sorted(item[option]) for option in ("subnet_ids", "security_group_ids") if item.get(option) is not None}
        return {**item, **lists, **({"published": True} if item.get("alias") else {})}

    ordered = ("layer_arns",)  # a later layer covers an earlier one

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # Of an environment what is declared is all there is.
        return bool(wanted == current) if option == "environment" else None

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:lambda:{self.session.region}:{'0' * 12}:function:{PLACEHOLDER}-{name}"
        return {"arn": arn, "alias_arn": f"{arn}:{self.wanted.get(name, {}).get('alias', '')}", "version": "", "canary": ""}

    def predict(self, resource: Resource | None, item: Item) -> Item:
        changes = differences(self, item, resource.state) if resource else {}
        if resource is None or not self._shifts(resource, changes, item):
            return {"canary": _UNTRIED} if changes.keys() & _UNSHARED.keys() and item.get("canary_percent") else {}
        return {"canary": f"would have {item['canary_percent']} % of {item['alias']} for {item['canary_seconds']} s first"}

    def forbid(self, resource: Resource, item: Item, changes: Item) -> list[str]:
        """An alarm that is red already tells nothing of a new version."""
        if not self._shifts(resource, changes, item) or not item.get("canary_alarms"):
            return []
        red = [alarm["AlarmName"] for alarm in self._alarms(item) if alarm["StateValue"] == "ALARM"]
        return [f"function {resource.name}: a new version would be tried while {', '.join(sorted(red))} is red already"] if red else []

    @staticmethod
    def _shifts(resource: Resource, changes: Item, item: Item) -> bool:
        """Whether a change makes a version that is tried before it gets all calls. The first has nobody to share with."""
        shared = resource.outputs["version"].isdigit() and not changes.keys() & _UNSHARED.keys()
        return bool(item.get("canary_percent") and item.get("alias") and shared and changes.keys() - _UNVERSIONED)

    def _alarms(self, item: Item) -> list[dict[str, t.Any]]:
        types = ["MetricAlarm", "CompositeAlarm"]
        found = self.session.client("cloudwatch").describe_alarms(AlarmNames=item["canary_alarms"], AlarmTypes=types)
        return [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            if len(name) > 64:
                problems.append(f"function {name}: the name has {len(name)} characters, Lambda takes 64")
            if item.get("alias") and item["alias"].isdigit():
                problems.append(f"function {name}: the alias {item['alias']} looks like the number of a version")
            if bool(item.get("subnet_ids")) != bool(item.get("security_group_ids")):
                problems.append(f"function {name}: in a network it needs both subnet_ids and security_group_ids")
            problems += [
                f"function {name}: {option} belongs to an alias"
                for option in ("provisioned_concurrency", *_ASYNCHRONOUS)
                if item.get(option) not in (None, 0, "") and not item.get("alias")
            ]
            reserved = item.get("reserved_concurrency")
            if reserved is not None and 0 <= reserved < (item.get("provisioned_concurrency") or 0):
                problems.append(f"function {name}: provisioned_concurrency is more than reserved_concurrency")
            problems += self._untriable(name, item)
        return problems + self._crowded(items)

    def _untriable(self, name: str, item: Item) -> list[str]:
        """What is wrong with how new versions shall be tried."""
        percent, seconds, errors = (item.get(option) for option in _CANARY[:3])
        problems = []
        if not percent:
            return problems
        if not 1 <= percent <= 99:
            problems.append(f"function {name}: canary_percent is {percent}; a share is from 1 to 99, and 0 for none")
        if not seconds or seconds < 1:
            problems.append(f"function {name}: canary_seconds says for how long a new version is tried, and is {seconds or 0}")
        if errors is not None and errors < 1:
            problems.append(f"function {name}: canary_errors is {errors}; from so many a minute on a new version is taken back, 1 at least")
        if not item.get("alias"):
            problems.append(f"function {name}: canary_percent is a share of an alias, and it has none")
        if item.get("canary_alarms"):
            missing = sorted(set(item["canary_alarms"]) - {alarm["AlarmName"] for alarm in self._alarms(item)})
            problems += [f"function {name}: canary_alarms has {', '.join(missing)}, which CloudWatch does not know here"] if missing else []
        return problems

    def _crowded(self, items: dict[str, Item]) -> list[str]:
        """Subnets in which there is no room for all functions when a zone is lost. An interface serves all functions of one subnet and set of groups; while
        functions change, there are twice as many."""
        wanted = sorted({subnet for item in items.values() for subnet in item.get("subnet_ids") or [] if PLACEHOLDER not in subnet and "-000000" not in subnet})
        if not wanted:
            return []
        found = self.session.client("ec2").describe_subnets(SubnetIds=wanted)["Subnets"]
        zones = {subnet["AvailabilityZone"] for subnet in found}
        needed = 2 * len({tuple(item["security_group_ids"] or ()) for item in items.values() if item.get("subnet_ids")})
        problems = [f"functions in {', '.join(wanted)} stand in one Availability Zone: give them subnets of two"] if len(zones) < 2 else []
        return problems + [
            f"subnet {subnet['SubnetId']} has {subnet['AvailableIpAddressCount']} free addresses, and {needed} are needed where another zone is lost"
            for subnet in found
            if subnet["AvailableIpAddressCount"] < needed
        ]

    # Making and changing ----------------------------------------------------------------------------------------------

    def _configuration(self, item: Item) -> Item:
        """What is declared, in AWS's words."""
        request: Item = {member: item[option] for option, member in _MEMBERS.items() if item.get(option) is not None}
        if item.get("environment") is not None:
            request["Environment"] = {"Variables": item["environment"]}
        if item.get("subnet_ids") is not None:
            request["VpcConfig"] = {"SubnetIds": item["subnet_ids"], "SecurityGroupIds": item.get("security_group_ids") or []}
        if item.get("layer_arns") is not None:
            request["Layers"] = item["layer_arns"]
        if item.get("tracing") is not None:
            request["TracingConfig"] = {"Mode": "Active" if item["tracing"] else "PassThrough"}
        if item.get("dead_letter_arn") is not None:
            request["DeadLetterConfig"] = {"TargetArn": item["dead_letter_arn"]}
        if item.get("kms_key_arn") is not None:
            request["KMSKeyArn"] = item["kms_key_arn"]
        if item.get("log_group"):
            request["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": item["log_group"]}
        return request

    @staticmethod
    def _package(item: Item) -> bytes:
        return pathlib.Path(item["package"]).read_bytes()

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        request = {member: value for member, value in self._configuration(item).items() if value not in ("", [], {"TargetArn": ""})}
        self.client.create_function(
            FunctionName=name,
            Code={"ZipFile": self._package(item)},
            PackageType="Zip",
            Architectures=[item.get("architecture") or "x86_64"],
            Tags=tags,
            **request,
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        name = resource.name
        own = {"code_sha256", "architecture", "published"} | _UNVERSIONED
        if changes.keys() - own:
            self._await(name)
            self.client.update_function_configuration(FunctionName=name, **self._configuration(item))
        if changes.keys() & {"code_sha256", "architecture"}:
            self._await(name)
            architecture = {"Architectures": [item["architecture"]]} if item.get("architecture") else {}
            self.client.update_function_code(FunctionName=name, ZipFile=self._package(item), **architecture)
        if "reserved_concurrency" in changes:
            if changes["reserved_concurrency"] < 0:
                self.client.delete_function_concurrency(FunctionName=name)
            else:
                self.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=changes["reserved_concurrency"])
        if item.get("alias"):
            self._publish(name, item, made="alias" in changes)
        if changes.keys() & _ASYNCHRONOUS.keys():
            wanted = {option: item[option] if item.get(option) is not None else resource.state.get(option, unsaid) for option, unsaid in _ASYNCHRONOUS.items()}
            self.client.put_function_event_invoke_config(
                FunctionName=name,
                Qualifier=item["alias"],
                MaximumRetryAttempts=wanted["maximum_retry_attempts"],
                MaximumEventAgeInSeconds=wanted["maximum_event_age_seconds"],
                DestinationConfig={"OnFailure": {"Destination": wanted["failure_destination_arn"]} if wanted["failure_destination_arn"] else {}},
            )
        if "provisioned_concurrency" in changes:
            alias = {"FunctionName": name, "Qualifier": item["alias"]}
            if changes["provisioned_concurrency"]:
                self.client.put_provisioned_concurrency_config(**alias, ProvisionedConcurrentExecutions=changes["provisioned_concurrency"])
            else:
                self.client.delete_provisioned_concurrency_config(**alias)

    def _publish(self, name: str, item: Item, made: bool) -> None:
        """What $LATEST is by now as a version, and the alias there. Nothing new is no new version."""
        held, alias = self._await(name), {"FunctionName": name, "Name": item["alias"]}
        if made:
            version = self.client.publish_version(FunctionName=name, CodeSha256=held["CodeSha256"])["Version"]
            self.client.create_alias(**alias, FunctionVersion=version)
            return
        before = self.client.get_alias(**alias)["FunctionVersion"]
        canary = Canary(self.client, self.session.client("cloudwatch"), item, self.tags) if item.get("canary_percent") and before != "$LATEST" else None
        served = self.client.get_function_configuration(FunctionName=name, Qualifier=before)
        if _same(served, held):
            version = before  # also where another one was being tried, and what was before is declared again
        else:
            version = self.client.publish_version(FunctionName=name, CodeSha256=held["CodeSha256"])["Version"]
        if canary and version != before and any(_plain(served.get(member)) != _plain(held.get(member)) for member in _UNSHARED.values()):
            self._tried[name] = _UNTRIED
        elif canary and version != before:
            self._tried[name] = canary.shift(version)
            return
        self.client.update_alias(**alias, FunctionVersion=version, RoutingConfig={"AdditionalVersionWeights": {}}, Description="")
        if canary:
            canary.forget()

    def _await(self, name: str) -> dict[str, t.Any]:
        """$LATEST when what was asked for last is done."""
        deadline = time.monotonic() + _SLOW
        while True:
            held: dict[str, t.Any] = self.client.get_function_configuration(FunctionName=name)
            if held.get("State") == "Failed" or held.get("LastUpdateStatus") == "Failed":
                raise Problem(f"Lambda gave up: {held.get('StateReason') or held.get('LastUpdateStatusReason')}")
            if held.get("State") != "Pending" and held.get("LastUpdateStatus") != "InProgress":
                return held
            if time.monotonic() > deadline:
                raise Problem(f"is {held.get('State')}, its last update {held.get('LastUpdateStatus')}, for too long. Run again to go on")
            time.sleep(1)

    def delete(self, resource: Resource) -> None:
        """With all its versions and aliases."""
        with tolerated(_GONE):
            self.client.delete_function(FunctionName=resource.name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(Resource=resource.outputs["arn"], Tags=tags)


def _same(one: dict[str, t.Any], other: dict[str, t.Any]) -> bool:
    return all(_plain(one.get(member)) == _plain(other.get(member)) for member in _SAME)


def _plain(value: t.Any) -> t.Any:
    """Nothing said in several ways is one: no layers, an empty network."""
    if isinstance(value, dict):
        kept = {key: inner for key, inner in ((key, _plain(inner)) for key, inner in value.items() if key not in ("VpcId", "Ipv6AllowedForDualStack")) if inner}
        return kept or None
    return value or None
