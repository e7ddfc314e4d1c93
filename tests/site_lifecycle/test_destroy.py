# SPDX-License-Identifier: GPL-3.0-or-later
"""The way down: nothing without consent, nothing that holds data without a second one, and then nothing left."""

from __future__ import annotations

from pathlib import Path

import pytest
from accounts import contents
from rollouts import play
from simulated import Simulated
from sites import CONSENT, DATA_CONSENT, DESTROY, Delegated


@pytest.mark.long
def test_half_built(simulator: Simulated) -> None:
    """What a rollout did not finish can be taken down too."""
    empty = contents(simulator)
    play(simulator, "--tags", "keys,storage,network").succeeded()
    assert contents(simulator) != empty
    play(simulator, *DATA_CONSENT, playbook=DESTROY).succeeded()
    assert contents(simulator) == empty


def test_the_whole_way_down(delegated: Delegated, simulator: Simulated, record: Path) -> None:
    """One account, step by step: no consent, a look, everything but data, then data too; and once more, where there is nothing to do."""
    empty = contents(simulator)
    simulator, full = delegated.simulator, delegated.contents

    refused = play(simulator, playbook=DESTROY)
    assert refused.code != 0
    assert "-e destroy_consent=sandbox" in refused.output
    assert refused.mutating == []

    wrong = play(simulator, "-e", "destroy_consent=prod", playbook=DESTROY)
    assert wrong.code != 0
    assert wrong.mutating == []

    look = play(simulator, "--check", playbook=DESTROY, record=record).succeeded()
    assert look.mutating == []
    assert {"autoscaling_groups", "elbv2_load_balancers"} <= {change["kind"] for change in look.changes}
    assert contents(simulator) == full

    backup = simulator.client("backup", "ap-southeast-1")
    (database,) = simulator.client("rds", "ap-southeast-1").describe_db_instances()["DBInstances"]
    role = simulator.client("iam", "us-east-1").get_role(RoleName="groundswell-sandbox-ap-southeast-1-backup")["Role"]["Arn"]
    backup.start_backup_job(BackupVaultName="groundswell-sandbox", ResourceArn=database["DBInstanceArn"], IamRoleArn=role)

    most = play(simulator, *CONSENT, playbook=DESTROY).succeeded()
    assert "-e destroy_data_consent=sandbox" in most.output
    kept = contents(simulator)
    assert len(backup.list_recovery_points_by_backup_vault(BackupVaultName="groundswell-sandbox")["RecoveryPoints"]) == 1
    for data in (
        "backup list_backup_vaults",
        "rds describe_db_instances",
        "s3 list_buckets",
        "kms list_aliases",
        "secretsmanager list_secrets",
        "ec2 describe_vpcs",
    ):
        assert [line for line in kept if line.startswith(data)] == [line for line in full if line.startswith(data)]
    for gone in (
        "backup list_backup_plans",
        "elbv2",
        "autoscaling",
        "cloudfront",
        "ec2 describe_nat_gateways",
        "ec2 describe_addresses",
        "elasticache describe_replication",
    ):
        assert [line for line in kept if line.startswith(gone)] == []

    play(simulator, *DATA_CONSENT, playbook=DESTROY).succeeded()
    assert contents(simulator) == empty
    snapshots = simulator.client("rds", "ap-southeast-1").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert len(snapshots) == 1, "the final snapshot stays"

    again = play(simulator, *DATA_CONSENT, playbook=DESTROY, record=record).succeeded()
    assert again.changes == []
    assert again.mutating == []
