# SPDX-License-Identifier: GPL-3.0-or-later
"""Known rules that the services' own models state, so that simulator.validation enforces them; each with a call that breaks it.

tests/simulator/test_rules.py makes every one of these calls and expects the refusal.
"""

from __future__ import annotations

from typing import Any

TRUST = '{"Version": "2012-10-17", "Statement": []}'

BROKEN_BY: dict[str, tuple[str, str, dict[str, Any]]] = {
    "R-AG2-15": ("apigatewayv2", "CreateIntegration", {"ApiId": "a", "IntegrationType": "AWS_PROXY", "TimeoutInMillis": 31000}),
    "R-BKP-05": ("backup", "CreateBackupVault", {"BackupVaultName": "no spaces"}),
    "R-BUD-02": ("budgets", "DeleteBudget", {"AccountId": "123456789012", "BudgetName": "a:b"}),
    "R-COG-14": ("cognito-idp", "CreateUserPool", {"PoolName": "users", "Policies": {"PasswordPolicy": {"MinimumLength": 5}}}),
    "R-CW-05": (
        "cloudwatch",
        "PutMetricAlarm",
        {"AlarmName": "a", "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": ["arn:a:b"] * 6},
    ),
    "R-DDB-29": (
        "dynamodb",
        "UpdateContinuousBackups",
        {"TableName": "app", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36}},
    ),
    "R-ELB-26": ("elbv2", "CreateRule", {"ListenerArn": "arn", "Conditions": [], "Actions": [], "Priority": 50001}),
    "R-IAM-14": ("iam", "CreateRole", {"RoleName": "r" * 65, "AssumeRolePolicyDocument": TRUST}),
    "R-IAM-19": ("iam", "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "MaxSessionDuration": 3599}),
    "R-LOG-03": ("logs", "CreateLogGroup", {"logGroupName": "no spaces"}),
    "R-R53-08": (
        "route53",
        "CreateHealthCheck",
        {"CallerReference": "c", "HealthCheckConfig": {"Type": "HTTP", "IPAddress": "192.0.2.1", "FailureThreshold": 11}},
    ),
    "R-R53-10": (
        "route53",
        "CreateHealthCheck",
        {"CallerReference": "c", "HealthCheckConfig": {"Type": "HTTP", "IPAddress": "192.0.2.1", "Regions": ["us-east-1", "eu-west-1"]}},
    ),
    "R-SEC-09": ("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "s" * 65537}),
    "R-WAF-09": ("wafv2", "CreateIPSet", {"Name": "no spaces", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": []}),
}
