# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input: a clear word about what is wrong and where, and nothing touched."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rollouts import ROOT, Run, play, with_standby
from simulated import Simulated


def given(**variables: object) -> list[str]:
    """Variables for the command line, with their types."""
    return ["-e", json.dumps(variables)]


def refused(run: Run, *words: str) -> None:
    """The run failed with these words, before it touched anything."""
    # Ansible and the terminal break lines where they like.
    said = " ".join(run.output.split())
    assert run.code != 0, run.output
    for word in words:
        assert word in said, run.output
    assert run.mutating == []


INVENTORY = [
    pytest.param({"network_nat_gatways": "one"}, ["no role knows the variable network_nat_gatways: did you mean network_nat_gateways?"], id="misspelt"),
    pytest.param({"favourite_colour": "blue"}, ["no role knows the variable favourite_colour"], id="unknown"),
    pytest.param({"aws_region": ""}, ["aws_region is not set", "hosts.yml"], id="no region"),
    pytest.param({"domain_name": ""}, ["domain_name is not set", "group_vars/sandbox/account.yml"], id="no domain"),
    pytest.param({"account_id": ""}, ["account_id is not set", "group_vars/sandbox/account.yml"], id="no account"),
    pytest.param({"owner_email": ""}, ["owner_email is not set", "group_vars/sandbox/account.yml"], id="no e-mail"),
    pytest.param({"owner_email": "nobody"}, ["owner_email is nobody: it must be an e-mail address"], id="e-mail without a form"),
    pytest.param({"account_id": "12345"}, ["account_id is 12345: it must be twelve digits"], id="account without a form"),
    pytest.param({"project_name": "Ground Swell"}, ["project_name is Ground Swell: it must be"], id="name without a form"),
    pytest.param({"network_cidr": "10.40.0.0/24"}, ["network_cidr 10.40.0.0/24 must be between /16 and /23"], id="network too small"),
    pytest.param({"network_cidr": "10.40.7.1/16"}, ["network_cidr 10.40.7.1/16 is no IPv4 block"], id="network with host bits"),
    pytest.param({"network_cidr": "54.10.0.0/16"}, ["network_cidr 54.10.0.0/16 is not private"], id="public network"),
    pytest.param({"network_cidr": "10.40.0.0/16"}, ["overlaps 10.40.0.0/16 of prod (group_vars/prod/sizes.yml:"], id="overlap with another environment"),
    pytest.param({"availability_zones": ["a"]}, ["availability_zones must be two to four different letters"], id="one zone"),
    pytest.param({"network_nat_gateways": "many"}, ["network_nat_gateways must be one of: none, one, per_zone"], id="no such choice"),
    pytest.param({"web_port": "http"}, ["web_port"], id="wrong type"),
    pytest.param(
        {"database_engine": "aurora-mysql", "database_serverless_min_capacity": 8, "database_serverless_max_capacity": 4},
        ["database_serverless_min_capacity (8) is above database_serverless_max_capacity (4)"],
        id="least above most",
    ),
    pytest.param(
        {"database_engine": "mysql", "database_engine_version": "8.0.40"},
        ["MySQL 8.0 on RDS has been out of standard support since 2026-07-31", "use 8.4"],
        id="dead engine",
    ),
    pytest.param({"database_instance_class": "r8g.large"}, ["database_instance_class is r8g.large: it must be like db.r8g.large"], id="no class"),
    pytest.param(
        {"database_engine": "mysql", "database_storage_type": "gp3", "database_storage_gib": 100, "database_iops": 6000},
        ["database_iops and database_storage_throughput cannot be chosen for gp3 below 400 GiB"],
        id="IOPS on small storage",
    ),
    pytest.param(
        {"database_engine": "mysql", "database_storage_type": "io2", "database_iops": 0},
        ["database_iops is not set, and io2 needs it"],
        id="io2 without IOPS",
    ),
    pytest.param(
        {"load_balancers_algorithm": "least_outstanding_requests", "load_balancers_slow_start": 60},
        ["load_balancers_slow_start goes with round robin only"],
        id="choices that exclude each other",
    ),
    pytest.param({"web_min_size": 9, "web_max_size": 3}, ["web_min_size (9) is above web_max_size (3)"], id="fewest above most"),
    pytest.param(
        {"web_warm_pool_size": 2, "web_on_demand_percentage": 50},
        ["web_warm_pool_size: a warm pool goes neither with Spot nor with several instance types"],
        id="warm pool with Spot",
    ),
    pytest.param({"app_port": 8081}, ["health_port must be 1024 or above, and not app_port"], id="two on one port"),
    pytest.param({"web_instance_types": ["t4g.smal"]}, ["there is no instance type t4g.smal, did you mean t4g.small?"], id="no machine"),
    pytest.param(
        {"backup_lock": "compliance", "backup_lock_min_days": 30, "backup_classes": ["database", "moonlight"]},
        [
            "backup_classes has moonlight, and backup_policies says nothing of it",
            "backup_retention_days (2) is below backup_lock_min_days (30): every job would fail",
            "backup_lock is compliance, which nobody can undo, neither you nor AWS. If you mean it: backup_compliance_consent:",
        ],
        id="backups that nobody keeps, or that nobody can delete",
    ),
    pytest.param(
        {"region_baseline_config_rules": [{"name": "ssh", "identifier": "restricted-ssh", "reason": "no shells"}]},
        ["restricted-ssh is no identifier of a rule, which is like ROOT_ACCOUNT_MFA_ENABLED: did you mean RESTRICTED_SSH?"],
        id="a rule's name in place of its identifier",
    ),
    pytest.param({"aws_region": "mars-north-1a"}, ["aws_region is mars-north-1a: it must be a region"], id="region without a form"),
]


