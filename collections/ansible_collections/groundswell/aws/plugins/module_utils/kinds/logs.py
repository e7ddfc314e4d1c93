# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs: log groups, and the deliveries by which AWS's services hand over their logs."""

from __future__ import annotations

import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Resource, owned
from ..retries import error_code, tolerated

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

# A key's new policy and a deletion take seconds to reach CloudWatch Logs; it changes one thing at a time.
_NOT_YET = (
    (r"InvalidParameterException", r"KMS|key", 60.0),
    (r"OperationAbortedException", r"", 60.0),
)


class LogsKind(Kind):
    """What they have in common: tags as a map, found by the start of their names."""

    service = "logs"
    not_yet = _NOT_YET

    def resource_tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        return t.cast(dict[str, str], self.client.list_tags_for_resource(resourceArn=arn)["tags"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        for arn in resource.outputs.get("arns") or [resource.outputs["arn"]]:
            self.client.tag_resource(resourceArn=arn, tags=tags)

    def gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone."""
        try:
            operation(**parameters)
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise


class LogGroups(LogsKind):
    module, noun = "logs_groups", "log group"
    fixed = ("log_class",)
    holds_data = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        # Groups cannot be searched by tag. The names of ours contain one of these, whatever WAF or RDS prescribes before it.
        usual = (f"/{self.tags.get('Project', '')}/{self.tags.get('Environment', '')}/", self.prefix)
        searches = [{"logGroupNamePattern": part} for part in usual]
        searches += [{"logGroupNamePrefix": name} for name in names if not any(part in name for part in usual)]
        pages = self.session.each(lambda search: self.pages("describe_log_groups", "logGroups", **search), searches)
        found = {group["logGroupName"]: group for page in pages for group in page}
        arns = {name: group["arn"].removesuffix(":*") for name, group in found.items()}
        tags = self.tags_by_arn(arns.values(), self._tags_if_there)
        return [self._look(group, arns[name], tags[arns[name]]) for name, group in found.items() if arns[name] in tags]

    def _tags_if_there(self, arn: str) -> dict[str, str] | None:
        """The tags; None of a group that has just gone."""
        try:
            return self.resource_tags(arn)
        except botocore.exceptions.ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise

    def _look(self, group: dict[str, t.Any], arn: str, tags: dict[str, str]) -> Resource:
        state = {
            "retention_days": group.get("retentionInDays", 0),
            "kms_key_arn": group.get("kmsKeyId", ""),
            "log_class": group.get("logGroupClass", "STANDARD").lower(),
        }
        return Resource(group["logGroupName"], state, tags, {"arn": arn})

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:logs:{self.session.region}:{'0' * 12}:log-group:{PLACEHOLDER}"}

    create_then_update = True  # retention has a call of its own

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        extra = {"kmsKeyId": item["kms_key_arn"]} if item.get("kms_key_arn") else {}
        extra |= {"logGroupClass": item["log_class"].upper()} if item.get("log_class") else {}
        self.client.create_log_group(logGroupName=name, tags=tags, **extra)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        name = resource.name
        if "retention_days" in changes:
            if changes["retention_days"]:
                self.client.put_retention_policy(logGroupName=name, retentionInDays=changes["retention_days"])
            else:
                self.client.delete_retention_policy(logGroupName=name)
        if "kms_key_arn" in changes:
            if changes["kms_key_arn"]:
                self.client.associate_kms_key(logGroupName=name, kmsKeyId=changes["kms_key_arn"])
            else:
                self.client.disassociate_kms_key(logGroupName=name)

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_log_group, logGroupName=resource.name)


class Deliveries(LogsKind):
    """A delivery with its source and its destination, all three under one name.

    AWS keeps the three apart; here they live and go together. Whatever of the three is missing is made, so a run that was killed
    between them is continued.
    """

    module, noun = "logs_deliveries", "log delivery"
    fixed = ("resource_arn", "log_type", "destination_arn", "output_format")
    disposable = True
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        def mine(entry: dict[str, t.Any]) -> bool:
            return entry["name"].startswith(self.prefix) or entry["name"] in names

        sources = {one["name"]: one for one in self.pages("describe_delivery_sources", "deliverySources") if mine(one)}
        destinations = {one["name"]: one for one in self.pages("describe_delivery_destinations", "deliveryDestinations") if mine(one)}
        deliveries = {one["deliverySourceName"]: one for one in self.pages("describe_deliveries", "deliveries")} if sources else {}
        everything = sorted({*sources, *destinations})
        return self.session.each(lambda name: self._look(name, sources.get(name), destinations.get(name), deliveries.get(name)), everything)

    def _look(self, name: str, source: dict[str, t.Any] | None, destination: dict[str, t.Any] | None, delivery: dict[str, t.Any] | None) -> Resource:
        parts = [part for part in (source, destination, delivery) if part]
        state: Item = {"complete": len(parts) == 3}
        if source:
            state |= {"resource_arn": source["resourceArns"][0], "log_type": source["logType"]}
        if destination:
            state["destination_arn"] = destination["deliveryDestinationConfiguration"]["destinationResourceArn"]
            state["output_format"] = destination.get("outputFormat", "")
        if delivery:
            state["path"] = (delivery.get("s3DeliveryConfiguration") or {}).get("suffixPath", "")
            state["fields"] = sorted(delivery.get("recordFields", []))
        outputs = {"arn": parts[0]["arn"], "arns": [part["arn"] for part in parts], "delivery_id": (delivery or {}).get("id", "")}
        return Resource(name, state, self.resource_tags(parts[0]["arn"]), outputs)

    def normalise(self, item: Item) -> Item:
        fields = sorted(item["fields"]) if item.get("fields") else None
        return {**item, "complete": True, "output_format": item.get("output_format") or "json", "fields": fields}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # A part that is missing has nothing that could not be changed.
        return True if current is None and option in self.fixed else None

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:logs:{self.session.region}:{'0' * 12}:delivery-source:{PLACEHOLDER}", "arns": [], "delivery_id": ""}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.put_delivery_source(name=name, resourceArn=item["resource_arn"], logType=item["log_type"], tags=tags)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        name, tags = resource.name, {**self.tags, "Name": resource.name}
        if "resource_arn" not in resource.state:
            self.create(name, item, tags)
        settings = {"s3DeliveryConfiguration": {"suffixPath": item["path"]}} if item.get("path") else {}
        settings |= {"recordFields": item["fields"]} if item.get("fields") else {}
        if not resource.outputs["delivery_id"]:
            destination = self._destination(name, item, tags)
            self.client.create_delivery(deliverySourceName=name, deliveryDestinationArn=destination, tags=tags, **settings)
        elif "path" in changes or "fields" in changes:
            self.client.update_delivery_configuration(id=resource.outputs["delivery_id"], **settings)

    def _destination(self, name: str, item: Item, tags: dict[str, str]) -> str:
        """The ARN of the destination, made if there is none."""
        where = {"destinationResourceArn": item["destination_arn"]}
        wanted = {"name": name, "outputFormat": item["output_format"], "deliveryDestinationConfiguration": where}
        try:
            answer = self.client.put_delivery_destination(**wanted, tags=tags)
        except botocore.exceptions.ClientError as error:
            # One that is there already takes no tags with a put.
            if error_code(error) != "ConflictException":
                raise
            answer = self.client.put_delivery_destination(**wanted)
        return t.cast(str, answer["deliveryDestination"]["arn"])

    def delete(self, resource: Resource) -> None:
        if resource.outputs["delivery_id"]:
            self.gone(self.client.delete_delivery, id=resource.outputs["delivery_id"])
        self.gone(self.client.delete_delivery_source, name=resource.name)
        self.gone(self.client.delete_delivery_destination, name=resource.name)


class MetricFilters(LogsKind):
    """Filters that count lines of a log group. They have no tags: ours are those of our layer's groups, with which they go."""

    module, noun = "logs_metric_filters", "metric filter"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        prefixes = {self.prefix} | {name for name in names if not name.startswith(self.prefix)}
        found = [one for prefix in sorted(prefixes) for one in self.pages("describe_metric_filters", "metricFilters", filterNamePrefix=prefix)]
        place = f"/{self.tags.get('Project', '')}/{self.tags.get('Environment', '')}/"
        groups = sorted({one["logGroupName"] for one in found if one["logGroupName"].startswith(place)})
        ours = dict(zip(groups, self.session.each(self._ours, groups), strict=True))
        for one in found:
            if not ours.get(one["logGroupName"]):
                continue
            (transformation,) = one["metricTransformations"]
            state = {
                "log_group": one["logGroupName"],
                "pattern": one.get("filterPattern", ""),
                "namespace": transformation["metricNamespace"],
                "metric": transformation["metricName"],
            }
            yield Resource(one["filterName"], state, dict(self.tags), {"id": one["filterName"]})

    def _ours(self, group: str) -> bool:
        with tolerated("ResourceNotFoundException"):
            arn = f"arn:{self.session.partition}:logs:{self.session.region}:{self.session.account}:log-group:{group}"
            return owned(self.resource_tags(arn), self.tags)
        return False

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # Without a default value: a metric without data costs nothing, one of zeroes is paid for.
        transformation = {"metricName": item["metric"], "metricNamespace": item["namespace"], "metricValue": "1"}
        self.client.put_metric_filter(logGroupName=item["log_group"], filterName=name, filterPattern=item["pattern"], metricTransformations=[transformation])

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if "log_group" in changes:
            self.delete(resource)
        self.create(resource.name, item, self.tags)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """They have none."""

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_metric_filter, logGroupName=resource.state["log_group"], filterName=resource.name)
