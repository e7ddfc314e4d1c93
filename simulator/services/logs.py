# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs: keys of log groups, classes of log groups, changes of deliveries; what moto lacks."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, shows

# UG logs/FilterAndPatternSyntaxForMetricFilters.md: of the patterns only this form is understood here.
_JSON_PATTERN = re.compile(r'\{\s*\$\.([\w.]+)\s*(=|!=)\s*"([^"*]*)"\s*\}')


def _group(context: Context) -> Any:
    name = context.params.get("logGroupName") or context.params.get("resourceIdentifier", "").rpartition("log-group:")[2]
    group = context.backend().groups.get(name)
    if group is None:
        raise Refused("ResourceNotFoundException", "The specified log group does not exist.")
    return group


@operation("logs", "AssociateKmsKey")
def associate_kms_key(context: Context) -> None:
    """API logs:AssociateKmsKey."""
    _group(context).kms_key_id = context.params["kmsKeyId"]


@operation("logs", "DisassociateKmsKey")
def disassociate_kms_key(context: Context) -> None:
    """API logs:DisassociateKmsKey."""
    _group(context).kms_key_id = None


@after("logs", "CreateLogGroup")
def keep_the_class(context: Context, response: Parameters) -> None:
    """moto forgets the class of a log group."""
    _group(context).__dict__["simulator_class"] = context.params.get("logGroupClass", "STANDARD")


@after("logs", "DescribeLogGroups")
def show_the_class(context: Context, response: Parameters) -> None:
    """logGroupClass is shown of every group (API logs:LogGroup)."""
    for shown in response.get("logGroups", []):
        group = context.backend().groups.get(shown["logGroupName"])
        shown["logGroupClass"] = getattr(group, "simulator_class", "STANDARD")


@before("logs", "DescribeLogGroups")
def search_one_way(context: Context) -> None:
    """Prefix and pattern exclude each other (API logs:DescribeLogGroups)."""
    if "logGroupNamePattern" in context.params and "logGroupNamePrefix" in context.params:
        raise Refused("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")


@after("logs", "DescribeLogGroups")
def search_by_pattern(context: Context, response: Parameters) -> None:
    """The pattern is a part of the name, in this case (API logs:DescribeLogGroups). moto ignores it."""
    pattern = context.params.get("logGroupNamePattern", "")
    response["logGroups"] = [group for group in response.get("logGroups", []) if pattern in group["logGroupName"]]


@before("logs", "DeleteLogGroup")
def forget_the_tags(context: Context) -> None:
    """Tags go with their group."""
    backend = context.backend()
    if context.params["logGroupName"] in backend.groups:
        backend.tagger.delete_all_tags_for_resource(backend.groups[context.params["logGroupName"]].arn)


@operation("logs", "UpdateDeliveryConfiguration")
def update_delivery_configuration(context: Context) -> Parameters:
    """API logs:UpdateDeliveryConfiguration: only what is given changes."""
    delivery = context.backend().deliveries.get(context.params["id"])
    if delivery is None:
        raise Refused("ResourceNotFoundException", "Requested Delivery does not exist in this account.")
    if "recordFields" in context.params:
        delivery.record_fields = context.params["recordFields"]
    if "fieldDelimiter" in context.params:
        delivery.field_delimiter = context.params["fieldDelimiter"]
    if "s3DeliveryConfiguration" in context.params:
        delivery.s3_delivery_configuration = {**(delivery.s3_delivery_configuration or {}), **context.params["s3DeliveryConfiguration"]}
    return {}


@before("logs", "PutMetricFilter")
def one_filter_of_a_name(context: Context) -> None:
    """A filter of the same name in the group is replaced (API logs:PutMetricFilter). moto keeps both."""
    held, name = context.backend().filters, (context.params["filterName"], context.params["logGroupName"])
    held.metric_filters = [one for one in held.metric_filters if (one["filterName"], one["logGroupName"]) != name]


@shows("R-LOG-04")
@after("logs", "PutLogEvents")
def count_lines(context: Context, response: Parameters) -> None:
    """What metric filters count; moto only keeps them. With a value of its own in the line, or a pattern of another form, nothing is counted."""
    group = context.params["logGroupName"]
    for held in context.backend().filters.metric_filters:
        pattern = _JSON_PATTERN.fullmatch(held["filterPattern"].strip()) if held["logGroupName"] == group else None
        matching = sum(_matches(pattern, event["message"]) for event in context.params["logEvents"]) if pattern else 0
        for to in held["metricTransformations"] if matching else ():
            if to["metricValue"] == "1":
                data = {"MetricName": to["metricName"], "Value": float(matching), "Unit": "None", "Timestamp": context.now(), "Dimensions": []}
                context.backend("cloudwatch").put_metric_data(to["metricNamespace"], [data])


def _matches(pattern: re.Match[str], message: str) -> bool:
    try:
        found = json.loads(message)
        for part in pattern[1].split("."):
            found = found[part]
    except (ValueError, KeyError, TypeError):
        return False
    return (str(found) == pattern[3]) == (pattern[2] == "=")
