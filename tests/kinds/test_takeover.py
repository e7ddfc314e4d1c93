# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that takes over: each step once, from wherever an earlier try was ended, and without the region that is gone."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.replica_lag import caught_up, latest
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.takeover import reunite, take_over
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
    assert marker == {"lost": ["dev-far"], "serving": "dev-1", "turn": 1}
    assert taken_over(standby) == []


def test_from_where_it_was_ended(standby: Any) -> None:
    standby.client("rds").promote_read_replica(DBInstanceIdentifier="acme-dev")
    standby.client("secretsmanager").stop_replication_to_replica(SecretId=SECRET)
    assert taken_over(standby) == ["secretsmanager_secrets", "ssm_parameters"]


def test_nothing_to_take_over_with(simulator: Any) -> None:
    with pytest.raises(Problem, match="there is no database acme-dev in eu-west-1"):
        taken_over(simulator)
    assert simulator.calls(mutating=True) == []


def follows(simulator: Any, check_mode: bool = False) -> list[str]:
    """What was done to let the far region follow, by kind."""
    module = Module(simulator.endpoint)
    module.check_mode = check_mode
    options = {**OPTIONS, "follower_region": FAR, "follower_key_arn": f"arn:aws:kms:{FAR}:123456789012:alias/acme-dev-secrets"}
    return [change["kind"] for change in reunite(Session(module), options)]


def test_what_was_lost_follows(standby: Any) -> None:
    """Its secret is replaced by the one of the region that serves, and both know."""
    taken_over(standby)
    near, far = (standby.client("secretsmanager", region) for region in (REGION, FAR))
    near.put_secret_value(SecretId=SECRET, SecretString="made up since")
    standby.door("outage", {"regions": []})
    key = standby.client("kms", FAR).create_key()["KeyMetadata"]["KeyId"]
    standby.client("kms", FAR).create_alias(AliasName="alias/acme-dev-secrets", TargetKeyId=key)
    expected = ["secretsmanager_secrets", "ssm_parameters", "ssm_parameters"]
    assert follows(standby, check_mode=True) == expected
    assert far.get_secret_value(SecretId=SECRET)["SecretString"] == "made up"
    assert follows(standby) == expected
    assert far.get_secret_value(SecretId=SECRET)["SecretString"] == "made up since"
    assert far.describe_secret(SecretId=SECRET)["PrimaryRegion"] == REGION
    said = {standby.client("ssm", region).get_parameter(Name=PARAMETER)["Parameter"]["Value"] for region in (REGION, FAR)}
    assert [json.loads(one) for one in said] == [{"lost": [], "serving": "dev-1", "turn": 2}]
    assert follows(standby) == []


def test_half_of_the_regions_were_told(standby: Any) -> None:
    """A run was ended between the two: the next one says the same, and not something newer."""
    taken_over(standby)
    standby.door("outage", {"regions": []})
    value = json.dumps({"lost": [], "serving": "dev-1", "turn": 2})
    standby.client("ssm", FAR).put_parameter(Name=PARAMETER, Type="String", Value=value)
    assert follows(standby)[1:] == ["ssm_parameters"]
    assert json.loads(standby.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]["Value"]) == json.loads(value)


def test_what_follows_itself_replicates_nothing(standby: Any) -> None:
    standby.door("outage", {"regions": []})
    with pytest.raises(Problem, match="is a replica itself"):
        follows(standby)


def test_how_far_behind(standby: Any) -> None:
    session, slept = Session(Module(standby.endpoint)), []
    assert latest(session, "acme-dev")["seconds"] == 0
    nothing = {"seconds": None, "at": None}
    assert latest(session, "no-such-replica") == {**nothing, "replicated": nothing}

    def time_passes(seconds: float) -> None:
        time.sleep(1)
        slept.append(seconds)
        if len(slept) == 3:
            standby.door("replica-lag", {"replica": f"{REGION}/acme-dev", "seconds": 0})

    standby.door("replica-lag", {"replica": f"{REGION}/acme-dev", "seconds": 40})
    assert caught_up(session, "acme-dev", 60, sleep=time_passes)["seconds"] == 0
    assert len(slept) >= 3
    standby.door("replica-lag", {"replica": f"{REGION}/acme-dev", "seconds": -1})
    assert latest(session, "acme-dev")["seconds"] == -1
    with pytest.raises(Problem, match="still behind its source after 1 seconds"):
        caught_up(session, "acme-dev", 1, sleep=lambda _: time.sleep(1))
