# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that resources have, by the resource's ARN: those that decide together with the caller's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.s3.models import s3_backends

from simulator.context import Context
from simulator.evaluation import ResourcePolicy
from simulator.services import lambda_permissions


def policy_of(context: Context, action: str, resource: str) -> ResourcePolicy | None:
    """The policy that a resource has; None for what has none and for kinds that cannot have one."""
    service = action.partition(":")[0]
    read = _READERS.get(service)
    if read is None or resource == "*" or action == "s3:CreateBucket" or (service == "sts" and ":role/" not in resource):
        return None
    if service == "backup" and context.params.get("BackupVaultName") and ":backup-vault:" not in resource:
        # A recovery point is under the policy of its vault: UG aws-backup/create-a-vault-access-policy.md.
        resource = f"arn:aws:backup:{context.region}:{context.account}:backup-vault:{context.params['BackupVaultName']}"
    account = _account(context, resource)
    region = resource.split(":")[3] or context.region
    text = None
    with suppress(Exception):  # moto raises for what it does not find
        text = read(context.backend(_SERVICES.get(service, service), region=region, account=account), resource)
    if service == "kms" and ":key/" in resource and "*" not in resource:
        return ResourcePolicy(account, text, alone=True)  # UG kms/key-policies.md: "no principal has access unless explicitly allowed"
    if service == "sts":
        return ResourcePolicy(account, text, "role trust policy", alone=True)
    if text is None and account == context.account:
        return None
    return ResourcePolicy(account, text)


def _account(context: Context, resource: str) -> str:
    """The account that a resource is in: a bucket's ARN does not say."""
    account = resource.split(":")[4]
    if account or not resource.startswith("arn:aws:s3:::"):
        return account or context.account
    bucket = resource[len("arn:aws:s3:::") :].partition("/")[0]
    if bucket in s3_backends[context.account]["aws"].buckets:
        return context.account
    return next((owner for owner in list(s3_backends) if bucket in s3_backends[owner]["aws"].buckets), context.account)


def _bucket(backend: Any, resource: str) -> str | None:
    policy = backend.buckets[resource[len("arn:aws:s3:::") :].partition("/")[0]].policy
    return policy.decode() if policy else None


def _key(backend: Any, resource: str) -> str | None:
    return str(backend.keys[resource.rpartition("/")[2]].policy) if ":key/" in resource else None


def _trust(backend: Any, resource: str) -> str | None:
    """A role trusts with statements that name no resource."""
    return next((str(role.assume_role_policy_document) for role in backend.roles.values() if role.arn == resource), None)


def _queue(backend: Any, resource: str) -> str | None:
    queue = backend.queues[resource.rpartition(":")[2]]
    return queue.policy if queue._policy_json.get("Statement") else None


def _secret(backend: Any, resource: str) -> str | None:
    return next((secret.policy for secret in backend.secrets.values() if secret.arn == resource), None)


def _function(backend: Any, resource: str) -> str | None:
    return lambda_permissions.document(resource)


def _vault(backend: Any, resource: str) -> str | None:
    kept = getattr(backend, "simulator_policies", {})
    return kept.get(resource.rpartition(":")[2]) or None if ":backup-vault:" in resource else None


def _bus(backend: Any, resource: str) -> str | None:
    bus = backend.event_buses[resource.rpartition("/")[2]] if ":event-bus/" in resource else None
    return bus.policy if bus is not None else None


_SERVICES = {"sts": "iam"}
_READERS: dict[str, Callable[[Any, str], str | None]] = {
    "backup": _vault,
    "ecr": lambda backend, resource: backend.repositories[resource.partition("repository/")[2]].policy,
    "events": _bus,
    "kms": _key,
    "lambda": _function,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": lambda backend, resource: backend.topics[resource].policy,
    "sqs": _queue,
    "sts": _trust,
}
