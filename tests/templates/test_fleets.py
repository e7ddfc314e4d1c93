# SPDX-License-Identifier: GPL-3.0-or-later
"""What servers may do, and what they do when they boot."""

from __future__ import annotations

import email
import json
import re
import subprocess
import time
import urllib.parse
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import jinja2
import pytest
import yaml
from render import ROLES, policy

AGENT = ROLES / "server_agent" / "files"
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
ANYWHERE = {"PutMetrics", "BeReachedThroughSystemsManager", "LookWhetherTheLogIsEncrypted"}


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


def test_a_tier_logs_in_to_the_cache_that_it_talks_to():
    both = [f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:acme-prod", f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:acme-prod"]
    assert "LogInToTheCache" not in statements("app")
    assert "LogInToTheCache" not in statements("web", fleets_cache_connect_arns={"app": both})
    assert statements("app", fleets_cache_connect_arns={"app": both})["LogInToTheCache"]["Resource"] == both


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
    assert set(statements("web", **nothing)) == {*ANYWHERE, "SayWhenConfiguredAndDrained", "WriteSessionsDown"}


def test_servers_assume_the_role():
    (statement,) = policy("fleets", "trust_policy.json.j2")
    assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}


# User data --------------------------------------------------------------------------------------------------------------------


def user_data(tier: str) -> str:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLES / "fleets" / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["to_nice_json"] = lambda value, indent: json.dumps(value, indent=indent, sort_keys=True)
    environment.globals["lookup"] = lambda _, name: (ROLES / "fleets" / "files" / name).read_text().rstrip("\n")
    about = {"name": tier, "scheme": "http", "port": 8080, "health_path": "/health", "health_port": 8081}
    more = {"__fleets_launch_hook": "configured", "__fleets_terminate_hook": "drained", "fleets_agent_files": AGENT}
    return environment.get_template("user_data.j2").render(**INPUTS, **more, __fleets_tier=about)


def part(tier: str, kind: str) -> str:
    """The part of this kind, as cloud-init takes it apart."""
    (found,) = [one for one in email.message_from_string(user_data(tier)).walk() if one.get_content_type() == kind]
    return found.get_payload()


@pytest.mark.parametrize("tier", ["web", "app"])
def test_user_data_fits(tier):
    assert len(user_data(tier).encode()) <= 16384


@pytest.mark.parametrize("tier", ["web", "app"])
def test_the_script_for_base_images_is_one(tier, tmp_path):
    text = part(tier, "text/x-shellscript")
    assert text.startswith("#!/bin/bash\n")
    script = tmp_path / "user-data"
    script.write_text(text)
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("tier", ["web", "app"])
def test_user_data_says_where_secrets_are_at_most(tier):
    text = user_data(tier)
    assert not re.search(r"arn:aws:secretsmanager|AKIA[A-Z0-9]{16}|password\s*=", text, re.IGNORECASE)


@pytest.mark.parametrize("tier", ["web", "app"])
def test_the_programs_arrive_whole(tier):
    programs = re.findall(r"<< 'END'\n(#!/usr/bin/python3\n.*?)\nEND\n", part(tier, "text/x-shellscript"), re.DOTALL)
    assert len(programs) == {"web": 1, "app": 2}[tier]
    assert programs[0] == (AGENT / "instance.py").read_text().rstrip("\n")
    for program in programs:
        compile(program, "program", "exec")


def test_user_data_says_who_the_server_is():
    config = part("app", "text/cloud-config")
    # cloud-init knows by the first line what it is, or by the part's type, and takes a file in YAML.
    (file,) = yaml.safe_load(config)["write_files"]
    assert file["path"] == "/etc/groundswell/instance.json"
    said = json.loads(file["content"])
    assert said["group_name"] == "acme-prod-app"
    assert said["parameter_sections"] == ["site", "database"]
    assert (said["scheme"], said["port"], said["health_path"], said["health_port"]) == ("http", 8080, "/health", 8081)


