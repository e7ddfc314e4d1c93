# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Auto Scaling."""

from __future__ import annotations

import re
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services import instance_refresh
from simulator.services.autoscaling import groups_of
from simulator.services.ec2_compute import version_of

SERVICE = "autoscaling"
BOTH = ["CreateAutoScalingGroup", "UpdateAutoScalingGroup"]
CREATE = "API autoscaling:CreateAutoScalingGroup"
_FIELD = r"[\d*/,\-A-Za-z?L#]+"
_CRON = re.compile(rf"{_FIELD}(\s+{_FIELD}){{4}}")


def _held(context: Context) -> Any:
    """The group as it is, or None."""
    return groups_of(context).get(context.params.get("AutoScalingGroupName", ""))


def _after(context: Context) -> Parameters:
    """The settings that the group will have."""
    held = _held(context)
    return {**(held.params if held and context.operation != "CreateAutoScalingGroup" else {}), **context.params}


@rule("R-ASG-01", service=SERVICE, operations=BOTH, source="unsourced")
def least_and_most(context: Context) -> None:
    """MinSize is not above MaxSize."""
    settings = _after(context)
    if settings.get("MinSize", 0) > settings.get("MaxSize", settings.get("MinSize", 0)):
        raise Refused("ValidationError", "Max bound must be greater than or equal to min bound")


@rule("R-ASG-02", service=SERVICE, operations=BOTH, source="UG autoscaling/asg-capacity-limits.md")
def desired_within(context: Context) -> None:
    """A desired capacity that is given lies within the limits."""
    settings = _after(context)
    desired = context.params.get("DesiredCapacity")
    if desired is not None and not settings.get("MinSize", 0) <= desired <= settings.get("MaxSize", desired):
        raise Refused("ValidationError", f"Desired capacity:{desired} must be between the specified min size and max size")


@rule("R-ASG-14", service=SERVICE, operations=["SetDesiredCapacity"], source="UG autoscaling/asg-capacity-limits.md")
def new_capacity_within(context: Context) -> None:
    """So does one that is set."""
    held, desired = _held(context), context.params["DesiredCapacity"]
    if held and desired > held.params["MaxSize"]:
        raise Refused("ValidationError", f"New SetDesiredCapacity value {desired} is above max value {held.params['MaxSize']} for the AutoScalingGroup.")
    if held and desired < held.params["MinSize"]:
        raise Refused("ValidationError", f"New SetDesiredCapacity value {desired} is below min value {held.params['MinSize']} for the AutoScalingGroup.")


@rule("R-ASG-03", service=SERVICE, operations=BOTH, source=CREATE)
def template_exists(context: Context) -> None:
    """The launch template and its version exist."""
    mixed = context.params.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    specification = context.params.get("LaunchTemplate") or mixed
    if specification:
        try:
            version_of(context, specification)
        except Exception as problem:
            message = "The specified launch template, with template name or version given, does not exist."
            raise Refused("ValidationError", f"You must use a valid fully-formed launch template. {message}") from problem


@rule("R-ASG-05", service=SERVICE, operations=["CreateAutoScalingGroup", "AttachLoadBalancerTargetGroups"], source=CREATE)
def target_groups_exist(context: Context) -> None:
    """Target groups exist."""
    known = context.backend("elbv2").target_groups
    for arn in context.params.get("TargetGroupARNs", []):
        if arn not in known:
            raise Refused("ValidationError", f"Target group not found. Validating load balancer configuration failed: {arn}")


@rule("R-ASG-16", service=SERVICE, operations=BOTH, source=CREATE)
def subnets_exist(context: Context) -> None:
    """Subnets exist and lie in the zones that are given beside them."""
    ec2 = context.backend("ec2")
    known = {subnet.id: subnet.availability_zone for subnet in ec2.describe_subnets()}
    wanted = [one for one in context.params.get("VPCZoneIdentifier", "").split(",") if one]
    for subnet_id in wanted:
        if subnet_id not in known:
            raise Refused("ValidationError", f"The subnet ID '{subnet_id}' does not exist")
    zones = context.params.get("AvailabilityZones")
    if wanted and zones and {known[subnet_id] for subnet_id in wanted} != set(zones):
        raise Refused("ValidationError", "The availability zones of the specified subnets and the Auto Scaling group do not match")


