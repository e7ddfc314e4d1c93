# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups with their policies, schedules, lifecycle hooks and warm pool."""

from __future__ import annotations

import datetime
import typing as t

from ..compare import tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import PROPAGATION

_HEARTBEAT = range(30, 7201)  # seconds (API autoscaling:PutLifecycleHook)
_SHORTEST_LIFE = 86400  # seconds (API autoscaling:CreateAutoScalingGroup)
_LAUNCH_ATTEMPTS = 3  # failed launches in a row that end the waiting
_SIZES = ("min_size", "max_size")


class Groups(Kind):
    module, service, noun = "autoscaling_groups", "autoscaling", "Auto Scaling group"
    ordered = ("instance_types", "termination_policies")
    create_then_update = True
    not_yet = (
        # What was just made in IAM and EC2 is not known here at once.
        (r"ValidationError", r"[Ii]nvalid IAM Instance Profile|does not exist|not valid", PROPAGATION),
        (r"ScalingActivityInProgress|ResourceContention", "", 300.0),
        (r"AlreadyExists", "pending delete", 900.0),
        (r"ResourceInUse", "", 900.0),
    )

    # option -> parameter of a group, where both have the same form
    _PLAIN: t.ClassVar[dict[str, str]] = {
        "min_size": "MinSize",
        "max_size": "MaxSize",
        "health_check": "HealthCheckType",
        "health_check_grace_period": "HealthCheckGracePeriod",
        "default_instance_warmup": "DefaultInstanceWarmup",
        "capacity_rebalance": "CapacityRebalance",
        "max_instance_lifetime": "MaxInstanceLifetime",
        "termination_policies": "TerminationPolicies",
    }
    # Settled by the first run: the autoscaler, or a schedule, has them afterwards.
    _AT_FIRST: t.ClassVar[dict[str, str]] = {
        "initial_capacity": "DesiredCapacity",
        "initial_min_size": "MinSize",
        "initial_max_size": "MaxSize",
    }
    _MIXED: t.ClassVar[dict[str, str]] = {
        "on_demand_base": "OnDemandBaseCapacity",
        "on_demand_percentage": "OnDemandPercentageAboveBaseCapacity",
        "spot_allocation_strategy": "SpotAllocationStrategy",
    }
    # API autoscaling:AvailabilityZoneImpairmentPolicy
    _IMPAIRED: t.ClassVar[dict[str, str]] = {"ignore_unhealthy": "IgnoreUnhealthy", "replace_unhealthy": "ReplaceUnhealthy"}
    _WARM_POOL: t.ClassVar[dict[str, str]] = {"min_size": "MinSize", "max_prepared_capacity": "MaxGroupPreparedCapacity", "state": "PoolState"}
    _HOOK: t.ClassVar[dict[str, str]] = {"heartbeat_timeout": "HeartbeatTimeout", "default_result": "DefaultResult"}
    _SCHEDULE: t.ClassVar[dict[str, str]] = {
        "recurrence": "Recurrence",
        "time_zone": "TimeZone",
        "min_size": "MinSize",
        "max_size": "MaxSize",
        "desired_capacity": "DesiredCapacity",
    }

    # Reading ----------------------------------------------------------------------------------------------------------

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        groups = self.pages("describe_auto_scaling_groups", "AutoScalingGroups", Filters=self.tag_filters)
        missing = sorted(set(names) - {group["AutoScalingGroupName"] for group in groups})
        if missing:
            groups += self.pages("describe_auto_scaling_groups", "AutoScalingGroups", AutoScalingGroupNames=missing)
        if not groups:
            return []
        policies, schedules = self.session.each(
            lambda asked: self.pages(*asked),
            [("describe_policies", "ScalingPolicies"), ("describe_scheduled_actions", "ScheduledUpdateGroupActions")],
        )
        return self.session.each(lambda group: self._resource(group, policies, schedules), groups)

    def _resource(self, group: dict[str, t.Any], policies: list[dict[str, t.Any]], schedules: list[dict[str, t.Any]]) -> Resource:
        name = group["AutoScalingGroupName"]
        policies = [policy for policy in policies if policy["AutoScalingGroupName"] == name]
        going = bool(group.get("Status"))  # "Delete in progress"; absent otherwise
        state: Item = {option: group.get(parameter) for option, parameter in self._PLAIN.items()}
        state["max_instance_lifetime"] = group.get("MaxInstanceLifetime") or 0
        state["capacity_rebalance"] = group.get("CapacityRebalance", False)
        state["health_check"] = str(group.get("HealthCheckType", "EC2")).lower()
        state["subnet_ids"] = sorted(filter(None, group.get("VPCZoneIdentifier", "").split(",")))
        state["target_group_arns"] = sorted(group.get("TargetGroupARNs", []))
        state["metrics"] = bool(group.get("EnabledMetrics"))
        impairment = group.get("AvailabilityZoneImpairmentPolicy") or {}
        behaviours = {member: option for option, member in self._IMPAIRED.items()}
        state["zonal_shift"] = behaviours.get(impairment.get("ImpairedZoneHealthCheckBehavior", "")) if impairment.get("ZonalShiftEnabled") else "off"
        maintenance = group.get("InstanceMaintenancePolicy") or {}
        state["min_healthy_percentage"] = maintenance.get("MinHealthyPercentage")
        state["max_healthy_percentage"] = maintenance.get("MaxHealthyPercentage")
        state.update(self._template(group))
        state["warm_pool"] = self._warm_pool(group.get("WarmPoolConfiguration"))
        state["target_tracking"] = [self._tracking(one) for one in policies if one["PolicyType"] == "TargetTrackingScaling"]
        state["predictive"] = [self._forecast(one) for one in policies if one["PolicyType"] == "PredictiveScaling"]
        state["schedules"] = [
            {"name": one["ScheduledActionName"], **{option: one.get(parameter) for option, parameter in self._SCHEDULE.items()}}
            for one in schedules
            if one["AutoScalingGroupName"] == name
        ]
        hooks = [] if going else self.client.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
        state["hooks"] = [
            {
                "name": hook["LifecycleHookName"],
                "transition": hook["LifecycleTransition"].rpartition("_")[2].lower(),
                **{option: hook.get(parameter) for option, parameter in self._HOOK.items()},
            }
            for hook in hooks
        ]
        state["instance_tags"] = {tag["Key"]: tag.get("Value", "") for tag in group.get("Tags", []) if tag.get("PropagateAtLaunch")}
        return Resource(name, state, tags_to_dict(group.get("Tags")), self._outputs(group, state), **self._standing(group))

    def _template(self, group: dict[str, t.Any]) -> Item:
        mixed = group.get("MixedInstancesPolicy")
        if mixed:
            template = mixed["LaunchTemplate"]
            specification = template["LaunchTemplateSpecification"]
            distribution = mixed.get("InstancesDistribution", {})
            return {
                "launch_template": specification.get("LaunchTemplateName"),
                "launch_template_version": _number(specification.get("Version")),
                "instance_types": [override["InstanceType"] for override in template.get("Overrides", [])],
                **{option: distribution.get(parameter) for option, parameter in self._MIXED.items()},
            }
        specification = group.get("LaunchTemplate") or {}
        return {
            "launch_template": specification.get("LaunchTemplateName"),
            "launch_template_version": _number(specification.get("Version")),
            "instance_types": [],
            "on_demand_percentage": 100,
        }

    def _warm_pool(self, raw: dict[str, t.Any] | None) -> Item:
        if not raw or raw.get("Status") == "PendingDelete":
            return {}
        reuse = (raw.get("InstanceReusePolicy") or {}).get("ReuseOnScaleIn", False)
        pool = {option: raw.get(parameter) for option, parameter in self._WARM_POOL.items()}
        return {**pool, "state": str(pool["state"]).lower(), "reuse_on_scale_in": reuse}

    @staticmethod
    def _tracking(raw: dict[str, t.Any]) -> Item:
        configuration = raw["TargetTrackingConfiguration"]
        metric = configuration.get("PredefinedMetricSpecification") or {}
        return {
            "name": raw["PolicyName"],
            "metric": metric.get("PredefinedMetricType", "customized"),
            "resource_label": metric.get("ResourceLabel"),
            "target": configuration["TargetValue"],
            "disable_scale_in": configuration.get("DisableScaleIn", False),
        }

    @staticmethod
    def _forecast(raw: dict[str, t.Any]) -> Item:
        configuration = raw["PredictiveScalingConfiguration"]
        specification = configuration["MetricSpecifications"][0]
        pair = specification.get("PredefinedMetricPairSpecification") or {}
        return {
            "name": raw["PolicyName"],
            "metric_pair": pair.get("PredefinedMetricType", "customized"),
            "resource_label": pair.get("ResourceLabel"),
            "target": specification["TargetValue"],
            "mode": {"ForecastOnly": "forecast_only", "ForecastAndScale": "forecast_and_scale"}[configuration.get("Mode", "ForecastOnly")],
            "scheduling_buffer": configuration.get("SchedulingBufferTime"),
        }

    @staticmethod
    def _outputs(group: dict[str, t.Any], state: Item) -> Item:
        instances = [
            {
                "id": one["InstanceId"],
                "zone": one["AvailabilityZone"],
                "state": one["LifecycleState"],
                "healthy": one["HealthStatus"] == "Healthy",
                "version": _number((one.get("LaunchTemplate") or {}).get("Version")),
            }
            for one in group.get("Instances", [])
        ]
        return {
            "arn": group["AutoScalingGroupARN"],
            "version": state["launch_template_version"],
            "desired_capacity": group["DesiredCapacity"],
            "instances": instances,
        }

    def _standing(self, group: dict[str, t.Any]) -> Item:
        """Status, and whether the capacity that is asked for serves."""
        if group.get("Status"):
            return {"status": group["Status"], "ready": False}
        serving = [one for one in group.get("Instances", []) if one["LifecycleState"] == "InService" and one["HealthStatus"] == "Healthy"]
        status = f"{len(serving)} of {group['DesiredCapacity']} in service"
        if len(serving) >= group["DesiredCapacity"]:
            return {"status": status, "ready": True}
        answer = self.client.describe_scaling_activities(AutoScalingGroupName=group["AutoScalingGroupName"], MaxRecords=10)
        ended = [one for one in answer["Activities"] if one["StatusCode"] in ("Failed", "Successful", "Cancelled")]
        newest = ended[:_LAUNCH_ATTEMPTS]
        hopeless = len(newest) == _LAUNCH_ATTEMPTS and all(one["StatusCode"] == "Failed" and not _passing(one) for one in newest)
        why = f": {newest[0].get('StatusMessage', '')}" if newest and newest[0]["StatusCode"] == "Failed" else ""
        return {"status": status + why, "ready": False, "failure": status + why if hopeless else ""}

    # Comparing --------------------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        item = dict(item)
        scheduled = {option for schedule in item.get("schedules") or () for option in _SIZES if schedule.get(option) is not None}
        for option in scheduled:
            # A schedule moves this size all the time: a run in between must not put it back.
            item[f"initial_{option}"], item[option] = item.get(option), None
        if item.get("instance_types") is not None and len(item["instance_types"]) == 1 and item.get("on_demand_percentage") in (None, 100):
            # One type, no Spot: a plain group with the template's own type.
            item["instance_types"] = []
            item["on_demand_base"] = item["spot_allocation_strategy"] = None
        if item.get("warm_pool") is not None:
            item["warm_pool"] = {option: value for option, value in item["warm_pool"].items() if value is not None}
        if item.get("target_tracking") is not None:
            item["target_tracking"] = [{**one, "target": float(one["target"])} for one in item["target_tracking"]]
        return item

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        if option in self._AT_FIRST:
            return True
        if option == "warm_pool" and not wanted:
            return not current
        if option == "instance_tags":
            return all((current or {}).get(key) == value for key, value in wanted.items())
        return None

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            say = f"{self.noun} {name}: ".__add__
            least, most = (item.get(option) if item.get(option) is not None else item.get(f"initial_{option}") for option in _SIZES)
            if least is not None and most is not None and least > most:
                problems.append(say(f"min_size {least} is above max_size {most}"))
            if ":" in name:
                problems.append(say("a name has no colon"))
            lifetime = item.get("max_instance_lifetime")
            if lifetime and lifetime < _SHORTEST_LIFE:
                problems.append(say(f"max_instance_lifetime is 0 or at least {_SHORTEST_LIFE} seconds"))
            if item.get("warm_pool") and item.get("instance_types"):
                problems.append(say("a warm pool goes with one instance type and without Spot: leave out warm_pool, or the other types and Spot"))
            for hook in item.get("hooks") or ():
                if hook.get("heartbeat_timeout") is not None and hook["heartbeat_timeout"] not in _HEARTBEAT:
                    problems.append(say(f"hook {hook['name']}: heartbeat_timeout is 30 to 7200 seconds"))
            for policy in [*(item.get("target_tracking") or ()), *(item.get("predictive") or ())]:
                if policy.get("metric", policy.get("metric_pair")) in ("ALBRequestCountPerTarget", "ALBRequestCount") and not policy.get("resource_label"):
                    problems.append(say(f"policy {policy['name']} counts requests and needs the resource_label of a target group"))
        return problems

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:autoscaling:{self.session.region}:000000000000:autoScalingGroup:{PLACEHOLDER}:autoScalingGroupName/{name}"
        return {"arn": arn, "version": 1, "desired_capacity": 0, "instances": []}

    # Writing ----------------------------------------------------------------------------------------------------------

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # Hooks come with the group, or its first instances would not wait for them.
        self.client.create_auto_scaling_group(
            AutoScalingGroupName=name,
            Tags=self._tags(name, {**(item.get("instance_tags") or {}), **tags}),
            LifecycleHookSpecificationList=[self._hook(hook) for hook in item.get("hooks") or ()],
            TargetGroupARNs=item.get("target_group_arns") or [],
            **self._parameters({}, item, {**item, "launch_template": item["launch_template"]}),
            **{self._AT_FIRST[option]: item[option] for option in self._AT_FIRST if item.get(option) is not None},
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        group = {"AutoScalingGroupName": resource.name}
        parameters = self._parameters(resource.state, item, changes)
        if parameters:
            self.client.update_auto_scaling_group(**group, **parameters)
        if "target_group_arns" in changes:
            current, wanted = set(resource.state["target_group_arns"]), set(changes["target_group_arns"])
            if wanted - current:
                self.client.attach_load_balancer_target_groups(**group, TargetGroupARNs=sorted(wanted - current))
            if current - wanted:
                self.client.detach_load_balancer_target_groups(**group, TargetGroupARNs=sorted(current - wanted))
        if "metrics" in changes:
            if changes["metrics"]:
                self.client.enable_metrics_collection(**group, Granularity="1Minute")
            else:
                self.client.disable_metrics_collection(**group)
        if "instance_tags" in changes:
            self.client.create_or_update_tags(Tags=self._tags(resource.name, changes["instance_tags"]))
        self._bring(resource, changes, "hooks", self._put_hook, lambda name: self.client.delete_lifecycle_hook(**group, LifecycleHookName=name))

        def remove_policy(name: str) -> None:
            self.client.delete_policy(**group, PolicyName=name)

        self._bring(resource, changes, "target_tracking", self._put_tracking, remove_policy)
        self._bring(resource, changes, "predictive", self._put_forecast, remove_policy)
        self._bring(resource, changes, "schedules", self._put_schedule, lambda name: self.client.delete_scheduled_action(**group, ScheduledActionName=name))
        if "warm_pool" in changes:
            self._bring_warm_pool(resource, changes["warm_pool"])

    def _parameters(self, state: Item, item: Item, changes: Item) -> dict[str, t.Any]:
        """Of CreateAutoScalingGroup and UpdateAutoScalingGroup alike."""
        parameters = {parameter: changes[option] for option, parameter in self._PLAIN.items() if changes.get(option) is not None}
        if "HealthCheckType" in parameters:
            parameters["HealthCheckType"] = parameters["HealthCheckType"].upper()
        if changes.get("subnet_ids"):
            parameters["VPCZoneIdentifier"] = ",".join(sorted(changes["subnet_ids"]))
        # One that never was on cannot be switched off (UG autoscaling/asg-zonal-shift-enable.html).
        if changes.get("zonal_shift") and (changes["zonal_shift"] != "off" or state.get("zonal_shift", "off") != "off"):
            parameters["AvailabilityZoneImpairmentPolicy"] = {
                "ZonalShiftEnabled": changes["zonal_shift"] != "off",
                "ImpairedZoneHealthCheckBehavior": self._IMPAIRED.get(changes["zonal_shift"], "IgnoreUnhealthy"),
            }
        limits = {"min_healthy_percentage": "MinHealthyPercentage", "max_healthy_percentage": "MaxHealthyPercentage"}
        if any(changes.get(option) is not None for option in limits):
            whole = {**state, **{option: item[option] for option in limits if item.get(option) is not None}}
            parameters["InstanceMaintenancePolicy"] = {parameter: whole.get(option) for option, parameter in limits.items()}
        if {"launch_template", "launch_template_version", "instance_types", *self._MIXED} & set(changes):
            whole = {**state, **{option: value for option, value in item.items() if value is not None}}
            parameters.update(self._launching(whole))
        return parameters

    def _launching(self, whole: Item) -> dict[str, t.Any]:
        version = whole.get("launch_template_version") or self._declared(whole["launch_template"])
        # A number, never $Latest: what instances are launched from changes when somebody decides so.
        specification = {"LaunchTemplateName": whole["launch_template"], "Version": str(version)}
        if not whole.get("instance_types"):
            return {"LaunchTemplate": specification}
        distribution = {parameter: whole[option] for option, parameter in self._MIXED.items() if whole.get(option) is not None}
        overrides = [{"InstanceType": instance_type} for instance_type in whole["instance_types"]]
        return {
            "MixedInstancesPolicy": {
                "LaunchTemplate": {"LaunchTemplateSpecification": specification, "Overrides": overrides},
                "InstancesDistribution": {"OnDemandAllocationStrategy": "prioritized", **distribution},
            }
        }

    def _declared(self, template: str) -> int:
        found = self.session.client("ec2").describe_launch_templates(LaunchTemplateNames=[template])["LaunchTemplates"]
        return t.cast(int, found[0]["DefaultVersionNumber"])

    def _bring(self, resource: Resource, changes: Item, option: str, put: t.Callable[[str, Item], t.Any], remove: t.Callable[[str], t.Any]) -> None:
        """Make the named parts of a group (policies, hooks, schedules) as declared."""
        if option not in changes:
            return
        held = {part["name"]: part for part in resource.state[option]}
        declared = {part["name"]: part for part in changes[option]}
        for name, part in declared.items():
            if any(held.get(name, {}).get(key) != value for key, value in part.items() if value is not None):
                put(resource.name, part)
        for name in set(held) - set(declared):
            remove(name)

    def _hook(self, hook: Item) -> dict[str, t.Any]:
        settings = {parameter: hook[option] for option, parameter in self._HOOK.items() if hook.get(option) is not None}
        transition = f"autoscaling:EC2_INSTANCE_{hook['transition'].upper()}"
        return {"LifecycleHookName": hook["name"], "LifecycleTransition": transition, **settings}

    def _put_hook(self, group: str, hook: Item) -> None:
        self.client.put_lifecycle_hook(AutoScalingGroupName=group, **self._hook(hook))

    def _put_tracking(self, group: str, policy: Item) -> None:
        label = {"ResourceLabel": policy["resource_label"]} if policy.get("resource_label") else {}
        self.client.put_scaling_policy(
            AutoScalingGroupName=group,
            PolicyName=policy["name"],
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={
                "PredefinedMetricSpecification": {"PredefinedMetricType": policy["metric"], **label},
                "TargetValue": policy["target"],
                "DisableScaleIn": bool(policy.get("disable_scale_in")),
            },
        )

    def _put_forecast(self, group: str, policy: Item) -> None:
        label = {"ResourceLabel": policy["resource_label"]} if policy.get("resource_label") else {}
        pair = {"PredefinedMetricType": policy["metric_pair"], **label}
        buffer = {"SchedulingBufferTime": policy["scheduling_buffer"]} if policy.get("scheduling_buffer") is not None else {}
        modes = {"forecast_only": "ForecastOnly", "forecast_and_scale": "ForecastAndScale", None: "ForecastOnly"}
        self.client.put_scaling_policy(
            AutoScalingGroupName=group,
            PolicyName=policy["name"],
            PolicyType="PredictiveScaling",
            PredictiveScalingConfiguration={
                "MetricSpecifications": [{"TargetValue": policy["target"], "PredefinedMetricPairSpecification": pair}],
                "Mode": modes[policy.get("mode")],
                **buffer,
            },
        )

    def _put_schedule(self, group: str, schedule: Item) -> None:
        settings = {parameter: schedule[option] for option, parameter in self._SCHEDULE.items() if schedule.get(option) is not None}
        self.client.put_scheduled_update_group_action(AutoScalingGroupName=group, ScheduledActionName=schedule["name"], **settings)

    def _bring_warm_pool(self, resource: Resource, pool: Item) -> None:
        if not pool:
            self.client.delete_warm_pool(AutoScalingGroupName=resource.name, ForceDelete=True)
            return
        settings = {parameter: pool[option] for option, parameter in self._WARM_POOL.items() if pool.get(option) is not None}
        settings["PoolState"] = str(settings.get("PoolState", "stopped")).capitalize()
        reuse = {"ReuseOnScaleIn": bool(pool.get("reuse_on_scale_in"))}
        self.client.put_warm_pool(AutoScalingGroupName=resource.name, InstanceReusePolicy=reuse, **settings)

    @staticmethod
    def _tags(group: str, tags: dict[str, str]) -> list[dict[str, t.Any]]:
        return [
            {"ResourceId": group, "ResourceType": "auto-scaling-group", "Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in tags.items()
        ]

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.create_or_update_tags(Tags=self._tags(resource.name, tags))

    def delete(self, resource: Resource) -> None:
        if not resource.status.startswith("Delete"):
            try:
                self.client.delete_auto_scaling_group(AutoScalingGroupName=resource.name, ForceDelete=True)
            except self.client.exceptions.ClientError as error:
                if "not found" not in str(error):
                    raise


def _number(version: str | None) -> int | None:
    """A template's version, None where it is $Latest or $Default."""
    return int(version) if version and version.isdigit() else None


def _passing(activity: dict[str, t.Any]) -> bool:
    """Whether the launch failed for a reason that passes: a profile that is not known everywhere yet."""
    if "Instance Profile" not in activity.get("StatusMessage", ""):
        return False
    now = datetime.datetime.now(datetime.UTC)
    return bool((now - activity["StartTime"]).total_seconds() < PROPAGATION)
