# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Systems Manager's Parameter Store."""

from __future__ import annotations

import re
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.kms import key_named
from simulator.services.ssm import IMAGE, latest

PUT = "API ssm:PutParameter"
LARGEST = {"Standard": 4096, "Advanced": 8192}


def _existing(context: Context) -> Any:
    """The newest version of the parameter that a call overwrites, None where it makes one."""
    return latest(context, context.params["Name"])


def _tier(context: Context) -> str:
    """The tier that the parameter gets: given, that of the existing one, or standard. Intelligent-Tiering chooses by the value."""
    existing = _existing(context)
    tier = context.params.get("Tier") or (existing and existing.tier) or "Standard"
    if tier == "Intelligent-Tiering":
        return "Advanced" if len(context.params["Value"].encode()) > LARGEST["Standard"] else "Standard"
    return str(tier)


@rule("R-SSM-02", service="ssm", operations=["PutParameter"], source=PUT)
def size_of_a_value(context: Context) -> None:
    """A standard parameter holds 4 KB, an advanced one 8 KB."""
    largest = LARGEST[_tier(context)]
    if len(context.params["Value"].encode()) > largest:
        raise Refused("ValidationException", f"{_tier(context)} tier parameters support a maximum parameter value of {largest} characters.")


@rule("R-SSM-03", service="ssm", operations=["PutParameter"], source=PUT)
def an_image_looks_like_one(context: Context) -> None:
    """The value of an aws:ec2:image parameter is the id of an AMI."""
    existing = _existing(context)
    data_type = context.params.get("DataType") or (existing and existing.data_type)
    if data_type == IMAGE and not re.fullmatch(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", context.params["Value"]):
        raise Refused("ValidationException", f"Parameter value {context.params['Value']} is not a valid AMI id for data type {IMAGE}.")


@rule("R-SSM-04", service="ssm", operations=["PutParameter"], source=PUT)
def fifteen_levels(context: Context) -> None:
    """A name has up to 15 levels."""
    if context.params["Name"].strip("/").count("/") >= 15:
        raise Refused("HierarchyLevelLimitExceededException", "A parameter name can have a maximum of 15 levels.")


@rule("R-SSM-06", service="ssm", operations=["PutParameter"], source="API ssm:PutParameter (list of errors)")
def types_stay(context: Context) -> None:
    """A parameter keeps its type."""
    existing, wanted = _existing(context), context.params.get("Type")
    if existing and context.params.get("Overwrite") and wanted and wanted != existing.parameter_type:
        raise Refused("HierarchyTypeMismatchException", f"{context.params['Name']} is a {existing.parameter_type}, which cannot become a {wanted}.")


@rule("R-SSM-07", service="ssm", operations=["PutParameter"], source=PUT)
def values_match_the_pattern(context: Context) -> None:
    """A value matches the parameter's AllowedPattern."""
    existing = _existing(context)
    pattern = context.params.get("AllowedPattern") or (existing and existing.allowed_pattern)
    if pattern and not re.search(pattern, context.params["Value"]):
        raise Refused("ParameterPatternMismatchException", f"Parameter value, {context.params['Value']}, does not match the pattern {pattern}.")


@rule("R-SSM-08", service="ssm", operations=["PutParameter"], source=PUT)
def no_way_back_to_standard(context: Context) -> None:
    """An advanced parameter stays one."""
    existing = _existing(context)
    if existing and existing.tier == "Advanced" and context.params.get("Tier") == "Standard":
        raise Refused("ValidationException", "An advanced parameter cannot be changed to a standard parameter.")


@rule("R-SSM-11", service="ssm", operations=["PutParameter"], source=PUT)
def the_key_exists(context: Context) -> None:
    """A SecureString's key exists."""
    key = context.params.get("KeyId")
    if context.params.get("Type") == "SecureString" and key and not key.startswith("alias/aws/") and key_named(context, key) is None:
        raise Refused("InvalidKeyId", f"Invalid keyId {key}")