# The program that servers run -------------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> dict[str, Any]:
    """roles/server_agent/files/instance.py, its files in a directory of the test's own and AWS's answers made up."""
    names: dict[str, Any] = {"__name__": "instance"}
    exec(compile((AGENT / "instance.py").read_text(), "instance.py", "exec"), names)
    names["SETTINGS"], names["SECRETS"] = tmp_path / "etc" / "settings.json", tmp_path / "run" / "secrets.json"
    names["calls"] = []

    def call(region: str, service: str, headers: dict[str, str], body: bytes) -> bytes:
        names["calls"].append((service, body))
        said = json.loads(body) if service != "autoscaling" else {}
        if service == "ssm":
            root = "/acme/prod/eu-west-1"
            pages = {
                ("/site", None): ({"site/domain-name": "example.org"}, None),
                # AWS gives ten at a time.
                ("/database", None): ({"database/secret-arn": SECRET}, "more"),
                ("/database", "more"): ({"database/port": "3306"}, None),
            }
            values, more = pages[said["Path"].removeprefix(root), said.get("NextToken")]
            found = {"Parameters": [{"Name": f"{root}/{name}", "Value": value} for name, value in values.items()]}
            return json.dumps(found | ({"NextToken": more} if more else {})).encode()
        return b'{"SecretString": "never to be seen"}' if service == "secretsmanager" else b"<xml/>"

    names["call"] = call
    names["metadata"] = lambda path: {"instance-id": "i-0abc", "autoscaling/target-lifecycle-state": "Terminated"}[path]
    return names


ABOUT = {
    "region": REGION,
    "group_name": "acme-prod-app",
    "launch_hook": "configured",
    "terminate_hook": "drained",
    "parameter_root": "/acme/prod/eu-west-1",
    "parameter_sections": ["site", "database"],
}


def test_configuration_is_fetched(program):
    program["configure"](ABOUT)
    assert json.loads(program["SETTINGS"].read_text()) == {
        "region": REGION, "site_domain_name": "example.org", "database_secret_arn": SECRET, "database_port": "3306",
    }  # fmt: skip
    assert json.loads(program["SECRETS"].read_text()) == {"database": "never to be seen"}
    assert program["SECRETS"].stat().st_mode & 0o777 == 0o640


def test_what_has_not_changed_is_left_alone(program):
    """Its time says to those that read it whether there is anything new."""
    program["configure"](ABOUT)
    before = program["SECRETS"].stat()
    program["configure"](ABOUT)
    assert program["SECRETS"].stat().st_ino == before.st_ino


def test_hooks_are_completed(program, monkeypatch):
    program["configure"](ABOUT)
    program["answers"] = lambda about: True
    program["calls"].clear()
    program["ready"](ABOUT)
    asked = []

    def systemctl(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "apache2.service groundswell-health.service\n")

    monkeypatch.setattr(subprocess, "run", systemctl)
    program["watch"](ABOUT)
    said = [dict(urllib.parse.parse_qsl(body.decode())) for service, body in program["calls"] if service == "autoscaling"]
    assert [(one["LifecycleHookName"], one["LifecycleActionResult"], one["InstanceId"]) for one in said] == [
        ("configured", "CONTINUE", "i-0abc"),
        ("drained", "CONTINUE", "i-0abc"),
    ]
    # Stopping the target alone would wait for none of its services.
    assert [command[1] for command in asked] == ["show", "stop"]
    assert asked[-1] == ["systemctl", "stop", "groundswell-serving.target", "apache2.service", "groundswell-health.service"]


def test_a_server_that_is_not_configured_is_not_ready(program, monkeypatch):
    program["answers"] = lambda about: True

    def enough(_: float) -> None:
        raise TimeoutError

    monkeypatch.setattr(program["time"], "sleep", enough)
    with pytest.raises(TimeoutError):
        program["ready"](ABOUT)


@pytest.mark.parametrize("token", [None, "a-session-token"])
def test_requests_are_signed_as_botocore_signs_them(program, token):
    url, body, headers = (
        "https://ssm.eu-west-1.amazonaws.com/",
        b'{"Path": "/acme"}',
        {"content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.X"},
    )
    signed = program["signed"](url, headers, body, REGION, "ssm", ("AKID", "not-a-real-key", token), time.gmtime(1767323045))
    request = botocore.awsrequest.AWSRequest("POST", url, headers, body)
    request.context["timestamp"] = signed["x-amz-date"]
    auth = botocore.auth.SigV4Auth(botocore.credentials.Credentials("AKID", "not-a-real-key", token), "ssm", REGION)
    request.headers["X-Amz-Date"] = signed["x-amz-date"]
    if token:
        request.headers["X-Amz-Security-Token"] = token
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert signed["authorization"].endswith(f"Signature={expected}")
