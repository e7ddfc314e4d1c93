# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an account can take what is planned: who calls, which zones there are, what quotas leave, what RDS offers. Reads only."""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing


Client = collections.abc.Callable[[str], t.Any]
Plan = dict[str, t.Any]

# Families that AWS counts as standard: A, C, D, H, I, M, R, T and Z.
_STANDARD = frozenset("acdhimrtz")
_ON_DEMAND, _SPOT = ("ec2", "L-1216C47A"), ("ec2", "L-34B43A08")
_API_REQUESTS = ("apigateway", "L-8A5B8E43")  # of all APIs in a region together
_VPCS, _NAT, _ADDRESSES = ("vpc", "L-F678F1CE"), ("vpc", "L-FE5A380F"), ("ec2", "L-0263D0A3")


class Unknown(Exception):
    """The caller may not look; not a problem of the plan."""


@dataclasses.dataclass
class Verdict:
    """Everything found, good to be shown at once.

    :param problems: what would make the run fail.
    :param unchecked: what could not be looked at, and why.
    """

    problems: list[str] = dataclasses.field(default_factory=list)
    unchecked: list[str] = dataclasses.field(default_factory=list)


def caller(client: Client, account: str, region: str) -> tuple[str, str]:
    """(arn of the caller, what is wrong with the caller)."""
    try:
        identity = client("sts").get_caller_identity()
    except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError):
        return "", "there are no AWS credentials: sign in, or set AWS_PROFILE, or aws_profile in the environment's account.yml"
    except botocore.exceptions.ProfileNotFound as error:
        return "", f"{error}: aws_profile or AWS_PROFILE names a profile that ~/.aws/config does not have"
    except (botocore.exceptions.TokenRetrievalError, botocore.exceptions.SSOError) as error:
        return "", f"the sign-in has run out ({error}): aws sso login"
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError) as error:
        return "", f"AWS does not answer: {error}. With AWS_ENDPOINT_URL set, the simulator has to be running there"
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("ExpiredToken", "ExpiredTokenException", "RequestExpired"):
            return "", "the AWS credentials have expired: sign in again"
        if code in ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"):
            return "", f"AWS does not know these credentials ({code}): they were deleted, mistyped, or the region {region} is not enabled in the account"
        return "", f"AWS refused to say who the caller is: {error}"
    if identity["Account"] != account:
        return identity["Arn"], (
            f"these credentials belong to account {identity['Account']} ({identity['Arn']}), and this environment to account {account} "
            "(account_id in its account.yml): nothing is done in the wrong account"
        )
    return identity["Arn"], ""


def look(client: Client, region: str, plan: Plan, tags: dict[str, str]) -> Verdict:
    """Hold the plan against the account."""
    verdict = Verdict()
    checks: dict[str, collections.abc.Callable[[], collections.abc.Iterable[str]]] = {
        "Availability Zones": lambda: zones(client, region, plan["zones"]),
        "VPCs": lambda: vpcs(client, region, plan["vpcs"], tags),
        "elastic IPs": lambda: addresses(client, region, plan["elastic_ips"], tags),
        "NAT gateways": lambda: gateways(client, region, plan["nat_gateways_per_zone"], tags),
        "vCPUs": lambda: machines(client, region, plan["fleets"], tags),
        "the database": lambda: database(client, region, plan["database"]),
        "requests of the API": lambda: exceeds(client, region, "requests a second of one route", _API_REQUESTS, 0, plan["api_requests_per_second"]),
    }
    for name, check in checks.items():
        try:
            verdict.problems += check()
        except botocore.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("OptInRequired", "AuthFailure"):
                verdict.problems.append(f"region {region} is not enabled in this account: enable it under Account > AWS Regions, or choose another")
                return verdict
            verdict.unchecked.append(f"{name} could not be checked: {error}")
    return verdict


