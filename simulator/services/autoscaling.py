# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups that behave: zones in balance, hooks that wait, targets registered, dead instances replaced.

moto's groups put every instance into one subnet and never look at them again, so groups are kept here, on moto's backend object.
Nothing runs by itself: `settle` brings all groups up to the present whenever somebody looks.

An instance's operating system does not boot. Where its user data completes lifecycle actions, the simulator completes them in its
stead after the time that booting takes; otherwise a hook waits for CompleteLifecycleAction or its timeout, as on AWS.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import get_service_model

from simulator.context import Context
from simulator.registry import REGISTRY, Parameters, Refused, after, before, operation, shows
from simulator.request import Call
from simulator.services._servers import behaviour, raise_alarms
from simulator.services.ec2_compute import launch, template_of

# Real seconds on AWS (aws: experience; divided by --time-scale, none without --latency).
INSTANCE_PENDING = 25  # until it runs
INSTANCE_BOOT = 60  # user data after that, until it completes its launch hook
INSTANCE_LEAVE = 45  # until a terminated instance's group is without it
LAUNCH_AGAIN = 30  # pause after a launch that failed

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
COMPLETES_BY_ITSELF = re.compile("complete-lifecycle-action|CompleteLifecycleAction")  # by the AWS CLI or by itself, in user data


@dataclass
class Member:
    """An instance of a group."""

    id: str
    zone: str
    instance_type: str
    template: Parameters
    state: str
    since: float  # when it got into its state
    image: str
    user_data: str = ""
    spot: bool = False
    healthy: bool = True
    protected: bool = False
    warm: bool = False
    in_service_since: float = 0.0
    completed: str = ""  # result that somebody gave for the hook it waits for
    token: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Group:
    """A group: what it was given, and what it made of it."""

    name: str
    arn: str
    created: datetime
    params: Parameters
    tags: dict[str, Parameters] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    hooks: dict[str, Parameters] = field(default_factory=dict)
    policies: dict[str, Parameters] = field(default_factory=dict)
    schedules: dict[str, Parameters] = field(default_factory=dict)
    activities: list[Parameters] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)
    warm_pool: Parameters | None = None
    deleted_at: float | None = None
    launch_after: float = 0.0
    refreshes: list[Any] = field(default_factory=list)  # newest first; see instance_refresh.py
    desired_configuration: Parameters = field(default_factory=dict)  # what instances are launched from while a refresh brings it in
    surge: int = 0  # instances beyond the desired capacity that a refresh launches before it terminates others

    @property
    def desired(self) -> int:
        return int(self.params["DesiredCapacity"])

    @property
    def subnets(self) -> list[str]:
        return [one for one in self.params.get("VPCZoneIdentifier", "").split(",") if one]

    @property
    def configuration(self) -> Parameters:
        """What instances are launched from: LaunchTemplate or MixedInstancesPolicy."""
        return self.desired_configuration or self.params

    @property
    def specification(self) -> Parameters:
        """Which version of which template instances are launched from."""
        mixed = self.configuration.get("MixedInstancesPolicy")
        chosen = mixed["LaunchTemplate"]["LaunchTemplateSpecification"] if mixed else self.configuration.get("LaunchTemplate")
        return chosen or {}


def groups_of(context: Context) -> dict[str, Group]:
    """The groups of the call's account and region."""
    backend = context.backend("autoscaling")
    if not hasattr(backend, "simulated_groups"):
        backend.simulated_groups = {}
    found: dict[str, Group] = backend.simulated_groups
    return found


