# SPDX-License-Identifier: GPL-3.0-or-later
"""DynamoDB: tables, with their indexes and their copies in other regions."""

from __future__ import annotations

import time
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated

_BILLING = {"on_demand": "PAY_PER_REQUEST", "provisioned": "PROVISIONED"}
_GONE = "ResourceNotFoundException"
# What AWS does by itself for a while after a call, and the next call waits for.
_PASSING = frozenset(["CREATING", "UPDATING", "DELETING"])


class Tables(Kind):
    """A table. AWS takes most changes only one at a time, so each is a call of its own, made when the one before has ended."""

    module, service, noun = "dynamodb_tables", "dynamodb", "table"
    holds_data = True
    create_then_update = True
    unreported = ("read_capacity", "write_capacity", "replica_of")
    # Too early for a table that is just there, or while something else of it is changing.
    not_yet = (
        (r"ContinuousBackupsUnavailableException|ResourceInUseException|LimitExceededException", r"(?i)backup|in use|being|simultaneously", 120.0),
        # A copy that is gone counts for a moment longer.
        (r"ValidationException", r"acted as a source", 300.0),
    )

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = [name for name in self.pages("list_tables", "TableNames") if name in names or name.startswith(self.prefix)]
        found = [table for table in self.session.each(self._look, listed) if table]
        tags = self.tags_by_arn([table["TableArn"] for table in found], self._tags)
        mine = [table for table in found if table["TableArn"] in tags]
        return self.session.each(lambda table: self._resource(table, tags[table["TableArn"]]), mine)

    def _look(self, name: str) -> dict[str, t.Any] | None:
        with tolerated(_GONE):
            return t.cast(dict[str, t.Any], self.client.describe_table(TableName=name)["Table"])
        return None

    def _tags(self, arn: str) -> dict[str, str] | None:
        with tolerated(_GONE):
            return tags_to_dict(self.pages("list_tags_of_resource", "Tags", ResourceArn=arn))
        return None

    def _resource(self, table: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        name, item = table["TableName"], self.wanted.get(table["TableName"], {})
        types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
        stream = table.get("StreamSpecification") or {}
        state = {
            **_keys(table["KeySchema"], types),
            "indexes": [_index(index, types) for index in table.get("GlobalSecondaryIndexes", []) if index.get("IndexStatus") != "DELETING"],
            "billing": _word(_BILLING, table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")),
            "table_class": table.get("TableClassSummary", {}).get("TableClass", "STANDARD").lower(),
            "stream": stream["StreamViewType"].lower() if stream.get("StreamEnabled") else "",
            "kms_key_arn": table.get("SSEDescription", {}).get("KMSMasterKeyArn", ""),
            "deletion_protection": table.get("DeletionProtectionEnabled", False),
            "replicas": [{"region": one["RegionName"], "status": one["ReplicaStatus"]} for one in self._replicas(table)],
        }
        if item.get("tags"):
            state["tags"] = {key: tags[key] for key in item["tags"] if key in tags}
        if table["TableStatus"] != "DELETING":
            state |= self._more(table, item)
        status = _status(table)
        outputs = {"arn": table["TableArn"], "id": table.get("TableId", ""), "stream_arn": table.get("LatestStreamArn", "") if state["stream"] else ""}
        failed = [one for one in table.get("Replicas", []) if one["ReplicaStatus"] == "CREATION_FAILED"]
        failure = "; ".join(f"its copy in {one['RegionName']} could not be made: {one.get('ReplicaStatusDescription', '')}" for one in failed)
        return Resource(name, state, tags, outputs, status, status == "ACTIVE", failure)

    def _more(self, table: dict[str, t.Any], item: Item) -> Item:
        """What has to be asked for call by call, where it is declared."""
        name, more = table["TableName"], t.cast(Item, {})
        if item.get("ttl_attribute") is not None:
            ttl = self.client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            more["ttl_attribute"] = ttl.get("AttributeName", "") if ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else ""
        if item.get("pitr_days") is not None:
            recovery = self.client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
            more["pitr_days"] = recovery.get("RecoveryPeriodInDays", 35) if recovery.get("PointInTimeRecoveryStatus") == "ENABLED" else 0
        # Whose a copy is, its tags say, which are its region's. Made by a run that was killed, it has none yet.
        cells = {one["region"]: one["cell"] for one in item.get("replicas") or []}
        if cells:
            more["replicas"] = [
                {"region": one["RegionName"], "status": one["ReplicaStatus"], "cell": self._cell(one["RegionName"], table["TableArn"])}
                for one in self._replicas(table)
                if one["RegionName"] in cells
            ]
        return more

    def _replicas(self, table: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        """The copies in other regions."""
        return [one for one in table.get("Replicas", []) if one["RegionName"] != self.session.region]

    def _cell(self, region: str, arn: str) -> str:
        with tolerated(_GONE):
            answer = self.session.client("dynamodb", region=region).list_tags_of_resource(ResourceArn=_in_region(arn, region))
            return tags_to_dict(answer["Tags"]).get("Cell", "")
        return ""

    def normalise(self, item: Item) -> Item:
        # Without a sort key is not the same as leaving it alone.
        item = {**item, "sort_key": item.get("sort_key") or {}}
        if item.get("indexes") is None:
            return item
        return {**item, "indexes": [{**index, "projected_attributes": sorted(index.get("projected_attributes") or [])} for index in item["indexes"]]}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option == "sort_key":
            return bool((wanted or None) == (current or None))
        if option == "indexes":
            present_indexes = {index["name"]: index for index in current}
            return present_indexes.keys() == {index["name"] for index in wanted} and all(_same_index(one, present_indexes[one["name"]]) for one in wanted)
        # Copies are added, never taken away: that a region follows no more does not say that what it has may go.
        if option == "replicas":
            present = [(one["region"], one.get("cell")) for one in current or []]
            return all((one["region"], one["cell"]) in present for one in wanted)
        return None

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:dynamodb:{self.session.region}:{'0' * 12}:table/{PLACEHOLDER}-{name}"
        return {"arn": arn, "id": PLACEHOLDER, "stream_arn": f"{arn}/stream/{PLACEHOLDER}"}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            types: dict[str, str] = {}
            for key in _all_keys(item):
                if types.setdefault(key["name"], key["type"]) != key["type"]:
                    problems.append(f"table {name}: the attribute {key['name']} has one type in one key and another in another")
            names = [index["name"] for index in item.get("indexes") or []]
            problems += [f"table {name}: two of its indexes are called {index}" for index in sorted({one for one in names if names.count(one) > 1})]
            problems += [
                f"table {name}: index {index['name']} names projected_attributes, which count with projection: include only"
                for index in item.get("indexes") or []
                if index["projected_attributes"] and index.get("projection") != "include"
            ]
            if item.get("replicas") and item.get("stream") not in (None, "new_and_old_images"):
                problems.append(f"table {name}: with a copy in another region its stream is new_and_old_images, by which AWS copies")
            if not 0 <= (item.get("pitr_days") or 0) <= 35:
                problems.append(f"table {name}: pitr_days is {item['pitr_days']}, AWS keeps 1 to 35 days, 0 for none")
        return problems

    def forbid(self, resource: Resource, item: Item, changes: Item) -> list[str]:
        name, problems = resource.name, []
        if resource.status == "DELETING":
            return [f"table {name} is being deleted: run again in a minute"]
        for option in ("partition_key", "sort_key"):
            if option in changes:
                problems.append(
                    f"table {name}: its {option} is {resource.state[option]} and stays so as long as it lives; it is never replaced, for it holds data. "
                    "Declare another table and copy what is in this one"
                )
        present = {index["name"]: index for index in resource.state["indexes"]}
        for index in changes.get("indexes", []):
            if index["name"] in present and not _same_index(index, present[index["name"]]):
                problems.append(
                    f"table {name}: index {index['name']} cannot change its keys or what it projects. "
                    "Declare the new one under another name, and remove this one when nobody asks it any more"
                )
        if changes.get("ttl_attribute") and resource.state.get("ttl_attribute"):
            problems.append(
                f"table {name}: items expire by {resource.state['ttl_attribute']}. Turn that off first (ttl_attribute: ''), "
                f"and on by {changes['ttl_attribute']} an hour later, which AWS asks for between two changes"
            )
        if "stream" in changes and resource.state["replicas"]:
            problems.append(f"table {name}: its stream is how AWS copies it to {', '.join(one['region'] for one in resource.state['replicas'])}")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        if item.get("replica_of"):
            raise Problem(f"it is a copy of the one in {item['replica_of']}, which has to be rolled out first, together with this cell or before it")
        capacity = _capacity(item)
        indexes = [{**_index_request(index), **capacity} for index in item.get("indexes") or []]
        optional = {
            "GlobalSecondaryIndexes": indexes,
            "StreamSpecification": _stream(item["stream"]) if item.get("stream") else None,
            "SSESpecification": _encryption(item["kms_key_arn"]) if item.get("kms_key_arn") else None,
            "TableClass": item["table_class"].upper() if item.get("table_class") else None,
            "DeletionProtectionEnabled": item.get("deletion_protection"),
        }
        self.client.create_table(
            TableName=name,
            KeySchema=_schema(item),
            AttributeDefinitions=_attributes(_all_keys(item)),
            BillingMode=_BILLING[item.get("billing") or "on_demand"],
            Tags=dict_to_tags({**tags, **(item.get("tags") or {})}),
            **capacity,
            **{member: value for member, value in optional.items() if value},
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        name = resource.name
        requests: dict[str, t.Callable[[t.Any], Item]] = {
            "deletion_protection": lambda value: {"DeletionProtectionEnabled": value},
            "billing": lambda value: self._billing(resource, item),
            "kms_key_arn": lambda value: {"SSESpecification": _encryption(value)},
            "table_class": lambda value: {"TableClass": value.upper()},
        }
        for option, request in requests.items():
            if option in changes:
                self._change(name, **request(changes[option]))
        if "stream" in changes:
            # One of another kind takes the place of none only.
            if resource.state["stream"]:
                self._change(name, StreamSpecification={"StreamEnabled": False})
            if changes["stream"]:
                self._change(name, StreamSpecification=_stream(changes["stream"]))
        if "indexes" in changes:
            self._indexes(resource, item)
        if "ttl_attribute" in changes:
            self._await(name)
            attribute = changes["ttl_attribute"] or resource.state["ttl_attribute"]
            self.client.update_time_to_live(
                TableName=name, TimeToLiveSpecification={"Enabled": bool(changes["ttl_attribute"]), "AttributeName": attribute}
            )  # fmt: skip
        if "pitr_days" in changes:
            days = {"RecoveryPeriodInDays": changes["pitr_days"]} if changes["pitr_days"] else {}
            self._await(name)
            self.client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": bool(changes["pitr_days"]), **days}
            )  # fmt: skip
        if changes.get("tags"):
            self.set_tags(resource, changes["tags"])
        for replica in changes.get("replicas", []):
            self._copy(resource, replica)

    def _billing(self, resource: Resource, item: Item) -> Item:
        """Provisioned, the indexes take theirs in the same call."""
        capacity = _capacity(item)
        indexes = [{"Update": {"IndexName": index["name"], **capacity}} for index in resource.state["indexes"]] if capacity else []
        return {"BillingMode": _BILLING[item["billing"]], **capacity, **({"GlobalSecondaryIndexUpdates": indexes} if indexes else {})}

    def _indexes(self, resource: Resource, item: Item) -> None:
        """One after the other: a table makes or removes one index at a time, which takes ten minutes even while it is empty."""
        wanted = {index["name"]: index for index in item["indexes"]}
        present = {index["name"]: index for index in resource.state["indexes"]}
        for name in present.keys() - wanted.keys():
            self._change(resource.name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
        kept = [index for name, index in present.items() if name in wanted]
        for name, index in wanted.items():
            if name not in present:
                kept.append(index)
                keys = _all_keys({**resource.state, "indexes": kept})
                create = {"Create": {**_index_request(index), **(_capacity(item) if resource.state["billing"] == "provisioned" else {})}}
                self._change(resource.name, GlobalSecondaryIndexUpdates=[create], AttributeDefinitions=_attributes(keys))

    def _copy(self, resource: Resource, replica: Item) -> None:
        """A copy in another region, and whose it is there."""
        name, region = resource.name, replica["region"]
        if region not in [one["region"] for one in resource.state["replicas"]]:
            key = {"KMSMasterKeyId": replica["kms_key_arn"]} if replica.get("kms_key_arn") else {}
            self._change(name, ReplicaUpdates=[{"Create": {"RegionName": region, **key}}])
            self._await(name)
        client = self.session.client("dynamodb", self.not_yet, region=region)
        tags = {**self.tags, **resource.state.get("tags", {}), "Cell": replica["cell"], "Name": name}
        client.tag_resource(ResourceArn=_in_region(resource.outputs["arn"], region), Tags=dict_to_tags(tags))

    def _change(self, name: str, **request: t.Any) -> None:
        self._await(name)
        self.client.update_table(TableName=name, **request)

    def _await(self, name: str) -> None:
        """Until the table, its indexes and its copies are as they were asked for."""
        deadline = time.monotonic() + (self.options.get("wait_timeout") or 3600)
        while True:
            table = self._look(name)
            if table and _status(table) not in _PASSING:
                return
            if time.monotonic() > deadline:
                raise Problem(f"is {_status(table) if table else 'not listed'} for too long to change it further. Run again to go on")
            time.sleep(1)

    def delete(self, resource: Resource) -> None:
        if resource.status == "DELETING":
            return
        name = resource.name
        # Copies in other regions are tables of their own cells, which go by themselves.
        if resource.state["deletion_protection"]:
            self._change(name, DeletionProtectionEnabled=False)
        self._await(name)
        with tolerated(_GONE):
            self.client.delete_table(TableName=name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=dict_to_tags(tags))


def _status(table: dict[str, t.Any]) -> str:
    """ACTIVE where the table, its indexes, its encryption and its copies are; otherwise the first that is not."""
    words = [table["TableStatus"]]
    words += [index.get("IndexStatus", "ACTIVE") for index in table.get("GlobalSecondaryIndexes", [])]
    words += [replica["ReplicaStatus"] for replica in table.get("Replicas", [])]
    words += ["UPDATING"] if table.get("SSEDescription", {}).get("Status") in ("ENABLING", "DISABLING", "UPDATING") else []
    return next((word for word in words if word != "ACTIVE"), "ACTIVE")


def _word(words: dict[str, str], value: str) -> str:
    return next(word for word, known in words.items() if known == value)


def _in_region(arn: str, region: str) -> str:
    """The ARN of the table of that name in another region."""
    parts = arn.split(":")
    return ":".join([*parts[:3], region, *parts[4:]])


def _keys(schema: list[dict[str, str]], types: dict[str, str]) -> Item:
    """Partition and sort key in the words of the module's options."""
    named = {one["KeyType"]: {"name": one["AttributeName"], "type": types[one["AttributeName"]]} for one in schema}
    return {"partition_key": named["HASH"], "sort_key": named.get("RANGE")}


def _index(index: dict[str, t.Any], types: dict[str, str]) -> Item:
    projection = index.get("Projection", {})
    return {
        "name": index["IndexName"],
        **_keys(index["KeySchema"], types),
        "projection": projection.get("ProjectionType", "ALL").lower(),
        "projected_attributes": sorted(projection.get("NonKeyAttributes", [])),
    }


def _same_index(one: Item, other: Item) -> bool:
    return all((one.get(part) or None) == (other.get(part) or None) for part in ("partition_key", "sort_key", "projection", "projected_attributes"))


def _schema(item: Item) -> list[dict[str, str]]:
    keys = (("HASH", item["partition_key"]), ("RANGE", item.get("sort_key")))
    return [{"AttributeName": key["name"], "KeyType": kind} for kind, key in keys if key]


def _all_keys(item: Item) -> list[Item]:
    """The keys of the table and of its indexes."""
    holders = [item, *(item.get("indexes") or [])]
    return [holder[key] for holder in holders for key in ("partition_key", "sort_key") if holder.get(key)]


def _attributes(keys: list[Item]) -> list[dict[str, str]]:
    """The attributes that are keys of something, each once: AWS takes no others."""
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in {key["name"]: key["type"] for key in keys}.items()]


def _index_request(index: Item) -> Item:
    attributes = {"NonKeyAttributes": index["projected_attributes"]} if index["projected_attributes"] else {}
    return {
        "IndexName": index["name"],
        "KeySchema": _schema(index),
        "Projection": {"ProjectionType": (index.get("projection") or "all").upper(), **attributes},
    }


def _capacity(item: Item) -> Item:
    """What a provisioned table, and each of its indexes, begins with."""
    if item.get("billing") != "provisioned":
        return {}
    return {"ProvisionedThroughput": {"ReadCapacityUnits": item.get("read_capacity") or 1, "WriteCapacityUnits": item.get("write_capacity") or 1}}


def _stream(view: str) -> Item:
    return {"StreamEnabled": True, "StreamViewType": view.upper()}


def _encryption(arn: str) -> Item:
    """A key of ours, or the one that DynamoDB has for everybody."""
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn} if arn else {"Enabled": False}
