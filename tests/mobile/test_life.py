# SPDX-License-Identifier: GPL-3.0-or-later
"""A mobile back end alone, from an empty account to an empty account: made, used by people and their devices, unchanged by a second run, taken down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from accounts import contents
from rollouts import ROOT, environment, only_mobile, play
from simulated import Simulated
from sites import CONSENT, DATA_CONSENT, DESTROY

# Of what only a web site has.
OF_THE_WEB = ("rds", "elasticache", "elbv2", "autoscaling", "cloudfront")


def test_from_nothing_to_nothing(simulator: Simulated, tmp_path: Path) -> None:
    """One account, step by step."""
    canary = "canary-5be1c07d"
    key = json.dumps({"key_id": "KEY1234567", "signing_key": f"-----BEGIN PRIVATE KEY-----\n{canary}\n-----END PRIVATE KEY-----\n"})  # pragma: allowlist secret
    simulator.client("secretsmanager", "ap-southeast-1").create_secret(Name="groundswell-sandbox-push-apns", SecretString=key)
    apple = {"name": "apns", "platform": "APNS", "secret_name": "groundswell-sandbox-push-apns", "team_id": "TEAM123456", "bundle_id": "test.acme.app"}
    inventory, empty = only_mobile(tmp_path / "sandbox", push_applications=[apple]), contents(simulator)
    look = play(simulator, "--check", inventory=inventory).succeeded()
    assert look.mutating == []

    first = play(simulator, "-vvv", inventory=inventory, record=tmp_path / "first.json").succeeded()
    assert not [call for call in first.calls if call["mutating"] and call["service"] in OF_THE_WEB]
    assert canary not in first.output + json.dumps(first.record)
    full = contents(simulator)
    again = play(simulator, inventory=inventory, record=tmp_path / "again.json").succeeded()
    assert (again.changed, again.mutating) == (0, [])

    configuration = tmp_path / "client.json"
    asked = play(simulator, "-e", f"client_configuration={configuration}", playbook="playbooks/client_configuration.yml", inventory=inventory).succeeded()
    assert asked.mutating == []
    known = json.loads(configuration.read_text())
    assert known["api_url"].startswith("https://") and "secret" not in configuration.read_text().lower()

    told = tour(simulator, configuration)
    for step in (
        "signed up and in",
        "401",
        "the tablet has it too",
        "Rain, then sun.\\nA bridge.",
        "is no provider",
        "their message is on the tablet",
        "what arrived at the phone",
    ):
        assert step in told, told
    table = simulator.client("dynamodb", "ap-southeast-1").scan(TableName="groundswell-sandbox-app")["Items"]
    assert {item["kind"]["S"] for item in table if "kind" in item} == {"profile", "item", "message"}

    s3, bucket = simulator.client("s3", "ap-southeast-1"), "groundswell-sandbox-123456789012-ap-southeast-1-uploads"
    (picture,) = s3.list_objects_v2(Bucket=bucket, Prefix="media/")["Contents"]
    held = s3.get_object(Bucket=bucket, Key=picture["Key"])
    assert (held["ContentType"], held["Body"].read()[:4]) == ("image/png", b"\x89PNG")

    most = play(simulator, *CONSENT, playbook=DESTROY, inventory=inventory).succeeded()
    assert "-e destroy_data_consent=sandbox" in most.output
    kept = contents(simulator)
    for data in ("dynamodb list_tables", "cognito-idp list_user_pools", "s3 list_buckets", "kms list_aliases"):
        assert {name for name in full if data in name} == {name for name in kept if data in name} != set(), data
    play(simulator, *DATA_CONSENT, playbook=DESTROY, inventory=inventory).succeeded()
    assert contents(simulator) == empty


def tour(simulator: Simulated, configuration: Path) -> str:
    """The sample app's walk, which ends with 0 when all was as it should be."""
    command = [sys.executable, str(ROOT / "apps" / "mobile_client" / "tour.py"), str(configuration), "ann@acme.test", "shop@acme.test"]
    done = subprocess.run(command, env=environment(simulator), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("arguments", [(), ("missing.json", "ann@acme.test")])
def test_the_tour_says_how_it_is_called(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "apps" / "mobile_client" / "tour.py"), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "CONFIGURATION" in done.stdout