def group_of(context: Context) -> Group:
    """The group that a call names, as it is now."""
    settle(context)
    name = context.params["AutoScalingGroupName"]
    group = groups_of(context).get(name)
    if group is None:
        raise Refused("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


# Time -------------------------------------------------------------------------------------------------------------------------


def takes(context: Context, seconds: float) -> float:
    scale = context.simulator.lifecycles.scale
    return seconds / scale if scale else 0.0


# What else happens to a group in the course of time.
STEPS: list[Callable[[Context, Group], None]] = []
# Who knows zones that a group must launch nothing in.
IMPAIRED: list[Callable[[Context, Group], set[str]]] = []


def settle(context: Context) -> None:
    """Bring every group up to the present."""
    for group in list(groups_of(context).values()):
        for _ in range(200):
            before_it = _picture(group)
            _advance(context, group)
            if group.deleted_at is None:
                _look_after(context, group)
                for step in STEPS:
                    step(context, group)
                _keep_capacity(context, group)
                _keep_warm_pool(context, group)
            if _picture(group) == before_it:
                break
        if group.deleted_at is not None and not group.members:
            del groups_of(context)[group.name]
    raise_alarms(context, (member.image for _, member in _members(context) if member.state == "InService"))


def _picture(group: Group) -> tuple[Any, ...]:
    return (
        group.surge,
        [(member.id, member.state, member.healthy) for member in group.members.values()],
        [(refresh.id, refresh.status, refresh.batch) for refresh in group.refreshes[:1]],
    )


def _advance(context: Context, group: Group) -> None:
    """Move every instance along its lifecycle as far as the time allows."""
    now = context.simulator.clock()
    for member in list(group.members.values()):
        spent = now - member.since
        if member.state == "Pending" and spent >= takes(context, INSTANCE_PENDING):
            waits = any(hook["LifecycleTransition"] == LAUNCHING for hook in group.hooks.values())
            enter(context, group, member, "Pending:Wait" if waits else "InService")
        elif member.state in ("Pending:Wait", "Terminating:Wait"):
            result = _hook_result(context, group, member, spent)
            if result == "ABANDON" and member.state == "Pending:Wait":
                why = "Lifecycle Action Completed with ABANDON Result" if member.completed else "Heartbeat Timeout"
                message = f"Instance failed to complete user's Lifecycle Action: Lifecycle Action with token {member.token} was abandoned: {why}"
                note_activity(group, context, f"Launching a new EC2 instance: {member.id}", "Failed", message=message)
            if result == "ABANDON" or (result and member.state == "Terminating:Wait"):
                enter(context, group, member, "Terminating:Proceed")
            elif result:
                enter(context, group, member, "InService")
        elif member.state == "Terminating:Proceed" and spent >= takes(context, INSTANCE_LEAVE):
            del group.members[member.id]


def _hook_result(context: Context, group: Group, member: Member, spent: float) -> str:
    """What came of the hooks an instance waits for; empty while it waits."""
    transition = LAUNCHING if member.state == "Pending:Wait" else TERMINATING
    hooks = [hook for hook in group.hooks.values() if hook["LifecycleTransition"] == transition]
    if not hooks or member.completed:
        return member.completed or "CONTINUE"
    if COMPLETES_BY_ITSELF.search(member.user_data) and (transition == TERMINATING or behaviour(member.image).completes):
        return "CONTINUE" if spent >= takes(context, INSTANCE_BOOT) else ""
    scale = context.simulator.lifecycles.scale or 1
    if spent >= max(hook["HeartbeatTimeout"] for hook in hooks) / scale:
        return str(hooks[0]["DefaultResult"])
    return ""


def enter(context: Context, group: Group, member: Member, state: str) -> None:
    """Put an instance into a state, with all that happens on the way in."""
    member.state, member.since, member.completed = state, context.simulator.clock(), ""
    if state == "InService" and member.warm:
        enter(context, group, member, "Warmed:Stopped")
        context.call("StopInstances", {"InstanceIds": [member.id]}, service="ec2")
    elif state == "InService":
        member.in_service_since = member.since
        note_activity(group, context, f"Launching a new EC2 instance: {member.id}", "Successful")
        _targets(context, group, "RegisterTargets", member)
    elif state.startswith("Terminating"):
        _targets(context, group, "DeregisterTargets", member)
    if state == "Terminating:Proceed":
        note_activity(group, context, f"Terminating EC2 instance: {member.id}", "Successful")
        with contextlib.suppress(Refused):  # it was terminated by hand
            context.call("TerminateInstances", {"InstanceIds": [member.id]}, service="ec2")


def _targets(context: Context, group: Group, operation_name: str, member: Member) -> None:
    if "AddToLoadBalancer" in group.suspended and operation_name == "RegisterTargets":
        return
    for arn in group.params.get("TargetGroupARNs", []):
        with contextlib.suppress(Refused):  # a target group may be deleted before the group
            context.call(operation_name, {"TargetGroupArn": arn, "Targets": [{"Id": member.id}]}, service="elbv2")


def leave(context: Context, group: Group, member: Member) -> None:
    """Start taking an instance out of the group."""
    waits = any(hook["LifecycleTransition"] == TERMINATING for hook in group.hooks.values()) and member.healthy
    enter(context, group, member, "Terminating:Wait" if waits else "Terminating:Proceed")


def _look_after(context: Context, group: Group) -> None:
    """Replace what does not run, or what its load balancer finds unhealthy after the grace period."""
    states = {}
    if group.members:
        ec2 = context.backend("ec2")
        states = {member_id: ec2.get_instance(member_id).state for member_id in group.members}
    grace = takes(context, group.params["HealthCheckGracePeriod"])
    for member in list(group.members.values()):
        if member.state.startswith(("Terminating", "Warmed", "Standby")):
            continue
        cause = f"an instance was taken out of service in response to an EC2 health check indicating it has been {states[member.id]}"
        if states[member.id] != "running":
            member.healthy = False
        asked = "ELB" in group.params["HealthCheckType"] and group.params["TargetGroupARNs"] and member.state == "InService"
        if asked and not behaviour(member.image).healthy and context.simulator.clock() - member.in_service_since >= grace:
            member.healthy = False
            cause = "an instance was taken out of service in response to an ELB system health check failure"
            if not context.simulator.lifecycles.enabled:  # or its successors would come and go without an end, for nothing takes time
                group.launch_after = context.simulator.clock() + 1.0
        if not member.healthy and "ReplaceUnhealthy" not in group.suspended:
            note_activity(group, context, f"Terminating EC2 instance: {member.id}", "InProgress", cause)
            enter(context, group, member, "Terminating:Proceed")


def living(group: Group) -> list[Member]:
    return [member for member in group.members.values() if not member.state.startswith(("Terminating", "Warmed", "Standby")) and not member.warm]


def _keep_capacity(context: Context, group: Group) -> None:
    active = living(group)
    missing = group.desired + group.surge - len(active)
    if missing > 0 and context.simulator.clock() >= group.launch_after and "Launch" not in group.suspended:
        # A refresh is about to replace those that were launched from something else.
        current = resolved(context, group.specification) if group.desired_configuration else None
        warmed = [member for member in group.members.values() if member.state == "Warmed:Stopped" and current in (None, member.template)]
        for _ in range(missing):
            if warmed:
                member = warmed.pop()
                context.call("StartInstances", {"InstanceIds": [member.id]}, service="ec2")
                member.warm, member.state, member.since = False, "Pending", context.simulator.clock()
            elif not _launch(context, group):
                break
    elif missing < 0 and "Terminate" not in group.suspended:
        # The zone with most first, then the oldest: AWS's default policy, short of its finer points.
        for _ in range(-missing):
            left = [member for member in living(group) if not member.protected]
            if not left:
                break
            crowd = Counter(member.zone for member in left)
            leave(context, group, max(left, key=lambda member: (crowd[member.zone], -member.since)))


def _keep_warm_pool(context: Context, group: Group) -> None:
    waiting = [member for member in group.members.values() if member.warm and not member.state.startswith("Terminating")]
    wanted = 0
    if group.warm_pool is not None:
        most = group.warm_pool.get("MaxGroupPreparedCapacity", -1)
        most = int(group.params["MaxSize"]) if most in (-1, None) else most
        wanted = max(group.warm_pool.get("MinSize", 0), most - group.desired)
    for _ in range(wanted - len(waiting)):
        if context.simulator.clock() < group.launch_after or not _launch(context, group, warm=True):
            break
    for member in waiting[max(0, wanted) :]:
        enter(context, group, member, "Terminating:Proceed")


# Launching --------------------------------------------------------------------------------------------------------------------


def _launch(context: Context, group: Group, warm: bool = False) -> bool:
    """Launch one instance into the emptiest zone; False where that failed."""
    ec2 = context.backend("ec2")
    crowd = Counter(member.zone for member in living(group))
    zones = {subnet: ec2.get_subnet(subnet).availability_zone for subnet in group.subnets}
    impaired = {zone for asked in IMPAIRED for zone in asked(context, group)}
    zones = {subnet: zone for subnet, zone in zones.items() if zone not in impaired} or zones
    subnet = min(zones, key=lambda one: (crowd[zones[one]], group.subnets.index(one)))
    try:
        chosen = _choice(group)
        params = {
            **launch(context, {"LaunchTemplate": resolved(context, group.specification)}),
            **chosen,
            "SubnetId": subnet,
            "MinCount": 1,
            "MaxCount": 1,
        }
        tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in group.tags.values() if tag["PropagateAtLaunch"]]
        _add_tags(params, [*tags, {"Key": "aws:autoscaling:groupName", "Value": group.name}])
        refuse_launch(context, params)
        shown = context.call("RunInstances", params, service="ec2")["Instances"][0]
        _key_admits_auto_scaling(context, params)
    except Refused as refused:
        note_activity(group, context, "Launching a new EC2 instance", "Failed", message=f"{refused.message} Launching EC2 instance failed.")
        group.launch_after = context.simulator.clock() + max(1.0, takes(context, LAUNCH_AGAIN))
        return False
    specification = resolved(context, group.specification)
    context.backend("ec2").get_instance(shown["InstanceId"]).add_tags(
        {
            "aws:ec2launchtemplate:id": specification["LaunchTemplateId"],
            "aws:ec2launchtemplate:version": specification["Version"],
        }
    )
    user_data = base64.b64decode(params.get("UserData") or "").decode("utf-8", "replace")
    now = context.simulator.clock()
    group.members[shown["InstanceId"]] = Member(
        shown["InstanceId"],
        zones[subnet],
        params["InstanceType"],
        specification,
        "Pending",
        now,
        params["ImageId"],
        user_data,
        spot="InstanceMarketOptions" in chosen,
        protected=group.params.get("NewInstancesProtectedFromScaleIn", False),
        warm=warm,
    )
    return True


