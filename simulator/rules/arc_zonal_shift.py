# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ARC zonal shift."""

from __future__ import annotations

from datetime import timedelta

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.arc_zonal_shift import MOST, active, duration, registered, shift_of, zone_ids

SERVICE = "arc-zonal-shift"
START = "API arc-zonal-shift:StartZonalShift"


@rule("R-ZS-01", service=SERVICE, operations=["StartZonalShift", "GetManagedResource"], source=START)
def resource_is_registered(context: Context) -> None:
    """Only what is there and has zonal shift enabled is registered."""
    if context.params["resourceIdentifier"] not in registered(context):
        raise Refused("ResourceNotFoundException", f"The resource {context.params['resourceIdentifier']} is not a managed resource.")


@rule(
    "R-ZS-02",
    service=SERVICE,
    operations=["StartZonalShift"],
    source="API arc-zonal-shift:ValidationException; UG r53recovery/arc-zonal-shift.resource-types.html",
)
def zone_is_one_of_the_resource(context: Context) -> None:
    """A zone is named by its id, and the resource is deployed in it."""
    zone = context.params["awayFrom"]
    if zone not in zone_ids(context).values():
        raise Refused("ValidationException", f"{zone} is not the ID of an Availability Zone in this Region.", reason="InvalidAz")
    resource = registered(context).get(context.params["resourceIdentifier"])
    if resource and zone not in resource["zones"]:
        raise Refused("ValidationException", f"The resource is not deployed in {zone}.", reason="UnsupportedAz")


@rule("R-ZS-03", service=SERVICE, operations=["StartZonalShift", "UpdateZonalShift"], source=START)
def at_most_three_days(context: Context) -> None:
    """A shift lasts three days at most, from when it is started or updated."""
    given = context.params.get("expiresIn")
    if given and not timedelta(0) < duration(given) <= MOST:
        raise Refused("ValidationException", "A zonal shift can be active for 1 minute to 3 days (72 hours).", reason="InvalidExpiresIn")


@rule(
    "R-ZS-04",
    service=SERVICE,
    operations=["StartZonalShift"],
    source="API arc-zonal-shift:ConflictException; UG r53recovery/arc-zonal-autoshift.how-it-works.precedence.html",
    certain=False,
)
def one_shift_at_a_time(context: Context) -> None:
    """A resource turns away from one zone at a time, once."""
    shift = active(context, context.params["resourceIdentifier"])
    if shift:
        raise Refused("ConflictException", "There is an active zonal shift for this resource.", reason="ZonalShiftAlreadyExists", zonalShiftId=shift.id)


@rule("R-ZS-05", service=SERVICE, operations=["UpdateZonalShift", "CancelZonalShift"], source="API arc-zonal-shift:ConflictException")
def only_what_goes_on(context: Context) -> None:
    """A shift that has expired or was cancelled is over."""
    shift = shift_of(context)
    if shift.status(context.now()) != "ACTIVE":
        raise Refused("ConflictException", f"The zonal shift {shift.id} is not active.", reason="ZonalShiftStatusNotActive", zonalShiftId=shift.id)
