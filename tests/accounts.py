# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a simulated account, found without the project's own code: with boto3's list calls, service by service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import jmespath
from simulated import Simulated

REGION, GLOBAL = "ap-southeast-1", "us-east-1"

# Service, operation, what of the answer is one thing's name, and parameters. Names are compared, never ids, which differ from run to run.
_TAGGED = "[?Tags[?Key=='Project']].Tags[] | [?Key=='Name'].Value"
LISTS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("ec2", "describe_vpcs", f"Vpcs{_TAGGED}", {}),
    ("ec2", "describe_subnets", f"Subnets{_TAGGED}", {}),
    ("ec2", "describe_route_tables", f"RouteTables{_TAGGED}", {}),
    ("ec2", "describe_internet_gateways", f"InternetGateways{_TAGGED}", {}),
    ("ec2", "describe_nat_gateways", f"NatGateways[?State!='deleted'] | {_TAGGED}", {}),
    ("ec2", "describe_addresses", f"Addresses{_TAGGED}", {}),
    ("ec2", "describe_security_groups", "SecurityGroups[?GroupName!='default'].GroupName", {}),
    ("ec2", "describe_network_acls", f"NetworkAcls{_TAGGED}", {}),
    ("ec2", "describe_vpc_endpoints", f"VpcEndpoints[?State!='deleted'] | {_TAGGED}", {}),
    ("ec2", "describe_flow_logs", "FlowLogs[].ResourceId | [].type(@)", {}),
    ("ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateName", {}),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName", {}),
    ("autoscaling", "describe_policies", "ScalingPolicies[].PolicyName", {}),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerName", {}),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupName", {}),
    ("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier", {}),
    ("rds", "describe_db_clusters", "DBClusters[].DBClusterIdentifier", {}),
    ("rds", "describe_db_proxies", "DBProxies[].DBProxyName", {}),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName", {}),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups[?!starts_with(DBParameterGroupName, 'default')].DBParameterGroupName", {}),
    ("backup", "list_backup_vaults", "BackupVaultList[].BackupVaultName", {}),
    ("backup", "list_backup_plans", "BackupPlansList[].BackupPlanName", {}),
    ("elasticache", "describe_replication_groups", "ReplicationGroups[].ReplicationGroupId", {}),
    ("elasticache", "describe_users", "Users[?UserId!='default'].UserId", {}),
    ("elasticache", "describe_user_groups", "UserGroups[].UserGroupId", {}),
    ("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups[].CacheSubnetGroupName", {}),
    ("kms", "list_aliases", "Aliases[?!starts_with(AliasName, 'alias/aws/')].AliasName", {}),
    # The managed secret of a database carries a random name.
    ("secretsmanager", "list_secrets", "SecretList[?!starts_with(Name, 'rds!')].Name", {}),
    ("ssm", "describe_parameters", "Parameters[].Name", {}),
    ("ssm", "list_documents", "DocumentIdentifiers[].Name", {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),
    ("logs", "describe_log_groups", "logGroups[].logGroupName", {}),
    ("cloudwatch", "describe_alarms", "[MetricAlarms[].AlarmName, CompositeAlarms[].AlarmName][]", {}),
    ("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName", {}),
    ("sns", "list_topics", "Topics[].TopicArn", {}),
    ("sns", "list_platform_applications", "PlatformApplications[].PlatformApplicationArn", {}),
    ("acm", "list_certificates", "CertificateSummaryList[].DomainName", {}),
    ("wafv2", "list_web_acls", "WebACLs[].Name", {"Scope": "REGIONAL"}),
    ("lambda", "list_functions", "Functions[].FunctionName", {}),
    ("lambda", "list_event_source_mappings", "EventSourceMappings[].FunctionArn", {}),
    ("dynamodb", "list_tables", "TableNames", {}),
    ("sqs", "list_queues", "QueueUrls", {}),
    ("cognito-idp", "list_user_pools", "UserPools[].Name", {"MaxResults": 60}),
    ("cognito-identity", "list_identity_pools", "IdentityPools[].IdentityPoolName", {"MaxResults": 60}),
    ("apigatewayv2", "get_apis", "Items[].Name", {}),
)
WORLDWIDE: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("s3", "list_buckets", "Buckets[].Name", {}),
    ("iam", "list_roles", "Roles[?!contains(Path, 'aws-service-role')].RoleName", {}),
    ("iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName", {}),
    ("iam", "list_policies", "Policies[].PolicyName", {"Scope": "Local"}),
    ("route53", "list_hosted_zones", "HostedZones[].Name", {}),
    ("route53", "list_health_checks", "HealthChecks[].HealthCheckConfig.Type", {}),
    ("cloudfront", "list_distributions", "DistributionList.Items[].Comment", {}),
    ("cloudfront", "list_origin_access_controls", "OriginAccessControlList.Items[].Name", {}),
    ("wafv2", "list_web_acls", "WebACLs[].Name", {"Scope": "CLOUDFRONT"}),
    ("budgets", "describe_budgets", "Budgets[].BudgetName", {"AccountId": "123456789012"}),
)
# Made by AWS itself in answer to something: it comes and goes by its own clock.
_BY_AWS = ("TargetTracking-",)


def contents(simulator: Simulated, region: str = REGION, rename: Callable[[str], str] = lambda name: name) -> dict[str, int]:
    """How many of what name there are: `ec2 describe_subnets groundswell-sandbox-app-a` -> 1."""
    found: Counter[str] = Counter()
    clients: dict[tuple[str, str], Any] = {}
    for lists, places in ((LISTS, (region, GLOBAL)), (WORLDWIDE, (GLOBAL,))):
        for service, operation, path, parameters in lists:
            for place in places:
                client = clients.setdefault((service, place), None) or simulator.client(service, place)
                clients[service, place] = client
                pages = client.get_paginator(operation).paginate(**parameters) if client.can_paginate(operation) else [getattr(client, operation)(**parameters)]
                for name in (name for page in pages for name in jmespath.search(path, page) or []):
                    if name and not str(name).startswith(_BY_AWS):
                        found[f"{service} {operation} {rename(str(name))}"] += 1
    return dict(sorted(found.items()))


def secrets(simulator: Simulated, region: str = REGION) -> dict[str, str]:
    """The values of all secrets, by name: what no log may contain."""
    client = simulator.client("secretsmanager", region)
    names = jmespath.search("SecretList[].Name", client.list_secrets()) or []
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}