def _choice(group: Group) -> Parameters:
    """Type and market of the next instance of a mixed group."""
    mixed = group.configuration.get("MixedInstancesPolicy")
    if not mixed:
        return {}
    overrides = mixed["LaunchTemplate"].get("Overrides", [])
    chosen: Parameters = {"InstanceType": overrides[0]["InstanceType"]} if overrides else {}
    distribution = mixed["InstancesDistribution"]
    active = living(group)
    on_demand = sum(not member.spot for member in active)
    base = distribution["OnDemandBaseCapacity"]
    wanted = base + math.ceil(max(0, len(active) + 1 - base) * distribution["OnDemandPercentageAboveBaseCapacity"] / 100)
    return chosen if on_demand < wanted else {**chosen, "InstanceMarketOptions": {"MarketType": "spot"}}


def resolved(context: Context, specification: Parameters) -> Parameters:
    template = template_of(context, specification)
    version = template.get_version(specification.get("Version") or "$Default")
    return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": str(version.number)}


def _add_tags(params: Parameters, tags: list[Parameters]) -> None:
    """Tags of the group are put on instances; what the template says about a key wins nothing against them (UG autoscaling tags)."""
    entries = {entry["ResourceType"]: entry for entry in params.get("TagSpecifications", [])}
    entry = entries.setdefault("instance", {"ResourceType": "instance", "Tags": []})
    keys = {tag["Key"] for tag in tags}
    entry["Tags"] = [tag for tag in entry["Tags"] if tag["Key"] not in keys] + tags
    params["TagSpecifications"] = list(entries.values())