@rule("R-ASG-12", service=SERVICE, operations=["CreateAutoScalingGroup"], source=CREATE)
def name_is_free(context: Context) -> None:
    """A group's name is unique in the region; one that is being deleted still has it."""
    held = _held(context)
    if held:
        pending = " and is pending delete" if held.deleted_at is not None else ""
        raise Refused("AlreadyExists", f"AutoScalingGroup by this name already exists{pending} - A group with the name {held.name} already exists")


@rule("R-ASG-13", service=SERVICE, operations=["CreateAutoScalingGroup"], source=CREATE)
def no_colon(context: Context) -> None:
    """A group's name has no colon."""
    if ":" in context.params["AutoScalingGroupName"]:
        raise Refused("ValidationError", "Auto Scaling group names must not contain a colon")


@rule("R-ASG-20", service=SERVICE, operations=BOTH, source="unsourced")
def known_health_check(context: Context) -> None:
    """Health checks are of known types."""
    given = context.params.get("HealthCheckType")
    if given and not set(given.split(",")) <= {"EC2", "ELB", "VPC_LATTICE", "EBS"}:
        raise Refused("ValidationError", f"Invalid Health Check Type: {given}")


@rule("R-ASG-09", service=SERVICE, operations=BOTH, source=CREATE)
def lifetime(context: Context) -> None:
    """A longest lifetime is 0 or at least a day."""
    given = context.params.get("MaxInstanceLifetime")
    if given and given < 86400:
        raise Refused("ValidationError", "The value for MaxInstanceLifetime must be 0 or between 86400 and 31536000 seconds")


@rule("R-ASG-04", service=SERVICE, operations=["DeleteAutoScalingGroup"], source="API autoscaling:DeleteAutoScalingGroup")
def empty_or_forced(context: Context) -> None:
    """A group that has instances is deleted by force only."""
    held = _held(context)
    if held and held.members and not context.params.get("ForceDelete"):
        raise Refused(
            "ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
        )


@rule("R-ASG-17", service=SERVICE, operations=["DeleteAutoScalingGroup"], source="API autoscaling:DeleteAutoScalingGroup")
def no_warm_pool_or_forced(context: Context) -> None:
    """So is one that has a warm pool."""
    held = _held(context)
    if held and held.warm_pool is not None and not context.params.get("ForceDelete"):
        raise Refused("ResourceInUse", "You cannot delete an AutoScalingGroup while it has a warm pool.")


@rule("R-ASG-18", service=SERVICE, operations=["PutWarmPool"], source="UG autoscaling/ec2-auto-scaling-warm-pools.md", certain=False)
def warm_pool_is_plain(context: Context) -> None:
    """A warm pool goes with no mixed instances policy."""
    held = _held(context)
    if held and held.params.get("MixedInstancesPolicy"):
        raise Refused("ValidationError", "You can't add a warm pool to an Auto Scaling group that has a mixed instances policy.")


def _heartbeat(hook: Parameters) -> None:
    given = hook.get("HeartbeatTimeout")
    if given is not None and not 30 <= given <= 7200:
        raise Refused("ValidationError", "Heartbeat timeout must be between 30 and 7200 seconds")


@rule("R-ASG-08", service=SERVICE, operations=["PutLifecycleHook", "CreateAutoScalingGroup"], source="API autoscaling:PutLifecycleHook")
def heartbeat(context: Context) -> None:
    """A hook waits 30 to 7,200 seconds for a heartbeat."""
    for hook in [context.params, *context.params.get("LifecycleHookSpecificationList", [])]:
        _heartbeat(hook)


