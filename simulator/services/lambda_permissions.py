# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may invoke a function: a policy for the function, each version and each alias. moto keeps an alias's with the version that it leads to at the moment.

API lambda:AddPermission, GetPolicy, RemovePermission; UG lambda/access-control-resource-based.md.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from simulator import policies
from simulator.context import Context
from simulator.registry import Parameters, Refused, after, on_reset, operation, shows
from simulator.services.lambda_ import aliases_of, function_of, plain_name, versions_of

Key = tuple[str, str, str, str]  # account, region, function, qualifier
_statements: dict[Key, list[Parameters]] = {}
_revisions: dict[Key, str] = {}


@on_reset
def _forget() -> None:
    _statements.clear()
    _revisions.clear()


def _key(context: Context) -> Key:
    """What a call is about; refused where it is not there."""
    name, qualifier = context.params["FunctionName"], context.params.get("Qualifier", "")
    qualifier = qualifier or name.rpartition(":function:")[2].partition(":")[2]
    known = function_of(context, name) is not None and (
        qualifier in ("", "$LATEST") or qualifier in aliases_of(context, name) or qualifier in {str(one.version) for one in versions_of(context, name)}
    )
    if not known:
        arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{plain_name(name)}{':' + qualifier if qualifier else ''}"
        raise Refused("ResourceNotFoundException", f"Function not found: {arn}", 404)
    return context.account, context.region, plain_name(name), qualifier


def _statement(params: Parameters, arn: str) -> Parameters:
    principal = params["Principal"]
    named: Any = {"Service": principal} if principal.endswith((".amazonaws.com", ".amazon.com")) else {"AWS": principal}
    conditions: dict[str, Parameters] = {}
    for member, operator, key in (
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ):
        if params.get(member):
            conditions.setdefault(operator, {})[key] = params[member]
    return {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else named,
        "Action": params["Action"],
        "Resource": arn,
        **({"Condition": conditions} if conditions else {}),
    }


@shows("R-LAM-35")
@operation("lambda", "AddPermission")
def add_permission(context: Context) -> Parameters:
    key = _key(context)
    held = _statements.setdefault(key, [])
    if any(one["Sid"] == context.params["StatementId"] for one in held):
        raise Refused(
            "ResourceConflictException", f"The statement id ({context.params['StatementId']}) provided already exists. Please provide a new one.", 409
        )
    arn = f"arn:aws:lambda:{key[1]}:{key[0]}:function:{key[2]}{':' + key[3] if key[3] else ''}"
    held.append(_statement(context.params, arn))
    _revisions[key] = str(uuid4())
    return {"Statement": json.dumps(held[-1])}


@operation("lambda", "GetPolicy")
def get_policy(context: Context) -> Parameters:
    key = _key(context)
    if not _statements.get(key):
        raise Refused("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return {"Policy": _document(key), "RevisionId": _revisions[key]}


@operation("lambda", "RemovePermission")
def remove_permission(context: Context) -> None:
    key, name = _key(context), context.params["StatementId"]
    left = [one for one in _statements.get(key, []) if one["Sid"] != name]
    if len(left) == len(_statements.get(key, [])):
        raise Refused("ResourceNotFoundException", f"Statement {name} is not found in resource policy.", 404)
    _statements[key] = left
    _revisions[key] = str(uuid4())


@after("lambda", "DeleteFunction")
def policies_go_with_it(context: Context, response: Parameters) -> None:
    """Of one version, or of all."""
    name = plain_name(context.params["FunctionName"])
    for key in [key for key in _statements if key[:3] == (context.account, context.region, name)]:
        if context.params.get("Qualifier", key[3]) == key[3]:
            del _statements[key]


@after("lambda", "DeleteAlias")
def policy_goes_with_its_alias(context: Context, response: Parameters) -> None:
    """An alias made anew lets in nobody."""
    _statements.pop((context.account, context.region, plain_name(context.params["FunctionName"]), context.params["Name"]), None)


def _document(key: Key) -> str:
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": _statements.get(key, [])})


def document(arn: str) -> str | None:
    """The policy of a function, a version or an alias, by its ARN."""
    parts = arn.split(":")
    key = (parts[4], parts[3], parts[6], parts[7] if len(parts) > 7 else "")
    return _document(key) if _statements.get(key) else None


def admits(arn: str, service: str, source_arn: str) -> bool:
    """Whether a service may invoke a function for something of its own."""
    found = document(arn)
    if found is None:
        return False
    keys = {"aws:SourceArn": [source_arn], "aws:SourceAccount": [source_arn.split(":")[4]]}
    return policies.admits(found, service, "lambda:InvokeFunction", arn, keys)
