# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment would do, and what is in its way. Reads only."""

from __future__ import annotations

import collections.abc
import dataclasses
import math
import re
import typing as t

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

from .compare import tags_to_dict
from .image_papers import Papers
from .instance_refresh import ACTIVE, Refreshes, another, shown, specification, version
from .readiness import machines
from .resource import Item, Problem, Session
from .retries import error_code

# The labels of a pointer's versions: the image that the servers run, and the one that they ran before.
IN_SERVICE, PREVIOUS = "in-service", "previous"

_MOST_ALARMS = 10  # API autoscaling:AlarmSpecification
# Processes without which a refresh stands still, or finds well what is not.
_PROCESSES = ("InstanceRefresh", "Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer")
_IMAGE_ID = re.compile(r"ami-([0-9a-f]{8}|[0-9a-f]{17})")


@dataclasses.dataclass
class Plan:
    """What is found of one tier.

    :param found: what the module returns of it.
    :param problems: what would make the deployment fail.
    :param notes: what is worth knowing.
    """

    name: str
    found: Item = dataclasses.field(default_factory=dict)
    problems: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)


class Deployment:
    """A deployment of some tiers of one cell."""

    def __init__(self, session: Session, options: Item) -> None:
        self.session = session
        self.options = options
        self._ec2, self._ssm = session.client("ec2"), session.client("ssm")

    def look(self) -> tuple[list[Plan], list[str]]:
        """(the tiers in their order, what is wrong with the choice of tiers)."""
        chosen, problems = self._chosen()
        if problems:
            return [], problems
        plans = self.session.each(self._plan, chosen)
        return plans, self._quotas(plans)

    # Which tiers --------------------------------------------------------------------------------------------------------

    def _chosen(self) -> tuple[list[Item], list[str]]:
        tiers = {tier["name"]: tier for tier in self.options["tiers"]}
        wanted, image_id = self.options["only"] or [], self.options["image_id"]
        unknown = [name for name in wanted if name not in tiers]
        if unknown:
            return [], [f"there is no tier {', '.join(unknown)}; there are {', '.join(tiers)}"]
        if image_id and not _IMAGE_ID.fullmatch(image_id):
            return [], [f"image_id={image_id} is no id of an image: they look like ami-0123456789abcdef0"]
        if image_id and not wanted:
            # An image says what it was made for.
            said = self._tags(image_id).get("Tier")
            wanted = [said] if said in tiers else list(tiers)
        if image_id and len(wanted) > 1:
            return [], [f"image_id={image_id} is one image, and there are {len(wanted)} tiers: say which, as deploy_tiers={wanted[0]}"]
        return [tiers[name] for name in (wanted or tiers)], []

    def _tags(self, image_id: str) -> dict[str, str]:
        image = self._image(image_id)
        return tags_to_dict(image.get("Tags")) if image else {}

    # One tier -----------------------------------------------------------------------------------------------------------

    def _plan(self, tier: Item) -> Plan:
        plan = Plan(tier["name"])
        refreshes = Refreshes(self.session, tier["group"])
        try:
            group = refreshes.group()
        except Problem as problem:
            plan.problems.append(f"{problem}: roll the site out first (site.yml)")
            return plan
        if group.get("Status"):
            plan.problems.append(f"Auto Scaling group {tier['group']}: {group['Status']}")
            return plan
        number = version(group)
        if number is None:
            plan.problems.append(f"Auto Scaling group {tier['group']} launches a version that is no number, and there is no way back to such a one")
            return plan
        data = self._template_data(specification(group)["LaunchTemplateId"], number)
        pointer = self._pointer(tier["image_parameter"])
        active = self._active(refreshes)
        plan.found = {
            "name": tier["name"],
            "group": tier["group"],
            "image_parameter": tier["image_parameter"],
            "desired_capacity": group["DesiredCapacity"],
            "version": number,
            "image_in_service": data.get("ImageId", ""),
            "image_pointed_at": pointer.get("Value", ""),
            "pointed_at_since": pointer["LastModifiedDate"].isoformat() if pointer else "",
            "image_before": self._pointer(f"{tier['image_parameter']}:{PREVIOUS}").get("Value", ""),
            "refresh": shown(active),
        }
        if str(data.get("ImageId", "")).startswith("resolve:"):
            plan.problems.append(f"{tier['name']}: version {number} names its image by a parameter, and there is no way back to such a one")
        self._aim(plan, tier, active, refreshes)
        self._judge_group(plan, group, refreshes)
        self._judge_alarms(plan, tier)
        target = plan.found["image"]
        if target:
            self._judge_image(plan, target, tier, data)
        plan.found["largest"] = math.floor(max(1, group["DesiredCapacity"]) * self._most(group) / 100)
        return plan

    def _aim(self, plan: Plan, tier: Item, active: Item | None, refreshes: Refreshes) -> None:
        """Which image the tier gets."""
        found, back = plan.found, self.options["back"]
        found["roll_back"] = False
        if back and active:
            if version(active.get("DesiredConfiguration") or {}) is None:
                plan.problems.append(another(tier["group"], active) + ". It has no desired configuration to return from: cancel it")
            found["image"], found["roll_back"] = found["image_in_service"], True
            return
        if back:
            found["image"] = found["image_before"] or found["image_in_service"]
            if not found["image_before"]:
                plan.notes.append(f"{tier['name']}: no image before {found['image_in_service']} is known, there is nothing to go back to")
            elif found["image_before"] == found["image_in_service"]:
                plan.notes.append(f"{tier['name']}: {found['image_in_service']} is the image before, nothing else is known to go back to")
            return
        found["image"] = self.options["image_id"] or found["image_pointed_at"] or found["image_in_service"]
        if active:
            # What it brings in is known by its image; the version is compared when it is joined.
            desired = active.get("DesiredConfiguration") or {}
            number = version(desired)
            leads_to = self._template_data(specification(desired)["LaunchTemplateId"], number).get("ImageId") if number else ""
            if leads_to != found["image"]:
                plan.problems.append(
                    f"{tier['name']}: {another(tier['group'], active)} ({leads_to or 'no image of its own'}), and {found['image']} is asked for. "
                    "Wait for it, deploy that image to join it, or go back with playbooks/rollback.yml"
                )

    def _judge_group(self, plan: Plan, group: Item, refreshes: Refreshes) -> None:
        name, say = plan.name, plan.problems.append
        suspended = [one["ProcessName"] for one in group.get("SuspendedProcesses", []) if one["ProcessName"] in _PROCESSES]
        if suspended:
            say(
                f"{name}: suspended in {group['AutoScalingGroupName']}: {', '.join(sorted(suspended))}. aws autoscaling resume-processes "
                f"--auto-scaling-group-name {group['AutoScalingGroupName']}"
            )
        wanted, least, most = max(1, group["DesiredCapacity"]), self._least(group), self._most(group)
        if most - least > 100:
            say(f"{name}: min_healthy_percentage {least} and max_healthy_percentage {most} lie more than 100 apart")
        if group["DesiredCapacity"] and math.ceil(wanted * least / 100) < 1:
            say(f"{name}: {least} % of {wanted} servers is none: nobody would serve while they are replaced")
        if wanted == 1 and most <= 100 and least < 100:
            say(f"{name}: the only server would go before the next one serves: max_healthy_percentage above 100 lets the next one come first")
        if not group["DesiredCapacity"]:
            plan.notes.append(f"{name}: no server runs, so nothing is tried out: the version is taken up unseen")
        held = {
            "standby_instances": [one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == "Standby"],
            "scale_in_protected_instances": [one["InstanceId"] for one in group["Instances"] if one.get("ProtectedFromScaleIn")],
        }
        words = {"standby_instances": "in Standby", "scale_in_protected_instances": "protected from scale in"}
        for option, ids in held.items():
            if ids and self.options[option] == "Wait":
                say(
                    f"{name}: {', '.join(ids)} {'is' if len(ids) == 1 else 'are'} {words[option]}, and the refresh would wait for an hour and fail: "
                    f"bring them back, or set deployment_{option}"
                )
        ill = [one["InstanceId"] for one in group["Instances"] if one["HealthStatus"] != "Healthy"]
        if ill:
            plan.notes.append(f"{name}: {', '.join(ill)} are unhealthy before anything is done")

    def _judge_alarms(self, plan: Plan, tier: Item) -> None:
        names = tier["alarms"] or []
        if len(names) > _MOST_ALARMS:
            plan.problems.append(f"{plan.name}: {len(names)} alarms, and a refresh takes {_MOST_ALARMS}")
            return
        if not names:
            plan.notes.append(f"{plan.name}: no alarm is watched")
            return
        answer = self.session.client("cloudwatch").describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        found = {alarm["AlarmName"]: alarm for alarm in answer["MetricAlarms"] + answer["CompositeAlarms"]}
        missing = [name for name in names if name not in found]
        if missing:
            plan.problems.append(f"{plan.name}: there is no alarm {', '.join(missing)}: roll out the layer observability, or change deployment_alarms")
        for name, alarm in found.items():
            if alarm["StateValue"] == "ALARM" and not self.options["back"]:
                plan.problems.append(f"{plan.name}: alarm {name} is in ALARM already ({alarm.get('StateReason', '')}): a refresh would be rolled back at once")

    def _judge_image(self, plan: Plan, image_id: str, tier: Item, data: Item) -> None:
        name, say = plan.name, plan.problems.append
        image = self._image(image_id)
        if image is None:
            say(f"{name}: image {image_id} does not exist in {self.session.region}, or is not shared with this account")
            return
        tags = tags_to_dict(image.get("Tags"))
        plan.found["image_name"] = image.get("Name", "")
        plan.found["image_digest"] = tags.get("Digest", "")
        plan.found["architecture"] = image.get("Architecture")
        if image["State"] != "available":
            say(f"{name}: image {image_id} is {image['State']}, not available")
        owners = [owner for owner in [self.options["account"], *self.options["image_owners"]] if owner]
        if image.get("OwnerId") not in owners and image_id != plan.found["image_in_service"]:
            say(f"{name}: image {image_id} belongs to account {image.get('OwnerId')}, and images come from {', '.join(owners)} only (deployment_image_owners)")
        if tags.get("Tier") and tags["Tier"] != name:
            say(f"{name}: image {image_id} was made for the tier {tags['Tier']}")
        if image_id != plan.found["image_in_service"]:
            # Only images whose tests have passed are published and signed. The way back is not held up by it: that image was in service.
            _, wrong = Papers(self.session, self.options["images_name"], self.options["images_region"]).judge(image)
            taken = self.options["unsigned_images"] or self.options["back"]
            (plan.notes if taken else plan.problems).extend(f"{name}: image {image_id} is not known to be tested: {words}" for words in wrong)
        device = next((one for one in data.get("BlockDeviceMappings", []) if one.get("Ebs")), None)
        root = image.get("RootDeviceName")
        if device and root and device["DeviceName"] != root:
            say(f"{name}: the root volume of image {image_id} is {root}, and the template speaks of {device['DeviceName']}")
        needs = max(
            (one["Ebs"].get("VolumeSize", 0) for one in image.get("BlockDeviceMappings", []) if one.get("DeviceName") == root and one.get("Ebs")), default=0
        )
        has = device["Ebs"].get("VolumeSize", needs) if device else needs
        if needs > has:
            say(f"{name}: image {image_id} needs {needs} GiB, and the template gives {has}")

    def _quotas(self, plans: list[Plan]) -> list[str]:
        """Whether there is room for the servers that come before others go, and whether the machines can run the images."""
        tiers = {tier["name"]: tier for tier in self.options["tiers"]}
        fleets = [
            {
                "name": plan.name,
                "instance_types": tiers[plan.name]["instance_types"],
                "on_demand_percentage": tiers[plan.name].get("on_demand_percentage") or 100,
                "max_size": plan.found["largest"],
                "architecture": plan.found.get("architecture"),
            }
            for plan in plans
            if "largest" in plan.found
        ]
        try:
            return list(machines(self.session.client, self.session.region, fleets, self.options["tags"]))
        except botocore.exceptions.ClientError as error:
            plans[0].notes.append(f"vCPUs could not be checked: {error}")
            return []

    # Reading ------------------------------------------------------------------------------------------------------------

    def _least(self, group: Item) -> int:
        return self._percentage(group, "min_healthy_percentage", "MinHealthyPercentage", 90)

    def _most(self, group: Item) -> int:
        return self._percentage(group, "max_healthy_percentage", "MaxHealthyPercentage", 100)

    def _percentage(self, group: Item, option: str, member: str, default: int) -> int:
        policy = group.get("InstanceMaintenancePolicy") or {}
        said = [value for value in (self.options[option], policy.get(member)) if value is not None]
        return t.cast(int, said[0] if said else default)

    def _active(self, refreshes: Refreshes) -> Item | None:
        newest = refreshes.newest()
        return newest if newest and newest["Status"] in ACTIVE else None

    def _template_data(self, template: str, number: int) -> Item:
        found = self._ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[str(number)])["LaunchTemplateVersions"]
        return t.cast(Item, found[0]["LaunchTemplateData"])

    def _image(self, image_id: str) -> Item | None:
        try:
            found = self._ec2.describe_images(ImageIds=[image_id], IncludeDeprecated=True)["Images"]
        except botocore.exceptions.ClientError as error:
            if not error_code(error).startswith("InvalidAMIID"):
                raise
            found = []
        return t.cast("Item | None", found[0] if found else None)

    def _pointer(self, name: str) -> Item:
        try:
            return t.cast(Item, self._ssm.get_parameter(Name=name)["Parameter"])
        except botocore.exceptions.ClientError as error:
            if error_code(error) not in ("ParameterNotFound", "ParameterVersionNotFound"):
                raise
            return {}