def refuse_launch(context: Context, params: Parameters, without: tuple[str, ...] = ("R-TAG-01",)) -> None:
    """What the rules have against RunInstances with these parameters."""
    model = get_service_model("ec2").operation_model("RunInstances")
    call = Call(context.wire.request, "ec2", context.region, context.wire.access_key, model, {}, params)
    asked = Context(context.simulator, call, context.account, context.principal)
    for rule in REGISTRY.rules.get(("ec2", "RunInstances"), ()):
        if rule.id not in without:
            rule.check(asked)


@shows("R-ASG-26")
def _key_admits_auto_scaling(context: Context, params: Parameters) -> None:
    """A customer key on a volume must let the service-linked role of Auto Scaling make grants; else instances die after launch."""
    for mapping in params.get("BlockDeviceMappings", []):
        key_id = mapping.get("Ebs", {}).get("KmsKeyId", "").rpartition("key/")[2]
        key = context.backend("kms").keys.get(key_id)
        if key is None:
            continue
        statements = json.loads(key.policy)["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            principals = statement.get("Principal", {})
            named = json.dumps(principals.get("AWS", "") if isinstance(principals, dict) else principals)
            if statement["Effect"] == "Allow" and "AWSServiceRoleForAutoScaling" in named and {"kms:CreateGrant", "kms:*"} & set(actions):
                break
        else:
            raise Refused(
                "Client.InvalidKMSKey.InvalidState",
                "Client.InternalError: Client error on launch: the key's policy does not let AWSServiceRoleForAutoScaling create grants.",
            )


def note_activity(group: Group, context: Context, description: str, status: str, cause: str = "", message: str = "") -> None:
    now = context.now()
    entry = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} {cause or 'the group adapted to its desired capacity'}.",
        "StartTime": now,
        "StatusCode": status,
        "Progress": 100 if status == "Successful" else 50,
        "Details": "{}",
    }
    if status != "InProgress":
        entry["EndTime"] = now
    if message:
        entry["StatusMessage"] = message
    group.activities.insert(0, entry)


# Groups -----------------------------------------------------------------------------------------------------------------------

_KEPT = (
    "AvailabilityZoneImpairmentPolicy",
    "AvailabilityZones",
    "CapacityRebalance",
    "Context",
    "DefaultCooldown",
    "DefaultInstanceWarmup",
    "DesiredCapacity",
    "HealthCheckGracePeriod",
    "HealthCheckType",
    "InstanceMaintenancePolicy",
    "LaunchTemplate",
    "MaxInstanceLifetime",
    "MaxSize",
    "MinSize",
    "MixedInstancesPolicy",
    "NewInstancesProtectedFromScaleIn",
    "PlacementGroup",
    "TerminationPolicies",
    "VPCZoneIdentifier",
)


def take(context: Context, params: Parameters, given: Parameters) -> None:
    """Put given parameters into a group's, as AWS reports them afterwards."""
    params.update({name: value for name, value in given.items() if name in _KEPT})
    if "LaunchTemplate" in given:
        params.pop("MixedInstancesPolicy", None)
        version = given["LaunchTemplate"].get("Version")
        params["LaunchTemplate"] = _named(context, given["LaunchTemplate"], version)
    if "MixedInstancesPolicy" in given:
        params.pop("LaunchTemplate", None)
        template = params["MixedInstancesPolicy"]["LaunchTemplate"]
        specification = template["LaunchTemplateSpecification"]
        template["LaunchTemplateSpecification"] = _named(context, specification, specification.get("Version"))
        params["MixedInstancesPolicy"]["InstancesDistribution"] = {
            "OnDemandAllocationStrategy": "prioritized",
            "OnDemandBaseCapacity": 0,
            "OnDemandPercentageAboveBaseCapacity": 100,
            "SpotAllocationStrategy": "lowest-price",
            **params["MixedInstancesPolicy"].get("InstancesDistribution", {}),
        }
    if params.get("VPCZoneIdentifier"):
        ec2 = context.backend("ec2")
        params["AvailabilityZones"] = sorted({ec2.get_subnet(one).availability_zone for one in params["VPCZoneIdentifier"].split(",")})


def _named(context: Context, specification: Parameters, version: str | None) -> Parameters:
    template = template_of(context, specification)
    named = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
    return {**named, "Version": version} if version else named


@operation("autoscaling", "CreateAutoScalingGroup")
def create_group(context: Context) -> None:
    """API autoscaling:CreateAutoScalingGroup."""
    given = context.params
    name = given["AutoScalingGroupName"]
    arn = f"arn:aws:autoscaling:{context.region}:{context.account}:autoScalingGroup:{uuid.uuid4()}:autoScalingGroupName/{name}"
    params: Parameters = {
        "AvailabilityZoneImpairmentPolicy": {"ZonalShiftEnabled": False, "ImpairedZoneHealthCheckBehavior": "IgnoreUnhealthy"},
        "DefaultCooldown": 300,
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 0,
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": False,
        "DesiredCapacity": given["MinSize"],
        "TargetGroupARNs": list(given.get("TargetGroupARNs", [])),
    }
    group = Group(name, arn, context.now(), params)
    take(context, params, given)
    _tag(group, given.get("Tags", []))
    for hook in given.get("LifecycleHookSpecificationList", []):
        _put_hook(group, hook)
    groups_of(context)[name] = group
    settle(context)


