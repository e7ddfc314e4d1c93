# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Backup: vaults, plans with what they select, plans that test restores."""

from __future__ import annotations

import json
import time
import typing as t

from ..compare import without_unset
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import PROPAGATION, error_code, pause, tolerated

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_COLD_DAYS = 90  # what has gone cold stays so for as long, and is paid for as long
_CONTINUOUS_DAYS = 35  # the longest that a point in time can be gone back to
_ROUNDS = 40  # looks at a vault that is being emptied: some ten minutes
_ALGORITHMS = {"latest": "LATEST_WITHIN_WINDOW", "random": "RANDOM_WITHIN_WINDOW"}


class BackupKind(Kind):
    """What the kinds of AWS Backup have in common."""

    service = "backup"

    def tags_of(self, arns: t.Collection[str]) -> dict[str, dict[str, str]]:
        """Tags by ARN, without what has just gone."""

        def ask(arn: str) -> dict[str, str] | None:
            with tolerated("ResourceNotFoundException"):
                return t.cast("dict[str, str]", self.client.list_tags(ResourceArn=arn).get("Tags", {}))
            return None

        return self.tags_by_arn(arns, ask)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=tags)

    def gone(self, operation: str, **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone."""
        with tolerated("ResourceNotFoundException"):
            getattr(self.client, operation)(**parameters)

    @staticmethod
    def exchange_selections(state: Item, changes: Item, delete: t.Callable[[str], t.Any], create: t.Callable[[Item], t.Any]) -> None:
        """Selections cannot change: those that are not wanted so go first, for their names."""
        if "selections" not in changes:
            return
        current = {one["name"]: one for one in state["selections"]}
        wanted = {one["name"]: one for one in changes["selections"]}
        for name in current:
            if wanted.get(name) != current[name]:
                delete(name)
        for name, one in wanted.items():
            if current.get(name) != one:
                create(one)

    def arn(self, what: str) -> str:
        return f"arn:{self.session.partition}:backup:{self.session.region}:{'0' * 12}:{what}"


class Vaults(BackupKind):
    """Where recovery points lie.

    A lock keeps everybody from deleting them before their time: in governance mode until somebody takes the lock away, in compliance mode,
    from a date on, nobody at all can, AWS included.
    """

    module, noun = "backup_vaults", "backup vault"
    fixed = ("kms_key_arn",)
    policies = ("policy",)
    unreported = ("lock_grace_days",)  # how long the grace lasts is said once, when the lock is put on
    holds_data = True
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_backup_vaults", "BackupVaultList")
        found = {one["BackupVaultArn"]: one for one in listed if one["BackupVaultName"].startswith(self.prefix) or one["BackupVaultName"] in names}
        tags = self.tags_of(found)
        return self.session.each(lambda arn: self._look(found[arn], tags[arn]), [arn for arn in found if arn in tags])

    def _look(self, vault: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        name, locked = vault["BackupVaultName"], bool(vault.get("Locked"))
        state = {
            "kms_key_arn": vault.get("EncryptionKeyArn", ""),
            "lock": ("compliance" if "LockDate" in vault else "governance") if locked else "none",
            "lock_min_days": vault.get("MinRetentionDays") or 0,
            "lock_max_days": vault.get("MaxRetentionDays") or 0,
        }
        if self.wanted.get(name, {}).get("policy") is not None:
            state["policy"] = self._policy(name)
        outputs = {"arn": vault["BackupVaultArn"], "recovery_points": vault.get("NumberOfRecoveryPoints", 0), "lock_date": str(vault.get("LockDate", ""))}
        return Resource(name, state, tags, outputs)

    def _policy(self, name: str) -> t.Any:
        # Where there is none, AWS says that it is not found.
        with tolerated("ResourceNotFoundException"):
            return json.loads(self.client.get_backup_vault_access_policy(BackupVaultName=name).get("Policy") or "{}")
        return {}

    def placeholder(self, name: str) -> Item:
        return {"arn": self.arn(f"backup-vault:{PLACEHOLDER}-{name}"), "recovery_points": 0, "lock_date": ""}

    def normalise(self, item: Item) -> Item:
        policy = item.get("policy")
        filled = {**item, "policy": json.loads(policy) if isinstance(policy, str) and policy else policy}
        if item.get("lock") == "none":
            filled |= {"lock_min_days": 0, "lock_max_days": 0}
        elif item.get("lock"):
            filled |= {option: item.get(option) or 0 for option in ("lock_min_days", "lock_max_days")}
        return filled

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            least, most = item.get("lock_min_days") or 0, item.get("lock_max_days") or 0
            if most and least > most:
                problems.append(f"backup vault {name}: lock_min_days ({least}) is above lock_max_days ({most})")
            if item.get("lock") == "compliance" and not 3 <= (item.get("lock_grace_days") or 0) <= 36500:
                problems.append(f"backup vault {name}: lock_grace_days must be from 3 to 36500, the days in which a compliance lock can still be taken away")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        key = {"EncryptionKeyArn": item["kms_key_arn"]} if item.get("kms_key_arn") else {}
        self.client.create_backup_vault(BackupVaultName=name, BackupVaultTags=tags, **key)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        vault = {"BackupVaultName": resource.name}
        if changes.get("policy"):
            self.client.put_backup_vault_access_policy(**vault, Policy=json.dumps(changes["policy"]))
        elif "policy" in changes:
            self.gone("delete_backup_vault_access_policy", **vault)
        if any(option.startswith("lock") for option in changes):
            self._lock(vault, {**resource.state, **without_unset(item)}, resource.state["lock"])

    def _lock(self, vault: dict[str, str], wanted: Item, current: str) -> None:
        # A lock that was to be final is only taken back by being taken away, which AWS refuses from its date on.
        if wanted["lock"] == "none" or (current, wanted["lock"]) == ("compliance", "governance"):
            self.gone("delete_backup_vault_lock_configuration", **vault)
        if wanted["lock"] != "none":
            days = {
                "MinRetentionDays": wanted["lock_min_days"],
                "MaxRetentionDays": wanted["lock_max_days"],
                "ChangeableForDays": wanted["lock_grace_days"] if wanted["lock"] == "compliance" else 0,
            }
            self.client.put_backup_vault_lock_configuration(**vault, **{name: value for name, value in days.items() if value})

    def delete(self, resource: Resource) -> None:
        vault = {"BackupVaultName": resource.name}
        # What keeps recovery points from being deleted goes first.
        self.gone("delete_backup_vault_access_policy", **vault)
        if resource.state["lock"] != "none":
            self._unlock(resource)
        self._empty(resource.name)
        self.gone("delete_backup_vault", **vault)

    def _unlock(self, resource: Resource) -> None:
        try:
            self.gone("delete_backup_vault_lock_configuration", BackupVaultName=resource.name)
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "InvalidRequestException":
                raise
            raise Problem(
                f"is locked in compliance mode since {resource.outputs['lock_date']}: nobody can delete what is in it before it expires, "
                "and the key that it is encrypted with has to stay until then"
            ) from None

    def _empty(self, name: str) -> None:
        """Delete every recovery point. AWS takes its time, and copies that were on their way still arrive."""
        for attempt in range(_ROUNDS):
            try:
                points = self.pages("list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=name)
            except botocore.exceptions.ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                return
            if not points:
                return
            self.session.each(lambda point: self._drop(name, point), [point for point in points if point.get("Status") != "DELETING"])
            time.sleep(pause(attempt))
        # DeleteRecoveryPoint answers 200 also where the caller may not, and the point is EXPIRED then (API backup:DeleteRecoveryPoint).
        states = sorted({point.get("Status", "") for point in points})
        raise Problem(f"{len(points)} recovery points are still there ({', '.join(states)}): where they are EXPIRED, your role may not delete them")

    def _drop(self, name: str, point: dict[str, t.Any]) -> None:
        # One that is being made cannot be deleted yet: the next round finds it.
        with tolerated("ResourceNotFoundException", "InvalidResourceStateException"):
            self.client.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"])


class Plans(BackupKind):
    """When what is backed up, for how long it is kept, and what it is done for. A selection cannot change: another takes its place."""

    module, noun = "backup_plans", "backup plan"
    create_then_update = True
    # AWS looks whether it can take on the role, and what was just made is not known everywhere (terraform-provider-aws, backup selection).
    not_yet = (("InvalidParameterValueException", "cannot be assumed|is not authorized to call", PROPAGATION),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_backup_plans", "BackupPlansList")
        found = {one["BackupPlanArn"]: one for one in listed if one["BackupPlanName"].startswith(self.prefix) or one["BackupPlanName"] in names}
        tags = self.tags_of(found)
        looks = self.session.each(lambda arn: self._look(found[arn], tags[arn]), [arn for arn in found if arn in tags])
        return [resource for resource in looks if resource]

    def _look(self, plan: dict[str, t.Any], tags: dict[str, str]) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            key = {"BackupPlanId": plan["BackupPlanId"]}
            rules = self.client.get_backup_plan(**key)["BackupPlan"]["Rules"]
            ids = {one["SelectionName"]: one["SelectionId"] for one in self.pages("list_backup_selections", "BackupSelectionsList", **key)}
            selections = self.session.each(lambda one: self.client.get_backup_selection(**key, SelectionId=one)["BackupSelection"], ids.values())
            state = {"rules": [_rule_from_aws(one) for one in rules], "selections": [_selection_from_aws(one) for one in selections]}
            return Resource(plan["BackupPlanName"], state, tags, {"id": plan["BackupPlanId"], "arn": plan["BackupPlanArn"], "selection_ids": ids})
        return None

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "arn": self.arn(f"backup-plan:{PLACEHOLDER}"), "selection_ids": {}}

    def normalise(self, item: Item) -> Item:
        return {**item, "rules": [_rule(one) for one in item["rules"]], "selections": [_selection(one) for one in item["selections"]]}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [f"backup plan {name}: rule {rule['name']}: {words}" for name, item in items.items() for rule in item["rules"] for words in _wrong(rule)]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_backup_plan(BackupPlan=_plan_to_aws(name, item), BackupPlanTags=tags)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        key = {"BackupPlanId": resource.outputs["id"]}
        if "rules" in changes:
            self.client.update_backup_plan(**key, BackupPlan=_plan_to_aws(resource.name, item))
        self.exchange_selections(
            resource.state, changes,
            lambda name: self.gone("delete_backup_selection", **key, SelectionId=resource.outputs["selection_ids"][name]),
            lambda one: self.client.create_backup_selection(**key, BackupSelection=_selection_to_aws(one)),
        )  # fmt: skip

    def delete(self, resource: Resource) -> None:
        key = {"BackupPlanId": resource.outputs["id"]}
        for selection in resource.outputs["selection_ids"].values():
            self.gone("delete_backup_selection", **key, SelectionId=selection)
        self.gone("delete_backup_plan", **key)


class RestoreTestingPlans(BackupKind):
    """When which recovery points are restored to see whether they can be, and thrown away again."""

    module, noun = "backup_restore_testing_plans", "restore testing plan"
    create_then_update = True
    not_yet = Plans.not_yet

    @property
    def prefix(self) -> str:
        # Their names have neither hyphens nor dots.
        return super().prefix.replace("-", "_")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_restore_testing_plans", "RestoreTestingPlans")
        found = {
            one["RestoreTestingPlanArn"]: one["RestoreTestingPlanName"]
            for one in listed
            if one["RestoreTestingPlanName"].startswith(self.prefix) or one["RestoreTestingPlanName"] in names
        }
        tags = self.tags_of(found)
        looks = self.session.each(lambda arn: self._look(found[arn], arn, tags[arn]), [arn for arn in found if arn in tags])
        return [resource for resource in looks if resource]

    def _look(self, name: str, arn: str, tags: dict[str, str]) -> Resource | None:
        with tolerated("ResourceNotFoundException"):
            key = {"RestoreTestingPlanName": name}
            plan = self.client.get_restore_testing_plan(**key)["RestoreTestingPlan"]
            names = [one["RestoreTestingSelectionName"] for one in self.pages("list_restore_testing_selections", "RestoreTestingSelections", **key)]
            selections = self.session.each(self._selection(name), names)
            points = plan["RecoveryPointSelection"]
            state = {
                "schedule": plan["ScheduleExpression"],
                "timezone": plan.get("ScheduleExpressionTimezone", "Etc/UTC"),
                "start_window_hours": plan.get("StartWindowHours", 24),
                "algorithm": next(word for word, name in _ALGORITHMS.items() if name == points["Algorithm"]),
                "recovery_point_types": sorted(one.lower() for one in points["RecoveryPointTypes"]),
                "vault_arns": sorted(points["IncludeVaults"]),
                "window_days": points.get("SelectionWindowDays", 30),
                "selections": [_test_from_aws(one) for one in selections],
            }
            return Resource(name, state, tags, {"arn": arn})
        return None

    def _selection(self, plan: str) -> t.Callable[[str], dict[str, t.Any]]:
        def ask(name: str) -> dict[str, t.Any]:
            answer = self.client.get_restore_testing_selection(RestoreTestingPlanName=plan, RestoreTestingSelectionName=name)
            return t.cast("dict[str, t.Any]", answer["RestoreTestingSelection"])

        return ask

    def placeholder(self, name: str) -> Item:
        return {"arn": self.arn(f"restore-testing-plan:{PLACEHOLDER}")}

    def normalise(self, item: Item) -> Item:
        return {
            **item,
            "timezone": item.get("timezone") or "Etc/UTC",
            "start_window_hours": item.get("start_window_hours") or 24,
            "algorithm": item.get("algorithm") or "latest",
            "recovery_point_types": sorted(item.get("recovery_point_types") or ["snapshot"]),
            "vault_arns": sorted(item["vault_arns"]),
            "window_days": item.get("window_days") or 30,
            "selections": [_test(one) for one in item["selections"]],
        }

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            names = [name, *(one["name"] for one in item["selections"])]
            problems += [
                f"restore testing plan {name}: {one} must be 1 to 50 letters, digits and underscores"
                for one in names
                if not (one.replace("_", "a").isalnum() and one.isascii() and len(one) <= 50)
            ]
            problems += [
                f"restore testing plan {name}: {one['name']} is kept for {one['validation_hours']} hours, and AWS takes 0 to 168"
                for one in item["selections"]
                if not 0 <= one["validation_hours"] <= 168
            ]
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_restore_testing_plan(RestoreTestingPlan={"RestoreTestingPlanName": name, **self._plan(item)}, Tags=tags)

    @staticmethod
    def _plan(item: Item) -> dict[str, t.Any]:
        return {
            "ScheduleExpression": item["schedule"],
            "ScheduleExpressionTimezone": item["timezone"],
            "StartWindowHours": item["start_window_hours"],
            "RecoveryPointSelection": {
                "Algorithm": _ALGORITHMS[item["algorithm"]],
                "RecoveryPointTypes": [one.upper() for one in item["recovery_point_types"]],
                "IncludeVaults": item["vault_arns"],
                "SelectionWindowDays": item["window_days"],
            },
        }

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        key = {"RestoreTestingPlanName": resource.name}
        if set(changes) - {"selections"}:
            self.client.update_restore_testing_plan(**key, RestoreTestingPlan=self._plan(item))
        self.exchange_selections(
            resource.state, changes,
            lambda name: self.gone("delete_restore_testing_selection", **key, RestoreTestingSelectionName=name),
            lambda one: self.client.create_restore_testing_selection(**key, RestoreTestingSelection=_test_to_aws(one)),
        )  # fmt: skip

    def delete(self, resource: Resource) -> None:
        key = {"RestoreTestingPlanName": resource.name}
        for one in resource.state["selections"]:
            self.gone("delete_restore_testing_selection", **key, RestoreTestingSelectionName=one["name"])
        self.gone("delete_restore_testing_plan", **key)


def _wrong(rule: Item) -> t.Iterator[str]:
    """What AWS would refuse of a rule, or quietly do otherwise."""
    if rule["start_window_minutes"] < 60:
        yield f"start_window_minutes is {rule['start_window_minutes']}, and AWS takes 60 at least"
    if rule["completion_window_minutes"] <= rule["start_window_minutes"]:
        yield f"completion_window_minutes ({rule['completion_window_minutes']}) must be above start_window_minutes ({rule['start_window_minutes']})"
    if rule["continuous"] and (rule["cold_after_days"] or not 1 <= rule["delete_after_days"] <= _CONTINUOUS_DAYS):
        yield f"continuous backups are kept 1 to {_CONTINUOUS_DAYS} days, and never cold"
    for where, kept in (("", rule), *((f"copy to {copy['vault_arn']}: ", copy) for copy in rule["copies"])):
        if kept["cold_after_days"] and kept["delete_after_days"] and kept["delete_after_days"] < kept["cold_after_days"] + _COLD_DAYS:
            yield f"{where}delete_after_days ({kept['delete_after_days']}) must be {_COLD_DAYS} above cold_after_days ({kept['cold_after_days']})"


def _kept(raw: Item) -> Item:
    return {"delete_after_days": raw.get("delete_after_days") or 0, "cold_after_days": raw.get("cold_after_days") or 0}


def _rule(rule: Item) -> Item:
    """A rule with every option."""
    return {
        "name": rule["name"],
        "vault": rule["vault"],
        "schedule": rule["schedule"],
        "timezone": rule.get("timezone") or "Etc/UTC",
        "start_window_minutes": rule.get("start_window_minutes") or 480,
        "completion_window_minutes": rule.get("completion_window_minutes") or 10080,
        "continuous": bool(rule.get("continuous")),
        **_kept(rule),
        "copies": sorted(({"vault_arn": one["vault_arn"], **_kept(one)} for one in rule.get("copies") or ()), key=lambda one: one["vault_arn"]),
    }


def _kept_from_aws(raw: dict[str, t.Any]) -> Item:
    cycle = raw.get("Lifecycle") or {}
    # -1 is for ever (API backup:Lifecycle).
    return {
        "delete_after_days": max(0, cycle.get("DeleteAfterDays") or 0),
        "cold_after_days": max(0, cycle.get("MoveToColdStorageAfterDays") or 0),
    }


def _rule_from_aws(raw: dict[str, t.Any]) -> Item:
    return _rule(
        {
            "name": raw["RuleName"],
            "vault": raw["TargetBackupVaultName"],
            "schedule": raw.get("ScheduleExpression", ""),
            "timezone": raw.get("ScheduleExpressionTimezone"),
            "start_window_minutes": raw.get("StartWindowMinutes"),
            "completion_window_minutes": raw.get("CompletionWindowMinutes"),
            "continuous": raw.get("EnableContinuousBackup"),
            **_kept_from_aws(raw),
            "copies": [{"vault_arn": one["DestinationBackupVaultArn"], **_kept_from_aws(one)} for one in raw.get("CopyActions", [])],
        }
    )


def _kept_to_aws(item: Item) -> dict[str, t.Any]:
    days = {"DeleteAfterDays": item["delete_after_days"], "MoveToColdStorageAfterDays": item["cold_after_days"]}
    cycle = {name: value for name, value in days.items() if value}
    return {"Lifecycle": cycle} if cycle else {}


def _plan_to_aws(name: str, item: Item) -> dict[str, t.Any]:
    return {
        "BackupPlanName": name,
        "Rules": [
            {
                "RuleName": rule["name"],
                "TargetBackupVaultName": rule["vault"],
                "ScheduleExpression": rule["schedule"],
                "ScheduleExpressionTimezone": rule["timezone"],
                "StartWindowMinutes": rule["start_window_minutes"],
                "CompletionWindowMinutes": rule["completion_window_minutes"],
                "EnableContinuousBackup": rule["continuous"],
                **_kept_to_aws(rule),
                "CopyActions": [{"DestinationBackupVaultArn": one["vault_arn"], **_kept_to_aws(one)} for one in rule["copies"]],
            }
            for rule in item["rules"]
        ],
    }


def _selection(one: Item) -> Item:
    """A selection with every option."""
    return {
        "name": one["name"],
        "role_arn": one["role_arn"],
        "resource_arns": sorted(one.get("resource_arns") or ()),
        "tags": one.get("tags") or {},
    }


def _selection_from_aws(raw: dict[str, t.Any]) -> Item:
    equals = (raw.get("Conditions") or {}).get("StringEquals") or []
    tags = {one["ConditionKey"].removeprefix("aws:ResourceTag/"): one["ConditionValue"] for one in equals}
    return _selection({"name": raw["SelectionName"], "role_arn": raw["IamRoleArn"], "resource_arns": raw.get("Resources"), "tags": tags})


def _selection_to_aws(one: Item) -> dict[str, t.Any]:
    # Conditions are all of them to be met, ListOfTags one of them: only the first can say whose something is.
    equals = [{"ConditionKey": f"aws:ResourceTag/{key}", "ConditionValue": value} for key, value in one["tags"].items()]
    return {
        "SelectionName": one["name"],
        "IamRoleArn": one["role_arn"],
        "Resources": one["resource_arns"],
        "Conditions": {"StringEquals": equals},
    }


def _test(one: Item) -> Item:
    """What a restore test selects, with every option."""
    return {
        "name": one["name"],
        "resource_type": one["resource_type"],
        "role_arn": one["role_arn"],
        "resource_arns": sorted(one.get("resource_arns") or ["*"]),
        # AWS does not tell upper case from lower in these.
        "metadata": {key.lower(): value for key, value in (one.get("metadata") or {}).items()},
        "validation_hours": one.get("validation_hours") or 0,
    }


def _test_from_aws(raw: dict[str, t.Any]) -> Item:
    return _test(
        {
            "name": raw["RestoreTestingSelectionName"],
            "resource_type": raw["ProtectedResourceType"],
            "role_arn": raw["IamRoleArn"],
            "resource_arns": raw.get("ProtectedResourceArns"),
            "metadata": raw.get("RestoreMetadataOverrides"),
            "validation_hours": raw.get("ValidationWindowHours"),
        }
    )


def _test_to_aws(one: Item) -> dict[str, t.Any]:
    return {
        "RestoreTestingSelectionName": one["name"],
        "ProtectedResourceType": one["resource_type"],
        "IamRoleArn": one["role_arn"],
        "ProtectedResourceArns": one["resource_arns"],
        "RestoreMetadataOverrides": one["metadata"],
        "ValidationWindowHours": one["validation_hours"],
    }
