# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind the collection knows, by the name of its module."""

from __future__ import annotations

from .kinds import (
    acm,
    apigatewayv2,
    application_autoscaling,
    autoscaling,
    backup,
    budgets,
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito,
    config,
    cost_explorer,
    dynamodb,
    ec2_compute,
    ec2_images,
    ec2_network,
    elasticache,
    elbv2,
    events,
    iam,
    identity_center,
    kms,
    lambda_events,
    lambda_functions,
    lambda_permissions,
    logs,
    rds,
    route53,
    s3,
    s3_objects,
    secretsmanager,
    settings,
    shield,
    sns,
    sns_push,
    sqs,
    ssm,
    wafv2,
)
from .resource import Kind

# Named here so that Ansible packs them into the modules that import this file.
_FILES = (
    acm,
    apigatewayv2,
    application_autoscaling,
    autoscaling,
    backup,
    budgets,
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito,
    config,
    cost_explorer,
    dynamodb,
    ec2_compute,
    ec2_images,
    ec2_network,
    elasticache,
    elbv2,
    events,
    iam,
    identity_center,
    kms,
    lambda_events,
    lambda_functions,
    lambda_permissions,
    logs,
    rds,
    route53,
    s3,
    s3_objects,
    secretsmanager,
    settings,
    shield,
    sns,
    sns_push,
    sqs,
    ssm,
    wafv2,
)


def kinds() -> dict[str, type[Kind]]:
    """Module name -> kind."""
    found = {}
    pending = list(Kind.__subclasses__())
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.module:
            found[kind.module] = kind
    return found
