# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for everything of an environment without the engine: by tag, and service by service.

Deliberately not built on the kinds: what a kind overlooks when it removes, it would overlook here too.
"""

from __future__ import annotations

import collections.abc
import concurrent.futures
import dataclasses
import re
import typing as t

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing


Client = collections.abc.Callable[..., t.Any]
_THREADS = 8


@dataclasses.dataclass(frozen=True)
class Search:
    """One list call.

    :param service: boto3's name of the service.
    :param kind: what is found, in words.
    :param operation: method of the client, paginated where botocore knows how.
    :param path: JMESPath of the ids in the answer.
    :param cost: what one of them costs while it stays, empty for nothing.
    :param parameters: of the call; `{prefix}`, `{path}`, `{domain}` and `{account}` are filled in.
    :param by_tag: whether the call filters by EC2's tag filters, so that names need not match.
    :param home: where to ask, for what has no region.
    """

    service: str
    kind: str
    operation: str
    path: str
    cost: str = ""
    parameters: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    by_tag: bool = False
    home: str = ""


_HOURLY = "charged by the hour"
_GIGABYTE = "charged by the gigabyte and month"

# Prices are orders of magnitude for a warning, in US dollars; AWS's pricing pages have the exact ones.
SEARCHES = (
    Search("ec2", "NAT gateway", "describe_nat_gateways", "NatGateways[?State!='deleted' && State!='failed'].NatGatewayId", "about 35 a month", by_tag=True),
    Search("ec2", "elastic IP", "describe_addresses", "Addresses[].AllocationId", "about 4 a month", by_tag=True),
    Search("ec2", "instance", "describe_instances", "Reservations[].Instances[?State.Name!='terminated'].InstanceId | []", _HOURLY, by_tag=True),
    Search("ec2", "volume", "describe_volumes", "Volumes[].VolumeId", _GIGABYTE, by_tag=True),
    Search("ec2", "snapshot", "describe_snapshots", "Snapshots[].SnapshotId", _GIGABYTE, {"OwnerIds": ["self"]}, by_tag=True),
    Search("ec2", "image", "describe_images", "Images[].ImageId", _GIGABYTE, {"Owners": ["self"]}, by_tag=True),
    Search("ec2", "VPC endpoint", "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted'].VpcEndpointId", "about 9 a month and zone", by_tag=True),
    Search(
        "ec2",
        "VPC peering connection",
        "describe_vpc_peering_connections",
        "VpcPeeringConnections[?contains(['pending-acceptance', 'provisioning', 'active'], Status.Code)].VpcPeeringConnectionId",
        by_tag=True,
    ),
    Search("ec2", "network interface", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId", by_tag=True),
    Search("ec2", "launch template", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateName", by_tag=True),
    Search("ec2", "flow log", "describe_flow_logs", "FlowLogs[].FlowLogId", by_tag=True),
    Search("ec2", "security group", "describe_security_groups", "SecurityGroups[].GroupId", by_tag=True),
    Search("ec2", "network ACL", "describe_network_acls", "NetworkAcls[].NetworkAclId", by_tag=True),
    Search("ec2", "route table", "describe_route_tables", "RouteTables[].RouteTableId", by_tag=True),
    Search("ec2", "internet gateway", "describe_internet_gateways", "InternetGateways[].InternetGatewayId", by_tag=True),
    Search(
        "ec2",
        "egress-only internet gateway",
        "describe_egress_only_internet_gateways",
        "EgressOnlyInternetGateways[].EgressOnlyInternetGatewayId",
        by_tag=True,
    ),
    Search("ec2", "subnet", "describe_subnets", "Subnets[].SubnetId", by_tag=True),
    Search("ec2", "VPC", "describe_vpcs", "Vpcs[].VpcId", by_tag=True),
    Search("autoscaling", "Auto Scaling group", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName", _HOURLY),
    Search("elbv2", "load balancer", "describe_load_balancers", "LoadBalancers[].LoadBalancerName", "about 18 a month"),
    Search("elbv2", "target group", "describe_target_groups", "TargetGroups[].TargetGroupName"),
    Search("rds", "database instance", "describe_db_instances", "DBInstances[].DBInstanceIdentifier", _HOURLY),
    Search("rds", "database cluster", "describe_db_clusters", "DBClusters[].DBClusterIdentifier", _HOURLY),
    Search("rds", "database proxy", "describe_db_proxies", "DBProxies[].DBProxyName", _HOURLY),
    Search("rds", "database snapshot", "describe_db_snapshots", "DBSnapshots[].DBSnapshotIdentifier", _GIGABYTE, {"SnapshotType": "manual"}),
    Search(
        "rds",
        "cluster snapshot",
        "describe_db_cluster_snapshots",
        "DBClusterSnapshots[].DBClusterSnapshotIdentifier",
        _GIGABYTE,
        {"SnapshotType": "manual"},
    ),
    Search("rds", "database subnet group", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    Search("rds", "database parameter group", "describe_db_parameter_groups", "DBParameterGroups[].DBParameterGroupName"),
    Search("rds", "cluster parameter group", "describe_db_cluster_parameter_groups", "DBClusterParameterGroups[].DBClusterParameterGroupName"),
    Search("elasticache", "cache", "describe_replication_groups", "ReplicationGroups[].ReplicationGroupId", _HOURLY),
    Search("elasticache", "cache cluster", "describe_cache_clusters", "CacheClusters[].CacheClusterId", _HOURLY),
    Search("elasticache", "cache user", "describe_users", "Users[].UserId"),
    Search("elasticache", "cache user group", "describe_user_groups", "UserGroups[].UserGroupId"),
    Search("elasticache", "cache subnet group", "describe_cache_subnet_groups", "CacheSubnetGroups[].CacheSubnetGroupName"),
    Search("elasticache", "cache parameter group", "describe_cache_parameter_groups", "CacheParameterGroups[].CacheParameterGroupName"),
    Search("dynamodb", "table", "list_tables", "TableNames[]", _GIGABYTE),
    Search("cognito-idp", "user pool", "list_user_pools", "UserPools[].Name", "charged by the user and month", {"MaxResults": 60}),
    Search("cognito-identity", "identity pool", "list_identity_pools", "IdentityPools[].IdentityPoolName", "", {"MaxResults": 60}),
    Search("apigatewayv2", "HTTP API", "get_apis", "Items[].Name", "1 a million requests"),
    Search("lambda", "function", "list_functions", "Functions[].FunctionName"),
    Search("lambda", "event source mapping", "list_event_source_mappings", "EventSourceMappings[].FunctionArn"),
    Search("sqs", "queue", "list_queues", "QueueUrls[]"),
    Search("kms", "key alias", "list_aliases", "Aliases[].AliasName", "its key: 1 a month"),
    Search("secretsmanager", "secret", "list_secrets", "SecretList[].Name", "0.40 a month"),
    Search("ssm", "document", "list_documents", "DocumentIdentifiers[].Name", "", {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),
    Search("ssm", "parameter", "describe_parameters", "Parameters[].Name"),
    Search("logs", "log group", "describe_log_groups", "logGroups[].logGroupName", _GIGABYTE),
    Search("cloudwatch", "alarm", "describe_alarms", "[MetricAlarms[].AlarmName, CompositeAlarms[].AlarmName][]", "0.10 to 0.50 a month"),
    Search("cloudwatch", "dashboard", "list_dashboards", "DashboardEntries[].DashboardName", "3 a month"),
    Search("sns", "topic", "list_topics", "Topics[].TopicArn"),
    Search("sns", "platform application", "list_platform_applications", "PlatformApplications[].PlatformApplicationArn"),
    Search("events", "rule", "list_rules", "Rules[].Name"),
    Search("logs", "metric filter", "describe_metric_filters", "metricFilters[].filterName"),
    Search("config", "Config rule", "describe_config_rules", "ConfigRules[].ConfigRuleName", "0.001 for each evaluation"),
    Search(
        "config",
        "Config aggregator",
        "describe_configuration_aggregators",
        "ConfigurationAggregators[].ConfigurationAggregatorName",
    ),
    Search("accessanalyzer", "access analyzer", "list_analyzers", "analyzers[].name", "up to 0.20 a month for each user and role"),
    Search("acm", "certificate", "list_certificates", "CertificateSummaryList[].DomainName"),
    Search("wafv2", "web ACL", "list_web_acls", "WebACLs[].Name", "5 a month, and 1 for each rule", {"Scope": "REGIONAL"}),
    Search("wafv2", "IP set", "list_ip_sets", "IPSets[].Name", "", {"Scope": "REGIONAL"}),
    Search("backup", "backup vault", "list_backup_vaults", "BackupVaultList[].BackupVaultName", _GIGABYTE),
    Search("backup", "backup plan", "list_backup_plans", "BackupPlansList[].BackupPlanName", _GIGABYTE),
    Search("backup", "restore testing plan", "list_restore_testing_plans", "RestoreTestingPlans[].RestoreTestingPlanName", "what it restores, while it lasts"),
    # What has no region.
    Search("cloudtrail", "trail", "list_trails", "Trails[].Name", home="us-east-1"),
    Search("s3", "bucket", "list_buckets", "Buckets[].Name", _GIGABYTE, home="us-east-1"),
    Search("iam", "role", "list_roles", "Roles[].RoleName", home="us-east-1"),
    Search("iam", "instance profile", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName", home="us-east-1"),
    Search("iam", "group", "list_groups", "Groups[].GroupName", home="us-east-1"),
    Search("iam", "policy", "list_policies", "Policies[].PolicyName", "", {"Scope": "Local"}, home="us-east-1"),
    Search(
        "cloudfront",
        "distribution",
        "list_distributions",
        "DistributionList.Items[].Comment",
        "charged by traffic",
        home="us-east-1",
    ),
    Search("cloudfront", "origin access control", "list_origin_access_controls", "OriginAccessControlList.Items[].Name", home="us-east-1"),
    Search(
        "cloudfront",
        "cache policy",
        "list_cache_policies",
        "CachePolicyList.Items[].CachePolicy.CachePolicyConfig.Name",
        "",
        {"Type": "custom"},
        home="us-east-1",
    ),
    Search(
        "cloudfront",
        "origin request policy",
        "list_origin_request_policies",
        "OriginRequestPolicyList.Items[].OriginRequestPolicy.OriginRequestPolicyConfig.Name",
        "",
        {"Type": "custom"},
        home="us-east-1",
    ),
    Search(
        "cloudfront",
        "response headers policy",
        "list_response_headers_policies",
        "ResponseHeadersPolicyList.Items[].ResponseHeadersPolicy.ResponseHeadersPolicyConfig.Name",
        "",
        {"Type": "custom"},
        home="us-east-1",
    ),
    Search("cloudfront", "function", "list_functions", "FunctionList.Items[].Name", home="us-east-1"),
    Search("wafv2", "web ACL of the edge", "list_web_acls", "WebACLs[].Name", "5 a month, and 1 for each rule", {"Scope": "CLOUDFRONT"}, home="us-east-1"),
    Search("wafv2", "IP set of the edge", "list_ip_sets", "IPSets[].Name", "", {"Scope": "CLOUDFRONT"}, home="us-east-1"),
    Search("route53", "hosted zone", "list_hosted_zones", "HostedZones[].Name", "0.50 a month", home="us-east-1"),
    Search("budgets", "budget", "describe_budgets", "Budgets[].BudgetName", "", {"AccountId": "{account}"}, home="us-east-1"),
    Search("ce", "cost anomaly monitor", "get_anomaly_monitors", "AnomalyMonitors[].MonitorName", home="us-east-1"),
    Search("ce", "cost anomaly subscription", "get_anomaly_subscriptions", "AnomalySubscriptions[].SubscriptionName", home="us-east-1"),
)


@dataclasses.dataclass(frozen=True)
class Environment:
    """Whose things are looked for.

    :param tags: what they carry, at least Project and Environment.
    :param domain: name of the hosted zone and the certificates.
    """

    tags: dict[str, str]
    domain: str = ""

    @property
    def words(self) -> re.Pattern[str]:
        """Matches the names of its things: `groundswell-dev-web`, `/groundswell/dev/web`, `groundswell_dev`, but not `groundswell-development`."""
        project, environment = (re.escape(self.tags[key]).replace(r"\-", "[-_]") for key in ("Project", "Environment"))
        names = rf"(?<![a-z0-9]){project}[-/_]{environment}(?![a-z0-9])"
        domain = rf"|^(\*\.)?{re.escape(self.domain)}\.?$" if self.domain else ""
        return re.compile(names + domain)


@dataclasses.dataclass
class Found:
    """What the search saw.

    :param leftovers: each with service, kind, id, region, layer and cost.
    :param unseen: what could not be asked, with the reason.
    """

    leftovers: list[dict[str, str]] = dataclasses.field(default_factory=list)
    unseen: list[str] = dataclasses.field(default_factory=list)


def search(client: Client, account: str, environment: Environment, regions: collections.abc.Iterable[str], identity_center: bool = False) -> Found:
    """Everything of the environment in these regions and in what has no region.

    :param client: `client(service, region)` makes a boto3 client.
    :param identity_center: whether people get in through IAM Identity Center, so that there may be something.
    """
    regions = list(dict.fromkeys(regions))
    jobs: list[tuple[Search | None, str]] = [(look, region) for look in SEARCHES for region in ([look.home] if look.home else regions)]
    jobs += [(None, region) for region in dict.fromkeys([*regions, "us-east-1"])]
    found = Found()

    def one(job: tuple[Search | None, str]) -> None:
        look, region = job
        try:
            found.leftovers.extend(_by_tag(client, environment, region) if look is None else _by_service(client, account, environment, look, region))
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            found.unseen.append(f"{look.kind if look else 'tagged resources'} in {region}: {error}")

    with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(one, jobs))
    if identity_center:
        try:
            found.leftovers += _in_identity_center(client, environment)
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            found.unseen.append(f"permission sets and groups of Identity Center: {error}")
    found.leftovers = _once(found.leftovers)
    _name_layers(client, found.leftovers)
    found.unseen.sort()
    return found


def _by_service(client: Client, account: str, environment: Environment, look: Search, region: str) -> list[dict[str, str]]:
    parameters = {key: value.format(account=account) if isinstance(value, str) else value for key, value in look.parameters.items()}
    if look.by_tag:
        name = "Filter" if look.operation == "describe_flow_logs" else "Filters"
        parameters[name] = [{"Name": f"tag:{key}", "Values": [value]} for key, value in environment.tags.items()]
    api = client(look.service, region)
    if api.can_paginate(look.operation):
        answers = list(api.get_paginator(look.operation).paginate(**parameters).search(look.path))
    else:
        answers = _search(look.path, getattr(api, look.operation)(**parameters))
    # Of a queue's URL the name, as in its ARN.
    answers = [str(name).rpartition("/")[2] if str(name).startswith("http") else name for name in answers]
    return [
        {"service": look.service, "kind": look.kind, "id": str(name), "region": region, "layer": "", "cost": look.cost}
        for name in answers
        if name and (look.by_tag or environment.words.search(str(name)))
    ]


def _in_identity_center(client: Client, environment: Environment) -> list[dict[str, str]]:
    """Permission sets and groups, wherever the organization's instance is. Their lists want to be told which one, so they are no Search."""
    leftovers = []
    for page in client("sso-admin", "us-east-1").get_paginator("list_instances").paginate(RegionScope="ALL_REGIONS"):
        for instance in page["Instances"]:
            region, arn, store = instance.get("PrimaryRegion", "us-east-1"), instance["InstanceArn"], instance["IdentityStoreId"]
            api = client("sso-admin", region)
            for one in [one for one in api.get_paginator("list_permission_sets").paginate(InstanceArn=arn).search("PermissionSets[]") if one]:
                name = api.describe_permission_set(InstanceArn=arn, PermissionSetArn=one)["PermissionSet"]["Name"]
                leftovers.append({"service": "sso-admin", "kind": "permission set", "id": name, "region": region, "layer": "access", "cost": ""})
            groups = client("identitystore", region).get_paginator("list_groups").paginate(IdentityStoreId=store).search("Groups[].DisplayName")
            leftovers += [
                {"service": "identitystore", "kind": "group of Identity Center", "id": name, "region": region, "layer": "access", "cost": ""}
                for name in groups
                if name
            ]
    return [entry for entry in leftovers if environment.words.search(entry["id"])]


