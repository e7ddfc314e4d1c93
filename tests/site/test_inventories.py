# SPDX-License-Identifier: GPL-3.0-or-later
"""All inventories declare the same site under their own names; only sizes differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from accounts import contents
from rollouts import ROOT, Run, play
from simulated import Simulated
from sites import Site

# What there may be more of where an environment is bigger: ways out, replicas (with which RDS no longer keeps the master secret, so
# that it is one of ours), tests of restores, what watches over the account, and the alarms that watch them.
SIZED = {
    "application_autoscaling_targets",
    "backup_restore_testing_plans",
    "cloudwatch_alarms",
    "config_rules",
    "ec2_elastic_ips",
    "ec2_nat_gateways",
    "ec2_vpc_endpoints",
    "events_rules",
    "iam_roles",
    "iam_service_linked_roles",
    "logs_groups",
    "logs_metric_filters",
    "rds_proxies",
    "rds_read_replicas",
    "secretsmanager_secrets",
}

# What leads visitors to one of two regions in place of one.
ROUTING = {"route53_health_checks", "route53_records"}

# What an account has once, whichever cell comes to it first.
SHARED_BY_CELLS = {"iam_service_linked_roles"}


def plan(simulator: Simulated, inventory: str, record: Path) -> Run:
    """What a run would make of an empty account."""
    return play(simulator, "--check", inventory=inventory, record=record).succeeded()


def declared(run: Run, inventory: str, parts: tuple[str, ...] = ("primary", "global")) -> set[tuple[str, str]]:
    """Kind and name of everything that a run makes in these parts, under the sandbox's names; but for the records by which ACM has domains proved,
    whose names no plan can know.
    """
    domain = yaml.safe_load((ROOT / "group_vars" / inventory / "account.yml").read_text())["domain_name"]
    hosts = yaml.safe_load((ROOT / "inventories" / inventory / "hosts.yml").read_text())
    cells = {cell for part in parts for cell in hosts[part]["hosts"]}

    def as_sandbox(name: str) -> str:
        name = re.sub(rf"(?<!\w){re.escape(domain)}", "sandbox.groundswell.example", name)
        return re.sub(rf"groundswell([-/]){inventory}\b", r"groundswell\1sandbox", name)

    made = [change for change in run.changes if change["action"] == "create" and (change["cell"] in cells or change["kind"] in SHARED_BY_CELLS)]
    return {(change["kind"], as_sandbox(change["name"])) for change in made if change["name"][0] != "_"}


def differs_in_sizes_only(site: Site, run: Run, inventory: str, but_for: Set[str] = frozenset()) -> None:
    """Whatever the sandbox has, every environment has; more of it, never something else. Only alarms fit the size they watch:
    credits are those of burstable servers, and a group that the office hours empty has no fewest to fall below."""
    here, there = declared(site.first, "sandbox"), declared(run, inventory)
    assert {kind for kind, _ in here - there} <= {"cloudwatch_alarms"} | but_for
    assert {kind for kind, _ in there - here} <= SIZED | but_for


@pytest.mark.parametrize("inventory", [pytest.param("dev", marks=pytest.mark.long), "staging"])
def test_small_environments(simulator: Simulated, site: Site, record: Path, inventory: str) -> None:
    """As far as their plans go."""
    run = plan(simulator, inventory, record)
    assert run.mutating == []
    differs_in_sizes_only(site, run, inventory)


@dataclass
class Production:
    """The biggest one, really rolled out."""

    simulator: Simulated
    first: Run


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    directory = tmp_path_factory.mktemp("prod")
    with Simulated(directory / "journal.jsonl") as simulator:
        yield Production(simulator, play(simulator, inventory="prod", record=directory / "record.json").succeeded())


def test_production(production: Production, site: Site) -> None:
    """What was really made."""
    differs_in_sizes_only(site, production.first, "prod", but_for=ROUTING)


def test_production_stays_as_it_is(production: Production, record: Path) -> None:
    """Its second run changes nothing."""
    again = play(production.simulator, inventory="prod", record=record).succeeded()
    assert again.mutating == []
    assert again.changed == 0


def test_the_standby_follows(production: Production) -> None:
    """Smaller than the primary and otherwise the same, with all that it takes to take over, kept up to date by AWS."""
    regions = {"primary": "ap-southeast-1", "standby": "us-east-1"}
    client = production.simulator.client
    primary, standby = (declared(production.first, "prod", (part,)) for part in regions)
    renamed = {(kind, name.replace(regions["standby"], regions["primary"])) for kind, name in standby}
    assert {kind for kind, _ in renamed - primary} <= {"cloudwatch_alarms", "logs_groups", "rds_read_replicas"}
    assert {kind for kind, _ in primary - renamed} <= SIZED | {
        "backup_plans", "cloudwatch_dashboards", "iam_roles", "lambda_functions", "rds_instances",  # the function that keeps the users of the database
    }  # fmt: skip

    source, copy = (client("rds", region).describe_db_instances(DBInstanceIdentifier="groundswell-prod")["DBInstances"][0] for region in regions.values())
    assert copy["ReadReplicaSourceDBInstanceIdentifier"] == source["DBInstanceArn"]
    assert (copy["DBInstanceClass"], copy["StorageEncrypted"], copy["DeletionProtection"]) == (source["DBInstanceClass"], True, True)
    assert copy["KmsKeyId"].split(":")[3] == regions["standby"]
    told = [
        {one["Name"].split("/", 4)[4]: one["Value"] for one in client("ssm", region).get_paginator("get_parameters_by_path")
         .paginate(Path=f"/groundswell/prod/{region}", Recursive=True).search("Parameters[]")}
        for region in regions.values()
    ]  # fmt: skip
    assert told[0].keys() - told[1].keys() == told[1].keys() - told[0].keys() == set()
    assert (told[0]["database/writer-address"], told[1]["database/writer-address"]) == (source["Endpoint"]["Address"], copy["Endpoint"]["Address"])
    secrets = [
        client("secretsmanager", region).get_secret_value(SecretId=where["database/secret-arn"])["SecretString"]
        for region, where in zip(regions.values(), told, strict=True)
    ]
    assert secrets[0] == secrets[1]

    groups = client("autoscaling", regions["standby"]).describe_auto_scaling_groups()["AutoScalingGroups"]
    assert {(group["AutoScalingGroupName"], group["MinSize"], len(group["Instances"])) for group in groups} == {
        ("groundswell-prod-web", 0, 0), ("groundswell-prod-app", 0, 0),
    }  # fmt: skip
    alarms = {one["AlarmName"] for one in client("cloudwatch", regions["standby"]).describe_alarms()["MetricAlarms"]}
    assert "groundswell-prod-database-lag" in alarms
    assert not alarms & {f"groundswell-prod-{name}" for name in ("site-unhealthy", "web-servers", "app-servers")}

    # The database's recovery points go where they are needed when the primary is lost, and each region tries its own.
    backup, other = (client("backup", region) for region in regions.values())
    plans = {one["BackupPlanName"]: one["BackupPlanId"] for one in backup.list_backup_plans()["BackupPlansList"]}
    copied = {
        name: [one["DestinationBackupVaultArn"] for rule in backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"] for one in rule["CopyActions"]]
        for name, plan in plans.items()
    }
    (there,) = other.list_backup_vaults()["BackupVaultList"]
    assert copied == {"groundswell-prod-database": [there["BackupVaultArn"]], "groundswell-prod-objects": []}
    assert there["EncryptionKeyArn"].split(":")[3] == regions["standby"]
    for region, vault in ((regions["primary"], backup), (regions["standby"], other)):
        (test,) = vault.list_restore_testing_plans()["RestoreTestingPlans"]
        chosen = vault.get_restore_testing_plan(RestoreTestingPlanName=test["RestoreTestingPlanName"])["RestoreTestingPlan"]["RecoveryPointSelection"]
        assert [one.split(":")[3] for one in chosen["IncludeVaults"]] == [region]
    # And they find what they are for.
    tagged = client("rds", regions["primary"]).list_tags_for_resource(ResourceName=source["DBInstanceArn"])["TagList"]
    assert {"Key": "DataClass", "Value": "database"} in tagged

    # In both directions, and no further.
    uploads = [where["buckets/uploads"] for where in told]
    for bucket, other in (uploads, uploads[::-1]):
        s3 = client("s3", regions["primary"])
        s3.put_object(Bucket=bucket, Key=f"by-{bucket}", Body=b"a picture")
        replica = s3.head_object(Bucket=other, Key=f"by-{bucket}")
        assert (replica["ReplicationStatus"], replica["ServerSideEncryption"]) == ("REPLICA", "aws:kms")

    # What the edge reads from one region it would read from the other.
    for distribution in client("cloudfront", regions["standby"]).list_distributions()["DistributionList"]["Items"]:
        origins = {one["Id"]: one["DomainName"] for one in distribution["Origins"]["Items"]}
        groups = {one["Id"]: [origins[member["OriginId"]] for member in one["Members"]["Items"]] for one in distribution["OriginGroups"]["Items"]}
        for first, second in groups.values():
            assert first.replace(regions["primary"], regions["standby"]) == second != first
        behaviors = [*distribution.get("CacheBehaviors", {}).get("Items", []), distribution["DefaultCacheBehavior"]]
        assert {one["TargetOriginId"] for one in behaviors} - {"site"} == set(groups) != set()

    # The edge is known to both by the same header.
    headers = [{value for arn in listeners(client("elbv2", region)) for value in origin_headers(client("elbv2", region), arn)} for region in regions.values()]
    assert headers[0] == headers[1] != set()


def listeners(elbv2: Any) -> list[str]:
    """Of all load balancers."""
    balancers = [one["LoadBalancerArn"] for one in elbv2.describe_load_balancers()["LoadBalancers"]]
    return [one["ListenerArn"] for arn in balancers for one in elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]]


def origin_headers(elbv2: Any, listener: str) -> set[str]:
    """What requests have to say to be let through."""
    conditions = [one for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"] for one in rule["Conditions"] if one["Field"] == "http-header"]
    return {value for one in conditions for value in one["HttpHeaderConfig"]["Values"]}


def names(simulator: Simulated) -> Counter[str]:
    """What is in the account, by name. Scaling policies come and go with their groups and have no names of their own."""
    return Counter({line: count for line, count in contents(simulator).items() if "describe_policies" not in line})


@pytest.mark.long
def test_tier_that_is_taken_out(simulator: Simulated, record: Path) -> None:
    """It stays until somebody says that it goes; what is still used when its layer comes goes with the run after; then nothing is left."""
    account = simulator
    play(account, inventory="staging").succeeded()
    full = names(account)
    # The layers that a tier is in, for the sake of time; what is in the account is looked at as a whole.
    layers = ["--tags", "network,load_balancers,observability,dns,endpoints,fleets"]
    fewer = ["-e", json.dumps({"app_tier_enabled": False})]
    told = play(account, *fewer, *layers, inventory="staging", record=record).succeeded()
    undeclared = set(told.record["undeclared"])
    assert {entry.partition("/")[0] for entry in undeclared} >= {
        "autoscaling_groups", "cloudwatch_alarms", "ec2_launch_templates", "ec2_security_groups", "elbv2_load_balancers", "elbv2_target_groups",
        "iam_roles", "logs_groups", "route53_records", "ssm_parameters",
    }  # fmt: skip
    assert {change["action"] for change in told.changes} == {"update"}
    assert names(account) == full

    consent = [*fewer, "-e", json.dumps({"remove_undeclared": sorted(undeclared)})]
    most = play(account, *consent, *layers, inventory="staging", record=record).succeeded()
    removed, left = {f"{change['kind']}/{change['name']}" for change in most.changes if change["action"] == "remove"}, set(most.record["undeclared"])
    assert removed | left == undeclared
    assert {"ec2_security_groups/groundswell-staging-app", "elbv2_target_groups/groundswell-staging-app"} <= left
    said = " ".join(most.output.split())
    assert all(f"{entry.partition('/')[2]} is still in use" in said for entry in left)

    # Only the layers that had to leave something.
    rest = play(account, *consent, "--tags", "network,load_balancers", inventory="staging", record=record).succeeded()
    assert rest.record["undeclared"] == {}
    assert {(f"{change['kind']}/{change['name']}", change["action"]) for change in rest.changes} == {(entry, "remove") for entry in left}
    gone = Counter(line.split(" ", 2)[2] for line in (full - names(account)).elements())
    listed = Counter(line.split(" ", 2)[2] for line in full.elements())
    assert gone == Counter(entry.partition("/")[2] for entry in undeclared) & listed
    assert names(account) <= full
