# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags that a resource has, by its ARN."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from simulator.context import Context


def tags_of(context: Context, arn: str) -> dict[str, str]:
    """The tags of a resource; none of one that is not there."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or "*" in arn:
        return {}
    service, region, name = parts[2], parts[3] or context.region, parts[5]
    with suppress(Exception):  # moto raises for what it does not find; what is not there has no tags
        backend = context.backend(_BACKENDS.get(service, service), region=region)
        read = _READERS.get(service)
        if read is not None:
            return plain(read(context, backend, arn, name))
        tagger = getattr(backend, "tagger", None) or getattr(backend, "tagging_service", None)
        if tagger is not None:
            return dict(tagger.get_tag_dict_for_resource(arn))
        return next((plain(resource.tags) for resource in backend.iter_tagged_resources() if resource.arn == arn), {})
    return {}


def plain(tags: Any) -> dict[str, str]:
    """Tags in any of the shapes in which services write them, as a dictionary."""
    if isinstance(tags, dict) and set(tags) == {"Items"}:  # CloudFront
        tags = tags["Items"]
    if isinstance(tags, dict):
        return {str(key): str(value["Value"] if isinstance(value, dict) else value) for key, value in tags.items()}
    found = {}
    for tag in _entries(tags):
        key = next((tag[name] for name in ("Key", "key", "TagKey") if name in tag), None)
        if key is not None:
            found[str(key)] = str(next((tag[name] for name in ("Value", "value", "TagValue") if tag.get(name) is not None), ""))
    return found


def _entries(tags: Any) -> Iterable[dict[str, Any]]:
    return [tag for tag in tags or () if isinstance(tag, dict)]


def _autoscaling(context: Context, backend: Any, arn: str, name: str) -> Any:
    from simulator.services.autoscaling import groups_of

    return groups_of(context)[name.rpartition("autoScalingGroupName/")[2]].tags


def _apigateway(context: Context, backend: Any, arn: str, name: str) -> Any:
    """What belongs to an API goes by its tags."""
    from simulator.services.apigatewayv2 import tags_at

    kind, _, rest = name.removeprefix("/").partition("/")
    return tags_at(arn) or tags_at(f"{arn.partition('::/')[0]}::/{kind}/{rest.partition('/')[0]}")


def _iam(context: Context, backend: Any, arn: str, name: str) -> Any:
    kind, _, path = name.partition("/")
    entity = path.rpartition("/")[2]
    if kind == "user":
        return backend.users[entity].tags
    entities: Any = {"role": backend.roles, "policy": backend.managed_policies, "instance-profile": backend.instance_profiles}[kind]
    return next(found.tags for found in entities.values() if found.arn == arn)


def _s3(context: Context, backend: Any, arn: str, name: str) -> Any:
    bucket, _, key = name.partition("/")
    owner = backend.get_bucket(bucket)
    return backend.tagger.get_tag_dict_for_resource(backend.get_object(bucket, key).arn if key else owner.arn)


def _ssm(context: Context, backend: Any, arn: str, name: str) -> Any:
    kind, _, rest = name.partition("/")
    tags = backend._resource_tags["Parameter" if kind == "parameter" else "Document"]
    return tags.get(rest) or tags.get(f"/{rest}") or {}


_BACKENDS = {"elasticloadbalancing": "elbv2", "lambda": "lambda"}
_READERS: dict[str, Callable[[Context, Any, str, str], Any]] = {
    "apigateway": _apigateway,
    "autoscaling": _autoscaling,
    "ec2": lambda context, backend, arn, name: backend.tags.get(name.rpartition("/")[2], {}),
    "iam": _iam,
    "kms": lambda context, backend, arn, name: backend.tagger.get_tag_dict_for_resource(name.rpartition("/")[2]),
    "logs": lambda context, backend, arn, name: backend.tagger.get_tag_dict_for_resource(arn.removesuffix(":*")),
    "rds": lambda context, backend, arn, name: backend.list_tags_for_resource(arn),
    "s3": _s3,
    "secretsmanager": lambda context, backend, arn, name: next(secret.tags for secret in backend.secrets.values() if secret.arn == arn),
    "sns": lambda context, backend, arn, name: backend.topics[arn]._tags,
    "sqs": lambda context, backend, arn, name: backend.queues[name].tags,
    "ssm": _ssm,
}
