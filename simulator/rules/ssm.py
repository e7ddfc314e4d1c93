# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Systems Manager's Parameter Store, documents and commands."""

from __future__ import annotations

import json
import re
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.kms import key_named
from simulator.services.ssm import IMAGE, latest
from simulator.services.ssm_commands import document, online

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


@rule("R-SSM-13", service="ssm", operations=["SendCommand"], source="API ssm:SendCommand (list of errors)")
def the_document_exists(context: Context) -> None:
    """A command is one of a document that there is."""
    if document(context, context.params["DocumentName"]) is None:
        raise Refused("InvalidDocument", f"document {context.params['DocumentName']} does not exist.")


@rule("R-SSM-18", service="ssm", operations=["SendCommand"], source="UG systems-manager/documents.md", certain=False)
def the_document_is_for_commands(context: Context) -> None:
    """Other types are for Automation, sessions and the like."""
    found = document(context, context.params["DocumentName"])
    if found and found.document_type != "Command":
        raise Refused("InvalidDocument", f"The document {context.params['DocumentName']} is of type {found.document_type}.")


@rule("R-SSM-14", service="ssm", operations=["SendCommand"], source="API ssm:SendCommand (InvalidInstanceId)")
def the_servers_can_be_reached(context: Context) -> None:
    """Servers that are named are running and have registered."""
    unknown = set(context.params.get("InstanceIds", [])) - set(online(context))
    if unknown:
        raise Refused("InvalidInstanceId", f"Instances {sorted(unknown)} not in a valid state for account {context.account}")


@rule("R-SSM-15", service="ssm", operations=["SendCommand"], source="API ssm:SendCommand (InvalidParameters)")
def parameters_of_the_document(context: Context) -> None:
    """What is given is declared, what has no default is given, and each value is one that the document allows."""
    found = document(context, context.params["DocumentName"])
    if found is None or not found.content_json:
        return
    declared, given = found.content_json.get("parameters") or {}, context.params.get("Parameters", {})
    missing = [name for name, about in declared.items() if "default" not in about and name not in given]
    if missing or set(given) - set(declared):
        raise Refused("InvalidParameters", f"Parameters of {found.name}: missing {missing}, unknown {sorted(set(given) - set(declared))}")
    for name, values in given.items():
        pattern, allowed = declared[name].get("allowedPattern"), declared[name].get("allowedValues")
        for value in values:
            if (pattern and not re.search(pattern, value)) or (allowed and value not in allowed):
                raise Refused("InvalidParameters", f"Parameter {name} of {found.name} does not allow this value")


@rule("R-SSM-17", service="ssm", operations=["UpdateDocument"], source="API ssm:UpdateDocument (list of errors)")
def new_content(context: Context) -> None:
    """A version says something that the newest one does not."""
    versions = context.backend()._documents.get(context.params["Name"])
    if versions and _read(versions.get_latest_version().content) == _read(context.params["Content"]):
        raise Refused("DuplicateDocumentContent", "The content of the association document matches another document.")


def _read(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content
