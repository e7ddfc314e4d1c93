# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM says yes at once, EC2 and Auto Scaling learn of it some seconds later."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after


@after("iam", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile")
def propagate_again(context: Context, response: Parameters) -> None:
    """A changed profile has to reach EC2 again."""
    context.simulator.lifecycles.begin(context, "iam.instance_profile", context.params["InstanceProfileName"])


def usable_profile(context: Context, profile: Parameters | None) -> None:
    """Refuse an instance profile ({"Name": ...} or {"Arn": ...}) that does not exist, has no role, or has not reached EC2 yet."""
    if not profile:
        return
    name = profile.get("Name") or str(profile.get("Arn", "")).rpartition("/")[2]
    known: dict[str, Any] = {entry.name: entry for entry in context.backend("iam").instance_profiles.values()}
    member = "name" if "Name" in profile else "arn"
    if name not in known or context.simulator.lifecycles.state(context, "iam.instance_profile", name):
        raise Refused(
            "InvalidParameterValue",
            f"Value ({profile.get('Name') or profile.get('Arn')}) for parameter iamInstanceProfile.{member} is invalid. "
            f"Invalid IAM Instance Profile {'name' if member == 'name' else 'ARN'}",
        )
