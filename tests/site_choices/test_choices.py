# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shipped inventories leave off: each choice rolls out, stays as it is, and goes without a trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from accounts import REGION, contents
from rollouts import play
from simulated import Simulated

NAME = "groundswell-sandbox"
CONSENT = ["-e", "destroy_consent=sandbox", "-e", "destroy_data_consent=sandbox", "-e", "destroy_keep_snapshots=false"]
# The layers that the choices are about, and what they stand on.
LAYERS = "access,keys,storage,network,database,cache,endpoints"


@contextmanager
def chosen(simulator: Simulated, record: Path, **choices: Any) -> Iterator[list[str]]:
    """A rollout with these choices, which a second one leaves alone; afterwards taken down. Yields the arguments of a run."""
    empty = contents(simulator)
    arguments = ["--tags", LAYERS, "-e", json.dumps(choices)]
    play(simulator, *arguments).succeeded()
    again = play(simulator, *arguments, record=record).succeeded()
    assert again.mutating == []
    assert (again.changes, again.record["undeclared"], again.record["waiting"]) == ([], {}, {})
    yield arguments
    play(simulator, "-e", json.dumps(choices), *CONSENT, playbook="playbooks/destroy.yml").succeeded()
    assert contents(simulator) == empty
    assert simulator.door("unimplemented") == []


def published(simulator: Simulated) -> dict[str, str]:
    """What the application is told, by the end of the parameter's name."""
    pages = simulator.client("ssm", REGION).get_paginator("get_parameters_by_path").paginate(Path="/groundswell/sandbox", Recursive=True)
    return {parameter["Name"].split("/", 4)[4]: parameter["Value"] for parameter in pages.search("Parameters[]")}


def test_aurora_with_readers_that_follow_the_load_and_a_proxy(simulator: Simulated, record: Path) -> None:
    """And a cache whose clients log in by IAM, then with a token, then by IAM again."""
    choices = {
        "database_engine": "aurora-mysql",
        "database_instance_class": "db.r7g.large",
        "database_reader_autoscaling_max": 4,
        "database_proxy_enabled": True,
        "cache_authentication": "iam",
    }
    with chosen(simulator, record, **choices) as arguments:
        rds = simulator.client("rds", REGION)
        (cluster,) = rds.describe_db_clusters()["DBClusters"]
        assert (cluster["DBClusterIdentifier"], cluster["Engine"], cluster["Status"]) == (NAME, "aurora-mysql", "available")
        assert cluster["StorageEncrypted"]
        members = rds.describe_db_instances()["DBInstances"]
        assert {member["DBInstanceIdentifier"]: member["DBInstanceClass"] for member in members} == {f"{NAME}-{n}": "db.r7g.large" for n in (1, 2)}
        assert len({member["AvailabilityZone"] for member in members}) == 2

        scaling = simulator.client("application-autoscaling", REGION)
        (target,) = scaling.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]
        assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (f"cluster:{NAME}", 1, 4)
        (policy,) = scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"]
        tracked = policy["TargetTrackingScalingPolicyConfiguration"]
        assert (tracked["PredefinedMetricSpecification"]["PredefinedMetricType"], tracked["TargetValue"]) == ("RDSReaderAverageCPUUtilization", 60)

        (proxy,) = rds.describe_db_proxies()["DBProxies"]
        assert proxy["RequireTLS"]
        assert {target["RdsResourceId"] for target in rds.describe_db_proxy_targets(DBProxyName=NAME)["Targets"]} == {NAME, f"{NAME}-1", f"{NAME}-2"}

        groups = {group["logGroupName"]: group for group in simulator.client("logs", REGION).describe_log_groups(logGroupNamePrefix="/aws/rds/")["logGroups"]}
        assert {name: group.get("retentionInDays") for name, group in groups.items()} == {
            f"/aws/rds/cluster/{NAME}/{log}": 30 for log in ("error", "slowquery")
        }

        told = published(simulator)
        assert (told["database/writer-address"], told["database/reader-address"]) == (cluster["Endpoint"], cluster["ReaderEndpoint"])
        assert told["database/proxy-address"] == proxy["Endpoint"]
        assert told["cache/user"] == NAME
        assert "cache/secret-arn" not in told

        # A reader that the autoscaler adds is its own, and goes with the cluster.
        rds.create_db_instance(
            DBInstanceIdentifier="application-autoscaling-1", DBClusterIdentifier=NAME, Engine="aurora-mysql", DBInstanceClass="db.r7g.large"
        )
        run = play(simulator, *arguments, record=record).succeeded()
        assert (run.mutating, run.record["undeclared"]) == ([], {})

        cache = simulator.client("elasticache", REGION)

        def asks() -> tuple[bool, list[str]]:
            (group,) = cache.describe_replication_groups()["ReplicationGroups"]
            return group["AuthTokenEnabled"], group["UserGroupIds"]

        assert asks() == (False, [NAME])
        by_token = ["--tags", "cache", "-e", json.dumps({**choices, "cache_authentication": "auth_token"})]
        told = play(simulator, *by_token, record=record).succeeded()
        assert asks() == (True, [])
        assert sorted(told.record["undeclared"]) == [f"elasticache_user_groups/{NAME}", f"elasticache_users/{NAME}"]
        play(simulator, "--tags", "cache", *arguments[2:]).succeeded()
        assert asks() == (False, [NAME])


