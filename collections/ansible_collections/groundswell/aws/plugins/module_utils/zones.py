# SPDX-License-Identifier: GPL-3.0-or-later
"""Visitors, and the database that writes, move away from an Availability Zone, and back."""

from __future__ import annotations

import datetime
import math
import time
import typing as t

from .exchange import find_instance
from .resource import Item, Problem, Session
from .retries import error_code, lost_answer, tolerated
from .steps import change, wait_while
from .times import utc

SERVICE = "arc-zonal-shift"
_LOOK_BACK = datetime.timedelta(minutes=10)  # how many requests there are is what the busiest minute of these had
_RECENT = 20  # minutes: RDS may show the old zone for some of them after a failover (UG rds/USER_RebootInstance)


# Shifts -----------------------------------------------------------------------------------------------------------------------


def managed(session: Session, arn: str) -> Item | None:
    """What ARC knows of a resource; None where it is not registered, because zonal shift is not enabled on it."""
    with tolerated("ResourceNotFoundException"):
        return t.cast(Item, session.client(SERVICE).get_managed_resource(resourceIdentifier=arn))
    return None


def shift_in(resource: Item) -> Item:
    """The shift that somebody has started, or nothing: those that AWS starts by itself, for practice or because it sees a zone in trouble, are its own
    to end, and give way to ours (UG r53recovery/arc-zonal-autoshift.how-it-works.precedence)."""
    return next((one for one in resource["zonalShifts"] if one.get("shiftType", "ZONAL_SHIFT") == "ZONAL_SHIFT"), {})


def shift(session: Session, options: dict[str, t.Any]) -> list[Item]:
    """Turn resources away from a zone, or back to it. A run that was ended half-way is begun again."""
    found = dict(zip(options["resources"], session.each(lambda arn: managed(session, arn), options["resources"]), strict=True))
    unknown = sorted(arn for arn, resource in found.items() if resource is None)
    if unknown and options["state"] == "present":
        raise Problem(f"zonal shift is not enabled on {', '.join(unknown)}. Nothing was touched")
    shifts = {arn: shift_in(resource) for arn, resource in found.items() if resource}
    if options["state"] == "absent":
        return [_end(session, arn, one) for arn, one in shifts.items() if one and one["awayFrom"] == options["zone"]]
    elsewhere = sorted(f"{arn} from {one['awayFrom']}" for arn, one in shifts.items() if one and one["awayFrom"] != options["zone"])
    if elsewhere:
        raise Problem(f"one zone at a time: {', '.join(elsewhere)} is turned away already. Nothing was touched")
    return [_begin(session, arn, options) if not one else _extend(session, arn, one, options) for arn, one in shifts.items() if not one or options["extend"]]


def _expiry(options: dict[str, t.Any]) -> str:
    """As ARC takes it. In minutes, so that half an hour can be said too."""
    return f"{round(options['hours'] * 60)}m"


def _begin(session: Session, arn: str, options: dict[str, t.Any]) -> Item:
    if not session.check_mode:
        try:
            session.client(SERVICE).start_zonal_shift(resourceIdentifier=arn, awayFrom=options["zone"], expiresIn=_expiry(options), comment=options["comment"])
        except Exception as error:
            # It may have begun, by the request whose answer got lost.
            if not (lost_answer(error) or error_code(error) == "ConflictException"):
                raise
            if shift_in(managed(session, arn) or {"zonalShifts": []}).get("awayFrom") != options["zone"]:
                raise
    return change("zonal_shifts", arn, ["zone", "hours"], "create")


def _extend(session: Session, arn: str, found: Item, options: dict[str, t.Any]) -> Item:
    if not session.check_mode:
        comment = {"comment": options["comment"]} if options["comment"] else {}
        session.client(SERVICE).update_zonal_shift(zonalShiftId=found["zonalShiftId"], expiresIn=_expiry(options), **comment)
    return change("zonal_shifts", arn, ["hours"])


def _end(session: Session, arn: str, found: Item) -> Item:
    if not session.check_mode:
        # It may expire at this moment.
        with tolerated("ConflictException", "ResourceNotFoundException"):
            session.client(SERVICE).cancel_zonal_shift(zonalShiftId=found["zonalShiftId"])
    return change("zonal_shifts", arn, [], "remove")


# The database -----------------------------------------------------------------------------------------------------------------


