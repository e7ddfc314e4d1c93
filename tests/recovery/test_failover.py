# SPDX-License-Identifier: GPL-3.0-or-later
"""A region is lost: the other one takes over without asking it anything, and every later run knows. Then it is led home, without a loss."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pairs import AWAY, HOME, NAME, PARAMETER, Pair, asks_its_own, instances, leads_to, sizes, snapshots, thrown
from rollouts import ROOT, command, environment, play
from simulated import Simulated

FAILOVER = "playbooks/failover.yml"
CONSENT = ("-e", "failover_consent=sandbox")


@pytest.fixture(scope="module")
def pair(two_regions: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Thrown away in the end: the tests go from one state to the next."""
    with two_regions.copy(tmp_path_factory.mktemp("pair")) as pair, pair.visited():
        yield pair


def test_prod_looks_where_a_failover_leaves_it() -> None:
    account = yaml.safe_load((ROOT / "group_vars/prod/account.yml").read_text())
    site = yaml.safe_load((ROOT / "group_vars/all/site.yml").read_text())
    plugin = yaml.safe_load((ROOT / "inventories/prod/serving.yml").read_text())
    assert plugin["parameter"] == f"/{site['project_name']}/{account['environment_name']}/recovery/serving"
    assert plugin["environment"] == account["environment_name"]


def test_a_region_beside_what_has_none(pair: Pair) -> None:
    """What is kept once for each region has another name than what AWS keeps in us-east-1 for the whole world."""
    for region, names in ((HOME, {NAME}), (AWAY, {NAME, f"{NAME}-global"})):
        aliases = [alias["AliasName"] for alias in pair.client("kms", region).list_aliases()["Aliases"]]
        assert {alias for alias in aliases if alias.endswith("-logs")} == {f"alias/{name}-logs" for name in names}
        certificates = pair.client("acm", region).list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
        assert len(certificates) == len(names)


def test_without_a_standby(simulator: Simulated) -> None:
    run = play(simulator, *CONSENT, playbook=FAILOVER)
    assert run.code != 0
    assert "no region stands by in this inventory" in " ".join(run.output.split())
    assert run.mutating == []


def test_without_consent(pair: Pair) -> None:
    """And with that for another environment."""
    for arguments in ((), ("-e", "failover_consent=prod")):
        run = pair.failover(*arguments)
        assert run.code != 0
        assert "-e failover_consent=sandbox" in " ".join(run.output.split())
        assert run.mutating == []


def test_with_nothing_to_take_over_with(pair: Pair) -> None:
    """All that is missing is said at once, and nothing is touched."""
    secrets = pair.client("secretsmanager", HOME)
    names = (f"{NAME}-database-application", f"{NAME}-origin_header")
    for name in names:
        secrets.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=[AWAY])
    run = pair.failover(*CONSENT)
    said = " ".join(run.output.split())
    assert run.code != 0
    assert "the secret of the database is not here" in said
    assert "the header of the edge is not here" in said
    assert run.mutating == []
    for name in names:
        key = f"arn:aws:kms:{AWAY}:123456789012:alias/{NAME}-secrets"
        secrets.replicate_secret_to_regions(SecretId=name, AddReplicaRegions=[{"Region": AWAY, "KmsKeyId": key}])


def test_whoever_cannot_ask_runs_nothing(pair: Pair) -> None:
    """A run that took the inventory as it is written might undo a failover. But who knows may say so."""
    pair.lose(AWAY)
    run = play(pair.simulator, playbook="playbooks/network.yml", inventory=pair.inventory)
    assert run.code != 0
    assert f"{AWAY} does not say which region serves" in " ".join(run.output.split())
    assert {call["operation"] for call in run.calls} == {"GetParameter"}
    graph = subprocess.run(
        [str(Path(command("", pair.inventory)[0]).with_name("ansible-inventory")), "-i", str(ROOT / "inventories/dev"), "-i", str(pair.inventory), "--list"],
        cwd=ROOT, check=True,
        env=environment(pair.simulator, GROUNDSWELL_SERVING="sandbox-use1"), capture_output=True, text=True,
    )  # fmt: skip
    groups = json.loads(graph.stdout)
    # Another environment's cells stay what they are.
    assert (sorted(groups["primary"]["hosts"]), groups["lost"]["hosts"]) == (["dev-apse1", "sandbox-use1"], ["sandbox-apse1"])
    pair.lose()