@pytest.mark.long
def test_aurora_without_sizes_and_memcached_on_a_network_of_both_families(simulator: Simulated, record: Path) -> None:
    """Serverless capacity has a range instead of a class; Memcached has nodes, and nothing to log in with; IPv6 beside IPv4, and endpoints
    instead of ways over the internet."""
    choices = {
        "database_engine": "aurora-mysql",
        "database_instance_class": "db.serverless",
        "database_serverless_max_capacity": 8,
        "cache_engine": "memcached",
        "cache_nodes": 2,
        "network_ipv6": True,
        "network_interface_endpoints": ["ssm", "secretsmanager"],
    }
    with chosen(simulator, record, **choices) as arguments:
        (cluster,) = simulator.client("rds", REGION).describe_db_clusters()["DBClusters"]
        assert cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"] == 0.5
        assert cluster["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == 8

        (cache,) = simulator.client("elasticache", REGION).describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
        assert (cache["Engine"], cache["NumCacheNodes"], cache["TransitEncryptionEnabled"]) == ("memcached", 2, True)
        assert len({node["CustomerAvailabilityZone"] for node in cache["CacheNodes"]}) == 2
        told = published(simulator)
        assert (told["cache/engine"], told["cache/primary-address"]) == ("memcached", cache["ConfigurationEndpoint"]["Address"])
        assert {"cache/user", "cache/secret-arn"} & set(told) == set()

        # CloudWatch knows a node of Memcached by its cluster's name and its own number.
        look = play(simulator, "--check", "--diff", "--tags", "observability", *arguments[2:], record=record).succeeded()
        alarms = {change["name"] for change in look.changes if change["kind"] == "cloudwatch_alarms"}
        assert {f"{NAME}-cache-{number}-evictions" for number in ("0001", "0002")} <= alarms
        assert {name for name in alarms if name.endswith(("-lag", "-storage"))} == {f"{NAME}-database-{number}-lag" for number in (1, 2)}
        assert all(f'"CacheNodeId": "{number}"' in look.output for number in ("0001", "0002"))
        assert f'"CacheClusterId": "{NAME}"' in look.output

        ec2 = simulator.client("ec2", REGION)
        ours = [{"Name": "tag:Layer", "Values": ["network"]}]
        (vpc,) = ec2.describe_vpcs(Filters=ours)["Vpcs"]
        block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        subnets = {tag["Value"]: subnet for subnet in ec2.describe_subnets(Filters=ours)["Subnets"] for tag in subnet["Tags"] if tag["Key"] == "Name"}
        assert all(subnet["Ipv6CidrBlockAssociationSet"] for subnet in subnets.values())
        assert {name for name, subnet in subnets.items() if subnet["AssignIpv6AddressOnCreation"]} == {f"{NAME}-app-{zone}" for zone in "abc"}
        routes = [route for table in ec2.describe_route_tables(Filters=ours)["RouteTables"] for route in table["Routes"]]
        assert len([route for route in routes if route.get("DestinationIpv6CidrBlock") == "::/0" and route.get("EgressOnlyInternetGatewayId")]) == 3
        admitted = {
            (entry["Egress"], entry.get("Ipv6CidrBlock"))
            for acl in ec2.describe_network_acls(Filters=ours)["NetworkAcls"]
            for entry in acl["Entries"]
            if entry["RuleAction"] == "allow" and "Ipv6CidrBlock" in entry
        }
        assert admitted == {(False, "::/0"), (True, "::/0"), (False, block), (True, block)}
        (web,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"{NAME}-web"]}])["SecurityGroups"]
        assert [source["CidrIpv6"] for rule in web["IpPermissionsEgress"] for source in rule["Ipv6Ranges"]] == ["::/0"]

        endpoints = {one["ServiceName"].rpartition(".")[2]: one for one in ec2.describe_vpc_endpoints(Filters=ours)["VpcEndpoints"]}
        assert {name: one["VpcEndpointType"] for name, one in endpoints.items()} == {
            "s3": "Gateway", "dynamodb": "Gateway", "ssm": "Interface", "secretsmanager": "Interface",
        }  # fmt: skip
        assert endpoints["ssm"]["PrivateDnsEnabled"]
        assert len(endpoints["ssm"]["SubnetIds"]) == 3
