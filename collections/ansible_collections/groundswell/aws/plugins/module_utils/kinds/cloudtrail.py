# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail: trails, with whether they log and what."""

from __future__ import annotations

import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import PROPAGATION, tolerated

_OPTIONS = {
    "bucket": "S3BucketName",
    "prefix": "S3KeyPrefix",
    "multi_region": "IsMultiRegionTrail",
    "global_events": "IncludeGlobalServiceEvents",
    "validation": "EnableLogFileValidation",
    "kms_key_arn": "KmsKeyId",
    "log_group_arn": "CloudWatchLogsLogGroupArn",
    "log_role_arn": "CloudWatchLogsRoleArn",
}


class Trails(Kind):
    """Trails of this home region. What they have written stays in the bucket when they go."""

    module, service, noun = "cloudtrail_trails", "cloudtrail", "trail"
    create_then_update = True  # a new trail does not log yet
    not_yet = (
        # CloudTrail tries bucket, key and role out, and each may be news to it.
        ("InsufficientS3BucketPolicyException", "", 60.0),
        ("InsufficientEncryptionPolicyException", "", 60.0),
        ("InvalidCloudWatchLogs(LogGroupArn|RoleArn)Exception", "", PROPAGATION),
        ("(Conflict|ThrottlingException)", "", 60.0),
    )

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        # Without those of other regions and of the organisation, which show here too.
        trails = self.client.describe_trails(includeShadowTrails=False)["trailList"]
        mine = [trail for trail in trails if trail["Name"] in names or trail["Name"].startswith(self.prefix)]
        if not mine:
            return []
        listed = self.client.list_tags(ResourceIdList=[trail["TrailARN"] for trail in mine])["ResourceTagList"]
        tags = {one["ResourceId"]: tags_to_dict(one.get("TagsList")) for one in listed}
        return [found for found in self.session.each(lambda trail: self._look(trail, tags.get(trail["TrailARN"], {})), mine) if found]

    def _look(self, trail: dict[str, t.Any], tags: dict[str, str]) -> Resource | None:
        arn, name = trail["TrailARN"], trail["Name"]
        with tolerated("TrailNotFoundException"):
            state = {
                "bucket": trail["S3BucketName"],
                "prefix": trail.get("S3KeyPrefix", ""),
                "multi_region": trail["IsMultiRegionTrail"],
                "global_events": trail["IncludeGlobalServiceEvents"],
                "validation": trail["LogFileValidationEnabled"],
                "kms_key_arn": trail.get("KmsKeyId", ""),
                "log_group_arn": trail.get("CloudWatchLogsLogGroupArn", ""),
                "log_role_arn": trail.get("CloudWatchLogsRoleArn", ""),
                "logging": self.client.get_trail_status(Name=arn)["IsLogging"],
            }
            if self.wanted.get(name, {}).get("data_events") is not None:
                state["data_events"] = self._data_events(arn)
            return Resource(name, state, tags, {"id": name, "arn": arn})
        return None

    def _data_events(self, arn: str) -> list[str]:
        """ARNs whose objects' events are logged; what was selected in another way reads as nothing that is declared."""
        answer = self.client.get_event_selectors(TrailName=arn)
        if answer.get("AdvancedEventSelectors"):
            return ["(advanced selectors)"]
        found = [resource for selector in answer.get("EventSelectors") or [] for resource in selector.get("DataResources") or []]
        whole = all(one.get("IncludeManagementEvents", True) and one.get("ReadWriteType", "All") == "All" for one in answer.get("EventSelectors") or [])
        return sorted(value for resource in found for value in resource["Values"]) if whole else ["(not all events)"]

    def placeholder(self, name: str) -> Item:
        return {"id": name, "arn": f"arn:{self.session.partition}:cloudtrail:{self.session.region}:{'0' * 12}:trail/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        group = item.get("log_group_arn")
        # CloudTrail wants the ARN with its end, CloudWatch Logs tells it without.
        wanted = {**item, "log_group_arn": f"{group}:*" if group and not group.endswith(":*") else group}
        return {**wanted, "data_events": sorted(item["data_events"]) if item.get("data_events") is not None else None}

    def _parameters(self, item: Item) -> dict[str, t.Any]:
        return {parameter: item[option] for option, parameter in _OPTIONS.items() if item.get(option) is not None}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        settings = {parameter: value for parameter, value in self._parameters(item).items() if value != ""}
        self.client.create_trail(Name=name, TagsList=dict_to_tags(tags), **settings)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        name = resource.outputs["arn"]
        if set(changes) & set(_OPTIONS):
            # Group and role go together.
            together = {option: item[option] for option in ("log_group_arn", "log_role_arn") if item.get(option) is not None}
            self.client.update_trail(Name=name, **self._parameters({**changes, **together}))
        if "data_events" in changes:
            resources = [{"Type": "AWS::S3::Object", "Values": changes["data_events"]}] if changes["data_events"] else []
            selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": resources}
            self.client.put_event_selectors(TrailName=name, EventSelectors=[selector])
        if "logging" in changes:
            (self.client.start_logging if changes["logging"] else self.client.stop_logging)(Name=name)

    def delete(self, resource: Resource) -> None:
        with tolerated("TrailNotFoundException"):
            self.client.delete_trail(Name=resource.outputs["arn"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags(ResourceId=resource.outputs["arn"], TagsList=dict_to_tags(tags))
