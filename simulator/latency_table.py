# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes how long on AWS, and what it shows meanwhile. Seconds are typical for small sizes in an unloaded region.

Sources: "experience" is general knowledge of the services, neither measured here nor found in AWS's documentation; UG and API are
AWS's user guides and API references; "thread" is a public issue in which somebody logged a time.
"""

from __future__ import annotations

from simulator.latency import Kind, Phase
from simulator.registry import Parameters

NAT_GATEWAY_CREATE = 105  # experience: 1.5 to 2 min
NAT_GATEWAY_DELETE = 60  # experience; the entry stays listed about an hour (UG vpc/vpc-nat-gateway.md)
GATEWAY_ENDPOINT = 5  # experience
INTERFACE_ENDPOINT_CREATE = 90  # experience: 1 to 2 min
INTERFACE_ENDPOINT_DELETE = 120  # experience: 1 to 3 min until its interfaces are gone
LOAD_BALANCER_CREATE = 150  # experience: 2 to 3 min
LOAD_BALANCER_RELEASE = 150  # experience: the call is instant, the interfaces stay for 1 to 5 min
DB_INSTANCE = 390  # UG rds/USER_CreateDBInstance.md: up to 20 min; thread hashicorp/terraform#498: 5 to 10
DB_INSTANCE_MULTI_AZ = 750  # thread hashicorp/terraform#498: 15 to 20 min; experience 10 to 15
DB_FIRST_BACKUP = 60  # state backing-up; UG rds/Overview.DBInstance.Status.md; time: experience
DB_INSTANCE_CLASS = 450  # experience: 5 to 10 min
DB_INSTANCE_CLASS_MULTI_AZ = 690  # experience: 8 to 15 min
DB_INSTANCE_CHANGE = 60  # experience, for changes that move no data
DB_INSTANCE_RESTORE = 600  # experience: 6 to 15 min
DB_INSTANCE_DELETE = 330  # experience: 3 to 8 min
DB_READ_REPLICA = 450  # thread hashicorp/terraform#6948
DB_READ_REPLICA_OF_ANOTHER_REGION = 1200  # UG rds/USER_ReadRepl.XRgn.md; thread hashicorp/terraform-provider-aws#22990: 15 to 40 min
DB_PROMOTE = 330  # UG rds/USER_ReadRepl.md: several minutes
DB_REBOOT = 60  # experience
DB_SNAPSHOT = 120  # experience: 1 to 3 min, small
DB_CLUSTER = 45  # experience: 30 to 60 s without instances
DB_CLUSTER_DELETE = 60  # experience
DB_PROXY = 450  # experience: 5 to 10 min
DB_PROXY_DELETE = 180  # experience
AURORA_INSTANCE = 390  # UG aurora/Aurora.CreateInstance.md: up to 20 min
REPLICATION_GROUP = 630  # thread hashicorp/terraform-provider-aws#17725: 767 s; 8 to 13 min
REPLICATION_GROUP_CHANGE = 300  # experience
CACHE_CLUSTER = 360  # thread hashicorp/terraform#8275: 395 s; 5 to 7 min
CACHE_DELETE = 330  # experience: 3 to 8 min
DISTRIBUTION = 300  # UG cloudfront/GettingStarted.SimpleDistribution.md; today 4 to 6 min
CERTIFICATE_RECORD = 5  # experience: DescribeCertificate has no record yet just after the request
CERTIFICATE_VALIDATION = 300  # UG acm/dns-validation.md: 2 to 10 min after the record answers, at most 30
COGNITO_DOMAIN = 300  # API cognito-idp:CreateUserPoolDomain: one of your own within 5 min, its certificate within an hour
PEERING_REQUEST = 2  # UG vpc/peering/vpc-peering-basics.md names the states and no times; these are experience
PEERING_PROVISION = 10
PEERING_DELETE = 30
ROUTE53_CHANGE = 35  # UG route53: within 60 s
TABLE = 10  # experience of others: 5 to 22 s
TABLE_CHANGE = 5
TABLE_INDEX = 40  # UPDATING while an index begins; what it takes then is in services/dynamodb.py
TABLE_BILLING = 90  # 83 to 113 s
TABLE_DELETE = 10
ASSIGNMENT = 8  # of a permission set, and provisioning it: experience of others, 5 to 30 s
IAM_PROPAGATION = 10  # threads hashicorp/terraform#15341, terraform-provider-aws#838: 5 to 15 s, 2 min to be safe
INSTANCE_START = 25  # experience: 15 to 40 s
SNAPSHOT = 60  # experience: small ones, or sealing one that was written
IMAGE = 10  # experience; images that wait for their snapshots take as long as these


def _table_change(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    indexes = [change for change in params.get("GlobalSecondaryIndexUpdates", []) if "Create" in change]
    return (Phase("UPDATING", TABLE_BILLING if params.get("BillingMode") else TABLE_INDEX if indexes else TABLE_CHANGE),)


def _endpoint(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    gateway = item.get("VpcEndpointType") == "Gateway"
    return (Phase("pending", GATEWAY_ENDPOINT if gateway else INTERFACE_ENDPOINT_CREATE),)


def _endpoint_deletion(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    return () if item.get("VpcEndpointType") == "Gateway" else (Phase("deleting", INTERFACE_ENDPOINT_DELETE),)


def _db_instance(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    if str(item.get("Engine", "")).startswith("aurora"):
        return (Phase("creating", AURORA_INSTANCE),)
    creating = Phase("creating", DB_INSTANCE_MULTI_AZ if item.get("MultiAZ") else DB_INSTANCE)
    return (creating, Phase("backing-up", DB_FIRST_BACKUP)) if item.get("BackupRetentionPeriod") else (creating,)


def _db_replica(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    far = item["ReadReplicaSourceDBInstanceIdentifier"].startswith("arn:")
    return (Phase("creating", DB_READ_REPLICA_OF_ANOTHER_REGION if far else DB_READ_REPLICA),)


def _db_change(params: Parameters, item: Parameters) -> tuple[Phase, ...]:
    if not params.get("ApplyImmediately"):
        return ()  # most changes then wait for the maintenance window
    if "NewDBInstanceIdentifier" in params:
        return ()  # a life is known by its name; that a new one takes minutes to be seen is left out
    if "DBInstanceClass" in params:
        return (Phase("modifying", DB_INSTANCE_CLASS_MULTI_AZ if item.get("MultiAZ") else DB_INSTANCE_CLASS),)
    return (Phase("modifying", DB_INSTANCE_CHANGE),)


KINDS: tuple[Kind, ...] = (
    Kind(
        name="ec2.nat_gateway",
        service="ec2",
        id="NatGatewayId",
        state="State",
        shown_by={"CreateNatGateway": "NatGateway", "DescribeNatGateways": "NatGateways[]"},
        created_by={"CreateNatGateway": (Phase("pending", NAT_GATEWAY_CREATE),)},
        deleted_by={"DeleteNatGateway": (Phase("deleting", NAT_GATEWAY_DELETE),)},
        delete_ids="NatGatewayId",
        describe=("DescribeNatGateways", "NatGatewayIds[]"),
        not_found="NatGatewayNotFound",
        state_filter="state",
    ),
    Kind(
        name="ec2.vpc_endpoint",
        service="ec2",
        id="VpcEndpointId",
        state="State",
        shown_by={"CreateVpcEndpoint": "VpcEndpoint", "DescribeVpcEndpoints": "VpcEndpoints[]"},
        created_by={"CreateVpcEndpoint": _endpoint},
        deleted_by={"DeleteVpcEndpoints": _endpoint_deletion},
        delete_ids="VpcEndpointIds[]",
        describe=("DescribeVpcEndpoints", "VpcEndpointIds[]"),
        not_found="InvalidVpcEndpointId.NotFound",
        state_filter="vpc-endpoint-state",
    ),
    Kind(
        name="ec2.vpc_peering_connection",
        service="ec2",
        id="VpcPeeringConnectionId",
        state="Status.Code",
        worldwide=True,
        shown_by={
            "CreateVpcPeeringConnection": "VpcPeeringConnection",
            "AcceptVpcPeeringConnection": "VpcPeeringConnection",
            "DescribeVpcPeeringConnections": "VpcPeeringConnections[]",
        },
        created_by={"CreateVpcPeeringConnection": (Phase("initiating-request", PEERING_REQUEST),)},
        changed_by={"AcceptVpcPeeringConnection": (Phase("provisioning", PEERING_PROVISION),)},
        deleted_by={"DeleteVpcPeeringConnection": (Phase("deleting", PEERING_DELETE),)},
        delete_ids="VpcPeeringConnectionId",
        describe=("DescribeVpcPeeringConnections", "VpcPeeringConnectionIds[]"),
        not_found="InvalidVpcPeeringConnectionID.NotFound",
        state_filter="status-code",
    ),
    Kind(
        # services/cognito_idp.py begins them.
        name="cognito-idp.domain",
        service="cognito-idp",
        id="Domain",
        state="Status",
        shown_by={"DescribeUserPoolDomain": "DomainDescription"},
        created_by={"CreateUserPoolDomain": (Phase("CREATING", COGNITO_DOMAIN),)},
        rules=("R-COG-07",),
    ),
    Kind(
        name="ec2.instance",
        service="ec2",
        id="InstanceId",
        state="State",
        shown_by={"RunInstances": "Instances[]", "DescribeInstances": "Reservations[].Instances[]"},
        created_by={"RunInstances": (Phase({"Code": 0, "Name": "pending"}, INSTANCE_START),)},
    ),
    Kind(
        name="ec2.snapshot",
        service="ec2",
        id="SnapshotId",
        state="State",
        shown_by={"CreateSnapshot": "", "DescribeSnapshots": "Snapshots[]"},
        created_by={"CreateSnapshot": (Phase("pending", SNAPSHOT),)},
        state_filter="status",
    ),
    Kind(
        # services/ec2_images.py begins them.
        name="ec2.image",
        service="ec2",
        id="ImageId",
        state="State",
        shown_by={"DescribeImages": "Images[]"},
        created_by={"RegisterImage": (Phase("pending", IMAGE),)},
        state_filter="state",
        busy={"ModifyImageAttribute": "ImageId"},
        busy_code="InvalidAMIID.Unavailable",
        busy_message="The image ID '{id}' is no longer available",
    ),
    Kind(
        name="elbv2.load_balancer",
        service="elbv2",
        id="LoadBalancerArn",
        state="State.Code",
        shown_by={"CreateLoadBalancer": "LoadBalancers[]", "DescribeLoadBalancers": "LoadBalancers[]"},
        created_by={"CreateLoadBalancer": (Phase("provisioning", LOAD_BALANCER_CREATE),)},
        # A deleted load balancer is gone at once, its network interfaces are not: rules on subnets and groups ask for it.
        deleted_by={"DeleteLoadBalancer": (Phase("released", LOAD_BALANCER_RELEASE),)},
        delete_ids="LoadBalancerArn",
        describe=("DescribeLoadBalancers", "LoadBalancerArns[]"),
        vanishes=True,
        rules=("R-ELB-28",),
    ),
    Kind(
        name="rds.db_instance",
        service="rds",
        id="DBInstanceIdentifier",
        state="DBInstanceStatus",
        shown_by={
            "CreateDBInstance": "DBInstance",
            "CreateDBInstanceReadReplica": "DBInstance",
            "RestoreDBInstanceFromDBSnapshot": "DBInstance",
            "RestoreDBInstanceToPointInTime": "DBInstance",
            "ModifyDBInstance": "DBInstance",
            "RebootDBInstance": "DBInstance",
            "PromoteReadReplica": "DBInstance",
            "DeleteDBInstance": "DBInstance",
            "DescribeDBInstances": "DBInstances[]",
        },
        created_by={
            "CreateDBInstance": _db_instance,
            "CreateDBInstanceReadReplica": _db_replica,
            "RestoreDBInstanceFromDBSnapshot": (Phase("creating", DB_INSTANCE_RESTORE),),
            "RestoreDBInstanceToPointInTime": (Phase("creating", DB_INSTANCE_RESTORE),),
        },
        changed_by={
            "ModifyDBInstance": _db_change,
            "RebootDBInstance": (Phase("rebooting", DB_REBOOT),),
            "PromoteReadReplica": (Phase("modifying", DB_PROMOTE),),
        },
        deleted_by={"DeleteDBInstance": (Phase("deleting", DB_INSTANCE_DELETE),)},
        delete_ids="DBInstanceIdentifier",
        describe=("DescribeDBInstances", "DBInstanceIdentifier"),
        not_found="DBInstanceNotFound",
        busy={
            "ModifyDBInstance": "DBInstanceIdentifier",
            "RebootDBInstance": "DBInstanceIdentifier",
            "CreateDBInstanceReadReplica": "SourceDBInstanceIdentifier",
            "PromoteReadReplica": "DBInstanceIdentifier",
            "CreateDBSnapshot": "DBInstanceIdentifier",
            "StopDBInstance": "DBInstanceIdentifier",
        },
        busy_code="InvalidDBInstanceState",
        busy_message="Instance {id} is not in available state.",
        taken=("DBInstanceIdentifier", "DBInstanceAlreadyExists", "DB instance already exists"),
        rules=("R-RDS-35",),
    ),
    Kind(
        name="rds.db_snapshot",
        service="rds",
        id="DBSnapshotIdentifier",
        state="Status",
        shown_by={"CreateDBSnapshot": "DBSnapshot", "CopyDBSnapshot": "DBSnapshot", "DescribeDBSnapshots": "DBSnapshots[]"},
        created_by={"CreateDBSnapshot": (Phase("creating", DB_SNAPSHOT),), "CopyDBSnapshot": (Phase("creating", DB_SNAPSHOT),)},
    ),
    Kind(
        name="rds.db_cluster",
        service="rds",
        id="DBClusterIdentifier",
        state="Status",
        shown_by={
            "CreateDBCluster": "DBCluster",
            "ModifyDBCluster": "DBCluster",
            "DeleteDBCluster": "DBCluster",
            "DescribeDBClusters": "DBClusters[]",
        },
        created_by={"CreateDBCluster": (Phase("creating", DB_CLUSTER),)},
        changed_by={"ModifyDBCluster": (Phase("modifying", DB_INSTANCE_CHANGE),)},
        deleted_by={"DeleteDBCluster": (Phase("deleting", DB_CLUSTER_DELETE),)},
        delete_ids="DBClusterIdentifier",
        describe=("DescribeDBClusters", "DBClusterIdentifier"),
        not_found="DBClusterNotFoundFault",
        busy={"ModifyDBCluster": "DBClusterIdentifier", "DeleteDBCluster": "DBClusterIdentifier"},
        busy_code="InvalidDBClusterStateFault",
        busy_message="DB cluster {id} is not in available state.",
        taken=("DBClusterIdentifier", "DBClusterAlreadyExistsFault", "DB Cluster already exists"),
    ),
    Kind(
        name="rds.db_proxy",
        service="rds",
        id="DBProxyName",
        state="Status",
        shown_by={"CreateDBProxy": "DBProxy", "DeleteDBProxy": "DBProxy", "DescribeDBProxies": "DBProxies[]"},
        created_by={"CreateDBProxy": (Phase("creating", DB_PROXY),)},
        deleted_by={"DeleteDBProxy": (Phase("deleting", DB_PROXY_DELETE),)},
        delete_ids="DBProxyName",
        describe=("DescribeDBProxies", "DBProxyName"),
        not_found="DBProxyNotFoundFault",
    ),
    Kind(
        name="elasticache.replication_group",
        service="elasticache",
        id="ReplicationGroupId",
        state="Status",
        also={"NodeGroups[].Status": None},
        shown_by={
            "CreateReplicationGroup": "ReplicationGroup",
            "ModifyReplicationGroup": "ReplicationGroup",
            "DeleteReplicationGroup": "ReplicationGroup",
            "DescribeReplicationGroups": "ReplicationGroups[]",
        },
        created_by={"CreateReplicationGroup": (Phase("creating", REPLICATION_GROUP),)},
        changed_by={"ModifyReplicationGroup": (Phase("modifying", REPLICATION_GROUP_CHANGE),)},
        deleted_by={"DeleteReplicationGroup": (Phase("deleting", CACHE_DELETE),)},
        delete_ids="ReplicationGroupId",
        describe=("DescribeReplicationGroups", "ReplicationGroupId"),
        not_found="ReplicationGroupNotFoundFault",
        busy={"ModifyReplicationGroup": "ReplicationGroupId", "DeleteReplicationGroup": "ReplicationGroupId"},
        busy_code="InvalidReplicationGroupState",
        busy_message="Replication group {id} has status {state} which is not valid for this operation.",
        taken=("ReplicationGroupId", "ReplicationGroupAlreadyExists", "Replication group {id} already exists."),
        members={"elasticache.cache_cluster": "MemberClusters[]"},
        rules=("R-ECC-16",),
    ),
    Kind(
        name="elasticache.cache_cluster",
        service="elasticache",
        id="CacheClusterId",
        state="CacheClusterStatus",
        shown_by={
            "CreateCacheCluster": "CacheCluster",
            "ModifyCacheCluster": "CacheCluster",
            "DeleteCacheCluster": "CacheCluster",
            "DescribeCacheClusters": "CacheClusters[]",
        },
        created_by={"CreateCacheCluster": (Phase("creating", CACHE_CLUSTER),)},
        changed_by={"ModifyCacheCluster": (Phase("modifying", REPLICATION_GROUP_CHANGE),)},
        deleted_by={"DeleteCacheCluster": (Phase("deleting", CACHE_DELETE),)},
        delete_ids="CacheClusterId",
        describe=("DescribeCacheClusters", "CacheClusterId"),
        not_found="CacheClusterNotFound",
        busy={"ModifyCacheCluster": "CacheClusterId", "DeleteCacheCluster": "CacheClusterId"},
        busy_code="InvalidCacheClusterState",
        busy_message="Cache cluster {id} is not in available state.",
        taken=("CacheClusterId", "CacheClusterAlreadyExists", "Cache cluster already exists"),
    ),
    Kind(
        name="cloudfront.distribution",
        service="cloudfront",
        id="Id",
        state="Status",
        worldwide=True,
        shown_by={
            "CreateDistribution": "Distribution",
            "CreateDistributionWithTags": "Distribution",
            "UpdateDistribution": "Distribution",
            "GetDistribution": "Distribution",
            "ListDistributions": "DistributionList.Items[]",
        },
        created_by={
            "CreateDistribution": (Phase("InProgress", DISTRIBUTION),),
            "CreateDistributionWithTags": (Phase("InProgress", DISTRIBUTION),),
        },
        changed_by={"UpdateDistribution": (Phase("InProgress", DISTRIBUTION),)},
        busy={"DeleteDistribution": "Id"},
        busy_code="DistributionNotDisabled",
        busy_message="The distribution you are trying to delete has not been disabled.",
        rules=("R-CF-13", "R-CF-18"),
    ),
    Kind(
        name="route53.change",
        service="route53",
        id="Id",
        state="Status",
        worldwide=True,
        shown_by={
            "ChangeResourceRecordSets": "ChangeInfo",
            "CreateHostedZone": "ChangeInfo",
            "DeleteHostedZone": "ChangeInfo",
            "AssociateVPCWithHostedZone": "ChangeInfo",
            "DisassociateVPCFromHostedZone": "ChangeInfo",
            "GetChange": "ChangeInfo",
        },
        created_by={
            operation: (Phase("PENDING", ROUTE53_CHANGE),)
            for operation in (
                "ChangeResourceRecordSets",
                "CreateHostedZone",
                "DeleteHostedZone",
                "AssociateVPCWithHostedZone",
                "DisassociateVPCFromHostedZone",
            )
        },
        rules=("R-R53-19",),
    ),
    Kind(
        name="dynamodb.table",
        service="dynamodb",
        id="TableName",
        state="TableStatus",
        shown_by={"CreateTable": "TableDescription", "UpdateTable": "TableDescription", "DeleteTable": "TableDescription", "DescribeTable": "Table"},
        created_by={"CreateTable": (Phase("CREATING", TABLE),)},
        changed_by={"UpdateTable": _table_change},
        deleted_by={"DeleteTable": (Phase("DELETING", TABLE_DELETE),)},
        delete_ids="TableName",
        describe=("DescribeTable", "TableName"),
        not_found="ResourceNotFoundException",
        busy={"UpdateTable": "TableName", "DeleteTable": "TableName"},
        busy_code="ResourceInUseException",
        busy_message="Attempt to change a resource which is still in use: Table is being changed: {id} ({state})",
        taken=("TableName", "ResourceInUseException", "Table already exists: {id}"),
        rules=("R-DDB-05", "R-DDB-19"),
    ),
    Kind(
        # Shown by nothing: EC2 and Auto Scaling do not know the profile yet (rules/ec2.py and rules/autoscaling.py ask).
        name="iam.instance_profile",
        service="iam",
        id="InstanceProfileName",
        state=None,
        worldwide=True,
        shown_by={"CreateInstanceProfile": "InstanceProfile"},
        created_by={"CreateInstanceProfile": (Phase("propagating", IAM_PROPAGATION),)},
    ),
    Kind(
        name="iam.role",
        service="iam",
        id="RoleName",
        state=None,
        worldwide=True,
        shown_by={"CreateRole": "Role"},
        created_by={"CreateRole": (Phase("propagating", IAM_PROPAGATION),)},
    ),
)
