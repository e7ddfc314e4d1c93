# SPDX-License-Identifier: GPL-3.0-or-later
"""DynamoDB: what moto leaves out of a table, and copies in other regions that really have the data."""

from __future__ import annotations

import copy
from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, rescue, shows
from simulator.services._afterwards import lasts, still

# Seconds on AWS, measured by others: terraform-provider-aws's and LocalStack's public logs of tables without data.
INDEX = 520.0  # UG dynamodb GSI.OnlineOps: minutes, also while the table is empty
INDEX_DELETE = 4.0
REPLICA = 30.0
REPLICA_DELETE = 150.0
RECOVERY = 5.0  # from ACTIVE until point-in-time recovery can be switched on
TTL_BETWEEN = 3600.0  # API dynamodb:UpdateTimeToLive: one change an hour


def table_of(context: Context, name: str | None = None, region: str | None = None) -> Any:
    """moto's table of a name or an ARN, None where there is none."""
    tables = context.backend("dynamodb", region=region).tables
    return tables.get((name or context.params["TableName"]).rpartition("table/")[2].partition("/")[0])


def regions_of(table: Any) -> dict[str, Parameters]:
    """All regions in which the table is, if there are several: each with what was said of the copy there."""
    return table.__dict__.setdefault("simulator_regions", {})


def key_arn(context: Context, key: str, region: str | None = None) -> str:
    """The ARN of a key that is named by its id, ARN or alias, and can be used."""
    try:
        metadata = context.call("DescribeKey", {"KeyId": key}, service="kms", region=region)["KeyMetadata"]
    except Refused as refused:
        raise Refused("ValidationException", f"KMS validation error: {refused.message}") from refused
    if metadata["KeyState"] != "Enabled":
        raise Refused("ValidationException", f"KMS validation error: {metadata['Arn']} is {metadata['KeyState']}")
    return metadata["Arn"]


@after("dynamodb", "CreateTable")
def what_moto_leaves_out(context: Context, response: Parameters) -> None:
    """A table has an id and a class (API dynamodb:TableDescription)."""
    params, table = context.params, table_of(context)
    table.simulator_id = str(mock_random.uuid4())
    table.simulator_class = params.get("TableClass", "STANDARD")
    key = (params.get("SSESpecification") or {}).get("KMSMasterKeyId")
    if key:
        table.sse_specification["KMSMasterKeyId"] = key_arn(context, key)
    lasts(context, f"recovery/{table.name}", RECOVERY)
    _complete(context, response["TableDescription"])


@before("dynamodb", "UpdateTable")
def a_stream_after_a_stream(context: Context) -> None:
    """One that was switched off gives way to a new one; moto takes its label for one that is on."""
    table = table_of(context)
    if table is not None and context.params.get("StreamSpecification") and not (table.stream_specification or {}).get("StreamEnabled"):
        table.latest_stream_label = None


@after("dynamodb", "DescribeTable", "UpdateTable", "DeleteTable")
def show_what_moto_leaves_out(context: Context, response: Parameters) -> None:
    """As above, and what lasts."""
    if context.operation == "UpdateTable":
        _update(context)
    description = response.get("Table") or response["TableDescription"]
    if table_of(context) is not None:
        if context.operation == "UpdateTable":
            described = table_of(context).describe()["TableDescription"]
            description.clear()
            description.update(described)
        _complete(context, description)


def _complete(context: Context, description: Parameters) -> None:
    table = table_of(context)
    description["TableId"] = getattr(table, "simulator_id", "")
    description["TableClassSummary"] = {"TableClass": getattr(table, "simulator_class", "STANDARD")}
    for index in description.get("GlobalSecondaryIndexes") or []:
        index["IndexArn"] = f"{table.table_arn}/index/{index['IndexName']}"
        if still(context, f"index/{table.name}/{index['IndexName']}"):
            index |= {"IndexStatus": "CREATING", "Backfilling": True}
    if not description.get("GlobalSecondaryIndexes"):
        description.pop("GlobalSecondaryIndexes", None)
    # Of a copy in its own region the list says nothing.
    others = [(region, more) for region, more in regions_of(table).items() if region != context.region]
    if others:
        description["GlobalTableVersion"] = "2019.11.21"
        description["Replicas"] = [_replica(context, table, region, more) for region, more in others]


def _replica(context: Context, table: Any, region: str, more: Parameters) -> Parameters:
    going = more.get("going") and not still(context, f"replica/{table.name}/{region}")
    if going:
        regions_of(table).pop(region, None)
    status = "DELETING" if more.get("going") else "CREATING" if still(context, f"replica/{table.name}/{region}") else "ACTIVE"
    key = {"KMSMasterKeyId": more["key"]} if more.get("key") else {}
    return {"RegionName": region, "ReplicaStatus": status, **key}


