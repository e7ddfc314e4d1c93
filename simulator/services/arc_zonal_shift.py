# SPDX-License-Identifier: GPL-3.0-or-later
"""ARC zonal shift, which moto lacks: load balancers and Auto Scaling groups turn away from an Availability Zone for a while.

Shifts are kept on the backend of Elastic Load Balancing. Nothing runs by itself: a shift has expired when somebody looks after its time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, operation
from simulator.services import autoscaling
from simulator.services.elbv2 import groups_of as target_groups_of

MOST = timedelta(days=3)


@dataclass
class Shift:
    """What a customer has started."""

    arn: str
    zone: str  # as use1-az1
    begun: datetime
    ends: datetime
    comment: str
    cancelled: bool = False
    id: str = field(default_factory=lambda: str(mock_random.uuid4()))

    def status(self, now: datetime) -> str:
        """API arc-zonal-shift:ZonalShift."""
        return "CANCELED" if self.cancelled else "EXPIRED" if now >= self.ends else "ACTIVE"


def shifts_of(context: Context) -> dict[str, Shift]:
    """Those of the call's account and region, by their ids."""
    found: dict[str, Shift] = context.backend("elbv2").__dict__.setdefault("simulator_shifts", {})
    return found


def active(context: Context, arn: str) -> Shift | None:
    """The shift that a resource is under now."""
    now = context.now()
    return next((one for one in shifts_of(context).values() if one.arn == arn and one.status(now) == "ACTIVE"), None)


def zone_ids(context: Context) -> dict[str, str]:
    """The ids of the region's Availability Zones, by their names in this account."""
    zones = context.call("DescribeAvailabilityZones", {}, service="ec2")["AvailabilityZones"]
    return {zone["ZoneName"]: zone["ZoneId"] for zone in zones}


def registered(context: Context) -> dict[str, Parameters]:
    """What AWS has registered, by ARN, with its name and zones: that has zonal shift enabled
    (UG r53recovery/arc-zonal-shift.resource-types.app-load-balancers.html and .ec2-auto-scaling-groups.html)."""
    ids, found = zone_ids(context), {}
    for balancer in context.backend("elbv2").load_balancers.values():
        if balancer.attrs.get("zonal_shift.config.enabled") == "true":
            zones = {subnet.availability_zone for subnet in balancer.subnets}
            found[balancer.arn] = {"name": balancer.name, "zones": sorted(ids[zone] for zone in zones)}
    for group in autoscaling.groups_of(context).values():
        if group.params["AvailabilityZoneImpairmentPolicy"]["ZonalShiftEnabled"] and group.deleted_at is None:
            found[group.arn] = {"name": group.name, "zones": sorted(ids[zone] for zone in group.params["AvailabilityZones"])}
    return found


def duration(text: str) -> timedelta:
    """API arc-zonal-shift:StartZonalShift, expiresIn: 90m, 3h."""
    number, unit = re.fullmatch(r"(\d+)([mh])", text).groups()  # type: ignore[union-attr]
    return timedelta(minutes=int(number)) if unit == "m" else timedelta(hours=int(number))


def shift_of(context: Context) -> Shift:
    """The shift that a call names."""
    found = shifts_of(context).get(context.params["zonalShiftId"])
    if found is None:
        raise Refused("ResourceNotFoundException", f"There is no zonal shift {context.params['zonalShiftId']}.")
    return found


def _shown(context: Context, shift: Shift) -> Parameters:
    return {
        "zonalShiftId": shift.id,
        "resourceIdentifier": shift.arn,
        "awayFrom": shift.zone,
        "startTime": shift.begun,
        "expiryTime": shift.ends,
        "comment": shift.comment,
        "status": shift.status(context.now()),
    }


def _managed(context: Context, arn: str, resource: Parameters) -> Parameters:
    """API arc-zonal-shift:GetManagedResource: a zone that is turned away from has the weight 0, the others 1."""
    shift = active(context, arn)
    shifts = []
    if shift:
        shown = {**_shown(context, shift), "appliedStatus": "APPLIED", "shiftType": "ZONAL_SHIFT"}
        del shown["status"]
        shifts.append(shown)
    weights = {zone: 0.0 if shift and shift.zone == zone else 1.0 for zone in resource["zones"]}
    return {"arn": arn, "name": resource["name"], "appliedWeights": weights, "zonalShifts": shifts, "autoshifts": [], "zonalAutoshiftStatus": "DISABLED"}