def test_the_layer_alone(pair: Pair, record: Path) -> None:
    """As each other layer, it finds what it stands on by itself; where the copy of the database is there, nothing was left for it."""
    run = play(pair.simulator, playbook="playbooks/standby.yml", inventory=pair.inventory, record=record).succeeded()
    assert run.mutating == []
    # The lock is looked at from any of them.
    assert "sandbox-use1" in run.record["cells"]


@pytest.mark.parametrize(("seconds", "said"), [(-1, "is not replicated at all"), (40, "is 40.0 seconds behind")])
def test_a_copy_that_is_behind(pair: Pair, seconds: int, said: str) -> None:
    """Nobody stops serving for it."""
    pair.simulator.door("replica-lag", {"replica": f"{AWAY}/{NAME}", "seconds": seconds})
    run = pair.run("switchover", "-e", "switchover_to=sandbox-use1", "-e", "switchover_consent=sandbox")
    assert run.code != 0
    assert said in " ".join(run.output.split())
    assert run.mutating == []
    pair.simulator.door("replica-lag", {"replica": f"{AWAY}/{NAME}", "seconds": 0})


def uploads(pair: Pair) -> str:
    """What visitors have left, at home."""
    (bucket,) = [one["Name"] for one in pair.client("s3", HOME).list_buckets()["Buckets"] if one["Name"].endswith(f"{HOME}-uploads")]
    return str(bucket)


def test_objects_come_back(pair: Pair) -> None:
    """A release has spoilt pictures: those are as before, and a visitor's that came since is still there."""
    s3 = pair.client("s3", HOME)
    bucket = uploads(pair)
    for key in ("media/one.png", "media/two.png"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"picture")
    time.sleep(1.1)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    s3.put_object(Bucket=bucket, Key="media/one.png", Body=b"spoilt")
    s3.delete_object(Bucket=bucket, Key="media/two.png")
    s3.put_object(Bucket=bucket, Key="media/new.png", Body=b"new")

    what = ("-e", "restore_bucket=uploads", "-e", "restore_prefix=media/", "-e", f"restore_at={at}")
    refused = pair.run("restore_objects", "-e", "restore_bucket=pictures")
    said = " ".join(refused.output.split())
    assert refused.code != 0
    assert all(words in said for words in ("say which bucket", "uploads", "say what time", "-e restore_objects_consent=sandbox"))
    look = pair.run("restore_objects", *what, "--check").succeeded()
    assert look.mutating == []
    assert "2 objects of 14.00 Bytes to bring back" in " ".join(look.output.split())
    pair.run("restore_objects", *what, "-e", "restore_objects_consent=sandbox").succeeded()
    assert {key: s3.get_object(Bucket=bucket, Key=f"media/{key}.png")["Body"].read() for key in ("one", "two", "new")} == {
        "one": b"picture", "two": b"picture", "new": b"new",
    }  # fmt: skip
    assert pair.told("restore_objects")["after"]["brought back"] == "2 objects, 14.00 Bytes"


@pytest.mark.long
def test_a_zone_is_done_without(pair: Pair) -> None:
    """Asked from outside all the time: for a drill, by the runbook itself, and back again."""
    asg, arc = pair.client("autoscaling", HOME), pair.client("arc-zonal-shift", HOME)
    zone = f"{HOME}a"
    refused = pair.run("evacuate_zone", "-e", "evacuate_zone=use1-az1", "-e", "evacuate_zone_hours=99")
    said = " ".join(refused.output.split())
    assert refused.code != 0
    assert all(words in said for words in (f"there is apse1-az1 ({zone})", "-e evacuate_zone_consent=sandbox", "0.017 (a minute) to 72"))
    assert refused.mutating == []
    for tier in ("web", "app"):
        asg.set_desired_capacity(AutoScalingGroupName=f"{NAME}-{tier}", DesiredCapacity=2)
    look = pair.run("evacuate_zone", "-e", f"evacuate_zone={zone}", "--check").succeeded()
    assert "would create 4 zonal shifts" in " ".join(look.output.split())
    assert look.mutating == []

    drill = ("-e", "drill=zone", "-e", f"evacuate_zone={zone}", "-e", "drill_consent=sandbox", "-e", '{"evacuate_zone_watch": 1}')
    run = pair.run("drill", *drill).succeeded()
    assert run.mutating == ["arc-zonal-shift:StartZonalShift"] * 4 + ["arc-zonal-shift:CancelZonalShift"] * 4
    shifts = arc.list_zonal_shifts()["items"]
    assert {(one["awayFrom"], one["status"]) for one in shifts} == {("apse1-az1", "CANCELED")}
    assert {one["resourceIdentifier"].split(":")[2] for one in shifts} == {"elasticloadbalancing", "autoscaling"}
    left, back = pair.told("evacuate_zone"), pair.told("return_to_zone")
    assert left["after"]["turned away from apse1-az1"].startswith(f"{NAME}-public until ")
    assert (back["after"]["turned away from apse1-az1"], left["seen_from_outside"]["longest"]) == ("nothing", 0)
    assert pair.told("drill_zone")["after"]["measured"] == "0.0 seconds without the site, at most"
    for tier in ("web", "app"):
        asg.set_desired_capacity(AutoScalingGroupName=f"{NAME}-{tier}", DesiredCapacity=1)