def _update(context: Context) -> None:
    """What UpdateTable does and moto does not."""
    params, table = context.params, table_of(context)
    if params.get("TableClass"):
        table.simulator_class = params["TableClass"]
    encryption = params.get("SSESpecification")
    if encryption is not None:
        key = encryption.get("KMSMasterKeyId")
        table.sse_specification = {**encryption, **({"KMSMasterKeyId": key_arn(context, key)} if key else {})}
        if encryption.get("Enabled") and not key:
            table.sse_specification["KMSMasterKeyId"] = table._get_default_encryption_key(context.account, context.region)
    if params.get("BillingMode") == "PAY_PER_REQUEST":
        for one in (table, *table.global_indexes):
            one.throughput = {**one.throughput, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    for change in params.get("GlobalSecondaryIndexUpdates", []):
        if "Create" in change:
            lasts(context, f"index/{table.name}/{change['Create']['IndexName']}", INDEX)
        if "Delete" in change:
            lasts(context, f"index-going/{table.name}", INDEX_DELETE)
    for change in params.get("ReplicaUpdates", []):
        if "Create" in change:
            _add_copy(context, table, change["Create"])
        if "Delete" in change:
            _remove_copy(context, table, change["Delete"]["RegionName"])
    _fan_out(context, table)


@shows("R-DDB-25")
def _add_copy(context: Context, table: Any, wanted: Parameters) -> None:
    """A table of the same name in the other region, with the same items. The stream by which AWS copies is switched on
    (UG dynamodb V2globaltables_HowItWorks). Tags, recovery and protection are the copy's own."""
    region, key = wanted["RegionName"], wanted.get("KMSMasterKeyId")
    there = context.backend("dynamodb", region=region)
    if not (table.stream_specification or {}).get("StreamEnabled"):
        table.set_stream_specification({"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn(context, key, region)} if key else None
    twin = there.create_table(
        table.name, copy.deepcopy(table.schema), None, copy.deepcopy(table.attr), [], [], dict(table.stream_specification), table.billing_mode, encryption, [],
        False, None,
    )  # fmt: skip
    twin.items = table.items
    twin.simulator_id, twin.simulator_class = str(mock_random.uuid4()), table.simulator_class
    members = regions_of(table)
    members.setdefault(context.region, {"source": True, "since": context.simulator.clock()})
    members[region] = {"key": encryption["KMSMasterKeyId"] if encryption else None, "from": context.region, "since": context.simulator.clock()}
    # One list for all of them.
    for member in members:
        table_of(context, table.name, member).simulator_regions = members
    lasts(context, f"replica/{table.name}/{region}", REPLICA)


def _remove_copy(context: Context, table: Any, region: str) -> None:
    _leave(context, table, region)
    context.backend("dynamodb", region=region).tables.pop(table.name, None)


def _leave(context: Context, table: Any, region: str) -> None:
    """A copy that goes is seen to go by the others for a while."""
    members = regions_of(table)
    if region in members:
        members[region] = {**members[region], "going": True}
        for member in members:
            lasts(context.in_region(member), f"replica/{table.name}/{region}", REPLICA_DELETE)
        if not still(context, f"replica/{table.name}/{region}"):
            members.pop(region)
        if len(members) == 1:
            members.clear()


@shows("R-DDB-26")
def _fan_out(context: Context, table: Any) -> None:
    """Keys of indexes, capacity and expiry are those of all copies (UG dynamodb V2globaltables_HowItWorks)."""
    for region, more in regions_of(table).items():
        twin = table_of(context, table.name, region)
        if region != context.region and twin is not None and not more.get("going"):
            twin.attr, twin.global_indexes = copy.deepcopy(table.attr), copy.deepcopy(table.global_indexes)
            twin.billing_mode, twin.throughput, twin.ttl = table.billing_mode, copy.deepcopy(table.throughput), dict(table.ttl)


@after("dynamodb", "UpdateTimeToLive")
def expiry_is_that_of_all_copies(context: Context, response: Parameters) -> None:
    """API dynamodb:UpdateTimeToLive."""
    table = table_of(context)
    if not context.params["TimeToLiveSpecification"]["Enabled"]:
        table.ttl.pop("AttributeName", None)
    lasts(context, f"ttl/{table.name}", TTL_BETWEEN)
    _fan_out(context, table)


@operation("dynamodb", "DeleteTable")
def delete_table(context: Context) -> Parameters:
    """A copy goes without the others (API dynamodb:DeleteTable). moto's own refusals hold."""
    table = context.backend().delete_table(context.params["TableName"])
    _leave(context, table, context.region)
    description = table.describe()["TableDescription"]
    return {"TableDescription": {**description, "TableStatus": "DELETING"}}


@rescue("dynamodb", "TransactWriteItems")
def one_set_of_items(context: Context, refused: Refused) -> None:
    """Where a transaction fails, moto puts tables as they were in the place of those that are: their items are again those of all copies."""
    for name, table in context.backend().tables.items():
        for region in regions_of(table):
            twin = table_of(context, name, region)
            if twin is not None:
                twin.items = table.items
