# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of VPC: what a real account refuses, and the nearest thing that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated

REGION, OTHER = "eu-west-1", "us-east-1"


@pytest.fixture
def ec2(simulator: Simulated) -> Any:
    return simulator.client("ec2", REGION)


@pytest.fixture
def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def refused(code: str, call: Callable[..., Any], **params: Any) -> None:
    """The call is refused with this code, by a rule."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    assert raised.value.response["Error"]["Code"] == code, raised.value


def subnet(ec2: Any, vpc: str, block: str = "10.0.0.0/24", zone: str = "a") -> str:
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"])


def gateway(ec2: Any, vpc: str) -> str:
    found = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=found, VpcId=vpc)
    return found


def group(ec2: Any, vpc: str, name: str = "web") -> str:
    return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def test_subnet_size(ec2, vpc):
    refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/29")
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")


def test_zone_of_the_region(ec2, vpc):
    refused("InvalidParameterValue", ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")
    subnet(ec2, vpc)


def test_vpcs_per_region(simulator, ec2):
    for number in range(5 - len(ec2.describe_vpcs()["Vpcs"])):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    refused("VpcLimitExceeded", ec2.create_vpc, CidrBlock="10.9.0.0/16")
    simulator.client("ec2", "eu-central-1").create_vpc(CidrBlock="10.9.0.0/16")


def test_vpc_with_a_group_stays(ec2, vpc):
    held = group(ec2, vpc)
    refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
    ec2.delete_security_group(GroupId=held)
    ec2.delete_vpc(VpcId=vpc)
    assert not [acl for acl in ec2.describe_network_acls()["NetworkAcls"] if acl["VpcId"] == vpc]


def test_subnet_with_an_interface_stays(ec2, vpc):
    home = subnet(ec2, vpc)
    interface = ec2.create_network_interface(SubnetId=home)["NetworkInterface"]["NetworkInterfaceId"]
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=home)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=home)


def test_nat_gateway_holds_address_subnet_and_internet_gateway(ec2, vpc):
    way, home = gateway(ec2, vpc), subnet(ec2, vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=home, AllocationId=address)["NatGateway"]["NatGatewayId"]
    refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=address)
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=home)
    refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=way, VpcId=vpc)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=home)
    ec2.detach_internet_gateway(InternetGatewayId=way, VpcId=vpc)


def test_nat_gateway_fails_without_internet_gateway(ec2, vpc):
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnet(ec2, vpc), AllocationId=address)
    shown = ec2.describe_nat_gateways(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NatGateways"][0]
    assert (shown["State"], shown["FailureCode"]) == ("failed", "Gateway.NotAttached")
    ec2.release_address(AllocationId=address)


def test_a_request_with_one_token_is_carried_out_once(ec2, vpc):
    gateway(ec2, vpc)
    params = {
        "SubnetId": subnet(ec2, vpc),
        "AllocationId": ec2.allocate_address(Domain="vpc")["AllocationId"],
        "ClientToken": "one",
    }
    first, second = (ec2.create_nat_gateway(**params)["NatGateway"]["NatGatewayId"] for _ in range(2))
    assert first == second
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1


def test_addresses_per_region(ec2):
    for _ in range(5):
        ec2.allocate_address(Domain="vpc")
    refused("AddressLimitExceeded", ec2.allocate_address, Domain="vpc")


def test_address_needs_a_gateway(ec2, vpc):
    interface = ec2.create_network_interface(SubnetId=subnet(ec2, vpc))["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    refused("Gateway.NotAttached", ec2.associate_address, AllocationId=address, NetworkInterfaceId=interface)
    gateway(ec2, vpc)
    ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)
    refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=address)


def test_one_internet_gateway(ec2, vpc):
    gateway(ec2, vpc)
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    refused("InvalidParameterValue", ec2.attach_internet_gateway, InternetGatewayId=second, VpcId=vpc)


def test_one_table_a_subnet(ec2, vpc):
    home = subnet(ec2, vpc)
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    held = ec2.associate_route_table(RouteTableId=first, SubnetId=home)["AssociationId"]
    refused("Resource.AlreadyAssociated", ec2.associate_route_table, RouteTableId=second, SubnetId=home)
    ec2.replace_route_table_association(AssociationId=held, RouteTableId=second)


def test_main_table_stays(ec2, vpc):
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    refused("DependencyViolation", ec2.delete_route_table, RouteTableId=tables[0]["RouteTableId"])


def test_route_to_a_gateway_of_the_vpc(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    loose = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    refused("InvalidParameterValue", ec2.create_route, RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=loose)
    ec2.attach_internet_gateway(InternetGatewayId=loose, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=loose)


def endpoint(vpc: str, **more: Any) -> dict[str, Any]:
    return {"VpcId": vpc, "ServiceName": f"com.amazonaws.{REGION}.ssm", "VpcEndpointType": "Interface", **more}


def test_private_dns(ec2, vpc):
    home = subnet(ec2, vpc)
    refused("InvalidParameter", ec2.create_vpc_endpoint, **endpoint(vpc, SubnetIds=[home], PrivateDnsEnabled=True))
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=[home], PrivateDnsEnabled=True))
    refused("InvalidParameter", ec2.create_vpc_endpoint, **endpoint(vpc, SubnetIds=[home], PrivateDnsEnabled=True))


def test_endpoint_takes_one_subnet_a_zone_and_holds_it(ec2, vpc):
    homes = [subnet(ec2, vpc), subnet(ec2, vpc, "10.0.1.0/24")]
    held = group(ec2, vpc)
    refused("DuplicateSubnetsInSameZone", ec2.create_vpc_endpoint, **endpoint(vpc, SubnetIds=homes))
    made = ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=homes[:1], SecurityGroupIds=[held]))["VpcEndpoint"]["VpcEndpointId"]
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=homes[0])
    refused("DependencyViolation", ec2.delete_security_group, GroupId=held)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    ec2.delete_subnet(SubnetId=homes[0])
    ec2.delete_security_group(GroupId=held)


def test_interfaces_of_an_endpoint_outlive_it(start_simulator):
    ec2 = start_simulator("--latency", "aws", "--time-scale", "10").client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    home = subnet(ec2, vpc)
    made = ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=[home]))["VpcEndpoint"]["VpcEndpointId"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=home)


def test_one_gateway_endpoint_a_table(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    params = {"VpcId": vpc, "ServiceName": f"com.amazonaws.{REGION}.s3", "VpcEndpointType": "Gateway", "RouteTableIds": [table]}
    ec2.create_vpc_endpoint(**params)
    refused("RouteAlreadyExists", ec2.create_vpc_endpoint, **params)


def test_endpoint_policy(ec2, vpc):
    refused("InvalidParameter", ec2.create_vpc_endpoint, **endpoint(vpc, PolicyDocument="{"))


def test_group_names_and_descriptions(ec2, vpc):
    new = ec2.create_security_group
    refused("InvalidParameterValue", new, GroupName="sg-mine", Description="d", VpcId=vpc)
    refused("InvalidParameterValue", new, GroupName="web", Description="für alle", VpcId=vpc)
    group(ec2, vpc, "web")
    refused("InvalidGroup.Duplicate", new, GroupName="WEB", Description="d", VpcId=vpc)


def test_default_group_stays(ec2, vpc):
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"][0]
    refused("CannotDelete", ec2.delete_security_group, GroupId=found["GroupId"])


def test_group_that_a_rule_names_stays(ec2, vpc):
    named, holder = group(ec2, vpc, "named"), group(ec2, vpc, "holder")
    permission = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": named}]}]
    ec2.authorize_security_group_ingress(GroupId=holder, IpPermissions=permission)
    refused("DependencyViolation", ec2.delete_security_group, GroupId=named)
    ec2.revoke_security_group_ingress(GroupId=holder, IpPermissions=permission)
    ec2.delete_security_group(GroupId=named)


def test_a_prefix_list_in_a_rule_keeps_its_description(ec2, vpc):
    prefix_list = ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    peer = {"PrefixListId": prefix_list, "Description": "HTTPS from the edge"}
    held = group(ec2, vpc)
    permission = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [peer]}]
    ec2.authorize_security_group_ingress(GroupId=held, IpPermissions=permission)
    shown = ec2.describe_security_groups(GroupIds=[held])["SecurityGroups"][0]["IpPermissions"]
    assert shown[0]["PrefixListIds"] == [peer]


def test_groups_per_interface(ec2, vpc):
    home, groups = subnet(ec2, vpc), [group(ec2, vpc, f"g{number}") for number in range(6)]
    refused("SecurityGroupsPerInterfaceLimitExceeded", ec2.create_network_interface, SubnetId=home, Groups=groups)
    ec2.create_network_interface(SubnetId=home, Groups=groups[:5])


def test_network_acl_entries(ec2, vpc):
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "Egress": False, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"}
    refused("InvalidParameterValue", ec2.create_network_acl_entry, **entry, RuleNumber=32767)
    for number in range(1, 21):
        ec2.create_network_acl_entry(**entry, RuleNumber=number)
    refused("NetworkAclEntryLimitExceeded", ec2.create_network_acl_entry, **entry, RuleNumber=21)


def peered(ec2: Any, vpc: str, peer: str, region: str = OTHER) -> Any:
    return ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerRegion=region)["VpcPeeringConnection"]


@pytest.fixture
def there(simulator: Simulated) -> Any:
    return simulator.client("ec2", OTHER)


def test_a_peering_connection_of_two_regions(ec2, there, vpc):
    """Asked for here, accepted there; tags stay where they were put; routes lead nowhere before and after."""
    peer = there.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    made = peered(ec2, vpc, peer)
    identifier = made["VpcPeeringConnectionId"]
    assert (made["Status"]["Code"], "CidrBlock" in made["AccepterVpcInfo"]) == ("pending-acceptance", False)
    assert peered(ec2, vpc, peer)["VpcPeeringConnectionId"] == identifier
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=identifier)

    def way() -> str:
        (route,) = [one for one in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"] if "VpcPeeringConnectionId" in one]
        return str(route["State"])

    assert way() == "blackhole"
    refused("OperationNotPermitted", ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=identifier)
    refused("InvalidStateTransition", there.delete_vpc_peering_connection, VpcPeeringConnectionId=identifier)
    # Asked for from the other side too: of two, one can be active.
    back = peered(there, peer, vpc, REGION)["VpcPeeringConnectionId"]
    accepted = there.accept_vpc_peering_connection(VpcPeeringConnectionId=identifier)["VpcPeeringConnection"]
    assert accepted["AccepterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
    refused("VpcPeeringConnectionAlreadyExists", ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=back)
    assert way() == "active"
    for client, name in ((ec2, "here"), (there, "there")):
        client.create_tags(Resources=[identifier], Tags=[{"Key": "Side", "Value": name}])
    for client, name, count in ((ec2, "here", 1), (ec2, "there", 0), (there, "there", 1)):
        filters = [{"Name": "tag:Side", "Values": [name]}, {"Name": "status-code", "Values": ["active"]}]
        assert len(client.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]) == count
    # A security group of another region cannot be named (UG vpc/peering/vpc-peering-basics.md).
    far = there.create_security_group(GroupName="far", Description="far", VpcId=peer)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "UserIdGroupPairs": [{"GroupId": far}]}
    refused("InvalidGroup.NotFound", ec2.authorize_security_group_ingress, GroupId=group(ec2, vpc), IpPermissions=[permission])
    refused("InvalidParameterValue", ec2.create_route, RouteTableId=ec2.create_route_table(
        VpcId=ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"])["RouteTable"]["RouteTableId"],
        DestinationCidrBlock="10.1.0.0/16", VpcPeeringConnectionId=identifier)  # fmt: skip
    there.delete_security_group(GroupId=far)
    there.delete_vpc_peering_connection(VpcPeeringConnectionId=back)
    refused("DependencyViolation", there.delete_vpc, VpcId=peer)
    there.delete_vpc_peering_connection(VpcPeeringConnectionId=identifier)
    refused("InvalidStateTransition", ec2.delete_vpc_peering_connection, VpcPeeringConnectionId=identifier)
    assert way() == "blackhole"
    there.delete_vpc(VpcId=peer)


def test_vpcs_that_overlap_are_not_peered(ec2, there, vpc):
    failed = peered(ec2, vpc, there.create_vpc(CidrBlock="10.0.128.0/17")["Vpc"]["VpcId"])
    assert failed["Status"]["Code"] == "failed"
    assert "overlapping CIDR range" in failed["Status"]["Message"]
    refused("InvalidStateTransition", ec2.delete_vpc_peering_connection, VpcPeeringConnectionId=failed["VpcPeeringConnectionId"])


def test_a_request_that_nobody_accepts_expires(monkeypatch):
    world = InProcess()
    here, there = world.client("ec2", REGION), world.client("ec2", OTHER)
    made = peered(here, *(client.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for client, block in ((here, "10.0.0.0/16"), (there, "10.1.0.0/16"))))
    later = world.core.clock() + 8 * 24 * 3600
    monkeypatch.setattr(world.core, "clock", lambda: later)
    refused("InvalidStateTransition", there.accept_vpc_peering_connection, VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    assert here.describe_vpc_peering_connections()["VpcPeeringConnections"][0]["Status"]["Code"] == "expired"


def test_reserved_tags(ec2, vpc):
    refused("InvalidParameterValue", ec2.create_tags, Resources=[vpc], Tags=[{"Key": "aws:mine", "Value": "x"}])
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "mine", "Value": "x"}])


def test_tags_of_a_nat_gateway(ec2, vpc):
    gateway(ec2, vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "n"}]}]
    ec2.create_nat_gateway(SubnetId=subnet(ec2, vpc), AllocationId=address, TagSpecifications=tags)
    assert ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["natgateway"]}])["Tags"][0]["Value"] == "n"
    assert not ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": ["other"]}])["NatGateways"]


def test_tags_go_with_what_they_were_on(ec2, vpc):
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "mine", "Value": "x"}])
    ec2.delete_vpc(VpcId=vpc)
    assert not ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"]