def fail_over(session: Session, options: dict[str, t.Any], sleep: t.Callable[[float], None] = time.sleep) -> list[Item]:
    """Let the standby of a database serve, if it is the one in this zone that does; wait until RDS says so.

    RDS shows the old zone for minutes after a failover: whoever goes by it alone, and runs again, would go back. So its events are asked too.
    """
    name, zone = options["name"], options["zone"]
    until = time.monotonic() + options["wait_timeout"]
    found = find_instance(session, name)
    if not found:
        raise Problem(f"there is no database {name} in {session.region}")
    if found["AvailabilityZone"] != zone:
        return []
    if not found.get("MultiAZ"):
        raise Problem(f"the database {name} is in {zone} and has no standby anywhere else")
    done = _failed_over(session, name)
    if not done and not session.check_mode:
        session.client("rds", (("InvalidDBInstanceState", "", float(options["wait_timeout"])),)).reboot_db_instance(
            DBInstanceIdentifier=name, ForceFailover=True
        )

    def late() -> str:
        found = find_instance(session, name)
        if found.get("DBInstanceStatus") == "available" and found["AvailabilityZone"] != zone:
            return ""
        return f"the database {name} is {found.get('DBInstanceStatus')} and still said to be in {zone}. Run again to go on waiting"

    if not session.check_mode:
        wait_while(late, until, sleep)
    return [] if done else [change("rds_instances", name, ["zone"])]


def _failed_over(session: Session, name: str) -> bool:
    """Whether it did so lately."""
    events = session.client("rds").describe_events(SourceType="db-instance", SourceIdentifier=name, EventCategories=["failover"], Duration=_RECENT)["Events"]
    return bool(events)


# Looking ----------------------------------------------------------------------------------------------------------------------


def _name(arn: str) -> str:
    """What people call it: of a group `autoScalingGroup:id:autoScalingGroupName/name`, of a load balancer `loadbalancer/app/name/id`."""
    return arn.rpartition("/")[2] if ":autoScalingGroup:" in arn else arn.split("/")[2]