def _search(path: str, answer: dict[str, t.Any]) -> list[t.Any]:
    import jmespath

    return jmespath.search(path, answer) or []


def _by_tag(client: Client, environment: Environment, region: str) -> list[dict[str, str]]:
    pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources")
    filters = [{"Key": key, "Values": [value]} for key, value in environment.tags.items()]
    leftovers = []
    for mapping in pages.paginate(TagFilters=filters).search("ResourceTagMappingList[]"):
        tags = {tag["Key"]: tag["Value"] for tag in mapping["Tags"]}
        service = mapping["ResourceARN"].split(":")[2]
        if _on_its_way_out(client, mapping["ResourceARN"], region):
            continue
        leftovers.append(
            {"service": service, "kind": "tagged resource", "id": mapping["ResourceARN"], "region": region, "layer": tags.get("Layer", ""), "cost": ""}
        )
    return leftovers


def _name_layers(client: Client, leftovers: list[dict[str, str]]) -> None:
    """The layer of what the tagging API does not know, from the services' own lists of tags."""
    nameless = [entry for entry in leftovers if not entry["layer"]]
    for region in {entry["region"] for entry in nameless if entry["service"] == "ec2"}:
        pages = client("ec2", region).get_paginator("describe_tags").paginate(Filters=[{"Name": "key", "Values": ["Layer"]}])
        layers = {tag["ResourceId"]: tag["Value"] for tag in pages.search("Tags[]")}
        for entry in nameless:
            if entry["service"] == "ec2" and entry["region"] == region:
                entry["layer"] = layers.get(entry["id"], "")
    for entry in nameless:
        if entry["kind"] == "role" and entry["id"].startswith("AWSReservedSSO_"):
            entry["layer"] = "access"  # of a permission set; such roles carry no tags
        elif entry["kind"] == "role":
            tags = client("iam", entry["region"]).list_role_tags(RoleName=entry["id"])["Tags"]
            entry["layer"] = next((tag["Value"] for tag in tags if tag["Key"] == "Layer"), "")


