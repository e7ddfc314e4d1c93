# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that takes over: each step once, from wherever an earlier try was ended, and without the region that is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.takeover import take_over
from conftest import REGION, TAGS, Module
from test_databases import FAR, source  # noqa: F401 - a fixture

PARAMETER = "/acme/dev/recovery/serving"
SECRET = "acme-dev-database-credentials"
OPTIONS = {
    "database": "acme-dev",
    "backup_retention_days": 7,
    "secrets": [SECRET],
    "parameter": PARAMETER,
    "lost": ["dev-far"],
    "tags": {**TAGS, "Cell": "dev-1"},
}


def taken_over(simulator: Any, check_mode: bool = False) -> list[str]:
    """What was done, by kind."""
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    return [change["kind"] for change in take_over(Session(module), OPTIONS)]


@pytest.fixture
def standby(simulator: Any, source: str) -> Any:  # noqa: F811
    """A copy of a database and of its secret, and the region that they come from out of reach."""
    key = simulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    simulator.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="acme-dev", SourceDBInstanceIdentifier=source, SourceRegion=FAR, DBSubnetGroupName="acme-dev", KmsKeyId=key
    )
    tags = [{"Key": key, "Value": value} for key, value in {**TAGS, "Cell": "dev-far"}.items()]
    far = simulator.client("secretsmanager", FAR)
    far.create_secret(Name=SECRET, SecretString="made up", Tags=tags, AddReplicaRegions=[{"Region": REGION}])
    simulator.door("outage", {"regions": [FAR]})
    yield simulator
    simulator.door("outage", {"regions": []})


def test_once_and_no_more(standby: Any) -> None:
    everything = ["rds_read_replicas", "secretsmanager_secrets", "ssm_parameters"]
    assert taken_over(standby, check_mode=True) == everything
    assert taken_over(standby) == everything
    (database,) = standby.client("rds").describe_db_instances()["DBInstances"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in database
    assert database["BackupRetentionPeriod"] == 7
    secret = standby.client("secretsmanager").describe_secret(SecretId=SECRET)
    assert "PrimaryRegion" not in secret
    assert {"Key": "Cell", "Value": "dev-1"} in secret["Tags"]
    assert standby.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"] == "made up"
    marker = json.loads(standby.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    assert marker == {"lost": ["dev-far"], "serving": "dev-1"}
    assert taken_over(standby) == []


def test_from_where_it_was_ended(standby: Any) -> None:
    standby.client("rds").promote_read_replica(DBInstanceIdentifier="acme-dev")
    standby.client("secretsmanager").stop_replication_to_replica(SecretId=SECRET)
    assert taken_over(standby) == ["secretsmanager_secrets", "ssm_parameters"]


def test_nothing_to_take_over_with(simulator: Any) -> None:
    with pytest.raises(Problem, match="there is no database acme-dev in eu-west-1"):
        taken_over(simulator)
    assert simulator.calls(mutating=True) == []