def runs_for(cases: list[dict[str, object]]) -> list[dict[str, object]]:
    """The cases' variables in as few sets as have no name twice: what is wrong with one variable must not hide what is wrong with another."""
    sets: list[dict[str, object]] = []
    for variables in cases:
        room = next((one for one in sets if not one.keys() & variables), None)
        if room is None:
            sets.append(room := {})
        room.update(variables)
    return sets


@pytest.fixture(scope="module")
def inventory_runs(_simulators: Callable[..., Simulated]) -> list[tuple[dict[str, object], Run]]:
    """A run for each set."""
    sets = runs_for([case.values[0] for case in INVENTORY])
    return [(variables, play(_simulators(), *given(**variables))) for variables in sets]


@pytest.mark.parametrize(("variables", "words"), INVENTORY)
def test_inventory(inventory_runs: list[tuple[dict[str, object], Run]], variables: dict[str, object], words: list[str]) -> None:
    """Found without asking AWS anything."""
    run = next(run for given_to_run, run in inventory_runs if variables.items() <= given_to_run.items())
    refused(run, *words)
    assert run.calls == []


def test_all_problems_at_once(simulator: Simulated) -> None:
    """Nobody has to run five times to mend five things."""
    run = play(simulator, *given(network_cidr="10.40.0.0/24", web_prot=80, owner_email="", availability_zones=["a", "a"]))
    refused(run, "network_cidr", "web_prot: did you mean web_port?", "owner_email is not set", "availability_zones must be")


SECRETS = [
    pytest.param({"database_password": "correct horse"}, "correct horse", id="password"),
    pytest.param({"cache_parameters": {"auth_token": "s3cr3t-t0ken"}}, "s3cr3t-t0ken", id="token inside"),
    pytest.param({"project_note": "AKIA" + "Q" * 16}, "AKIA" + "Q" * 16, id="access key"),
]


@pytest.mark.parametrize(("variables", "secret"), SECRETS)
def test_secret_written_down(simulator: Simulated, variables: dict[str, object], secret: str) -> None:
    """Refused, and not repeated by the refusal."""
    run = play(simulator, *given(**variables))
    refused(run, "secrets never stand in variables")
    assert secret not in run.output


def test_multi_az_off_in_production(simulator: Simulated) -> None:
    """One building must not take production down."""
    refused(play(simulator, *given(database_multi_az=False), inventory="prod"), "database_multi_az is off: production has to survive the loss of a zone")


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """A copy of the sandbox's inventory with group_vars of its own, to be spoilt."""
    shutil.copytree(ROOT / "group_vars", tmp_path / "group_vars")
    copy = tmp_path / "inventories" / "sandbox"
    copy.mkdir(parents=True)
    shutil.copy(ROOT / "inventories" / "sandbox" / "hosts.yml", copy)
    (copy / "group_vars").symlink_to("../../group_vars")
    return copy


def test_file_and_line_are_named(simulator: Simulated, inventory: Path) -> None:
    """Where the mistake stands, not only what it is."""
    sizes = inventory.parents[1] / "group_vars" / "sandbox" / "sizes.yml"
    line = len(sizes.read_text().splitlines()) + 1
    sizes.write_text(sizes.read_text() + "databse_multi_az: true\n")
    refused(play(simulator, inventory=inventory), "did you mean database_multi_az?", f"group_vars/sandbox/sizes.yml:{line}")


def test_group_vars_not_read(simulator: Simulated, inventory: Path) -> None:
    """Ansible itself says nothing when the link is missing."""
    (inventory / "group_vars").unlink()
    refused(play(simulator, "-e", "ansible_connection=local", inventory=inventory), "group_vars was not read", "group_vars -> ../../group_vars")


def test_cells_overlap(simulator: Simulated, inventory: Path) -> None:
    """Two regions that could never be connected, one of which lives on backups that nobody makes."""
    hosts = inventory / "hosts.yml"
    hosts.write_text(with_standby(hosts.read_text()))
    refused(
        play(simulator, *given(recovery_strategy="backup_restore", backup_classes=["objects"]), inventory=inventory),
        "network_cidr 10.10.0.0/16 of sandbox-apse1 overlaps 10.10.0.0/16 of sandbox-use1",
        "recovery_strategy is backup_restore, and AWS Backup copies no backup of the database to sandbox-use1",
    )