@operation("autoscaling", "UpdateAutoScalingGroup")
def update_group(context: Context) -> None:
    """API autoscaling:UpdateAutoScalingGroup. New limits pull the desired capacity along."""
    group = group_of(context)
    take(context, group.params, context.params)
    if "DesiredCapacity" not in context.params:
        group.params["DesiredCapacity"] = min(max(group.desired, group.params["MinSize"]), group.params["MaxSize"])
    group.launch_after = 0.0
    settle(context)


@operation("autoscaling", "SetDesiredCapacity")
def set_desired_capacity(context: Context) -> None:
    """API autoscaling:SetDesiredCapacity."""
    group_of(context).params["DesiredCapacity"] = context.params["DesiredCapacity"]
    settle(context)


@operation("autoscaling", "DeleteAutoScalingGroup")
def delete_group(context: Context) -> None:
    """API autoscaling:DeleteAutoScalingGroup. The group is listed until its instances are gone."""
    group = group_of(context)
    group.deleted_at = context.simulator.clock()
    for policy in list(group.policies.values()):
        _delete_alarms(context, policy)
    for member in group.members.values():
        if member.state != "Terminating:Proceed":
            enter(context, group, member, "Terminating:Proceed")
    settle(context)


@operation("autoscaling", "DescribeAutoScalingGroups")
def describe_groups(context: Context) -> Parameters:
    """API autoscaling:DescribeAutoScalingGroups."""
    settle(context)
    names = context.params.get("AutoScalingGroupNames")
    found = [group for group in groups_of(context).values() if not names or group.name in names]
    for entry in context.params.get("Filters", []):
        found = [group for group in found if _passes(group, entry["Name"], entry["Values"])]
    return {"AutoScalingGroups": [_shown(group) for group in found]}


def _passes(group: Group, name: str, values: list[str]) -> bool:
    if name.startswith("tag:"):
        return name[4:] in group.tags and group.tags[name[4:]]["Value"] in values
    if name == "tag-key":
        return any(key in values for key in group.tags)
    return any(tag["Value"] in values for tag in group.tags.values())


def _shown(group: Group) -> Parameters:
    shown = {
        **{name: value for name, value in group.params.items() if value is not None},
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "CreatedTime": group.created,
        "LoadBalancerNames": [],
        "Instances": [_instance(member) for member in group.members.values() if not member.warm],
        "EnabledMetrics": [{"Metric": metric, "Granularity": "1Minute"} for metric in group.metrics],
        "SuspendedProcesses": [{"ProcessName": name, "SuspensionReason": "User suspended"} for name in group.suspended],
        "Tags": list(group.tags.values()),
        "ServiceLinkedRoleARN": f"arn:aws:iam::{group.arn.split(':')[4]}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        "TrafficSources": [{"Identifier": arn, "Type": "elbv2"} for arn in group.params["TargetGroupARNs"]],
        "CapacityRebalance": group.params.get("CapacityRebalance", False),
    }
    if group.warm_pool is not None:
        shown["WarmPoolConfiguration"] = group.warm_pool
        shown["WarmPoolSize"] = sum(member.warm for member in group.members.values())
    if group.deleted_at is not None:
        shown["Status"] = "Delete in progress"
    return shown


def _instance(member: Member) -> Parameters:
    return {
        "InstanceId": member.id,
        "InstanceType": member.instance_type,
        "AvailabilityZone": member.zone,
        "LifecycleState": f"Warmed:{member.state}" if member.warm and not member.state.startswith("Warmed") else member.state,
        "HealthStatus": "Healthy" if member.healthy else "Unhealthy",
        "LaunchTemplate": member.template,
        "ProtectedFromScaleIn": member.protected,
    }


@operation("autoscaling", "DescribeAutoScalingInstances")
def describe_instances(context: Context) -> Parameters:
    """API autoscaling:DescribeAutoScalingInstances."""
    settle(context)
    wanted = context.params.get("InstanceIds")
    return {
        "AutoScalingInstances": [
            {**_instance(member), "HealthStatus": "HEALTHY" if member.healthy else "UNHEALTHY", "AutoScalingGroupName": group.name}
            for group, member in _members(context)
            if not wanted or member.id in wanted
        ]
    }


def _members(context: Context) -> Iterator[tuple[Group, Member]]:
    for group in groups_of(context).values():
        for member in group.members.values():
            yield group, member


def _member(context: Context) -> tuple[Group, Member]:
    settle(context)
    for group, member in _members(context):
        if member.id == context.params.get("InstanceId"):
            return group, member
    raise Refused("ValidationError", f"Instance Id not found - No managed instance found for instance ID: {context.params.get('InstanceId')}")


@operation("autoscaling", "SetInstanceHealth")
def set_instance_health(context: Context) -> None:
    """API autoscaling:SetInstanceHealth. With ShouldRespectGracePeriod a young instance keeps its health."""
    group, member = _member(context)
    grace = takes(context, group.params["HealthCheckGracePeriod"])
    young = context.simulator.clock() - member.in_service_since < grace
    if not (context.params.get("ShouldRespectGracePeriod", True) and young and context.params["HealthStatus"] == "Unhealthy"):
        member.healthy = context.params["HealthStatus"] == "Healthy"
    settle(context)


@operation("autoscaling", "SetInstanceProtection")
def set_instance_protection(context: Context) -> None:
    """API autoscaling:SetInstanceProtection."""
    for member in _named_members(context):
        member.protected = context.params["ProtectedFromScaleIn"]


