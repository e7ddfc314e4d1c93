# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the principals that a policy names exist, which KMS, S3 and IAM check when they take the policy."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import botocore.session

from simulator.context import Context
from simulator.rules._documents import as_list

# Services that act under a name that is no endpoint of theirs.
_OTHER_NAMES = frozenset(
    """chatbot costalerts ec2fleet ecs-tasks edgelambda eks-fargate-pods opensearchservice replicator spot spotfleet
    transitgateway vpc-flow-logs""".split()
)


@cache
def _services() -> frozenset[str]:
    """Every name by which botocore knows a service: of its API, its endpoint and its signature."""
    session = botocore.session.get_session()
    names = set(session.get_available_services()) | _OTHER_NAMES
    for partition in session.get_component("data_loader").load_data("endpoints")["partitions"]:
        names |= set(partition["services"])
    return frozenset(name.rpartition(".")[2] for name in names)


def service_exists(principal: str) -> bool:
    """Whether a service principal, such as logs.eu-west-1.amazonaws.com or delivery.logs.amazonaws.com, is one of AWS's."""
    match = re.fullmatch(r"([a-z0-9.-]+?)(\.[a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(\.cn)?", principal)
    return bool(match and match[1].rpartition(".")[2] in _services())


def invalid_principals(context: Context, document: str | dict[str, Any]) -> list[str]:
    """The principals of a policy that do not exist, as far as the account can tell."""
    policy = json.loads(document) if isinstance(document, str) else document
    missing = []
    for statement in as_list(policy.get("Statement")):
        for element in ("Principal", "NotPrincipal"):
            principal = statement.get(element) or {}
            if isinstance(principal, dict):
                missing += [f'"Service":"{name}"' for name in as_list(principal.get("Service")) if not service_exists(name)]
                missing += [f'"AWS":"{name}"' for name in as_list(principal.get("AWS")) if not _identity_exists(context, name)]
    return missing


def _identity_exists(context: Context, principal: str) -> bool:
    if principal == "*" or re.fullmatch(r"\d{12}", principal):
        return True
    match = re.fullmatch(r"arn:aws[a-z-]*:(iam|sts)::(\d{12}):(root|user|role|assumed-role|federated-user)/?(.*)", principal)
    if not match:
        return bool(re.fullmatch(r"AIDA\w+|AROA\w+", principal))
    _, account, kind, path = match.groups()
    if kind not in ("user", "role") or account != context.account:
        return True
    iam = context.backend("iam")
    name = path.rpartition("/")[2]
    if kind == "user":
        return name in iam.users
    return any(role.name == name for role in iam.roles.values())
