# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttling, server errors and lost answers come at the asked rate, in each service's words, and again with the same seed."""

from __future__ import annotations

import datetime
import urllib.error

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess

from simulator import moto_bridge
from simulator.faults import LOST_ANSWER_SHARE, Faults
from simulator.request import Request as HttpRequest
from simulator.request import identify, parse

READS = [("ec2", "describe_vpcs"), ("iam", "list_roles"), ("kms", "list_keys"), ("s3", "list_buckets"), ("route53", "list_hosted_zones")]
CODES = {"ec2": "RequestLimitExceeded", "iam": "Throttling", "kms": "ThrottlingException", "s3": "SlowDown", "route53": "Throttling"}


def outcome(call, **params):
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "ok"


def test_throttling_in_each_services_words(start_simulator):
    simulator = start_simulator("--throttle", "1")
    for service, method in READS:
        assert outcome(getattr(simulator.client(service), method)) == CODES[service]
    assert {call["injected"] for call in simulator.calls()} == {"throttle"}


def test_the_same_seed_meets_the_same_faults():
    runs = []
    for seed in (7, 7, 8):
        simulator = InProcess(throttle=0.3, error=0.2, seed=seed)
        clients = {service: simulator.client(service) for service, _ in READS}
        runs.append([outcome(getattr(clients[service], method)) for _ in range(8) for service, method in READS])
    assert runs[0] == runs[1] != runs[2]


def test_a_lost_answer_leaves_the_change():
    simulator = InProcess(error=1.0, seed=1)
    ec2 = simulator.client("ec2")
    for number in range(20):
        assert outcome(ec2.create_key_pair, KeyName=f"key-{number}") in ("InternalError", "Unavailable")
    injected = [entry["injected"] for entry in simulator.core.journal.recent()]
    assert set(injected) == {"lost answer", "error"}
    changed = set(moto_bridge.backend("ec2", "eu-west-1").key_pairs)
    assert changed == {f"key-{number}" for number, kind in enumerate(injected) if kind == "lost answer"}


def test_the_door_sets_rates_until_the_next_reset(simulator):
    """Through HTTP: none at the start, all at once, none after a reset; nonsense is refused."""
    sts = simulator.client("sts")
    sts.get_caller_identity()
    simulator.door("faults", {"throttle": 1, "error": 0})
    assert outcome(sts.get_caller_identity) == "Throttling"
    with pytest.raises(urllib.error.HTTPError):
        simulator.door("faults", {"throttle": 0.8, "error": 0.3})
    simulator.reset()
    sts.get_caller_identity()


@pytest.mark.parametrize(("throttle", "error"), [(0.2, 0.0), (0.0, 0.1)])
def test_rates(throttle, error):
    faults = Faults(seed=5, throttle=throttle, error=error)
    body = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16"
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/ec2/aws4_request", "Content-Type": "application/x-www-form-urlencoded"}
    call = identify(HttpRequest.from_primitives("POST", "http://localhost/", headers, body.encode()))
    parse(call)
    drawn = [faults.draw(call, True) for _ in range(4000)]
    hit = [fault for fault in drawn if fault]
    assert len(hit) / len(drawn) == pytest.approx(throttle + error, abs=0.03)
    if error:
        assert sum(fault.after for fault in hit) / len(hit) == pytest.approx(LOST_ANSWER_SHARE, abs=0.1)


def test_identifiers_follow_the_seed():
    def ids(simulator: InProcess):
        topics = simulator.client("sns")
        return [topics.publish(TopicArn=topics.create_topic(Name="topic")["TopicArn"], Message="m")["MessageId"] for _ in range(3)]

    assert ids(InProcess(seed=42)) == ids(InProcess(seed=42)) != ids(InProcess(seed=43))


def test_a_region_that_is_lost(simulator):
    """Everything in it is refused, nothing beside it is, and what stood there stands there again."""
    lost, other = (simulator.client("ec2", region) for region in ("ap-southeast-1", "eu-west-1"))
    vpc = lost.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    simulator.door("outage", {"regions": ["ap-southeast-1"]})
    assert outcome(lost.describe_vpcs) == outcome(lost.delete_vpc, VpcId=vpc) == "ServiceUnavailable"
    assert outcome(other.describe_vpcs) == outcome(simulator.client("iam").list_roles) == "ok"
    assert [call["injected"] for call in simulator.calls()][-4:] == ["outage", "outage", None, None]
    simulator.door("outage", {"regions": ["us-east-1"]})
    assert outcome(simulator.client("route53").list_hosted_zones) == "ServiceUnavailable"
    simulator.door("outage", {"regions": []})
    assert vpc in [one["VpcId"] for one in lost.describe_vpcs()["Vpcs"]]
    with pytest.raises(urllib.error.HTTPError):
        simulator.door("outage", {"regions": "us-east-1"})


def test_a_replica_that_is_behind(simulator):
    """As CloudWatch tells it, and of what is a replica only."""
    rds, cloudwatch = (simulator.client(name, "eu-west-1") for name in ("rds", "cloudwatch"))
    rds.create_db_instance(DBInstanceIdentifier="source", Engine="mysql", DBInstanceClass="db.t4g.small", AllocatedStorage=20, MasterUsername="admin",
                           MasterUserPassword="made-up-word", BackupRetentionPeriod=1)  # fmt: skip
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="source")

    def behind(name):
        now = datetime.datetime.now(datetime.UTC)
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/RDS", MetricName="ReplicaLag", Dimensions=[{"Name": "DBInstanceIdentifier", "Value": name}],
            StartTime=now - datetime.timedelta(minutes=10), EndTime=now, Period=60, Statistics=["Maximum"],
        )  # fmt: skip
        return [point["Maximum"] for point in found["Datapoints"]]

    assert (behind("source"), behind("replica")) == ([], [0])
    simulator.door("replica-lag", {"replica": "eu-west-1/replica", "seconds": 40})
    assert behind("replica") == [40]
    with pytest.raises(urllib.error.HTTPError):
        simulator.door("replica-lag", {"replica": "eu-west-1/replica", "seconds": -2})
