# SPDX-License-Identifier: GPL-3.0-or-later
"""SNS: platform applications, by which devices are told something. Their credentials are read from Secrets Manager when they are needed, and nowhere kept."""

from __future__ import annotations

import json
import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated

_GONE = ("ResourceNotFoundException", "NotFound", "NotFoundException")
_ATTRIBUTES = {
    "team_id": "ApplePlatformTeamID",
    "bundle_id": "ApplePlatformBundleID",
    "success_role_arn": "SuccessFeedbackRoleArn",
    "failure_role_arn": "FailureFeedbackRoleArn",
    "success_percent": "SuccessFeedbackSampleRate",
    "failure_topic_arn": "EventDeliveryFailure",
}
# What a secret holds, and how somebody puts it there.
_FILLED = {"GCM": "file://service-account.json", "APNS": """'{"key_id": "...", "signing_key": "<what is in the .p8 file>"}'"""}


class PlatformApplications(Kind):
    """SNS takes no tags for them, so ours are those whose names begin with our prefix.

    Nor does it show which credentials it has. The version of the secret that it was given last carries a staging label, so that whoever looks need not read it.
    """

    module, service, noun = "sns_platform_applications", "sns", "platform application"
    fixed = ("platform",)
    holds_data = True  # with it go the endpoints of all devices

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = []
        for one in self.pages("list_platform_applications", "PlatformApplications"):
            arn, attributes = one["PlatformApplicationArn"], one["Attributes"]
            _, platform, name = arn.split(":")[5].split("/")
            ours = name.startswith(f"{self.prefix}-")
            if not ours and name not in names:
                continue
            item = self.wanted.get(name)
            state: Item = {option: attributes.get(attribute, "") for option, attribute in _ATTRIBUTES.items()}
            state |= {"platform": platform, "success_percent": int(state["success_percent"] or 0)}
            if item:
                state["credential"] = "current" if self._given(item, name) else "another"
            enabled = attributes.get("Enabled", "true") == "true"
            failure = "" if enabled else f"its credentials were rejected. Put good ones into the secret {(item or {}).get('secret_name')}, and run again"
            # New credentials are what makes it good again: not while they wait to be given.
            rejected = failure if state.get("credential") == "current" else ""
            found.append(Resource(name, state, dict(self.tags) if ours else {}, {"arn": arn}, "enabled" if enabled else "disabled", enabled, rejected))
        return found

    @staticmethod
    def _label(name: str) -> str:
        return f"given-to-{name}"

    def _stages(self, item: Item) -> dict[str, list[str]]:
        """Labels of the secret's versions. Its value is not read for that."""
        with tolerated(*_GONE):
            return t.cast(
                dict[str, list[str]], self.session.client("secretsmanager").describe_secret(SecretId=item["secret_name"]).get("VersionIdsToStages", {})
            )
        return {}

    def _given(self, item: Item, name: str) -> bool:
        return any({"AWSCURRENT", self._label(name)} <= set(labels) for labels in self._stages(item).values())

    def placeholder(self, name: str) -> Item:
        platform = self.wanted.get(name, {}).get("platform", "GCM")
        return {"arn": f"arn:{self.session.partition}:sns:{self.session.region}:{'0' * 12}:app/{platform}/{PLACEHOLDER}-{name}"}

    def normalise(self, item: Item) -> Item:
        return {**item, "credential": "current"}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        return True if option == "secret_name" else None

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            apple = item["platform"] != "GCM"
            if apple and not (item.get("team_id") and item.get("bundle_id")):
                problems.append(f"platform application {name}: Apple's need team_id and bundle_id")
            if not apple and (item.get("team_id") or item.get("bundle_id")):
                problems.append(f"platform application {name}: team_id and bundle_id are Apple's")
            if not name.startswith(f"{self.prefix}-"):
                problems.append(f"platform application {name}: its name has to begin with {self.prefix}-, for SNS takes no tags that would say whose it is")
            if not 0 <= (item.get("success_percent") or 0) <= 100:
                problems.append(f"platform application {name}: success_percent is {item['success_percent']}, a share from 0 to 100")
            if not any("AWSCURRENT" in labels for labels in self._stages(item).values()):
                filled = _FILLED["APNS" if apple else "GCM"]
                problems.append(
                    f"platform application {name}: the secret {item['secret_name']} is not there, or is empty. Fill it: "
                    f"aws secretsmanager create-secret --region {self.session.region} --name {item['secret_name']} --tags "
                    f"{' '.join(f'Key={key},Value={self.tags[key]}' for key in ('Project', 'Environment') if key in self.tags)} --secret-string {filled}"
                )
        return problems

    def _credential(self, name: str, item: Item) -> tuple[Item, str]:
        """What SNS is given, and the version of the secret that it is from."""
        found = self.session.client("secretsmanager").get_secret_value(SecretId=item["secret_name"])
        try:
            held = json.loads(found["SecretString"])
            if item["platform"] == "GCM":
                known = held["type"] == "service_account" and held["private_key"] and held["client_email"] and held["project_id"]
                given = {"PlatformCredential": found["SecretString"]}
            else:
                known = "PRIVATE KEY" in held["signing_key"] and held["key_id"]
                given = {"PlatformCredential": held["signing_key"], "PlatformPrincipal": held["key_id"]}
        except (KeyError, TypeError, ValueError):
            known, given = False, {}
        if not known:
            what = "the JSON of a service account of Firebase" if item["platform"] == "GCM" else "JSON with signing_key and key_id"
            # Nothing of what it holds, not even which part is wrong.
            raise Problem(f"the secret {item['secret_name']} does not hold {what}")
        return given, found["VersionId"]

    def _settings(self, item: Item) -> dict[str, str]:
        return {attribute: str(item[option]) for option, attribute in _ATTRIBUTES.items() if item.get(option) is not None}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        given, version = self._credential(name, item)
        attributes = {attribute: value for attribute, value in self._settings(item).items() if value}
        self.client.create_platform_application(Name=name, Platform=item["platform"], Attributes={**attributes, **given})
        self._label_given(name, item, version)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        attributes, version = self._settings(changes), ""
        # Apple's signing key goes with its id, the team and the bundle, or not at all.
        if "credential" in changes or changes.keys() & {"team_id", "bundle_id"}:
            given, version = self._credential(resource.name, item)
            attributes |= {**given, **self._settings({option: item.get(option) for option in ("team_id", "bundle_id")})}
        self.client.set_platform_application_attributes(PlatformApplicationArn=resource.outputs["arn"], Attributes=attributes)
        if version:
            self._label_given(resource.name, item, version)

    def _label_given(self, name: str, item: Item, version: str) -> None:
        label = self._label(name)
        before = next((one for one, labels in self._stages(item).items() if label in labels), None)
        if before != version:
            moved = {"RemoveFromVersionId": before} if before else {}
            self.session.client("secretsmanager").update_secret_version_stage(
                SecretId=item["secret_name"], VersionStage=label, MoveToVersionId=version, **moved
            )

    def delete(self, resource: Resource) -> None:
        with tolerated(*_GONE):
            self.client.delete_platform_application(PlatformApplicationArn=resource.outputs["arn"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """They have none."""