@rule("R-ASG-10", service=SERVICE, operations=["PutScalingPolicy"], source="API autoscaling:PutScalingPolicy")
def label_of_an_attached_group(context: Context) -> None:
    """Requests are counted at a target group of the group, which a load balancer forwards to."""
    metric = context.params.get("TargetTrackingConfiguration", {}).get("PredefinedMetricSpecification", {})
    if metric.get("PredefinedMetricType") != "ALBRequestCountPerTarget":
        return
    label, held = metric.get("ResourceLabel", ""), _held(context)
    elbv2 = context.backend("elbv2")
    known = {
        f"{balancer.arn.partition(':loadbalancer/')[2]}/{arn.rpartition(':')[2]}"
        for arn in (held.params["TargetGroupARNs"] if held else [])
        for balancer in elbv2.load_balancers.values()
        if arn in elbv2.target_groups and balancer.arn in elbv2.target_groups[arn].load_balancer_arns
    }
    if label not in known:
        raise Refused(
            "ValidationError", f"The resource label {label!r} does not name a target group that is attached to the Auto Scaling group and a load balancer"
        )


@rule("R-ASG-11", service=SERVICE, operations=["PutScalingPolicy"], source="API autoscaling:PredictiveScalingConfiguration")
def one_forecast(context: Context) -> None:
    """A forecast has one metric specification; a buffer only where it may raise the limit."""
    configuration = context.params.get("PredictiveScalingConfiguration")
    if configuration and len(configuration["MetricSpecifications"]) != 1:
        raise Refused("ValidationError", "Predictive scaling policies must have exactly one metric specification")
    if configuration and "MaxCapacityBuffer" in configuration and configuration.get("MaxCapacityBreachBehavior") != "IncreaseMaxCapacity":
        raise Refused("ValidationError", "MaxCapacityBuffer requires MaxCapacityBreachBehavior to be IncreaseMaxCapacity")


@rule("R-ASG-15", service=SERVICE, operations=["PutScheduledUpdateGroupAction"], source="API autoscaling:PutScheduledUpdateGroupAction")
def five_fields(context: Context) -> None:
    """A recurrence is a cron expression of five fields."""
    recurrence = context.params.get("Recurrence")
    if recurrence is not None and not _CRON.fullmatch(recurrence.strip()):
        raise Refused("ValidationError", f"Given recurrence string: {recurrence} is invalid")


REFRESH = "API autoscaling:RefreshPreferences"
_BLOCKED = ["StartInstanceRefresh", "PutWarmPool", "AttachLoadBalancerTargetGroups", "DetachLoadBalancerTargetGroups"]


@rule("R-ASG-06", service=SERVICE, operations=_BLOCKED, source="API autoscaling:StartInstanceRefresh, PutWarmPool")
def one_refresh(context: Context) -> None:
    """One instance refresh at a time, and no change of warm pool and target groups meanwhile."""
    held = _held(context)
    if held and instance_refresh.active(held):
        raise Refused("InstanceRefreshInProgress", f"An Instance Refresh is already in progress and blocks the execution of {context.operation}.")


@rule("R-ASG-28", service=SERVICE, operations=["UpdateAutoScalingGroup"], source="thread floci-io/floci#1598")
def no_other_configuration(context: Context) -> None:
    """What a refresh is about to set cannot be set by others meanwhile."""
    held = _held(context)
    refresh = instance_refresh.active(held) if held else None
    if refresh and refresh.desired and {"LaunchTemplate", "MixedInstancesPolicy", "LaunchConfigurationName"} & set(context.params):
        raise Refused(
            "ValidationError",
            "An active instance refresh with a desired configuration exists. All configuration options derived from the desired configuration "
            "are not available for update while the instance refresh is active.",
        )


def _specification(configuration: Parameters) -> Parameters:
    mixed = configuration.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    return dict(configuration.get("LaunchTemplate") or mixed or {})