def settle_labels(session: Session, name: str, image: str) -> tuple[list[str], str]:
    """Let the labels of a pointer's versions say which image the servers run, and which they ran before.

    Returns the labels that moved, and the image that the pointer names.

    The parameter's history has every move, those that failed too, so it alone does not tell what to go back to.
    """
    ssm = session.client("ssm")
    history = [one for page in ssm.get_paginator("get_parameter_history").paginate(Name=name) for one in page["Parameters"]]
    labelled = {label: one for one in history for label in one.get("Labels", ())}
    here = next((one for one in reversed(history) if one["Value"] == image), None)
    current, before = labelled.get(IN_SERVICE), labelled.get(PREVIOUS)
    named = max(history, key=lambda one: one["Version"])["Value"]
    if here is None or (current and current["Value"] == image):
        return [], named
    moves = {IN_SERVICE: here["Version"]}
    # Going back to the image before does not make the one that is left the image before.
    if current and (before is None or before["Value"] != image):
        moves = {PREVIOUS: current["Version"], **moves}
    if not session.check_mode:
        for label, number in moves.items():
            answer = ssm.label_parameter_version(Name=name, ParameterVersion=number, Labels=[label])
            if answer.get("InvalidLabels"):
                raise Problem(f"version {number} of {name} cannot be labelled {label}")
    return sorted(moves), named


def problems_of(plans: collections.abc.Iterable[Plan]) -> list[str]:
    """All that is wrong with any of them."""
    return [problem for plan in plans for problem in plan.problems]
