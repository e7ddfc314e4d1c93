# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of waits that a first run is held against is read from what exists and from the simulator's own durations."""

from __future__ import annotations

from test_rules_rds import AURORA, FAR, MEMBER, MYSQL, far, rds, subnets  # noqa: F401 - fixtures

from benchmarks.chain import Wait, longest, waits
from simulator import latency_table as table

REGION = "eu-west-1"


def test_the_longest_of_several(rds):  # noqa: F811
    """What is side by side does not add up, what follows does."""
    found = [Wait("cache", 630), Wait("certificate", 305), Wait("edge", 300, ("certificate",)), Wait("servers", 85, ("cache", "no such thing"))]
    assert [wait.name for wait in longest(found)] == ["cache", "servers"]
    assert [wait.name for wait in longest([*found, Wait("late", 120, ("edge",))])] == ["certificate", "edge", "late"]


def test_replica_after_its_source(simulator, rds):  # noqa: F811
    """A standby and a first backup take their time before anything can be copied."""
    rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, MultiAZ=True, BackupRetentionPeriod=7)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="db")
    chain = longest(waits(simulator.client, REGION))
    assert [wait.name for wait in chain] == [f"database db in {REGION}", f"database replica in {REGION}"]
    assert [wait.seconds for wait in chain] == [table.DB_INSTANCE_MULTI_AZ + table.DB_FIRST_BACKUP, table.DB_READ_REPLICA]


def test_copy_in_another_region(simulator, rds, far):  # noqa: F811
    """The longest of all, and nothing that a site waits for is after it."""
    source = rds.create_db_instance(DBInstanceIdentifier="db", **MYSQL, BackupRetentionPeriod=7)["DBInstance"]["DBInstanceArn"]
    far.create_db_instance_read_replica(DBInstanceIdentifier="db", SourceDBInstanceIdentifier=source, SourceRegion=REGION, DBSubnetGroupName="far-group")
    chain = longest(waits(simulator.client, REGION, FAR))
    assert [wait.name for wait in chain] == [f"database db in {REGION}", f"database db in {FAR}"]
    assert chain[1].seconds == table.DB_READ_REPLICA_OF_ANOTHER_REGION


def test_member_after_its_cluster(simulator, rds):  # noqa: F811
    rds.create_db_cluster(DBClusterIdentifier="cluster", **AURORA)
    rds.create_db_instance(DBInstanceIdentifier="one", **MEMBER)
    chain = longest(waits(simulator.client, REGION))
    assert [wait.seconds for wait in chain] == [table.DB_CLUSTER, table.AURORA_INSTANCE]