def test_what_cannot_stand_by(simulator: Simulated, inventory: Path) -> None:
    """A region for itself, and Aurora so far."""
    hosts = inventory / "hosts.yml"
    same = with_standby(hosts.read_text()).replace("sandbox-use1:\n      aws_region: us-east-1", "sandbox-use1:\n      aws_region: ap-southeast-1")
    hosts.write_text(same)
    run = play(simulator, "-e", '{"database_engine": "aurora-mysql", "recovery_strategy": "hope"}', inventory=inventory)
    refused(
        run,
        "sandbox-use1 stands by for sandbox-apse1 in the same region",
        "database_engine is aurora-mysql, of which there is no copy in another region yet",
        "recovery_strategy must be one of: backup_restore, pilot_light, warm_standby, active_active",
    )


def test_examples_on_aws(simulator: Simulated) -> None:
    """The shipped values belong to nobody. Without an endpoint of its own a run would reach AWS, which is why nothing may be asked."""
    run = play(None)
    refused(
        run,
        "account_id is still the example 123456789012",
        "domain_name is still the example sandbox.groundswell.example",
        "owner_email is still the example",
        "group_vars/sandbox/account.yml",
    )


def test_wrong_account(simulator: Simulated) -> None:
    """Nothing is done in an account that the inventory does not name."""
    refused(play(simulator, *given(account_id="999999999999")), "these credentials belong to account 123456789012", "to account 999999999999")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("EXPIRED", "the AWS credentials have expired: sign in again", id="expired"),
        pytest.param("INVALID", "AWS does not know these credentials", id="unknown"),
        pytest.param("", "there are no AWS credentials", id="none"),
    ],
)
def test_credentials(simulator: Simulated, key: str, words: str) -> None:
    """Said in words, not in botocore's."""
    refused(play(simulator, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=key and "made-up"), words)


def test_endpoint_down() -> None:
    """Said within seconds."""
    refused(play(None, AWS_ENDPOINT_URL="http://127.0.0.1:9", timeout=60), "AWS does not answer", "the simulator has to be running there")


def test_zones_that_the_region_lacks(simulator: Simulated) -> None:
    """Three are asked for, and one of them is not there."""
    refused(play(simulator, *given(availability_zones=["a", "b", "e"])), "ap-southeast-1 offers this account", "not ap-southeast-1e: 3 are asked for")


@pytest.mark.parametrize(
    ("service", "code", "words"),
    [
        pytest.param("vpc", "L-F678F1CE", "VPCs in ap-southeast-1: the plan needs 1", id="VPCs"),
        pytest.param("ec2", "L-0263D0A3", "elastic IPs in ap-southeast-1: the plan needs 1", id="elastic IPs"),
        pytest.param("vpc", "L-FE5A380F", "NAT gateways in a zone in ap-southeast-1: the plan needs 1", id="NAT gateways"),
        pytest.param("ec2", "L-1216C47A", "vCPUs of On-Demand standard instances in ap-southeast-1: the plan needs", id="vCPUs"),
    ],
)
def test_quota_too_small(simulator: Simulated, service: str, code: str, words: str) -> None:
    """Told before half of it is built, with the quota to ask for."""
    simulator.door("quota", {"service": service, "code": code, "value": 0, "region": "ap-southeast-1"})
    refused(play(simulator), words, f"{service} {code}")


def test_machine_of_another_architecture(simulator: Simulated) -> None:
    """An image for Arm does not boot on Intel."""
    refused(play(simulator, *given(web_instance_types=["t3.small"])), "tier web: t3.small is x86_64, and the tier's architecture is arm64")


def test_class_that_is_not_sold(simulator: Simulated) -> None:
    """The form is right, and RDS does not have it."""
    refused(play(simulator, *given(database_instance_class="db.r4.large")), "does not offer mysql 8.4 on db.r4.large")


def test_engine_version_that_does_not_exist(simulator: Simulated) -> None:
    """A version nobody ever released."""
    refused(play(simulator, *given(database_engine_version="8.9")), "has no mysql 8.9 (database_engine_version); there are")


def test_routes_that_nobody_answers(simulator: Simulated, inventory: Path, tmp_path: Path) -> None:
    """What devices could call and no function would take, and limits of what there is not. And of what the account has not."""
    hosts = inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("mobile:\n  hosts: {}\n", "mobile:\n  hosts:\n    sandbox-apse1:\n"))
    document = (ROOT / "apps" / "mobile_backend" / "openapi.yml").read_text()
    (tmp_path / "openapi.yml").write_text(document.replace("x-function: api", "x-function: nobody"))
    limits = {"GET /nothing": {"rate": 1, "burst": 1}}
    refused(
        play(simulator, *given(api_definition=str(tmp_path / "openapi.yml"), api_route_limits=limits, identity_clients=[]), inventory=inventory),
        "names no entry of functions_functions: nobody",
        "api_route_limits limits routes that",
        "GET /nothing",
        "api_audiences is empty",
    )
    refused(
        play(simulator, *given(api_rate_limit=20000), inventory=inventory),
        "requests a second of one route in ap-southeast-1: the plan needs 20000",
        "the quota is 10000",
    )
