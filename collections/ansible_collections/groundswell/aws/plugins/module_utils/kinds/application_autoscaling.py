# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: what may be scaled, between which bounds, and by which policies. Named by its resource id, and by what is scaled of it where
that is more than one thing."""

from __future__ import annotations

import re
import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import PROPAGATION, error_code

# AWS lists targets one namespace at a time.
NAMESPACES = ("rds", "dynamodb")


class ApplicationAutoscalingTargets(Kind):
    module, service, noun = "application_autoscaling_targets", "application-autoscaling", "scalable target"
    fixed = ("namespace", "dimension")
    create_then_update = True
    # The service-linked role is made by the first registration; a cluster or table just made is not known to it at once.
    not_yet = ((r"ValidationException|ConcurrentUpdateException", r"(?i)role|not found|concurrent", PROPAGATION),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for namespace in NAMESPACES:
            targets = [
                target
                for target in self.pages("describe_scalable_targets", "ScalableTargets", ServiceNamespace=namespace)
                if re.split("[:/]", target["ResourceId"], maxsplit=1)[-1].startswith(self.prefix) or _name(target) in names
            ]
            if not targets:
                continue
            policies = self.pages("describe_scaling_policies", "ScalingPolicies", ServiceNamespace=namespace)
            tags = self.session.each(lambda target: self.client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"], targets)
            for target, its_tags in zip(targets, tags, strict=True):
                state = {
                    "namespace": namespace,
                    "dimension": target["ScalableDimension"],
                    "min_capacity": target["MinCapacity"],
                    "max_capacity": target["MaxCapacity"],
                    "policies": [self._policy(one) for one in policies if self._same_target(one, target)],
                }
                yield Resource(_name(target), state, its_tags, {"id": target["ResourceId"], "arn": target["ScalableTargetARN"]})

    @staticmethod
    def _same_target(policy: dict[str, t.Any], target: dict[str, t.Any]) -> bool:
        return all(policy[key] == target[key] for key in ("ResourceId", "ScalableDimension"))

    @staticmethod
    def _policy(raw: dict[str, t.Any]) -> Item:
        tracking = raw.get("TargetTrackingScalingPolicyConfiguration", {})
        return {
            "name": raw["PolicyName"],
            "metric": tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType"),
            "target_value": tracking.get("TargetValue"),
            "scale_in_cooldown": tracking.get("ScaleInCooldown"),
            "scale_out_cooldown": tracking.get("ScaleOutCooldown"),
        }

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:application-autoscaling:{self.session.region}:000000000000:scalable-target/{PLACEHOLDER}"
        return {"id": name.removesuffix(":ReadCapacityUnits").removesuffix(":WriteCapacityUnits"), "arn": arn}

    @staticmethod
    def _key(name: str, options: Item) -> dict[str, str]:
        dimension = options["dimension"]
        return {"ServiceNamespace": options["namespace"], "ResourceId": name.removesuffix(f":{_last(dimension)}"), "ScalableDimension": dimension}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.register_scalable_target(**self._key(name, item), MinCapacity=item["min_capacity"], MaxCapacity=item["max_capacity"], Tags=tags)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if "min_capacity" in changes or "max_capacity" in changes:
            self.client.register_scalable_target(**self._key(resource.name, item), MinCapacity=item["min_capacity"], MaxCapacity=item["max_capacity"])
        if "policies" in changes:
            wanted = {policy["name"]: policy for policy in changes["policies"]}
            for policy in wanted.values():
                self._put(resource.name, item, policy)
            for policy in resource.state["policies"]:
                if policy["name"] not in wanted:
                    self.client.delete_scaling_policy(**self._key(resource.name, item), PolicyName=policy["name"])

    def _put(self, name: str, item: Item, policy: Item) -> None:
        cooldowns = {
            member: policy[option]
            for option, member in (("scale_in_cooldown", "ScaleInCooldown"), ("scale_out_cooldown", "ScaleOutCooldown"))
            if policy.get(option) is not None
        }
        self.client.put_scaling_policy(
            **self._key(name, item), PolicyName=policy["name"], PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "PredefinedMetricSpecification": {"PredefinedMetricType": policy["metric"]}, "TargetValue": policy["target_value"], **cooldowns,
            },
        )  # fmt: skip

    def delete(self, resource: Resource) -> None:
        """The policies, and the alarms AWS made for them, go with the target."""
        try:
            self.client.deregister_scalable_target(**self._key(resource.name, resource.state))
        except self.client.exceptions.ClientError as error:
            if error_code(error) != "ObjectNotFoundException":
                raise

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], Tags=tags)


def _last(dimension: str) -> str:
    return dimension.rpartition(":")[2]


def _name(target: dict[str, t.Any]) -> str:
    """A table, or an index of one, is scaled by what is read and by what is written."""
    return target["ResourceId"] + (f":{_last(target['ScalableDimension'])}" if target["ServiceNamespace"] == "dynamodb" else "")