@rule("R-ASG-07", service=SERVICE, operations=["StartInstanceRefresh"], source=f"{REFRESH}; thread hashicorp/terraform-provider-aws#29830")
def something_to_return_to(context: Context) -> None:
    """A rollback needs a desired configuration, and numbers: where to go and where to return to."""
    held, desired = _held(context), context.params.get("DesiredConfiguration")
    if not held or not context.params.get("Preferences", {}).get("AutoRollback"):
        return
    if not desired:
        raise Refused(
            "ValidationError",
            "The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is empty. Set AutoRollback to false or "
            "specify a desired configuration and try again.",
        )
    for specification in (held.specification, _specification(desired)):
        if not str(specification.get("Version", "$Default")).isdigit():
            raise Refused("ValidationError", "The AutoRollback parameter cannot be set to true with the launch template version $Latest or $Default.")


@rule("R-ASG-21", service=SERVICE, operations=["StartInstanceRefresh", "RollbackInstanceRefresh"], source="API autoscaling:RollbackInstanceRefresh")
def reversible(context: Context) -> None:
    """There is no way back to a template that names its image by a parameter, to a moving version, or without a desired configuration."""
    held = _held(context)
    if not held:
        return
    starting = context.operation == "StartInstanceRefresh"
    if starting and not context.params.get("Preferences", {}).get("AutoRollback"):
        return
    refresh = instance_refresh.active(held)
    by_parameter = str(version_of(context, _specification(held.params)).data.get("ImageId", "")).startswith("resolve:")
    moving = not str(_specification(held.params).get("Version", "$Default")).isdigit()
    if by_parameter or (not starting and refresh and (moving or not refresh.desired)):
        raise Refused(
            "ValidationError" if starting else "IrreversibleInstanceRefresh",
            "The instance refresh cannot be rolled back: it has no desired configuration, or the group's launch template uses a Systems Manager "
            "parameter instead of an AMI ID, or the version $Latest or $Default.",
        )


@rule("R-ASG-23", service=SERVICE, operations=["StartInstanceRefresh"], source=REFRESH)
def preferences_go_together(context: Context) -> None:
    """Percentages, checkpoints and alarms that make sense."""
    preferences = context.params.get("Preferences", {})
    least, most = preferences.get("MinHealthyPercentage"), preferences.get("MaxHealthyPercentage")
    if most is not None and (least is None or most - least > 100):
        raise Refused("ValidationError", "MaxHealthyPercentage needs MinHealthyPercentage, and the difference cannot be greater than 100.")
    checkpoints = preferences.get("CheckpointPercentages")
    if "CheckpointDelay" in preferences and not checkpoints:
        raise Refused("ValidationError", "If you specify CheckpointDelay, you must also specify CheckpointPercentages.")
    if checkpoints and (checkpoints != sorted(set(checkpoints)) or not 1 <= checkpoints[0] <= checkpoints[-1] <= 100):
        raise Refused("ValidationError", "CheckpointPercentages must be unique, in ascending order, and between 1 and 100.")
    if len(preferences.get("AlarmSpecification", {}).get("Alarms", [])) > 10:
        raise Refused("ValidationError", "You can specify up to 10 alarms.")


@rule("R-ASG-29", service=SERVICE, operations=["StartInstanceRefresh"], source="API autoscaling:DesiredConfiguration")
def desired_template_exists(context: Context) -> None:
    """The desired version of the template exists."""
    specification = _specification(context.params.get("DesiredConfiguration", {}))
    if specification:
        try:
            version_of(context, specification)
        except Exception as problem:
            raise Refused("ValidationError", "You must use a valid fully-formed launch template. The specified version does not exist.") from problem


@rule("R-ASG-30", service=SERVICE, operations=BOTH, source="UG autoscaling/asg-zonal-shift-enable.html", certain=False)
def zonal_shift_was_on(context: Context) -> None:
    """Zonal shift is switched off only where it is on."""
    wanted = context.params.get("AvailabilityZoneImpairmentPolicy", {}).get("ZonalShiftEnabled")
    held = _held(context)
    if wanted is False and not (held and held.params["AvailabilityZoneImpairmentPolicy"]["ZonalShiftEnabled"]):
        raise Refused("ValidationError", "Zonal shift is not enabled for this Auto Scaling group.")
