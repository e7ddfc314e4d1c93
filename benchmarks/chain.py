# SPDX-License-Identifier: GPL-3.0-or-later
"""The longest chain of waits behind what a first run has made: the time that AWS needs, whoever asks and however cleverly.

What exists is read from the account, and how long each thing takes from the simulator's own table (simulator/latency_table.py says
where its seconds come from). One thing waits for another only where AWS itself would refuse it, or where a server could not start:

* a database waits until its monitoring role is known everywhere; a replica, a proxy and a member of a cluster until what they belong to
  is available (RDS refuses them before);
* a distribution waits for its certificate, and that for its validation (CloudFront refuses one that is not issued);
* servers wait for the databases, proxies and caches, whose addresses exist only then and are read when a server starts, and for the
  ways out of the VPC that they install through.

Everything else is side by side, and the run's own time, for asking and for looking, is not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import latency_table as table
from simulator.services import autoscaling

KINDS = {kind.name: kind for kind in table.KINDS}
GLOBAL = "us-east-1"


@dataclass(frozen=True)
class Wait:
    """One thing that takes time: seconds on AWS, and the names of what has to be ready before."""

    name: str
    seconds: float
    after: tuple[str, ...] = ()


def waits(client: Callable[[str, str], Any], *regions: str) -> list[Wait]:
    """What there is in the account that took time.

    :param client: gives the boto3 client of a service and a region.
    :param regions: the primary region, and those that stand by.
    """
    return [wait for region in regions for wait in _regional(client, region)] + _edge(client, regions)


def _regional(client: Callable[[str, str], Any], region: str) -> list[Wait]:
    rds, ec2, elasticache = client("rds", region), client("ec2", region), client("elasticache", region)
    found: list[Wait] = []
    for cluster in rds.describe_db_clusters()["DBClusters"]:
        found.append(Wait(f"cluster {cluster['DBClusterIdentifier']}", _takes("rds.db_cluster", "CreateDBCluster", cluster)))
    for database in rds.describe_db_instances()["DBInstances"]:
        found += _database(database)
    for proxy in rds.describe_db_proxies()["DBProxies"]:
        targets = rds.describe_db_proxy_targets(DBProxyName=proxy["DBProxyName"])["Targets"]
        after = tuple(f"database {target['RdsResourceId']}" for target in targets)
        found.append(Wait(f"proxy {proxy['DBProxyName']}", _takes("rds.db_proxy", "CreateDBProxy", proxy), after))
    for group in elasticache.describe_replication_groups()["ReplicationGroups"]:
        found.append(Wait(f"cache {group['ReplicationGroupId']}", _takes("elasticache.replication_group", "CreateReplicationGroup", group)))
    for cluster in elasticache.describe_cache_clusters()["CacheClusters"]:
        if not cluster.get("ReplicationGroupId"):
            found.append(Wait(f"cache {cluster['CacheClusterId']}", _takes("elasticache.cache_cluster", "CreateCacheCluster", cluster)))
    for gateway in ec2.describe_nat_gateways()["NatGateways"]:
        found.append(Wait(f"NAT gateway {gateway['NatGatewayId']}", _takes("ec2.nat_gateway", "CreateNatGateway", gateway)))
    for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
        found.append(Wait(f"endpoint {endpoint['VpcEndpointId']}", _takes("ec2.vpc_endpoint", "CreateVpcEndpoint", endpoint)))
    needed = tuple(wait.name for wait in found)
    for group in client("autoscaling", region).describe_auto_scaling_groups()["AutoScalingGroups"]:
        if group["Instances"]:
            found.append(Wait(f"servers {group['AutoScalingGroupName']}", autoscaling.INSTANCE_PENDING + autoscaling.INSTANCE_BOOT, needed))
    for balancer in client("elbv2", region).describe_load_balancers()["LoadBalancers"]:
        found.append(Wait(f"load balancer {balancer['LoadBalancerName']}", _takes("elbv2.load_balancer", "CreateLoadBalancer", balancer)))
    return [Wait(f"{wait.name} in {region}", wait.seconds, tuple(name if " in " in name else f"{name} in {region}" for name in wait.after)) for wait in found]


def _database(database: dict[str, Any]) -> list[Wait]:
    """A database instance, and the role that it takes on."""
    name = f"database {database['DBInstanceIdentifier']}"
    source = database.get("ReadReplicaSourceDBInstanceIdentifier", "")
    if source:
        # By its ARN, if it is in another region.
        after = (f"database {source.rpartition(':')[2]} in {source.split(':')[3]}" if ":" in source else f"database {source}",)
        return [Wait(name, _takes("rds.db_instance", "CreateDBInstanceReadReplica", database), after)]
    takes = _takes("rds.db_instance", "CreateDBInstance", database)
    after = (f"cluster {database['DBClusterIdentifier']}",) if database.get("DBClusterIdentifier") else ()
    if not database.get("MonitoringRoleArn"):
        return [Wait(name, takes, after)]
    role = Wait(f"role of {name}", table.IAM_PROPAGATION)
    return [role, Wait(name, takes, (*after, role.name))]


def _edge(client: Callable[[str, str], Any], regions: tuple[str, ...]) -> list[Wait]:
    """Certificates of all regions, and the distributions that show one."""
    validation = table.CERTIFICATE_RECORD + table.CERTIFICATE_VALIDATION
    found = {
        certificate["CertificateArn"]: Wait(f"certificate in {place}", validation)
        for place in {*regions, GLOBAL}
        for certificate in client("acm", place).list_certificates(Includes={"keyTypes": ["RSA_2048", "EC_prime256v1"]})["CertificateSummaryList"]
    }
    distributions = []
    for distribution in client("cloudfront", GLOBAL).list_distributions()["DistributionList"].get("Items", []):
        certificate = found.get(distribution["ViewerCertificate"].get("ACMCertificateArn", ""))
        takes = _takes("cloudfront.distribution", "CreateDistribution", distribution)
        distributions.append(Wait(f"distribution {distribution['Comment']}", takes, (certificate.name,) if certificate else ()))
    return [*found.values(), *distributions]


def _takes(kind: str, operation: str, item: dict[str, Any]) -> float:
    """AWS's seconds until a thing that an operation makes is ready, as the simulator has them."""
    phases = KINDS[kind].created_by[operation]
    return sum(phase.seconds for phase in (phases if isinstance(phases, tuple) else phases({}, item)))


def longest(found: list[Wait]) -> list[Wait]:
    """The chain that takes longest, first thing first."""
    by_name = {wait.name: wait for wait in found}
    best: dict[str, tuple[float, list[Wait]]] = {}

    def until(wait: Wait) -> tuple[float, list[Wait]]:
        if wait.name not in best:
            seconds, before = max((until(by_name[name]) for name in wait.after if name in by_name), key=lambda one: one[0], default=(0.0, []))
            best[wait.name] = seconds + wait.seconds, [*before, wait]
        return best[wait.name]

    return max((until(wait) for wait in found), key=lambda one: one[0])[1]