@operation("autoscaling", "EnterStandby", "ExitStandby")
def stand_by(context: Context) -> Parameters:
    """API autoscaling:EnterStandby and ExitStandby. The desired capacity follows where asked to, and always on the way back."""
    group, away = group_of(context), context.operation == "EnterStandby"
    activities = []
    for member in _named_members(context):
        if member.state != ("InService" if away else "Standby"):
            raise Refused("ValidationError", f"The instance {member.id} is in the state {member.state} and cannot be moved")
        if not away or context.params["ShouldDecrementDesiredCapacity"]:
            group.params["DesiredCapacity"] = group.desired + (-1 if away else 1)
        if away:
            _targets(context, group, "DeregisterTargets", member)
            member.state, member.since = "Standby", context.simulator.clock()
        else:
            enter(context, group, member, "InService")
        note_activity(group, context, f"Moving EC2 instance {'to' if away else 'out of'} Standby: {member.id}", "Successful", "the user asked for it")
        activities.append(group.activities[0])
    settle(context)
    return {"Activities": activities}


def _named_members(context: Context) -> list[Member]:
    group = group_of(context)
    unknown = [one for one in context.params.get("InstanceIds", []) if one not in group.members]
    if unknown:
        raise Refused("ValidationError", f"Instance Id not found - No managed instance found for instance ID: {unknown[0]}")
    return [group.members[one] for one in context.params.get("InstanceIds", [])]


@operation("autoscaling", "TerminateInstanceInAutoScalingGroup")
def terminate_instance(context: Context) -> Parameters:
    """API autoscaling:TerminateInstanceInAutoScalingGroup."""
    group, member = _member(context)
    if context.params["ShouldDecrementDesiredCapacity"]:
        group.params["DesiredCapacity"] = group.desired - 1
    note_activity(group, context, f"Terminating EC2 instance: {member.id}", "InProgress", "the user asked for it")
    activity = group.activities[0]
    leave(context, group, member)
    settle(context)
    return {"Activity": activity}


@operation("autoscaling", "DescribeScalingActivities")
def describe_activities(context: Context) -> Parameters:
    """API autoscaling:DescribeScalingActivities, newest first."""
    settle(context)
    wanted = context.params.get("AutoScalingGroupName")
    found = [one for group in groups_of(context).values() if wanted in (None, group.name) for one in group.activities]
    return {"Activities": found[: context.params.get("MaxRecords", 100)]}


@before("ec2", "DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DeleteSecurityGroup", "DeleteSubnet")
@before("elbv2", "DescribeTargetHealth")
def as_it_is_now(context: Context) -> None:
    """What these show depends on what groups have done meanwhile."""
    settle(context)


@after("ec2", "TerminateInstances", "StopInstances")
def replace_what_was_lost(context: Context, response: Parameters) -> None:
    """A group notices that an instance of its own is gone."""
    lost = set(context.params["InstanceIds"])
    if any(member.id in lost and not member.state.startswith(("Terminating", "Warmed")) for _, member in _members(context)):
        settle(context)


# Attached things --------------------------------------------------------------------------------------------------------------


@operation("autoscaling", "AttachLoadBalancerTargetGroups")
def attach_target_groups(context: Context) -> None:
    """API autoscaling:AttachLoadBalancerTargetGroups."""
    group = group_of(context)
    held = group.params["TargetGroupARNs"]
    held += [arn for arn in context.params["TargetGroupARNs"] if arn not in held]
    for member in group.members.values():
        if member.state == "InService":
            _targets(context, group, "RegisterTargets", member)


@operation("autoscaling", "DetachLoadBalancerTargetGroups")
def detach_target_groups(context: Context) -> None:
    """API autoscaling:DetachLoadBalancerTargetGroups."""
    group = group_of(context)
    held, leaving = group.params["TargetGroupARNs"], context.params["TargetGroupARNs"]
    for arn in leaving:
        for member in group.members.values():
            context.call("DeregisterTargets", {"TargetGroupArn": arn, "Targets": [{"Id": member.id}]}, service="elbv2")
    group.params["TargetGroupARNs"] = [arn for arn in held if arn not in leaving]


@operation("autoscaling", "DescribeLoadBalancerTargetGroups")
def describe_target_groups(context: Context) -> Parameters:
    """API autoscaling:DescribeLoadBalancerTargetGroups."""
    return {"LoadBalancerTargetGroups": [{"LoadBalancerTargetGroupARN": arn, "State": "InService"} for arn in group_of(context).params["TargetGroupARNs"]]}


_METRICS = (
    "DesiredCapacity",
    "InServiceInstances",
    "MaxSize",
    "MinSize",
    "PendingInstances",
    "StandbyInstances",
    "TerminatingInstances",
    "TotalInstances",
)


@operation("autoscaling", "EnableMetricsCollection", "DisableMetricsCollection")
def collect_metrics(context: Context) -> None:
    """API autoscaling:EnableMetricsCollection and DisableMetricsCollection; all metrics where none are named."""
    group = group_of(context)
    named = context.params.get("Metrics")
    every = [f"Group{metric}" for metric in _METRICS]
    if context.operation == "EnableMetricsCollection":
        group.metrics = sorted({*group.metrics, *(named or every)})
    else:
        group.metrics = [metric for metric in group.metrics if named and metric not in named]


