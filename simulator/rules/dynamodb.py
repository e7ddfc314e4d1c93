# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of DynamoDB's tables."""

from __future__ import annotations

import re
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services._afterwards import still
from simulator.services.dynamodb import key_arn, regions_of, table_of

ITEMS = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"]
# Each of these wants an UpdateTable of its own; capacity, indexes and billing go together.
ALONE = ("SSESpecification", "TableClass", "DeletionProtectionEnabled", "ReplicaUpdates", "WarmThroughput", "StreamSpecification")
HEAD = "One or more parameter values were invalid: "


def _online_indexes(context: Context, table: Any) -> list[str]:
    """Indexes that are being made, and whether one is being removed."""
    busy = [index.name for index in table.global_indexes if still(context, f"index/{table.name}/{index.name}")]
    return busy + (["(going)"] if still(context, f"index-going/{table.name}") else [])


@rule("R-DDB-01", service="dynamodb", operations=ITEMS, source="API dynamodb:CreateTable: reads and writes on an ACTIVE table only")
def active_before_its_items(context: Context) -> None:
    """A table that is being made has no items yet, and neither has one that is being deleted."""
    if context.simulator.lifecycles.state(context, "dynamodb.table", context.params["TableName"]) in ("CREATING", "DELETING"):
        raise Refused("ResourceNotFoundException", "Requested resource not found")


@rule("R-DDB-02", service="dynamodb", operations=["CreateTable"], source="API dynamodb:CreateTable, TableName")
def characters_of_a_name(context: Context) -> None:
    """3 to 255 letters, digits, _ . and -."""
    name = context.params["TableName"].rpartition("table/")[2]
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{3,255}", name):
        raise Refused(
            "ValidationException",
            "Invalid table/index name. Table/index names must be between 3 and 255 characters long, "
            "and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'",
        )