@pytest.mark.long
def test_a_drill_of_objects(pair: Pair) -> None:
    """It spoils and brings back what is its own, and leaves nothing that anybody would see."""
    drills = ("zone", "switchover", "restore_database", "restore_objects")
    for named, words in ((["-e", "drill=zones"], f"drill must be one of: {', '.join(drills)}, got: zones"), ([], f"say which: -e drill={' | '.join(drills)}")):
        refused = pair.run("drill", *named, "-e", "drill_consent=sandbox")
        assert words in " ".join(refused.output.split())
        assert refused.mutating == []
    s3 = pair.client("s3", HOME)
    bucket = uploads(pair)
    before = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}
    pair.run("drill", "-e", "drill=restore_objects", "-e", "drill_consent=sandbox").succeeded()
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])} == before
    versions = [one["Key"] for one in s3.list_object_versions(Bucket=bucket, Prefix="drills/")["Versions"]]
    assert sorted(key.rpartition("/")[2] for key in versions) == ["deleted"] * 2 + ["overwritten"] * 3
    assert pair.told("restore_objects")["after"]["brought back"].startswith("2 objects")
    assert "within the target of 3600 seconds. It is the first of its kind here." in pair.told("drill_restore_objects")["verdict"]


def test_check(pair: Pair) -> None:
    run = pair.failover("--check").succeeded()
    assert run.mutating == []


