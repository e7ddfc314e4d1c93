# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance profile must exist and have propagated before EC2 or Auto Scaling takes it."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services.iam_propagation import usable_profile

SOURCE = "threads hashicorp/terraform#15341, hashicorp/terraform-provider-aws#838"


@rule("R-EC2-01", service="ec2", operations=["RunInstances", "AssociateIamInstanceProfile"], source=SOURCE)
def profile_of_an_instance(context: Context) -> None:
    """The profile of an instance, given itself or by its launch template."""
    profile = context.params.get("IamInstanceProfile")
    usable_profile(context, profile or _profile_of_template(context, context.params.get("LaunchTemplate")))


@rule("R-EC2-01", service="autoscaling", operations=["CreateAutoScalingGroup", "UpdateAutoScalingGroup"], source=SOURCE)
def profile_of_a_group(context: Context) -> None:
    """The profile in the launch template of a group; Auto Scaling tries the template when it takes it."""
    mixed = context.params.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    try:
        usable_profile(context, _profile_of_template(context, context.params.get("LaunchTemplate") or mixed))
    except Refused as refused:
        raise Refused("ValidationError", f"You must use a valid fully-formed launch template. {refused.message}") from refused


def _profile_of_template(context: Context, template: Parameters | None) -> Parameters | None:
    """The instance profile that a version of a launch template names; moto itself refuses a template that does not exist."""
    if not template:
        return None
    wanted = {name: value for name, value in template.items() if name in ("LaunchTemplateId", "LaunchTemplateName")}
    try:
        found = context.call("DescribeLaunchTemplateVersions", {**wanted, "Versions": [template.get("Version", "$Default")]}, service="ec2")
    except Refused:
        return None
    versions = found.get("LaunchTemplateVersions", [])
    return versions[0].get("LaunchTemplateData", {}).get("IamInstanceProfile") if versions else None
