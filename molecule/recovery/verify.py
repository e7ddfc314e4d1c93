# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3: verify.py REGION PREFIX."""

from __future__ import annotations

import json
import sys

import boto3

region, prefix = sys.argv[1:]
cloudwatch, rds, ssm = (boto3.client(service, region_name=region) for service in ("cloudwatch", "rds", "ssm"))

alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
assert set(alarms) == {f"{prefix}-peer-given-up", f"{prefix}-taken-over"}, set(alarms)
for name, metric, said in (("peer-given-up", "PeerGivenUp", True), ("taken-over", "TakenOver", False)):
    alarm = alarms[f"{prefix}-{name}"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Groundswell/sandbox/recovery", metric), alarm
    # Once said it holds, and a no holds at once: Route 53 goes by this metric and not by the state.
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Minimum", "GreaterThanThreshold", 0), alarm
    assert (alarm["TreatMissingData"], alarm["Period"], alarm["EvaluationPeriods"]) == ("ignore", 60, 1), alarm
    assert (alarm["StateValue"] == "ALARM") == said, alarm

(database,) = rds.describe_db_instances()["DBInstances"]
assert "ReadReplicaSourceDBInstanceIdentifier" not in database and database["BackupRetentionPeriod"] == 7, database

secret = boto3.client("secretsmanager", region_name=region).describe_secret(SecretId=f"{prefix}-database-credentials")
assert "PrimaryRegion" not in secret and {"Key": "Cell", "Value": "sandbox-apse1"} in secret["Tags"], secret

(parameter,) = ssm.describe_parameters()["Parameters"]
assert (parameter["Name"], parameter["Type"]) == ("/groundswell/sandbox/recovery/serving", "String"), parameter
said = json.loads(ssm.get_parameter(Name=parameter["Name"])["Parameter"]["Value"])
assert said == {"serving": "sandbox-apse1", "lost": ["sandbox-use1"], "turn": 1}, said