def test_killed_at_the_worst_moment_and_run_again(pair: Pair) -> None:
    """The database is promoted, and nobody knows yet: then again, to the end, with the other region gone all the time. It takes AWS's time, divided."""
    assert leads_to(pair) == HOME
    pair.takes_time(20)
    pair.lose(HOME)
    assert leads_to(pair) == ""
    before = len(pair.simulator.calls())
    process = subprocess.Popen(
        command(FAILOVER, pair.inventory, *CONSENT, *pair.options), cwd=ROOT, env=environment(pair.simulator), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not any(call["operation"] == "PromoteReadReplica" for call in pair.simulator.calls()[before:]):
        assert process.poll() is None, "it ended without promoting anything"
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # Should it wake up now: nothing that visitors write there would be kept.
    pair.lose()
    assert leads_to(pair) == ""
    pair.lose(HOME)

    run = pair.failover(*CONSENT).succeeded()
    # Nothing that has no region was so much as asked but identities, and nothing of it was changed.
    assert {call["service"] for call in pair.simulator.calls()[before:]} & {"route53", "cloudfront"} == set()
    assert not [call for call in pair.simulator.calls()[before:] if call["mutating"] and call["service"] == "iam"]
    assert {call["operation"] for call in run.calls if call["region"] == HOME} <= {"GetParameter"}
    assert not [call for call in run.calls if call["region"] == HOME and call["mutating"]]

    # It has waited for what takes time: all is ready while it still does.
    (database,) = pair.client("rds").describe_db_instances()["DBInstances"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in database
    assert database["DBInstanceStatus"] == "available"
    pair.takes_time(None)
    assert sizes(pair, AWAY) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    assert leads_to(pair) == AWAY
    assert thrown(pair, AWAY) == {"peer-given-up", "taken-over"}
    # Not those of the region that is lost: nobody has edited a name.
    assert asks_its_own(pair, AWAY)

    told = pair.told("failover")
    assert (told["environment"], told["after"]["serving"]) == ("sandbox", "sandbox-use1")
    assert [step["step"] for step in told["steps"]][-1] == "visitors are led here"
    # Nobody was served when it began, and somebody is now.
    (outage,) = told["seen_from_outside"]["outages"]
    assert outage["ended"] > next(step["at"] for step in told["steps"] if step["step"] == "servers asked for")
    # Measured by the run that was killed; what is promoted is behind nobody.
    assert told["replica_lag"] == {}
    (page,) = pair.records.glob("failover-*.html")
    assert "sandbox-use1 serves" in page.read_text()
    assert f"{outage['seconds']} s" in page.read_text()


def test_a_run_of_the_site_afterwards(pair: Pair, record: Path) -> None:
    """It brings up the rest of what a region that serves has, and undoes nothing; the region that was lost may be back or not."""
    # It has woken up, with servers that are well and a database of before: no visitor is led there, not even when nobody else serves.
    pair.lose()
    assert leads_to(pair) == AWAY
    pair.lose(AWAY)
    assert leads_to(pair) == ""
    pair.lose(HOME)
    run = play(pair.simulator, inventory=pair.inventory, record=record).succeeded()
    assert not [call for call in run.calls if call["region"] == HOME and call["mutating"]]
    assert "sandbox-apse1" not in run.record["cells"]
    # The names say now what the failover had said without them.
    assert thrown(pair, AWAY) == set()
    assert leads_to(pair) == AWAY
    pair.lose()
    assert leads_to(pair) == AWAY
    pair.lose(AWAY)
    assert leads_to(pair) == ""
    pair.lose()
    (database,) = pair.client("rds").describe_db_instances()["DBInstances"]
    assert database["BackupRetentionPeriod"] == 1


def test_the_way_home_without_consent(pair: Pair) -> None:
    run = pair.run("failback")
    assert run.code != 0
    assert "-e follow_consent=sandbox" in " ".join(run.output.split())
    assert run.mutating == []


@pytest.mark.long
def test_the_way_home(pair: Pair) -> None:
    """What was lost follows again, takes everything over that was written meanwhile, and serves; the other one stands by."""
    secrets = {region: pair.client("secretsmanager", region) for region in (HOME, AWAY)}
    # Somebody has rotated it meanwhile: what stands in the region that was lost opens nothing.
    password = json.dumps({"username": "app_b", "password": "MadeUpAndRotatedMadeUpAndRotated"})
    secrets[AWAY].put_secret_value(SecretId=f"{NAME}-database-application", SecretString=password)
    before = len(pair.simulator.calls())
    run = pair.run("failback", "-e", "failback_consent=sandbox").succeeded()
    calls = [(call["region"], call["operation"]) for call in pair.simulator.calls()[before:] if call["mutating"]]

    # The database of before the failover is gone, but for a snapshot; the one that served until now too.
    assert {region: len(snapshots(pair, region)) for region in (HOME, AWAY)} == {HOME: 1, AWAY: 1}
    home, away = (pair.client("rds", region).describe_db_instances()["DBInstances"] for region in (HOME, AWAY))
    assert [(one["DBInstanceIdentifier"], one.get("ReadReplicaSourceDBInstanceIdentifier")) for one in home] == [(NAME, None)]
    assert [(one["DBInstanceIdentifier"], one.get("ReadReplicaSourceDBInstanceIdentifier")) for one in away] == [(NAME, home[0]["DBInstanceArn"])]
    # Nobody wrote when it was handed over.
    last_server = max(i for i, call in enumerate(calls) if call == (AWAY, "CompleteLifecycleAction") or call == (AWAY, "UpdateAutoScalingGroup"))
    assert calls.index((HOME, "PromoteReadReplica")) > calls.index((AWAY, "UpdateAutoScalingGroup"))
    assert last_server
    assert [secrets[region].get_secret_value(SecretId=f"{NAME}-database-application")["SecretString"] for region in (HOME, AWAY)] == [password] * 2
    for name in ("credentials", "application"):
        assert secrets[AWAY].describe_secret(SecretId=f"{NAME}-database-{name}")["PrimaryRegion"] == HOME
    assert sizes(pair, HOME) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    assert sizes(pair, AWAY) == {f"{NAME}-web": (0, 0), f"{NAME}-app": (0, 0)}
    assert [len(pair.client("backup", region).list_backup_plans()["BackupPlansList"]) for region in (HOME, AWAY)] == [2, 0]
    assert leads_to(pair) == HOME
    assert thrown(pair, HOME) | thrown(pair, AWAY) == set()
    markers = [json.loads(pair.client("ssm", region).get_parameter(Name=PARAMETER)["Parameter"]["Value"]) for region in (HOME, AWAY)]
    assert markers[0] == markers[1]
    assert (markers[0]["serving"], markers[0]["lost"]) == ("sandbox-apse1", [])
    told = pair.told("switchover")
    (outage,) = told["seen_from_outside"]["outages"]
    begun, stopped = told["begun"], next(step["at"] for step in told["steps"] if "nobody writes any more" in step["step"])
    assert begun < outage["begun"] < stopped < outage["ended"]
    assert told["replica_lag"]["at"] > stopped[:19]
    assert pair.told("follow")["after"] == {"serving": "sandbox-apse1", "standing by": "sandbox-use1"}
    assert "To let it serve: ansible-playbook playbooks/switchover.yml" in run.output


@pytest.mark.long
def test_home(pair: Pair, record: Path) -> None:
    """All is as it was before, and whoever says again where to go is told that they are there."""
    again = play(pair.simulator, inventory=pair.inventory, record=record).succeeded()
    assert (again.changed, again.mutating) == (0, [])
    run = pair.run("switchover", "-e", "switchover_to=sandbox-apse1", "-e", "switchover_consent=sandbox")
    assert run.code != 0
    assert "sandbox-apse1 serves already" in run.output
    assert run.mutating == []


@pytest.mark.long
def test_the_database_as_it_was(pair: Pair, record: Path) -> None:
    """Beside the one that serves, which nobody touches; then in its place, for the site in both regions."""
    rds = pair.client("rds", HOME)
    before = instances(pair, HOME)
    before_groups = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]["VpcSecurityGroups"]
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1.1)
    refused = pair.run("restore_database", "-e", "restore_at=2020-01-01T00:00:00Z", "-e", "restore_database_consent=sandbox")
    assert refused.code != 0
    assert "can be restored to a time between" in " ".join(refused.output.split())
    restore = ("-e", f"restore_at={at}", "-e", "restore_database_consent=sandbox")
    # With a server that finds something wrong; then none can be reached, which takes nothing back.
    looked = {"verdict": "bad", "problems": ["tables: 0, and it has to be 1 at least"], "tables": 0, "rows": 0}
    pair.simulator.door("command", {"document": f"{NAME}-validate-database", "output": json.dumps(looked)})
    wrong = pair.run("restore_database", *restore)
    assert wrong.code != 0
    assert "something is wrong: tables: 0, and it has to be 1 at least" in " ".join(wrong.output.split())
    pair.simulator.door("agent", {"instance": "*", "online": False})
    pair.run("restore_database", *restore).succeeded()
    assert "It is not validated, nobody has looked at a row: no server that talks to the database can be reached" in pair.told("restore_database")["verdict"]
    pair.simulator.door("agent", {"instance": "*", "online": True})
    refused = pair.run("exchange_database", "-e", "exchange_database_consent=sandbox")
    assert "was looked into, and something is wrong with it" in " ".join(refused.output.split())
    assert refused.mutating == []
    pair.simulator.door("command", {"document": f"{NAME}-validate-database", "output": json.dumps({"verdict": "good", "problems": [], "tables": 2, "rows": 7})})
    pair.run("restore_database", *restore).succeeded()
    assert "A server has looked into it: 2 tables, 7 rows" in pair.told("restore_database")["verdict"]
    after = instances(pair, HOME)
    assert {name: identity for name, identity in after.items() if name in before} == before
    (restored,) = rds.describe_db_instances(DBInstanceIdentifier=f"{NAME}-restored")["DBInstances"]
    (group,) = pair.client("ec2", HOME).describe_security_groups(GroupIds=[one["VpcSecurityGroupId"] for one in restored["VpcSecurityGroups"]])[
        "SecurityGroups"
    ]
    assert (group["GroupName"], len(group["IpPermissions"]), group["IpPermissionsEgress"]) == (f"{NAME}-restored", 1, [])
    assert pair.told("restore_database")["after"]["restored"] == restored["Endpoint"]["Address"]
    assert {"Key": "Validation", "Value": "good"} in restored["TagList"]

    look = pair.run("exchange_database", "--check").succeeded()
    assert look.mutating == []
    without = pair.run("exchange_database")
    assert "-e exchange_database_consent=sandbox" in " ".join(without.output.split())
    assert without.mutating == []
    pair.run("exchange_database", "-e", "exchange_database_consent=sandbox").succeeded()
    assert instances(pair, HOME) == {NAME: after[f"{NAME}-restored"], f"{NAME}-replaced": after[NAME]}
    (serving,) = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    assert serving["BackupRetentionPeriod"] == 1
    assert serving["VpcSecurityGroups"] == before_groups
    (copy,) = pair.client("rds").describe_db_instances()["DBInstances"]
    assert copy["ReadReplicaSourceDBInstanceIdentifier"] == serving["DBInstanceArn"]
    assert serving["ReadReplicaDBInstanceIdentifiers"] == [copy["DBInstanceArn"]]
    assert sizes(pair, HOME) == {f"{NAME}-web": (1, 1), f"{NAME}-app": (1, 1)}
    assert [one for one in pair.client("ec2", HOME).describe_security_groups()["SecurityGroups"] if one["GroupName"] == f"{NAME}-restored"] == []