def zones(client: Client, region: str, wanted: list[str]) -> collections.abc.Iterator[str]:
    """Every zone that is asked for must be there."""
    found = [zone["ZoneName"] for zone in client("ec2").describe_availability_zones()["AvailabilityZones"] if zone["State"] == "available"]
    missing = sorted(set(wanted) - set(found))
    if missing:
        yield (
            f"{region} offers this account {len(found)} Availability Zones ({', '.join(sorted(found))}), not {', '.join(missing)}: "
            f"{len(wanted)} are asked for. Set availability_zones for this cell, or choose another region"
        )


def quota(client: Client, of: tuple[str, str]) -> float | None:
    """What the account may have, None where AWS does not say."""
    quotas = client("service-quotas")
    for operation in (quotas.get_service_quota, quotas.get_aws_default_service_quota):
        try:
            return float(operation(ServiceCode=of[0], QuotaCode=of[1])["Quota"]["Value"])
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchResourceException":
                raise
    return None


def exceeds(client: Client, region: str, what: str, of: tuple[str, str], others: float, planned: float) -> collections.abc.Iterator[str]:
    """A sentence where the plan and what others have is more than the quota."""
    limit = quota(client, of) if planned else None
    if limit is not None and others + planned > limit:
        yield (
            f"{what} in {region}: the plan needs {planned:g}, others in the account use {others:g}, the quota is {limit:g}. "
            f"Ask for at least {others + planned:g} (Service Quotas, {of[0]} {of[1]}), or plan smaller"
        )


def ours(entry: dict[str, t.Any], tags: dict[str, str]) -> bool:
    """True for what this environment already has: it is part of the plan."""
    found = {tag["Key"]: tag["Value"] for tag in entry.get("Tags") or ()}
    return all(found.get(key) == value for key, value in tags.items())


def vpcs(client: Client, region: str, planned: int, tags: dict[str, str]) -> collections.abc.Iterator[str]:
    """VPCs of others, and ours."""
    others = [vpc for page in client("ec2").get_paginator("describe_vpcs").paginate() for vpc in page["Vpcs"] if not ours(vpc, tags)]
    yield from exceeds(client, region, "VPCs", _VPCS, len(others), planned)


def addresses(client: Client, region: str, planned: int, tags: dict[str, str]) -> collections.abc.Iterator[str]:
    """Elastic IPs of others, and ours."""
    others = [address for address in client("ec2").describe_addresses()["Addresses"] if not ours(address, tags)]
    yield from exceeds(client, region, "elastic IPs", _ADDRESSES, len(others), planned)


def gateways(client: Client, region: str, planned: int, tags: dict[str, str]) -> collections.abc.Iterator[str]:
    """NAT gateways are counted by zone; the zone with the most of others decides."""
    if not planned:
        return
    ec2 = client("ec2")
    living = [{"Name": "state", "Values": ["pending", "available", "deleting"]}]
    others = [
        gateway for page in ec2.get_paginator("describe_nat_gateways").paginate(Filters=living) for gateway in page["NatGateways"] if not ours(gateway, tags)
    ]
    counted: dict[str, int] = {}
    if others:
        subnets = ec2.describe_subnets(SubnetIds=sorted({gateway["SubnetId"] for gateway in others}))["Subnets"]
        homes = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
        for gateway in others:
            counted[homes[gateway["SubnetId"]]] = counted.get(homes[gateway["SubnetId"]], 0) + 1
    yield from exceeds(client, region, "NAT gateways in a zone", _NAT, max(counted.values(), default=0), planned)