@operation("autoscaling", "SuspendProcesses", "ResumeProcesses")
def suspend_or_resume(context: Context) -> None:
    """API autoscaling:SuspendProcesses and ResumeProcesses; all of them where none are named."""
    group = group_of(context)
    every = "Launch Terminate AddToLoadBalancer AlarmNotification AZRebalance HealthCheck InstanceRefresh ReplaceUnhealthy ScheduledActions"
    named = context.params.get("ScalingProcesses") or every.split()
    kept = [name for name in group.suspended if name not in named]
    group.suspended = kept + (named if context.operation == "SuspendProcesses" else [])
    settle(context)


def _tag(group: Group, tags: list[Parameters]) -> None:
    for tag in tags:
        group.tags[tag["Key"]] = {
            "ResourceId": group.name,
            "ResourceType": "auto-scaling-group",
            "Key": tag["Key"],
            "Value": tag.get("Value", ""),
            "PropagateAtLaunch": tag.get("PropagateAtLaunch", False),
        }


@operation("autoscaling", "CreateOrUpdateTags", "DeleteTags")
def change_tags(context: Context) -> None:
    """API autoscaling:CreateOrUpdateTags and DeleteTags."""
    for tag in context.params["Tags"]:
        group = groups_of(context).get(tag["ResourceId"])
        if group is None:
            raise Refused("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{tag['ResourceId']}' not found")
        if context.operation == "DeleteTags":
            group.tags.pop(tag["Key"], None)
        else:
            _tag(group, [tag])


@operation("autoscaling", "DescribeTags")
def describe_tags(context: Context) -> Parameters:
    """API autoscaling:DescribeTags."""
    found = [tag for group in groups_of(context).values() for tag in group.tags.values()]
    members = {"auto-scaling-group": "ResourceId", "key": "Key", "value": "Value", "propagate-at-launch": "PropagateAtLaunch"}
    for entry in context.params.get("Filters", []):
        found = [tag for tag in found if str(tag[members[entry["Name"]]]).lower() in [value.lower() for value in entry["Values"]]]
    return {"Tags": found}


# Lifecycle hooks --------------------------------------------------------------------------------------------------------------


def _put_hook(group: Group, given: Parameters) -> None:
    hook = group.hooks.setdefault(given["LifecycleHookName"], {"HeartbeatTimeout": 3600, "DefaultResult": "ABANDON", "GlobalTimeout": 172800})
    hook.update({**given, "AutoScalingGroupName": group.name})


@operation("autoscaling", "PutLifecycleHook")
def put_hook(context: Context) -> None:
    """API autoscaling:PutLifecycleHook."""
    _put_hook(group_of(context), context.params)


@operation("autoscaling", "DeleteLifecycleHook")
def delete_hook(context: Context) -> None:
    """API autoscaling:DeleteLifecycleHook. Who waits for it goes on."""
    group = group_of(context)
    if group.hooks.pop(context.params["LifecycleHookName"], None) is None:
        raise Refused("ValidationError", f"No Lifecycle Hook found with name: {context.params['LifecycleHookName']}")


@operation("autoscaling", "DescribeLifecycleHooks")
def describe_hooks(context: Context) -> Parameters:
    """API autoscaling:DescribeLifecycleHooks."""
    names = context.params.get("LifecycleHookNames")
    return {"LifecycleHooks": [hook for name, hook in group_of(context).hooks.items() if not names or name in names]}


@operation("autoscaling", "CompleteLifecycleAction", "RecordLifecycleActionHeartbeat")
def complete_action(context: Context) -> None:
    """API autoscaling:CompleteLifecycleAction and RecordLifecycleActionHeartbeat, for an instance that waits."""
    group, params = group_of(context), context.params
    for member in group.members.values():
        if member.state.endswith(":Wait") and (params.get("InstanceId") == member.id or params.get("LifecycleActionToken") == member.token):
            if context.operation == "CompleteLifecycleAction":
                member.completed = params["LifecycleActionResult"]
            else:
                member.since = context.simulator.clock()
            settle(context)
            return
    raise Refused("ValidationError", f"No active Lifecycle Action found with instance ID {params.get('InstanceId')}")


# Policies and schedules -------------------------------------------------------------------------------------------------------


@operation("autoscaling", "PutScalingPolicy")
def put_policy(context: Context) -> Parameters:
    """API autoscaling:PutScalingPolicy."""
    group, params = group_of(context), context.params
    name = params["PolicyName"]
    held = group.policies.get(name)
    arn = (
        held["PolicyARN"]
        if held
        else (f"arn:aws:autoscaling:{context.region}:{context.account}:scalingPolicy:{uuid.uuid4()}:autoScalingGroupName/{group.name}:policyName/{name}")
    )
    policy = {"PolicyType": "SimpleScaling", "Enabled": True, **params, "PolicyARN": arn, "Alarms": held["Alarms"] if held else []}
    group.policies[name] = policy
    if policy["PolicyType"] == "TargetTrackingScaling":
        policy["TargetTrackingConfiguration"].setdefault("DisableScaleIn", False)
        _put_alarms(context, policy)
    if policy["PolicyType"] == "PredictiveScaling":
        policy["PredictiveScalingConfiguration"].setdefault("Mode", "ForecastOnly")
        policy["PredictiveScalingConfiguration"].setdefault("MaxCapacityBreachBehavior", "HonorMaxCapacity")
    return {"PolicyARN": arn, "Alarms": policy["Alarms"]}


