# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers may do, and what they do when they boot."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jinja2
import pytest
from render import ROLES, policy

ACCOUNT, REGION = "210987654321", "eu-west-1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:acme-prod-database-abc123"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
INPUTS = {
    "fleets_name": "acme-prod",
    "fleets_account_id": ACCOUNT,
    "fleets_region": REGION,
    "fleets_parameter_root": "/acme/prod/eu-west-1",
    "fleets_parameter_sections": {"web": ["site"], "app": ["site", "database"]},
    "fleets_secret_arns": {"app": [SECRET]},
    "fleets_decrypt_key_arns": [KEY],
    "fleets_upload_bucket_arn": "arn:aws:s3:::acme-uploads",
    "fleets_asset_bucket_arn": "arn:aws:s3:::acme-assets",
    "fleets_log_group_prefix": "/acme/prod",
}
# What knows no resources, or is narrowed by a condition.
ANYWHERE = {"PutMetrics", "BeReachedThroughSystemsManager"}


def statements(tier: str, **more: Any) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in policy("fleets", "instance_policy.json.j2", **{**INPUTS, **more}, __fleets_tier=tier)}


@pytest.mark.parametrize("tier", ["web", "app"])
def test_nothing_is_wider_than_it_has_to_be(tier):
    for sid, statement in statements(tier).items():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], sid
        assert (statement["Resource"] == "*") == (sid in ANYWHERE), sid


def test_a_tier_reads_its_own_configuration_only():
    assert statements("web")["ReadConfiguration"]["Resource"] == [
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/acme/prod/eu-west-1/site",
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/acme/prod/eu-west-1/site/*",
    ]
    assert any("/database" in one for one in statements("app")["ReadConfiguration"]["Resource"])


def test_a_tier_reads_its_own_secrets_only():
    assert "ReadSecrets" not in statements("web")
    assert statements("app")["ReadSecrets"]["Resource"] == [SECRET]


def test_keys_are_used_through_services_only():
    through = statements("app")["UseKeysThroughServices"]
    assert through["Resource"] == [KEY]
    assert all(one.endswith(f".{REGION}.amazonaws.com") for one in through["Condition"]["StringEquals"]["kms:ViaService"])


def test_metrics_go_into_our_namespace():
    assert statements("web")["PutMetrics"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Groundswell"}}


def test_logs_go_into_the_tiers_own_groups():
    assert statements("web")["WriteLogs"]["Resource"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/acme/prod/web/*"


def test_a_server_completes_the_hooks_of_its_own_group():
    resource = statements("web")["SayWhenConfiguredAndDrained"]["Resource"]
    assert resource == f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/acme-prod-web"


def test_what_is_not_there_is_not_granted():
    nothing = {name: type(value)() for name, value in INPUTS.items() if name not in ("fleets_name", "fleets_account_id", "fleets_region")}
    assert set(statements("web", **nothing)) == {*ANYWHERE, "SayWhenConfiguredAndDrained"}


def test_servers_assume_the_role():
    (statement,) = policy("fleets", "trust_policy.json.j2")
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}


# User data --------------------------------------------------------------------------------------------------------------------


def user_data(tier: str) -> str:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLES / "fleets" / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["to_nice_json"] = lambda value, indent: json.dumps(value, indent=indent, sort_keys=True)
    environment.globals["lookup"] = lambda _, name: (ROLES / "fleets" / "files" / name).read_text().rstrip("\n")
    about = {"name": tier, "port": 8080, "health_path": "/health"}
    hooks = {"__fleets_launch_hook": "configured", "__fleets_terminate_hook": "drained"}
    return environment.get_template("user_data.sh.j2").render(**INPUTS, **hooks, __fleets_tier=about)


@pytest.mark.parametrize("tier", ["web", "app"])
def test_user_data_is_a_script_that_fits(tier, tmp_path):
    text = user_data(tier)
    assert text.startswith("#!/bin/bash\n")
    assert len(text.encode()) <= 16384
    script = tmp_path / "user-data"
    script.write_text(text)
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("tier", ["web", "app"])
def test_user_data_says_where_secrets_are_at_most(tier):
    text = user_data(tier)
    assert not re.search(r"arn:aws:secretsmanager|AKIA[A-Z0-9]{16}|password\s*=", text, re.IGNORECASE)


@pytest.mark.parametrize("tier", ["web", "app"])
def test_the_programs_arrive_whole(tier, tmp_path):
    programs = re.findall(r"<< 'END'\n(#!/usr/bin/python3\n.*?)\nEND\n", user_data(tier), re.DOTALL)
    assert len(programs) == {"web": 1, "app": 2}[tier]
    for program in programs:
        compile(program, "program", "exec")


def test_the_script_says_who_the_server_is():
    said = json.loads(re.search(r"instance\.json << 'END'\n(.*?)\nEND\n", user_data("app"), re.DOTALL)[1])
    assert said["group_name"] == "acme-prod-app"
    assert said["parameter_sections"] == ["site", "database"]
    assert (said["port"], said["health_path"]) == (8080, "/health")


# The program that servers run -------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> dict[str, Any]:
    """roles/fleets/files/instance.py, its files in a directory of the test's own and AWS's answers made up."""
    names: dict[str, Any] = {"__name__": "instance"}
    exec(compile((ROLES / "fleets" / "files" / "instance.py").read_text(), "instance.py", "exec"), names)
    names["SETTINGS"], names["SECRETS"] = tmp_path / "etc" / "settings.json", tmp_path / "run" / "secrets.json"
    names["calls"] = []

    def aws(_: dict[str, Any], *command: str) -> dict[str, Any]:
        names["calls"].append(command)
        if command[0] == "ssm":
            root = "/acme/prod/eu-west-1"
            found = {"/site": {"site/domain-name": "example.org"}, "/database": {"database/secret-arn": SECRET}}
            values = found[command[-1].removeprefix(root)]
            return {"Parameters": [{"Name": f"{root}/{name}", "Value": value} for name, value in values.items()]}
        return {"SecretString": "never to be seen"} if command[0] == "secretsmanager" else {}

    names["aws"] = aws
    names["metadata"] = lambda path: {"instance-id": "i-0abc", "autoscaling/target-lifecycle-state": "Terminated"}[path]
    return names


ABOUT = {
    "group_name": "acme-prod-app",
    "launch_hook": "configured",
    "terminate_hook": "drained",
    "parameter_root": "/acme/prod/eu-west-1",
    "parameter_sections": ["site", "database"],
    "services": [],
}


def test_configuration_is_fetched(program):
    program["configure"](ABOUT)
    assert json.loads(program["SETTINGS"].read_text()) == {"site_domain_name": "example.org", "database_secret_arn": SECRET}
    assert json.loads(program["SECRETS"].read_text()) == {"database": "never to be seen"}
    assert program["SECRETS"].stat().st_mode & 0o777 == 0o640


def test_hooks_are_completed(program, monkeypatch):
    program["answers"] = lambda about: True
    program["ready"](ABOUT)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    program["watch"](ABOUT)
    hooks = [(one[one.index("--lifecycle-hook-name") + 1], one[-1]) for one in program["calls"]]
    assert hooks == [("configured", "CONTINUE"), ("drained", "CONTINUE")]
