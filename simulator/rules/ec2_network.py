# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of VPC: subnets, gateways, addresses, endpoints, security groups, network ACLs."""

from __future__ import annotations

import json
import re
from ipaddress import ip_network
from typing import Any

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.ec2_network import PEERING_ALIVE, attachment_vpc, interfaces, peerings
from simulator.services.servicequotas import quota

ERRORS = "EC2 errors"


def _held(thing: str) -> Refused:
    return Refused("DependencyViolation", f"The {thing} has dependencies and cannot be deleted.")


def _filter(rows: Any, **values: Any) -> list[Any]:
    return [row for row in rows if all(getattr(row, name, None) == value for name, value in values.items())]


# VPC and subnets --------------------------------------------------------------------------------------------------------------


@rule("R-VPC-02", service="ec2", operations=["CreateSubnet"], source="API ec2:CreateSubnet")
def subnet_size(context: Context) -> None:
    """A subnet's block is between /16 and /28."""
    block = context.params.get("CidrBlock")
    if block and not 16 <= ip_network(block, strict=False).prefixlen <= 28:
        raise Refused("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")


@rule("R-VPC-17", service="ec2", operations=["CreateSubnet"], source="unsourced")
def zone_of_the_region(context: Context) -> None:
    """A subnet's zone belongs to the region."""
    zone = context.params.get("AvailabilityZone")
    known = [one.name for one in context.backend().describe_availability_zones()]
    if zone and zone not in known:
        raise Refused(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in "
            f"the following availability zones: {', '.join(known)}.",
        )


@rule("R-VPC-13", service="ec2", operations=["CreateVpc"], source="UG vpc/amazon-vpc-limits.md")
def vpcs_per_region(context: Context) -> None:
    """So many VPCs a region."""
    if len(context.backend().vpcs) >= quota(context, "vpc", "L-F678F1CE"):
        raise Refused("VpcLimitExceeded", "The maximum number of VPCs has been reached.")


@rule("R-VPC-14", service="ec2", operations=["DeleteVpc"], source="API ec2:DeleteVpc")
def vpc_is_empty(context: Context) -> None:
    """A VPC goes when its own groups, tables, lists, endpoints, gateways and peering connections are gone; the default ones go with it."""
    ec2, vpc_id = context.backend(), context.params["VpcId"]
    inside = [
        *[group for group in ec2.groups.get(vpc_id, {}).values() if group.name != "default"],
        *_filter(ec2.vpc_end_points.values(), vpc_id=vpc_id, state="available"),
        *[acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc_id and str(acl.default).lower() != "true"],
        *_filter(ec2.egress_only_internet_gateways.values(), vpc_id=vpc_id),
        *[gateway for gateway in ec2.internet_gateways.values() if attachment_vpc(gateway) == vpc_id],
        *peerings(context, vpc_id),
    ]
    if inside:
        raise _held(f"vpc '{vpc_id}'")


@rule("R-VPC-05", service="ec2", operations=["DeleteSubnet"], source="API ec2:DeleteSubnet")
def subnet_is_empty(context: Context) -> None:
    """A subnet goes when no interface is left in it."""
    subnet_id = context.params["SubnetId"]
    if any(interface.subnet.id == subnet_id for interface in interfaces(context)):
        raise _held(f"subnet '{subnet_id}'")


@rule("R-NAT-04", service="ec2", operations=["DeleteSubnet"], source="API ec2:DeleteSubnet")
def subnet_without_nat(context: Context) -> None:
    """A NAT gateway holds its subnet until it is deleted."""
    subnet_id = context.params["SubnetId"]
    if any(_nat_lives(context, gateway) for gateway in _filter(context.backend().nat_gateways.values(), subnet_id=subnet_id)):
        raise _held(f"subnet '{subnet_id}'")


# Internet gateways, routes ----------------------------------------------------------------------------------------------------