@operation("arc-zonal-shift", "ListManagedResources")
def list_managed_resources(context: Context) -> Parameters:
    """API arc-zonal-shift:ListManagedResources."""
    found = registered(context)
    return {"items": [{**_managed(context, arn, one), "availabilityZones": one["zones"], "practiceRunStatus": "DISABLED"} for arn, one in found.items()]}


@operation("arc-zonal-shift", "GetManagedResource")
def get_managed_resource(context: Context) -> Parameters:
    """API arc-zonal-shift:GetManagedResource."""
    arn = context.params["resourceIdentifier"]
    return _managed(context, arn, registered(context)[arn])


@operation("arc-zonal-shift", "ListZonalShifts")
def list_zonal_shifts(context: Context) -> Parameters:
    """API arc-zonal-shift:ListZonalShifts."""
    wanted, arn = context.params.get("status"), context.params.get("resourceIdentifier")
    shown = [{**_shown(context, shift), "shiftType": "ZONAL_SHIFT"} for shift in shifts_of(context).values() if arn in (None, shift.arn)]
    return {"items": [one for one in shown if wanted in (None, one["status"])]}


@operation("arc-zonal-shift", "StartZonalShift")
def start_zonal_shift(context: Context) -> Parameters:
    """API arc-zonal-shift:StartZonalShift: "The zonal shift is created immediately in ARC"."""
    given, now = context.params, context.now()
    shift = Shift(given["resourceIdentifier"], given["awayFrom"], now, now + duration(given["expiresIn"]), given["comment"])
    shifts_of(context)[shift.id] = shift
    return _shown(context, shift)


@operation("arc-zonal-shift", "UpdateZonalShift")
def update_zonal_shift(context: Context) -> Parameters:
    """API arc-zonal-shift:UpdateZonalShift: the new time counts from now."""
    shift = shift_of(context)
    if "expiresIn" in context.params:
        shift.ends = context.now() + duration(context.params["expiresIn"])
    shift.comment = context.params.get("comment", shift.comment)
    return _shown(context, shift)


@operation("arc-zonal-shift", "CancelZonalShift")
def cancel_zonal_shift(context: Context) -> Parameters:
    """API arc-zonal-shift:CancelZonalShift."""
    shift = shift_of(context)
    shift.cancelled = True
    return _shown(context, shift)


@after("elbv2", "DescribeTargetHealth")
def say_what_is_overridden(context: Context, response: Parameters) -> None:
    """UG elb-application/zonal-shift.md, administrative override: targets in the zone get no new requests, whatever their health is."""
    group = context.params["TargetGroupArn"]
    balancers = [one for one in context.backend("elbv2").load_balancers.values() if group in target_groups_of(one)]
    enabled = [one.arn for one in balancers if one.attrs.get("zonal_shift.config.enabled") == "true"]
    if not enabled:
        return
    ids = zone_ids(context)
    away = {shift.zone for arn in enabled if (shift := active(context, arn))}
    ec2 = context.backend("ec2")
    for target in response["TargetHealthDescriptions"]:
        instance: Any = ec2.get_instance(target["Target"]["Id"])
        overridden = ids[instance.placement.zone] in away
        target["AdministrativeOverride"] = (
            {"State": "zonal_shift_active", "Reason": "AdministrativeOverride.ZonalShiftActive", "Description": "Zonal shift is active for this target"}
            if overridden
            else {"State": "no_override", "Reason": "AdministrativeOverride.NoOverride", "Description": "No override is currently active on target"}
        )


def _impaired(context: Context, group: autoscaling.Group) -> set[str]:
    """Names of the zones that a group launches nothing in (UG r53recovery/arc-zonal-shift.resource-types.ec2-auto-scaling-groups.html)."""
    shift = active(context, group.arn)
    return {name for name, zone in zone_ids(context).items() if shift and zone == shift.zone}


def install() -> None:
    """Auto Scaling asks here which zones are impaired."""
    autoscaling.IMPAIRED.append(_impaired)
