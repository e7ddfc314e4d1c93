# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: tags of scalable targets, and what goes with a target."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, before, operation, rescue


def _target(context: Context) -> Any:
    arn = context.params["ResourceARN"]
    for targets in context.backend().targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise Refused("ResourceNotFoundException", f"No scalable target found for ARN {arn}")


def _named(context: Context) -> Any:
    return context.backend().targets.get(context.params["ScalableDimension"], {}).get(context.params["ResourceId"])


@before("application-autoscaling", "RegisterScalableTarget")
def what_is_scaled_must_exist(context: Context) -> None:
    """A target is an Aurora cluster, a table or an index that exists (API application-autoscaling:RegisterScalableTarget)."""
    params = context.params
    if params["ServiceNamespace"] == "rds" and params["ResourceId"].partition(":")[2] not in context.backend("rds").clusters:
        raise Refused("ValidationException", f"DB cluster not found for resource ID: {params['ResourceId']}")
    if params["ServiceNamespace"] == "dynamodb":
        _, _, name = params["ResourceId"].partition("/")
        name, _, index = name.partition("/index/")
        table = context.backend("dynamodb").tables.get(name)
        if table is None or (index and index not in [one.name for one in table.global_indexes]):
            raise Refused("ValidationException", f"DynamoDB table or index does not exist: {params['ResourceId']}")


@after("application-autoscaling", "RegisterScalableTarget")
def tag_the_target(context: Context, response: Parameters) -> None:
    """Tags count when the target is new (API application-autoscaling:RegisterScalableTarget)."""
    target = _named(context)
    if not hasattr(target, "tags"):
        target.tags = dict(context.params.get("Tags", {}))


@operation("application-autoscaling", "ListTagsForResource")
def list_tags(context: Context) -> Parameters:
    """API application-autoscaling:ListTagsForResource."""
    return {"Tags": _target(context).tags}


@operation("application-autoscaling", "TagResource")
def tag_resource(context: Context) -> None:
    """API application-autoscaling:TagResource."""
    _target(context).tags.update(context.params["Tags"])


@operation("application-autoscaling", "UntagResource")
def untag_resource(context: Context) -> None:
    """API application-autoscaling:UntagResource."""
    target = _target(context)
    target.tags = {key: value for key, value in target.tags.items() if key not in context.params["TagKeys"]}


@before("application-autoscaling", "DeregisterScalableTarget")
def policies_go_with_it(context: Context) -> None:
    """Deregistering deletes the target's policies and scheduled actions (API application-autoscaling:DeregisterScalableTarget)."""
    backend, params = context.backend(), context.params
    target = (params["ServiceNamespace"], params["ResourceId"], params["ScalableDimension"])
    for policy in list(backend.policies.values()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == target:
            backend.delete_scaling_policy(policy.policy_name, *target)


@rescue("application-autoscaling", "DeregisterScalableTarget", "DeleteScalingPolicy")
def object_not_found(context: Context, refused: Refused) -> None:
    """API application-autoscaling: ObjectNotFoundException; moto says ValidationException."""
    if refused.message.startswith("No scal"):
        raise Refused("ObjectNotFoundException", refused.message)


@before("application-autoscaling", "PutScalingPolicy")
def target_must_be_registered(context: Context) -> None:
    """A policy needs its target (API application-autoscaling:PutScalingPolicy)."""
    if _named(context) is None:
        raise Refused("ObjectNotFoundException", f"No scalable target registered for resource ID: {context.params['ResourceId']}")