def _on_its_way_out(client: Client, arn: str, region: str) -> bool:
    """True for what keeps its tags for a while after it was removed. EC2's own lists, which are searched too, say which of it is gone."""
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "ec2":
        return resource.startswith(("instance/", "natgateway/", "vpc-endpoint/", "vpc-peering-connection/"))
    if service == "kms" and resource.startswith("key/"):
        return bool(client("kms", region).describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion")
    if service == "secretsmanager":
        return "DeletedDate" in client("secretsmanager", region).describe_secret(SecretId=arn)
    return False


def _once(leftovers: list[dict[str, str]]) -> list[dict[str, str]]:
    """Without what the search by tag found again. What it alone found stays, and its layer goes to what both found."""
    named = [entry for entry in leftovers if entry["kind"] != "tagged resource"]
    for entry in [entry for entry in leftovers if entry["kind"] == "tagged resource"]:
        last = re.split(r"[:/]", entry["id"], maxsplit=5)[-1]
        twins = [other for other in named if re.search(rf"(^|[:/]){re.escape(other['id'].lstrip('/'))}([:/]|$)", last)]
        # Of two regions' of one name that of its own; what has no region was looked for in one only.
        twin = min(twins, key=lambda other: other["region"] != entry["region"], default=None)
        if twin:
            twin["layer"] = twin["layer"] or entry["layer"]
        else:
            named.append(entry)
    unique = {(entry["service"], entry["kind"], entry["id"], entry["region"]): entry for entry in named}
    return sorted(unique.values(), key=lambda entry: (entry["region"], entry["service"], entry["kind"], entry["id"]))