class Zone:
    """What is in a zone, and whether the site can do without."""

    def __init__(self, session: Session, options: dict[str, t.Any]) -> None:
        self.session = session
        self.options = options
        self.problems: list[str] = []
        self.notes: list[str] = []

    def look(self) -> Item:
        """As the module returns it."""
        ids = self._ours()
        by_either = {**{zone: zone for zone in ids.values()}, **ids}
        wanted = by_either.get(self.options["zone"], "")
        if not wanted:
            which = ", ".join(f"{zone} ({name})" for name, zone in ids.items())
            self.problems.append(f"there is nothing of ours in the zone {self.options['zone'] or '(none was named)'}: there is {which}")
            nothing: Item = {"id": "", "name": "", "resources": [], "away": {}, "tiers": [], "database": {}, "summary": {}}
            return {**nothing, "problems": self.problems, "notes": self.notes}
        self.id, self.name = wanted, next(name for name, zone in ids.items() if zone == wanted)
        resources, away = self._resources()
        self._remark()
        tiers, database = [self._tier(tier) for tier in self.options["tiers"]], self._database()
        return {
            "id": self.id,
            "name": self.name,
            "resources": resources,
            "away": away,
            "tiers": tiers,
            "database": database,
            "summary": self._summary(away, tiers, database),
            "problems": self.problems,
            "notes": self.notes,
        }

    def _summary(self, away: Item, tiers: list[Item], database: Item) -> dict[str, str]:
        """All of it in words for a record."""
        turned = ", ".join(f"{one['name']} until {one['until']}" for one in away.values())
        servers = {f"{one['name']} servers": f"{one['inside']} in {self.id}, {one['elsewhere']} healthy elsewhere, {one['needed']} needed" for one in tiers}
        return {f"turned away from {self.id}": turned or "nothing", **servers, **({"database writes in": database["zone"]} if database["zone"] else {})}

    def _ours(self) -> dict[str, str]:
        """Ids of the zones that the site is in, by the names that they have in this account."""
        if not self.options["zones"]:
            return {}
        zones = self.session.client("ec2").describe_availability_zones(ZoneNames=self.options["zones"])["AvailabilityZones"]
        return {zone["ZoneName"]: zone["ZoneId"] for zone in sorted(zones, key=lambda zone: zone["ZoneName"])}

    def _resources(self) -> tuple[list[str], Item]:
        """What can be turned away, and what is."""
        balancers, groups = self.options["balancer_arns"], [tier["group_arn"] for tier in self.options["tiers"]]
        known = dict(zip(balancers + groups, self.session.each(lambda arn: managed(self.session, arn), balancers + groups), strict=True))
        for arn in balancers:
            if known[arn] is None:
                self.problems.append(f"zonal shift is not enabled on {_name(arn)}: load_balancers_zonal_shift has to be true, and the site rolled out since")
        for tier in self.options["tiers"]:
            if known[tier["group_arn"]] is None:
                self.notes.append(f"the group {tier['name']} may launch servers in the zone: zonal shift is not enabled on it (fleets_zonal_shift)")
        away = {}
        for arn, resource in known.items():
            if resource is None:
                continue
            found = shift_in(resource)
            if found and found["awayFrom"] != self.id:
                self.problems.append(
                    f"{_name(arn)} is turned away from {found['awayFrom']} until {utc(found['expiryTime'])}: end that first, one zone at a time"
                )
            elif found:
                away[arn] = {
                    "name": _name(arn),
                    "until": utc(found["expiryTime"]),
                    "applied": found["appliedStatus"] == "APPLIED" and resource["appliedWeights"].get(self.id) == 0,
                }
            for one in resource.get("autoshifts") or ():
                self.notes.append(f"AWS itself turns {_name(arn)} away from {one['awayFrom']} since {utc(one['startTime'])}")
        return [arn for arn, resource in known.items() if resource is not None], away

    def _tier(self, tier: Item) -> Item:
        """How many servers are healthy elsewhere, and how many it takes for what is served now."""
        found = self.session.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[tier["group"]])["AutoScalingGroups"]
        members = {one["InstanceId"]: one["AvailabilityZone"] for group in found for one in group["Instances"] if one["LifecycleState"] == "InService"}
        targets = self.session.client("elbv2").describe_target_health(TargetGroupArn=tier["target_group_arn"])["TargetHealthDescriptions"]
        healthy = {one["Target"]["Id"] for one in targets if one["TargetHealth"]["State"] == "healthy"}
        elsewhere = sum(zone != self.name and server in healthy for server, zone in members.items())
        requests = self._requests(tier)
        needed = max(1, math.ceil(requests / tier["requests_target"]) if tier["requests_target"] else 1)
        inside = sum(zone == self.name for zone in members.values())
        if elsewhere < needed:
            short = f"{tier['name']}: healthy servers outside of the zone: {elsewhere}, for {requests:g} requests a minute it takes {needed}"
            # Load balancers that know no healthy server anywhere send requests to all: nobody would move away from anything.
            (self.notes if elsewhere and self.options["short"] else self.problems).append(short)
        return {"name": tier["name"], "inside": inside, "elsewhere": elsewhere, "needed": needed, "requests": requests}

    def _requests(self, tier: Item) -> float:
        """Requests of the busiest of the last minutes."""
        now = datetime.datetime.now(datetime.UTC)
        dimensions = {"LoadBalancer": tier["balancer"], "TargetGroup": tier["target_group_arn"].split(":", 5)[5]}
        points = self.session.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApplicationELB",
            MetricName="RequestCount",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - _LOOK_BACK,
            EndTime=now,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return max((float(point["Sum"]) for point in points), default=0.0)

    def _database(self) -> Item:
        name = self.options["database"]
        found = find_instance(self.session, name) if name else {}
        inside = found.get("AvailabilityZone") == self.name
        standby = bool(found.get("MultiAZ"))
        if inside and not self.options["move_database"]:
            self.notes.append(
                f"the database {name} writes in the zone"
                + (
                    ": -e evacuate_zone_database=true lets its standby take over, which takes it away for a minute or two"
                    if standby
                    else ", and has no standby"
                )
            )
        elif inside and not standby:
            self.problems.append(f"the database {name} writes in the zone and has no standby that could take over")
        return {"name": name, "inside": inside, "zone": found.get("AvailabilityZone", ""), "standby_zone": found.get("SecondaryAvailabilityZone", "")}

    def _remark(self) -> None:
        """What stays where it is, and is worth knowing."""
        if self.options["cache"]:
            found: list[Item] = []
            with tolerated("ReplicationGroupNotFoundFault"):
                found = self.session.client("elasticache").describe_replication_groups(ReplicationGroupId=self.options["cache"])["ReplicationGroups"]
            nodes = [node for group in found for shard in group["NodeGroups"] for node in shard.get("NodeGroupMembers", [])]
            if any(node.get("CurrentRole") == "primary" and node["PreferredAvailabilityZone"] == self.name for node in nodes):
                self.notes.append(f"the cache {self.options['cache']} has its primary node in the zone, and moves it by itself only when that is lost")
        gateways = self.options["nat_gateways"]
        if gateways:
            ec2 = self.session.client("ec2")
            subnets = [one["SubnetId"] for one in ec2.describe_nat_gateways(NatGatewayIds=gateways)["NatGateways"]]
            zones = {one["AvailabilityZone"] for one in ec2.describe_subnets(SubnetIds=subnets)["Subnets"]}
            if zones == {self.name}:
                self.notes.append("the only NAT gateway is in the zone: servers elsewhere reach the internet through it (network_nat_gateways: per_zone)")
