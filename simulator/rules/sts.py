# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of STS."""

from __future__ import annotations

from moto.iam.models import iam_backends

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.sts import chains


@rule("R-STS-01", service="sts", operations=["AssumeRole", "AssumeRoleWithWebIdentity"], source="API sts:AssumeRole (DurationSeconds)")
def no_longer_than_the_role_says(context: Context) -> None:
    """A session of a role is no longer than the role's maximum."""
    arn = context.params["RoleArn"]
    roles = iam_backends[arn.split(":")[4]]["aws"].roles.values()
    role = next((role for role in roles if role.arn == arn), None)
    if role is not None and context.params.get("DurationSeconds", 3600) > int(role.max_session_duration or 3600):
        raise Refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")


@rule("R-STS-02", service="sts", operations=["AssumeRole"], source="API sts:AssumeRole (DurationSeconds); UG iam/id_roles.md (role chaining)")
def an_hour_for_a_chain(context: Context) -> None:
    """A role that a role's session assumes is assumed for an hour at most."""
    if chains(context) and context.params.get("DurationSeconds", 3600) > 3600:
        raise Refused("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