@rule("R-VPC-07", service="ec2", operations=["DetachInternetGateway"], source="API ec2:DetachInternetGateway")
def no_public_addresses_left(context: Context) -> None:
    """An internet gateway stays attached while something in the VPC has a public address."""
    ec2, vpc_id = context.backend(), context.params["VpcId"]
    balancers = [one for one in context.backend("elbv2").load_balancers.values() if one.vpc_id == vpc_id and one.scheme != "internal"]
    gateways = [one for one in _filter(ec2.nat_gateways.values(), vpc_id=vpc_id) if _nat_lives(context, one)]
    mapped = [one for one in interfaces(context) if one.vpc_id == vpc_id and one.public_ip]
    if balancers or gateways or mapped:
        raise Refused(
            "DependencyViolation", f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        )


@rule("R-VPC-08", service="ec2", operations=["AttachInternetGateway"], source="UG vpc/amazon-vpc-limits.md", certain=False)
def one_internet_gateway(context: Context) -> None:
    """One internet gateway a VPC."""
    vpc_id = context.params["VpcId"]
    for gateway in context.backend().internet_gateways.values():
        if attachment_vpc(gateway) == vpc_id and gateway.id != context.params["InternetGatewayId"]:
            raise Refused("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")


@rule("R-VPC-10", service="ec2", operations=["AssociateRouteTable"], source=ERRORS)
def one_table_a_subnet(context: Context) -> None:
    """A subnet is associated with one table; the next one takes ReplaceRouteTableAssociation."""
    subnet_id = context.params.get("SubnetId")
    for table in context.backend().route_tables.values():
        for association_id, holder in table._associations.items():
            if subnet_id and holder == subnet_id and table.id != context.params["RouteTableId"]:
                raise Refused(
                    "Resource.AlreadyAssociated",
                    f"the specified association for route table {context.params['RouteTableId']} conflicts with an existing association {association_id}",
                )


@rule("R-VPC-11", service="ec2", operations=["DeleteRouteTable"], source="API ec2:DeleteRouteTable")
def main_table_stays(context: Context) -> None:
    """The main route table goes with its VPC only."""
    table = context.backend().route_tables.get(context.params["RouteTableId"])
    if table is not None and table.main_association_id:
        raise Refused("DependencyViolation", f"The routeTable '{table.id}' has dependencies and cannot be deleted.")


@rule("R-VPC-12", service="ec2", operations=["CreateRoute", "ReplaceRoute"], source="unsourced", certain=False)
def gateway_of_this_vpc(context: Context) -> None:
    """A route's internet gateway is attached to the table's VPC."""
    ec2 = context.backend()
    gateway = ec2.internet_gateways.get(context.params.get("GatewayId") or "")
    table = ec2.route_tables.get(context.params["RouteTableId"])
    if gateway is not None and table is not None and attachment_vpc(gateway) != table.vpc_id:
        raise Refused("InvalidParameterValue", f"route table {table.id} and network gateway {gateway.id} belong to different networks")


# NAT gateways, addresses ------------------------------------------------------------------------------------------------------


def _nat_lives(context: Context, gateway: Any) -> bool:
    if gateway.state == "failed":
        return False
    return gateway.state != "deleted" or context.simulator.lifecycles.state(context, "ec2.nat_gateway", gateway.id) is not None


@rule("R-NAT-07", service="ec2", operations=["CreateNatGateway"], source="UG vpc/amazon-vpc-limits.md")
def nat_gateways_per_zone(context: Context) -> None:
    """So many NAT gateways a zone; those being deleted count."""
    ec2 = context.backend()
    zone = ec2.get_subnet(context.params["SubnetId"]).availability_zone
    there = [one for one in ec2.nat_gateways.values() if _nat_lives(context, one) and ec2.get_subnet(one.subnet_id).availability_zone == zone]
    if len(there) >= quota(context, "vpc", "L-FE5A380F"):
        raise Refused("NatGatewayLimitExceeded", f"Performing this operation would exceed the limit of NAT gateways in {zone}")