def machines(client: Client, region: str, fleets: list[dict[str, t.Any]], tags: dict[str, str]) -> collections.abc.Iterator[str]:
    """vCPUs of the fleets at their largest."""
    types = sorted({kind for fleet in fleets for kind in fleet["instance_types"]})
    if not types:
        return
    ec2 = client("ec2")
    offered = {
        offer["InstanceType"]
        for page in ec2.get_paginator("describe_instance_type_offerings").paginate(Filters=[{"Name": "instance-type", "Values": types}])
        for offer in page["InstanceTypeOfferings"]
    }
    for kind in sorted(set(types) - offered):
        yield f"{region} does not offer the instance type {kind}"
    others = {"on-demand": 0, "spot": 0}
    running: dict[str, list[dict[str, t.Any]]] = {}
    states = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=states):
        for instance in (instance for reservation in page["Reservations"] for instance in reservation["Instances"]):
            if not ours(instance, tags) and instance["InstanceType"][0] in _STANDARD:
                running.setdefault(instance["InstanceType"], []).append(instance)
    described = _described(ec2, sorted(offered | set(running)))
    sizes = {kind: entry["VCpuInfo"]["DefaultVCpus"] for kind, entry in described.items()}
    for kind, instances in running.items():
        for instance in instances:
            others["spot" if instance.get("InstanceLifecycle") == "spot" else "on-demand"] += sizes.get(kind, 0)
    planned = {"on-demand": 0, "spot": 0}
    for fleet in fleets:
        for kind in [kind for kind in fleet["instance_types"] if kind in described]:
            processors = described[kind].get("ProcessorInfo", {}).get("SupportedArchitectures", [])
            if fleet.get("architecture") and processors and fleet["architecture"] not in processors:
                yield f"tier {fleet['name']}: {kind} is {', '.join(processors)}, and the tier's architecture is {fleet['architecture']}"
        # The largest of several types: which of them AWS chooses is not known before.
        largest = max((sizes.get(kind, 0) for kind in fleet["instance_types"] if kind[0] in _STANDARD), default=0) * int(fleet["max_size"])
        spot = largest * (100 - int(fleet.get("on_demand_percentage", 100))) // 100
        planned["spot"] += spot
        planned["on-demand"] += largest - spot
    yield from exceeds(client, region, "vCPUs of On-Demand standard instances", _ON_DEMAND, others["on-demand"], planned["on-demand"])
    yield from exceeds(client, region, "vCPUs of Spot standard instances", _SPOT, others["spot"], planned["spot"])


def _described(ec2: t.Any, types: list[str]) -> dict[str, dict[str, t.Any]]:
    if not types:
        return {}
    pages = ec2.get_paginator("describe_instance_types").paginate(InstanceTypes=types)
    return {kind["InstanceType"]: kind for page in pages for kind in page["InstanceTypes"]}


def database(client: Client, region: str, wanted: dict[str, t.Any]) -> collections.abc.Iterator[str]:
    """Whether RDS sells this version on this class with this storage here."""
    if not wanted:
        return
    rds, engine, version, machine = client("rds"), wanted["engine"], str(wanted["version"]), wanted["instance_class"]
    known = [v["EngineVersion"] for page in rds.get_paginator("describe_db_engine_versions").paginate(Engine=engine) for v in page["DBEngineVersions"]]
    if not _matching(known, version):
        majors = sorted({".".join(name.split(".")[:2]) for name in known})
        yield f"RDS in {region} has no {engine} {version} (database_engine_version); there are {', '.join(majors)}"
        return
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(Engine=engine, DBInstanceClass=machine)
    options = [option for page in pages for option in page["OrderableDBInstanceOptions"] if _matching([option["EngineVersion"]], version)]
    if not options:
        yield f"RDS in {region} does not offer {engine} {version} on {machine} (database_instance_class): the class does not exist, or not for this version"
        return
    if wanted.get("multi_az") and not any(option["MultiAZCapable"] for option in options):
        yield f"{machine} cannot be Multi-AZ with {engine} {version} in {region} (database_instance_class, database_multi_az)"
    storage = wanted.get("storage_type")
    fitting = [option for option in options if option.get("StorageType") == storage] if storage else options
    if not fitting:
        yield f"{machine} does not come with {storage} storage for {engine} {version} in {region} (database_storage_type)"
    elif wanted.get("iops") and not any(option.get("SupportsIops") for option in fitting):
        yield f"{machine} with {storage} storage takes no provisioned IOPS (database_iops, database_instance_class)"


def _matching(versions: list[str], wanted: str) -> list[str]:
    """`8.4` matches `8.4.6`, as RDS takes it. Aurora calls it `8.0.mysql_aurora.3.10.0`."""
    return [version for version in versions if version == wanted or version.startswith(f"{wanted}.")]