@rule("R-DDB-03", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable, AttributeDefinitions")
def attributes_are_those_of_keys(context: Context) -> None:
    """With a new index come the definitions of its keys, and of nothing that is no key."""
    params, table = context.params, table_of(context)
    created = [change["Create"] for change in params.get("GlobalSecondaryIndexUpdates", []) if "Create" in change]
    if table is None or not created:
        return
    defined = {one["AttributeName"] for one in params.get("AttributeDefinitions", [])}
    new = {key["AttributeName"] for index in created for key in index["KeySchema"]}
    if new - defined:
        raise Refused("ValidationException", f"{HEAD}Some index key attributes are not defined in AttributeDefinitions. Keys: {sorted(new - defined)}")
    if defined - new - set(table.attribute_keys):
        raise Refused("ValidationException", f"{HEAD}Some AttributeDefinitions are not used: {sorted(defined - new - set(table.attribute_keys))}")


@rule("R-DDB-04", service="dynamodb", operations=["UpdateTable"], source="UG dynamodb ServiceQuotas: one index at a time")
def one_index_at_a_time(context: Context) -> None:
    """One index is made or removed at a time."""
    table = table_of(context)
    changes = [change for change in context.params.get("GlobalSecondaryIndexUpdates", []) if "Create" in change or "Delete" in change]
    if table is not None and changes and len(changes) + len(_online_indexes(context, table)) > 1:
        raise Refused("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")


@rule("R-DDB-06", service="dynamodb", operations=["DeleteTable"], source="UG dynamodb GSI.OnlineOps", certain=False)
def no_deletion_during_an_index(context: Context) -> None:
    """A table goes when none of its indexes is being made or removed."""
    table = table_of(context)
    if table is not None and (busy := _online_indexes(context, table)):
        raise Refused("ResourceInUseException", f"Attempt to change a resource which is still in use: Table has an index being changed: {', '.join(busy)}")


@rule("R-DDB-07", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable: only one of these operations at once", certain=False)
def alone_in_its_request(context: Context) -> None:
    """Encryption, class, protection, stream and copies are changed one by one, and not with capacity or indexes."""
    params = context.params
    given = [member for member in ALONE if params.get(member) is not None]
    more = [member for member in ("ProvisionedThroughput", "GlobalSecondaryIndexUpdates", "BillingMode") if params.get(member)]
    if len(given) > 1 or (given and more):
        raise Refused("ValidationException", f"{HEAD}{given[0]} must be the only operation in the request")
    if not given and not more and not params.get("OnDemandThroughput"):
        raise Refused(
            "ValidationException",
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates "
            "is required",
        )


@rule("R-DDB-08", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable; experience of others", certain=False)
def capacity_that_changes(context: Context) -> None:
    """The capacity that a table has already is no change."""
    wanted, table = context.params.get("ProvisionedThroughput"), table_of(context)
    if not wanted or table is None or table.billing_mode != "PROVISIONED" or context.params.get("GlobalSecondaryIndexUpdates"):
        return
    if all(table.throughput.get(member) == value for member, value in wanted.items()):
        raise Refused("ValidationException", "The provisioned throughput for the table will not change. The requested value equals the current value.")


@rule("R-DDB-11", service="dynamodb", operations=["CreateTable", "UpdateTable"], source="UG dynamodb ServiceQuotas")
def number_of_indexes(context: Context) -> None:
    """20 global secondary indexes, 5 local ones."""
    params, table = context.params, table_of(context)
    if context.operation == "CreateTable":
        for member, most in (("GlobalSecondaryIndexes", 20), ("LocalSecondaryIndexes", 5)):
            if len(params.get(member) or []) > most:
                raise Refused("ValidationException", f"{HEAD}{member} count exceeds the per-table limit of {most}")
    elif table is not None and len(table.global_indexes) >= 20 and any("Create" in change for change in params.get("GlobalSecondaryIndexUpdates", [])):
        raise Refused("LimitExceededException", "GlobalSecondaryIndex count exceeds the per-table limit of 20")


@rule("R-DDB-13", service="dynamodb", operations=["UpdateTimeToLive"], source="API dynamodb:UpdateTimeToLive: up to one hour between two changes")
def expiry_changes_once_an_hour(context: Context) -> None:
    """Whether and by what items expire changes once an hour."""
    if still(context, f"ttl/{context.params['TableName']}"):
        raise Refused("ValidationException", "Time to live has been modified multiple times within a fixed interval")


@rule("R-DDB-14", service="dynamodb", operations=["UpdateTimeToLive"], source="API dynamodb:UpdateTimeToLive")
def expiry_that_changes(context: Context) -> None:
    """On where it is off and off where it is on, by one attribute at a time."""
    table, wanted = table_of(context), context.params["TimeToLiveSpecification"]
    if table is None:
        return
    enabled = table.ttl["TimeToLiveStatus"] == "ENABLED"
    if wanted["Enabled"] and enabled:
        active = table.ttl["AttributeName"]
        same = active == wanted["AttributeName"]
        raise Refused(
            "ValidationException",
            "TimeToLive is already enabled" if same else f"TimeToLive is active on a different AttributeName: current AttributeName is {active}",
        )
    if not wanted["Enabled"] and not enabled:
        raise Refused("ValidationException", "TimeToLive is already disabled")


@rule("R-DDB-15", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable, StreamSpecification")
def stream_that_changes(context: Context) -> None:
    """A stream that is on is not switched on, and none that is off is switched off; one that copies the table stays."""
    wanted, table = context.params.get("StreamSpecification"), table_of(context)
    if wanted is None or table is None:
        return
    enabled = bool((table.stream_specification or {}).get("StreamEnabled"))
    if wanted["StreamEnabled"] and enabled:
        raise Refused("ValidationException", f"Table already has an enabled stream: TableName: {table.name}")
    if not wanted["StreamEnabled"] and not enabled:
        raise Refused("ValidationException", "Table has no stream to disable")
    if regions_of(table):
        raise Refused("ValidationException", "The stream of a table with replicas cannot be changed")


@rule(
    "R-DDB-16", service="dynamodb", operations=["UpdateContinuousBackups"], source="API dynamodb:UpdateContinuousBackups, ContinuousBackupsUnavailableException"
)
def recovery_after_a_moment(context: Context) -> None:
    """Continuous backups of a new table begin some seconds after it is ACTIVE."""
    name = context.params["TableName"]
    if context.simulator.lifecycles.state(context, "dynamodb.table", name) or still(context, f"recovery/{name}"):
        raise Refused("ContinuousBackupsUnavailableException", "Backups are being enabled for the table. Please retry later")


@rule("R-DDB-20", service="dynamodb", operations=["UpdateTable"], source="UG dynamodb V2globaltables_reqs_bestpractices")
def writes_of_a_copied_table_scale(context: Context) -> None:
    """A provisioned table is copied when writes of it and of its indexes are scaled."""
    table = table_of(context)
    if table is None or table.billing_mode == "PAY_PER_REQUEST" or not any("Create" in change for change in context.params.get("ReplicaUpdates", [])):
        return
    backend = context.backend("application-autoscaling")
    scaled = {policy.resource_id for policy in backend.policies.values() if policy.scalable_dimension.endswith(":WriteCapacityUnits")}
    needed = {f"table/{table.name}", *(f"table/{table.name}/index/{index.name}" for index in table.global_indexes)}
    if needed - scaled:
        raise Refused(
            "ValidationException", f"Table {table.name} write capacity should either be Pay-Per-Request or AutoScaled; not scaled: {sorted(needed - scaled)}"
        )


@rule("R-DDB-21", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable, ReplicaUpdates", certain=False)
def one_copy_at_a_time(context: Context) -> None:
    """One copy is made or removed at a time."""
    changes, table = context.params.get("ReplicaUpdates", []), table_of(context)
    if len(changes) > 1:
        raise Refused("ValidationException", f"{HEAD}ReplicaUpdates takes one action at a time")
    if changes and table is not None and any(still(context, f"replica/{table.name}/{region}") for region in regions_of(table)):
        raise Refused("ResourceInUseException", "Attempt to change a resource which is still in use: Replica is being changed")


@rule("R-DDB-22", service="dynamodb", operations=["UpdateTable"], source="API dynamodb:UpdateTable, CreateReplicationGroupMemberAction", certain=False)
def room_for_a_copy(context: Context) -> None:
    """A copy goes to another region, where no table has that name."""
    for change in context.params.get("ReplicaUpdates", []):
        region = (change.get("Create") or {}).get("RegionName")
        if region == context.region:
            raise Refused(
                "ValidationException", f"Cannot add, delete, or update the local region through ReplicaUpdates. Use the table's own operations in {region}"
            )
        try:
            taken = bool(region) and table_of(context, region=region) is not None
        except KeyError as unknown:
            raise Refused("ValidationException", f"Failed to create a the new replica of table: {region} is no region that this account can use") from unknown
        if taken:
            raise Refused("ValidationException", f"Failed to create a the new replica of table: a table of this name exists in {region}")


@rule("R-DDB-23", service="dynamodb", operations=["DeleteTable"], source="API dynamodb:DeleteTable; issue go-to-k/cdkd#1442")
def source_of_a_copy_stays(context: Context) -> None:
    """For a day, a table stays as long as the copies that were made of it."""
    table = table_of(context)
    if table is None:
        return
    copies = [
        region
        for region, more in regions_of(table).items()
        if more.get("from") == context.region and context.simulator.clock() - more["since"] < 86400
        and (not more.get("going") or still(context, f"replica/{table.name}/{region}"))
    ]  # fmt: skip
    if copies:
        raise Refused(
            "ValidationException",
            "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in the last 24 hours: "
            f"{', '.join(copies)}",
        )


@rule("R-DDB-24", service="dynamodb", operations=["CreateTable", "UpdateTable"], source="UG dynamodb globaltables-security; API dynamodb:SSESpecification")
def keys_that_can_be_used(context: Context) -> None:
    """A table's key exists and is enabled; of a table with a key of ours each copy has one of its region."""
    params = context.params
    key = (params.get("SSESpecification") or {}).get("KMSMasterKeyId")
    if key:
        key_arn(context, key)
    table = table_of(context)
    for change in params.get("ReplicaUpdates", []):
        wanted = change.get("Create")
        if not wanted or table is None:
            continue
        ours = bool((table.sse_specification or {}).get("Enabled"))
        if ours != bool(wanted.get("KMSMasterKeyId")):
            raise Refused(
                "ValidationException", "All replicas must use the same type of KMS key: name one of the replica's region, or none where the table has none"
            )
        if ours:
            key_arn(context, wanted["KMSMasterKeyId"], wanted["RegionName"])