@rule("R-EIP-01", service="ec2", operations=["AllocateAddress"], source="UG vpc/amazon-vpc-limits.md")
def addresses_per_region(context: Context) -> None:
    """So many elastic addresses a region."""
    if len(context.backend().addresses) >= quota(context, "ec2", "L-0263D0A3"):
        raise Refused("AddressLimitExceeded", "The maximum number of addresses has been reached.")


@rule("R-NAT-03", service="ec2", operations=["ReleaseAddress"], source="API ec2:ReleaseAddress")
def address_of_a_nat(context: Context) -> None:
    """A NAT gateway's address is released after the gateway is deleted."""
    allocation = context.params.get("AllocationId")
    for gateway in context.backend().nat_gateways.values():
        held = [address.get("allocationId") for address in gateway.address_set]
        if allocation in held and _nat_lives(context, gateway):
            raise Refused("InvalidIPAddress.InUse", f"The address with allocation id {allocation} is in use by {gateway.id}.")


@rule("R-EIP-02", service="ec2", operations=["ReleaseAddress"], source="API ec2:ReleaseAddress")
def address_in_use(context: Context) -> None:
    """An associated address is disassociated before its release. Those of deleted gateways are free."""
    allocation = context.params.get("AllocationId")
    left = [one._eni for one in context.backend().nat_gateways.values() if not _nat_lives(context, one)]
    for address in _filter(context.backend().addresses, allocation_id=allocation) if allocation else []:
        if address.eni is not None and address.eni not in left:
            raise Refused("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


@rule("R-EIP-03", service="ec2", operations=["AssociateAddress"], source=ERRORS)
def address_needs_a_gateway(context: Context) -> None:
    """An address is associated in a VPC that has an internet gateway."""
    ec2 = context.backend()
    interface = ec2.enis.get(context.params.get("NetworkInterfaceId") or "")
    if context.params.get("InstanceId"):
        interface = ec2.get_instance(context.params["InstanceId"]).nics[0]
    if interface is not None and not any(attachment_vpc(one) == interface.vpc_id for one in ec2.internet_gateways.values()):
        raise Refused("Gateway.NotAttached", f"Network {interface.vpc_id} is not attached to any internet gateway")


# Endpoints --------------------------------------------------------------------------------------------------------------------


@rule("R-VPCE-01", service="ec2", operations=["CreateVpcEndpoint"], source="API ec2:CreateVpcEndpoint")
def private_dns_needs_dns(context: Context) -> None:
    """Private DNS needs DNS support and DNS hostnames on the VPC."""
    vpc = context.backend().get_vpc(context.params["VpcId"])
    both = str(vpc.enable_dns_support).lower() == str(vpc.enable_dns_hostnames).lower() == "true"
    if context.params.get("PrivateDnsEnabled") and not both:
        raise Refused("InvalidParameter", f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc.id}")


@rule("R-VPCE-02", service="ec2", operations=["CreateVpcEndpoint"], source="unsourced", certain=False)
def one_private_dns_name(context: Context) -> None:
    """Two endpoints of one service in one VPC cannot both have its private name."""
    params = context.params
    if params.get("PrivateDnsEnabled"):
        for other in _filter(context.backend().vpc_end_points.values(), vpc_id=params["VpcId"], service_name=params["ServiceName"]):
            if other.private_dns_enabled:
                raise Refused(
                    "InvalidParameter",
                    f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                    f"{params['ServiceName']} in the VPC {params['VpcId']}",
                )


@rule("R-VPCE-03", service="ec2", operations=["CreateVpcEndpoint"], source="unsourced", certain=False)
def one_gateway_endpoint_a_table(context: Context) -> None:
    """A route table leads to a service through one gateway endpoint."""
    params = context.params
    for other in _filter(context.backend().vpc_end_points.values(), vpc_id=params["VpcId"], service_name=params["ServiceName"]):
        shared = set(params.get("RouteTableIds", [])) & set(other.route_table_ids or [])
        if shared:
            raise Refused("RouteAlreadyExists", f"route table {sorted(shared)[0]} already has a route with destination {params['ServiceName']}")


@rule("R-VPCE-04", service="ec2", operations=["CreateVpcEndpoint"], source="unsourced", certain=False)
def one_subnet_a_zone(context: Context) -> None:
    """An interface endpoint takes one subnet of a zone."""
    zones = [context.backend().get_subnet(one).availability_zone for one in context.params.get("SubnetIds", [])]
    if len(set(zones)) < len(zones):
        raise Refused("DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone")


@rule("R-VPCE-06", service="ec2", operations=["CreateVpcEndpoint", "ModifyVpcEndpoint"], source="UG vpc/amazon-vpc-limits.md")
def endpoint_policy(context: Context) -> None:
    """An endpoint's policy is JSON of at most 20,480 characters."""
    policy = context.params.get("PolicyDocument")
    try:
        fits = policy is None or (len(policy) <= 20480 and isinstance(json.loads(policy), dict))
    except ValueError:
        fits = False
    if not fits:
        raise Refused("InvalidParameter", "The policy document is malformed or too long")


# Peering connections ----------------------------------------------------------------------------------------------------------


@rule("R-PCX-06", service="ec2", operations=["AcceptVpcPeeringConnection"], source="threads hashicorp/terraform-provider-aws#44315; EC2 errors")
def one_connection_of_two_vpcs(context: Context) -> None:
    """Of two VPCs one connection is active, whoever asked for it."""
    asked = context.backend().vpc_pcxs.get(context.params["VpcPeeringConnectionId"])
    for other in peerings(context, asked.vpc.id) if asked is not None else ():
        if other._status.code == "active" and {other.vpc.id, other.peer_vpc.id} == {asked.vpc.id, asked.peer_vpc.id}:
            raise Refused("VpcPeeringConnectionAlreadyExists", f"The vpc peering connection identified by {asked.id} already exists.")


@rule("R-PCX-07", service="ec2", operations=["DeleteVpcPeeringConnection"], source="API ec2:DeleteVpcPeeringConnection", certain=False)
def whose_to_delete(context: Context) -> None:
    """Either side deletes an active connection, who asked for it one that nobody accepted yet, nobody any other."""
    asked = context.backend().vpc_pcxs.get(context.params["VpcPeeringConnectionId"])
    if asked is None:
        return
    requested_here = asked.vpc.id in context.backend().vpcs
    if asked._status.code not in PEERING_ALIVE or (asked._status.code != "active" and not requested_here):
        raise Refused("InvalidStateTransition", f"Invalid state transition for {asked.id}, attempted to transition from {asked._status.code} to deleting")


@rule("R-PCX-08", service="ec2", operations=["CreateRoute", "ReplaceRoute"], source="UG vpc/peering/vpc-peering-routing.md", certain=False)
def connection_of_this_vpc(context: Context) -> None:
    """A route's peering connection is one of the table's VPC."""
    ec2 = context.backend()
    named, table = ec2.vpc_pcxs.get(context.params.get("VpcPeeringConnectionId") or ""), ec2.route_tables.get(context.params["RouteTableId"])
    if named is not None and table is not None and table.vpc_id not in (named.vpc.id, named.peer_vpc.id):
        raise Refused("InvalidParameterValue", f"route table {table.id} and peering connection {named.id} belong to different networks")


# Security groups --------------------------------------------------------------------------------------------------------------

_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")  # API ec2:CreateSecurityGroup


@rule("R-SG-04", service="ec2", operations=["CreateSecurityGroup"], source="API ec2:CreateSecurityGroup")
def group_name(context: Context) -> None:
    """A group's name: its characters, no sg- in front, once a VPC whatever its case."""
    name, vpc_id = context.params["GroupName"], context.params.get("VpcId")
    if not _TEXT.fullmatch(name) or name.lower().startswith("sg-"):
        raise Refused("InvalidParameterValue", f"Value ({name}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported.")
    if any(group.name.lower() == name.lower() for group in context.backend().groups.get(vpc_id, {}).values()):
        raise Refused("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc_id}'")


@rule("R-SG-05", service="ec2", operations=["CreateSecurityGroup"], source="API ec2:CreateSecurityGroup")
def group_description(context: Context) -> None:
    """A group's description has the characters of names: no accents, no long dashes."""
    text = context.params["Description"]
    if not _TEXT.fullmatch(text):
        raise Refused("InvalidParameterValue", f"Value ({text}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.")


def _group(context: Context) -> Any:
    ec2, params = context.backend(), context.params
    return ec2.get_security_group_from_id(params["GroupId"]) if params.get("GroupId") else None


@rule("R-SG-03", service="ec2", operations=["DeleteSecurityGroup"], source=ERRORS)
def default_group_stays(context: Context) -> None:
    """The default group goes with its VPC only."""
    group = _group(context)
    if group is not None and group.name == "default":
        raise Refused("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')


@rule("R-SG-01", service="ec2", operations=["DeleteSecurityGroup"], source="API ec2:DeleteSecurityGroup")
def group_in_use(context: Context) -> None:
    """A group that an interface has cannot be deleted."""
    group = _group(context)
    if group is not None and any(group in interface.group_set for interface in interfaces(context)):
        raise Refused("DependencyViolation", f"resource {group.id} has a dependent object")


@rule("R-SG-02", service="ec2", operations=["DeleteSecurityGroup"], source="API ec2:DeleteSecurityGroup")
def group_referred_to(context: Context) -> None:
    """A group that another group's rule names cannot be deleted."""
    group = _group(context)
    if group is None:
        return
    for other in [one for groups in context.backend().groups.values() for one in groups.values() if one.id != group.id]:
        for entry in [*other.ingress_rules, *other.egress_rules]:
            if entry.source_group and entry.source_group.get("GroupId") == group.id:
                raise Refused("DependencyViolation", f"resource {group.id} has a dependent object")


@rule("R-SG-07", service="ec2", operations=["CreateNetworkInterface"], source="UG vpc/amazon-vpc-limits.md")
def groups_per_interface(context: Context) -> None:
    """Five groups an interface."""
    if len(context.params.get("Groups", [])) > quota(context, "vpc", "L-2AFB9258"):
        raise Refused("SecurityGroupsPerInterfaceLimitExceeded", "The maximum number of security groups per interface has been reached.")


# Network ACLs, tags -----------------------------------------------------------------------------------------------------------


@rule("R-NACL-01", service="ec2", operations=["CreateNetworkAclEntry", "ReplaceNetworkAclEntry"], source="API ec2:CreateNetworkAclEntry")
def entry_number(context: Context) -> None:
    """Entries are numbered 1 to 32766."""
    if not 1 <= context.params["RuleNumber"] <= 32766:
        raise Refused("InvalidParameterValue", f"Value ({context.params['RuleNumber']}) for parameter ruleNumber is invalid.")


@rule("R-NACL-03", service="ec2", operations=["CreateNetworkAclEntry"], source="UG vpc/amazon-vpc-limits.md")
def entries_per_direction(context: Context) -> None:
    """Twenty entries a direction."""
    acl = context.backend().network_acls.get(context.params["NetworkAclId"])
    egress = context.params["Egress"]
    if acl is not None:
        there = [one for one in acl.network_acl_entries if _truth(one.egress) == egress and int(one.rule_number) < 32767]
        if len(there) >= quota(context, "vpc", "L-2AEEBF1A"):
            raise Refused("NetworkAclEntryLimitExceeded", "The maximum number of network ACL entries has been reached.")


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


@rule("R-TAG-01", service="ec2", operations=["CreateTags", "CreateVpc", "CreateSubnet", "RunInstances"], source="unsourced", certain=False)
def reserved_tags(context: Context) -> None:
    """Tag keys that begin with aws: are AWS's."""
    given = [*context.params.get("Tags", []), *[tag for one in context.params.get("TagSpecifications", []) for tag in one.get("Tags", [])]]
    for tag in given:
        if tag["Key"].lower().startswith("aws:"):
            raise Refused(
                "InvalidParameterValue", f"Value ( {tag['Key']} ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use"
            )