@shows("R-ASG-19")
def _put_alarms(context: Context, policy: Parameters) -> None:
    """A target-tracking policy makes and owns two alarms, one to grow and one to shrink."""
    configuration = policy["TargetTrackingConfiguration"]
    if not policy["Alarms"]:
        for side in ("High", "Low"):
            name = f"TargetTracking-{policy['AutoScalingGroupName']}-Alarm{side}-{uuid.uuid4()}"
            arn = f"arn:aws:cloudwatch:{context.region}:{context.account}:alarm:{name}"
            policy["Alarms"].append({"AlarmName": name, "AlarmARN": arn})
    metric = configuration.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "")
    counts = metric == "ALBRequestCountPerTarget"
    for alarm, comparison, share in zip(policy["Alarms"], ("GreaterThanThreshold", "LessThanThreshold"), (1.0, 0.9), strict=True):
        context.call(
            "PutMetricAlarm",
            {
                "AlarmName": alarm["AlarmName"],
                "AlarmDescription": "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy " + policy["PolicyARN"],
                "Namespace": "AWS/ApplicationELB" if counts else "AWS/EC2",
                "MetricName": "RequestCountPerTarget" if counts else "CPUUtilization",
                "Dimensions": [{"Name": "AutoScalingGroupName", "Value": policy["AutoScalingGroupName"]}],
                "Statistic": "Sum" if counts else "Average",
                "Period": 60,
                "EvaluationPeriods": 3 if comparison.startswith("Greater") else 15,
                "Threshold": configuration["TargetValue"] * share,
                "ComparisonOperator": comparison,
                "AlarmActions": [policy["PolicyARN"]],
            },
            service="cloudwatch",
        )


def _delete_alarms(context: Context, policy: Parameters) -> None:
    names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
    if names:
        context.call("DeleteAlarms", {"AlarmNames": names}, service="cloudwatch")


@operation("autoscaling", "DescribePolicies")
def describe_policies(context: Context) -> Parameters:
    """API autoscaling:DescribePolicies."""
    params = context.params
    return {
        "ScalingPolicies": [
            policy
            for group in groups_of(context).values()
            for policy in group.policies.values()
            if params.get("AutoScalingGroupName") in (None, group.name)
            and (not params.get("PolicyNames") or {policy["PolicyName"], policy["PolicyARN"]} & set(params["PolicyNames"]))
            and (not params.get("PolicyTypes") or policy["PolicyType"] in params["PolicyTypes"])
        ]
    }


@operation("autoscaling", "DeletePolicy")
def delete_policy(context: Context) -> None:
    """API autoscaling:DeletePolicy. Its alarms go with it."""
    wanted = context.params["PolicyName"]
    for group in groups_of(context).values():
        for name, policy in list(group.policies.items()):
            if wanted in (name, policy["PolicyARN"]) and context.params.get("AutoScalingGroupName") in (None, group.name):
                _delete_alarms(context, group.policies.pop(name))
                return
    raise Refused("ValidationError", f"Policy not found: {wanted}")


@operation("autoscaling", "PutScheduledUpdateGroupAction")
def put_schedule(context: Context) -> None:
    """API autoscaling:PutScheduledUpdateGroupAction. Kept; the simulator's clock does not fire it."""
    group = group_of(context)
    name = context.params["ScheduledActionName"]
    arn = f"arn:aws:autoscaling:{context.region}:{context.account}:scheduledUpdateGroupAction:{uuid.uuid4()}:autoScalingGroupName/"
    held = group.schedules.get(name, {"ScheduledActionARN": f"{arn}{group.name}:scheduledActionName/{name}"})
    start = context.params.get("StartTime") or datetime.now(UTC).replace(tzinfo=None)
    group.schedules[name] = {**held, **context.params, "StartTime": start}


@operation("autoscaling", "DescribeScheduledActions")
def describe_schedules(context: Context) -> Parameters:
    """API autoscaling:DescribeScheduledActions."""
    params = context.params
    return {
        "ScheduledUpdateGroupActions": [
            schedule
            for group in groups_of(context).values()
            for name, schedule in group.schedules.items()
            if params.get("AutoScalingGroupName") in (None, group.name) and (not params.get("ScheduledActionNames") or name in params["ScheduledActionNames"])
        ]
    }


@operation("autoscaling", "DeleteScheduledAction")
def delete_schedule(context: Context) -> None:
    """API autoscaling:DeleteScheduledAction."""
    if group_of(context).schedules.pop(context.params["ScheduledActionName"], None) is None:
        raise Refused("ValidationError", "Scheduled action name not found")


# Warm pool --------------------------------------------------------------------------------------------------------------------


@operation("autoscaling", "PutWarmPool")
def put_warm_pool(context: Context) -> None:
    """API autoscaling:PutWarmPool."""
    group = group_of(context)
    given = {name: value for name, value in context.params.items() if name != "AutoScalingGroupName"}
    group.warm_pool = {"MinSize": 0, "PoolState": "Stopped", **given}
    settle(context)


@operation("autoscaling", "DescribeWarmPool")
def describe_warm_pool(context: Context) -> Parameters:
    """API autoscaling:DescribeWarmPool."""
    group = group_of(context)
    if group.warm_pool is None:
        return {"Instances": []}
    return {
        "WarmPoolConfiguration": group.warm_pool,
        "Instances": [_instance(member) for member in group.members.values() if member.warm],
    }


@operation("autoscaling", "DeleteWarmPool")
def delete_warm_pool(context: Context) -> None:
    """API autoscaling:DeleteWarmPool."""
    group_of(context).warm_pool = None
    settle(context)
