# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC: what moto lacks. Network interfaces hold subnets and security groups, so whatever lives in a subnet has to have some.

Other services' files give theirs through `add_interface` and take them away through `release_interfaces`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from moto.ec2 import utils as moto_utils
from moto.ec2.models import flow_logs, security_groups

from simulator.context import Context
from simulator.latency_table import INTERFACE_ENDPOINT_DELETE, NAT_GATEWAY_DELETE
from simulator.registry import Parameters, Refused, after, before, operation, shows


def install() -> None:
    """The resource type of a NAT gateway is natgateway (API ec2:TagSpecification); a rule's prefix list has a description too."""
    moto_utils.EC2_PREFIX_TO_RESOURCE["nat"] = "natgateway"
    made = security_groups.SecurityGroupRule.__init__

    def make(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        prefix_list = named.get("prefix_list_id") or (arguments[7] if len(arguments) > 7 else None) or {}
        self.prefix_list_description = prefix_list.get("Description")

    security_groups.SecurityGroupRule.__init__ = make
    log = flow_logs.FlowLogsBackend.create_flow_logs

    def log_to_folder(self: Any, *arguments: Any, **named: Any) -> Any:
        """A destination in S3 may name a folder (API ec2:CreateFlowLogs, LogDestination); moto looks for a bucket of that whole name."""
        bound = inspect.signature(log).bind(self, *arguments, **named)
        destination = bound.arguments["log_destination"]
        if bound.arguments["log_destination_type"] == "s3" and destination:
            bound.arguments["log_destination"] = destination.partition("/")[0]
        logs, refused = log(*bound.args, **bound.kwargs)
        for one in logs:
            one.log_destination = destination
        return logs, refused

    flow_logs.FlowLogsBackend.create_flow_logs = log_to_folder


# Interfaces -------------------------------------------------------------------------------------------------------------------


def add_interface(context: Context, subnet_id: str, group_ids: Iterable[str] = (), description: str = "", kind: str = "interface") -> str:
    """An interface that AWS keeps in a subnet for another service. Returns its id."""
    ec2 = context.backend("ec2")
    interface = ec2.create_network_interface(ec2.get_subnet(subnet_id), None, group_ids=list(group_ids), description=description)
    interface.requester_managed, interface.status, interface.interface_type = True, "in-use", kind
    return str(interface.id)


def release_interfaces(context: Context, interface_ids: Iterable[str], seconds: float) -> None:
    """Their owner was deleted: they go after so many real seconds, at once without --latency."""
    scale = context.simulator.lifecycles.scale
    for interface in [context.backend("ec2").enis.get(one) for one in interface_ids]:
        if interface is not None:
            interface.leaves_at = context.simulator.clock() + seconds / scale if scale else 0.0
    interfaces(context)


def interfaces(context: Context) -> list[Any]:
    """Every interface there is now, as moto keeps them."""
    ec2 = context.backend("ec2")
    now = context.simulator.clock()
    for interface in list(ec2.enis.values()):
        if getattr(interface, "leaves_at", now + 1) <= now:
            del ec2.enis[interface.id]
    return list(ec2.enis.values())


@before("ec2", "DescribeNetworkInterfaces")
def without_those_that_left(context: Context) -> None:
    """An interface leaves some time after its owner."""
    interfaces(context)


@before("ec2", "DeleteNetworkInterface")
def only_the_users_own(context: Context) -> None:
    """Interfaces that belong to a service cannot be deleted by hand (API ec2:DeleteNetworkInterface)."""
    interface = context.backend().enis.get(context.params["NetworkInterfaceId"])
    if interface is not None and (interface.requester_managed or interface.attachment_id):
        raise Refused("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")


# NAT gateways and addresses ---------------------------------------------------------------------------------------------------


@after("ec2", "CreateNatGateway")
@shows("R-NAT-01")
def fails_without_internet_gateway(context: Context, response: Parameters) -> None:
    """A public NAT gateway needs a VPC with an internet gateway: it is made and then fails (UG vpc/nat-gateway-troubleshooting.md)."""
    ec2 = context.backend()
    gateway = ec2.nat_gateways[response["NatGateway"]["NatGatewayId"]]
    gateway._eni.requester_managed, gateway._eni.status, gateway._eni.interface_type = True, "in-use", "nat_gateway"
    gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"
    attached = any(gateway.vpc_id == attachment_vpc(one) for one in ec2.internet_gateways.values())
    if gateway.connectivity_type != "private" and not attached:
        gateway.state = "failed"
        gateway.failure = ("Gateway.NotAttached", f"Network {gateway.vpc_id} has no Internet gateway attached")
        _leave_address(context, gateway)
        release_interfaces(context, [gateway._eni.id], 0)


@after("ec2", "DescribeNatGateways")
def say_why_it_failed(context: Context, response: Parameters) -> None:
    """FailureCode and FailureMessage of a failed gateway (API ec2:NatGateway)."""
    for shown in response.get("NatGateways", []):
        failure = getattr(context.backend().nat_gateways.get(shown["NatGatewayId"]), "failure", None)
        if failure:
            shown["State"], (shown["FailureCode"], shown["FailureMessage"]) = "failed", failure


@after("ec2", "DescribeNatGateways", "DescribeEgressOnlyInternetGateways")
def filter_by_tags(context: Context, response: Parameters) -> None:
    """The filters tag:<key> and tag-key, which moto passes over."""
    shown = response[context.operation.removeprefix("Describe")]
    for entry in context.params.get("Filter") or context.params.get("Filters") or []:
        name, values = entry["Name"], entry["Values"]
        if name.startswith("tag:"):
            shown[:] = [one for one in shown if any(tag["Key"] == name[4:] and tag["Value"] in values for tag in one.get("Tags", []))]
        elif name == "tag-key":
            shown[:] = [one for one in shown if any(tag["Key"] in values for tag in one.get("Tags", []))]


@after("ec2", "DeleteNatGateway")
def interface_goes_with_it(context: Context, response: Parameters) -> None:
    """The gateway's interface goes with it, its address stays allocated (API ec2:DeleteNatGateway)."""
    gateway = context.backend().nat_gateways[context.params["NatGatewayId"]]
    release_interfaces(context, [gateway._eni.id], NAT_GATEWAY_DELETE)
    if not context.simulator.lifecycles.enabled:
        _leave_address(context, gateway)


def _leave_address(context: Context, gateway: Any) -> None:
    for address in context.backend().addresses:
        if address.eni is gateway._eni:
            address.eni.public_ip = None
            address.eni = address.association_id = None


def attachment_vpc(gateway: Any) -> str | None:
    """The VPC that an internet gateway is attached to."""
    return gateway.vpc.id if gateway.vpc is not None else None


@before("ec2", "ReleaseAddress", "DescribeAddresses", "AssociateAddress", "CreateNatGateway")
def addresses_of_deleted_gateways_are_free(context: Context) -> None:
    """Once a gateway is deleted its address is associated with nothing."""
    ec2 = context.backend()
    for gateway in ec2.nat_gateways.values():
        if gateway.state == "deleted" and not context.simulator.lifecycles.state(context, "ec2.nat_gateway", gateway.id):
            _leave_address(context, gateway)


# Endpoints --------------------------------------------------------------------------------------------------------------------


@after("ec2", "CreateVpcEndpoint")
def interfaces_of_an_endpoint(context: Context, response: Parameters) -> None:
    """An interface endpoint has one interface a subnet, in the endpoint's groups (API ec2:CreateVpcEndpoint)."""
    ec2 = context.backend()
    endpoint = ec2.vpc_end_points[response["VpcEndpoint"]["VpcEndpointId"]]
    if (endpoint.vpc_endpoint_type or "Gateway") == "Interface":
        for interface_id in endpoint.network_interface_ids:
            ec2.enis.pop(interface_id, None)
        if not endpoint.security_group_ids:
            endpoint.security_group_ids = [ec2.get_default_security_group(endpoint.vpc_id).id]
        endpoint.network_interface_ids = [_endpoint_interface(context, endpoint, subnet_id) for subnet_id in endpoint.subnet_ids or []]
        response["VpcEndpoint"]["NetworkInterfaceIds"] = endpoint.network_interface_ids


def _endpoint_interface(context: Context, endpoint: Any, subnet_id: str) -> str:
    return add_interface(context, subnet_id, endpoint.security_group_ids, f"VPC Endpoint Interface {endpoint.id}", "vpc_endpoint")


@after("ec2", "ModifyVpcEndpoint")
def interfaces_follow(context: Context, response: Parameters) -> None:
    """Private DNS, subnets and groups of an endpoint change with ModifyVpcEndpoint; moto keeps only lists."""
    ec2 = context.backend()
    endpoint = ec2.vpc_end_points[context.params["VpcEndpointId"]]
    if "PrivateDnsEnabled" in context.params:
        endpoint.private_dns_enabled = context.params["PrivateDnsEnabled"]
    held = {ec2.enis[one].subnet.id: one for one in endpoint.network_interface_ids if one in ec2.enis}
    added = [_endpoint_interface(context, endpoint, subnet) for subnet in context.params.get("AddSubnetIds", []) if subnet not in held]
    removed = [held[subnet] for subnet in context.params.get("RemoveSubnetIds", []) if subnet in held]
    endpoint.network_interface_ids = [one for one in endpoint.network_interface_ids if one not in removed] + added
    release_interfaces(context, removed, INTERFACE_ENDPOINT_DELETE)
    for interface_id in endpoint.network_interface_ids:
        ec2.enis[interface_id]._group_set = [ec2.get_security_group_from_id(group) for group in endpoint.security_group_ids]


@operation("ec2", "DeleteVpcEndpoints")
@shows("R-VPC-15")
def delete_vpc_endpoints(context: Context) -> Parameters:
    """API ec2:DeleteVpcEndpoints. The interfaces of an endpoint outlive it by a minute or two."""
    ec2 = context.backend()
    unsuccessful = []
    for endpoint_id in context.params["VpcEndpointIds"]:
        endpoint = ec2.vpc_end_points.pop(endpoint_id, None)
        if endpoint is None:
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": f"The VpcEndpoint Id '{endpoint_id}' does not exist"}
            unsuccessful.append({"ResourceId": endpoint_id, "Error": error})
            continue
        ec2.delete_tags([endpoint_id], dict.fromkeys(ec2.tags.get(endpoint_id, {})))
        release_interfaces(context, endpoint.network_interface_ids, INTERFACE_ENDPOINT_DELETE)
        for table_id in (endpoint.route_table_ids or []) if endpoint.destination_prefix_list_id else []:
            if table_id in ec2.route_tables:
                ec2.delete_route(table_id, endpoint.destination_prefix_list_id)
    return {"Unsuccessful": unsuccessful}


# Peering connections ----------------------------------------------------------------------------------------------------------

PEERING_ALIVE = ("pending-acceptance", "active")
PEERING_EXPIRES = 7 * 24 * 3600  # seconds: UG vpc/peering/vpc-peering-basics.md, lifecycle
PEERING_FAILED = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


def peerings(context: Context, vpc_id: str) -> list[Any]:
    """The connections of a VPC that are requested or in use."""
    return [one for one in context.backend("ec2").vpc_pcxs.values() if vpc_id in (one.vpc.id, one.peer_vpc.id) and one._status.code in PEERING_ALIVE]


@operation("ec2", "CreateVpcPeeringConnection")
@shows("R-PCX-01", "R-PCX-02", "R-PCX-03")
def create_vpc_peering_connection(context: Context) -> Parameters:
    """API ec2:CreateVpcPeeringConnection. One request for two VPCs: asked again it is answered with what there is (threads
    hashicorp/terraform-provider-aws#27750); where their blocks overlap it is made and has failed.
    """
    params, ec2 = context.params, context.backend()
    there = context.backend(region=params.get("PeerRegion") or context.region)
    vpc, peer = ec2.get_vpc(params["VpcId"]), there.get_vpc(params["PeerVpcId"])
    made = next((one for one in peerings(context, vpc.id) if (one.vpc.id, one.peer_vpc.id) == (vpc.id, peer.id)), None)
    if made is None:
        tags = {tag["Key"]: tag["Value"] for given in params.get("TagSpecifications", []) for tag in given.get("Tags", [])}
        made = ec2.create_vpc_peering_connection(vpc, peer, tags)
        made.since = context.simulator.clock()
        if ip_network(vpc.cidr_block).overlaps(ip_network(peer.cidr_block)):
            made._status.code, made._status.message = "failed", PEERING_FAILED
    return {"VpcPeeringConnection": context.call("DescribeVpcPeeringConnections", {"VpcPeeringConnectionIds": [made.id]})["VpcPeeringConnections"][0]}


@before("ec2", "DescribeVpcPeeringConnections", "AcceptVpcPeeringConnection", "DescribeRouteTables")
def requests_expire(context: Context) -> None:
    """What nobody has accepted in seven days cannot be accepted any more (UG vpc/peering/vpc-peering-basics.md)."""
    for one in context.backend().vpc_pcxs.values():
        if one._status.code == "pending-acceptance" and context.simulator.clock() - getattr(one, "since", 0) > PEERING_EXPIRES:
            one._status.code, one._status.message = "expired", "Expired"


@after("ec2", "DescribeVpcPeeringConnections", "AcceptVpcPeeringConnection")
@shows("R-PCX-04")
def seen_from_one_side(context: Context, response: Parameters) -> None:
    """Tags stay in the region in which they were put (UG vpc/peering/vpc-peering-basics.md), and blocks show while it is active (API
    ec2:VpcPeeringConnection). moto has one set of tags for both, and no filters.
    """
    shown = response["VpcPeeringConnections"] if "VpcPeeringConnections" in response else [response["VpcPeeringConnection"]]
    for one in shown:
        one["Tags"] = [{"Key": key, "Value": value} for key, value in context.backend().tags.get(one["VpcPeeringConnectionId"], {}).items()]
        if one["Status"]["Code"] != "active":
            for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
                one[side].pop("CidrBlock", None)
    if "VpcPeeringConnections" in response:
        for entry in context.params.get("Filters", []):
            response["VpcPeeringConnections"] = [one for one in response["VpcPeeringConnections"] if _peering_passes(one, entry["Name"], entry["Values"])]


def _peering_passes(shown: Parameters, name: str, values: list[str]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    if name.startswith("tag:"):
        return tags.get(name[4:]) in values
    if name == "tag-key":
        return bool(set(tags) & set(values))
    looks = {"status-code": shown["Status"]["Code"], "vpc-peering-connection-id": shown["VpcPeeringConnectionId"]}
    for side, member in (("requester", "RequesterVpcInfo"), ("accepter", "AccepterVpcInfo")):
        looks |= {f"{side}-vpc-info.vpc-id": shown[member]["VpcId"], f"{side}-vpc-info.owner-id": shown[member]["OwnerId"]}
    return looks[name] in values


@after("ec2", "DescribeRouteTables")
@shows("R-PCX-05")
def routes_to_nowhere(context: Context, response: Parameters) -> None:
    """A route to a connection that is not active, or was deleted, is a blackhole (API ec2:Route; UG vpc/peering/vpc-peering-routing.md)."""
    connections = context.backend().vpc_pcxs
    for route in [route for table in response.get("RouteTables", []) for route in table["Routes"] if route.get("VpcPeeringConnectionId")]:
        known = connections.get(route["VpcPeeringConnectionId"])
        if known is None or known._status.code != "active" or context.simulator.lifecycles.state(context, "ec2.vpc_peering_connection", known.id):
            route["State"] = "blackhole"


# Security groups --------------------------------------------------------------------------------------------------------------


@after("ec2", "DescribeSecurityGroups")
def describe_prefix_lists_of_rules(context: Context, response: Parameters) -> None:
    """A rule's prefix list has its description (API ec2:PrefixListId)."""
    for shown in response.get("SecurityGroups", []):
        group = context.backend().get_security_group_from_id(shown["GroupId"])
        for side, rules in (("IpPermissions", group.ingress_rules), ("IpPermissionsEgress", group.egress_rules)):
            said = {
                (rule.ip_protocol, _number(rule.from_port), _number(rule.to_port), rule.prefix_list_id): rule.prefix_list_description
                for rule in rules
                if rule.prefix_list_id
            }
            for permission in shown[side]:
                for peer in permission.get("PrefixListIds", []):
                    door = (permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"), peer["PrefixListId"])
                    if said.get(door):
                        peer["Description"] = said[door]


def _number(port: Any) -> int | None:
    return None if port is None else int(port)


# What goes with a thing that is deleted ---------------------------------------------------------------------------------------

_DELETED_BY = {
    "DeleteEgressOnlyInternetGateway": "EgressOnlyInternetGatewayId",
    "DeleteFlowLogs": "FlowLogIds",
    "DeleteInternetGateway": "InternetGatewayId",
    "DeleteLaunchTemplate": "LaunchTemplateId",
    "DeleteNetworkAcl": "NetworkAclId",
    "DeleteNetworkInterface": "NetworkInterfaceId",
    "DeleteRouteTable": "RouteTableId",
    "DeleteSecurityGroup": "GroupId",
    "DeleteSnapshot": "SnapshotId",
    "DeleteSubnet": "SubnetId",
    "DeleteVolume": "VolumeId",
    "DeleteVpc": "VpcId",
    "DeregisterImage": "ImageId",
    "ReleaseAddress": "AllocationId",
}


@after("ec2", *_DELETED_BY)
def tags_go_too(context: Context, response: Parameters) -> None:
    """Tags exist on resources only."""
    gone = context.params.get(_DELETED_BY[context.operation]) or []
    for resource_id in [gone] if isinstance(gone, str) else gone:
        context.backend().tags.pop(resource_id, None)


@after("ec2", "DeleteVpc")
def default_list_goes_too(context: Context, response: Parameters) -> None:
    """The default network ACL goes with its VPC (API ec2:DeleteVpc)."""
    acls = context.backend().network_acls
    for acl in [one for one in acls.values() if one.vpc_id == context.params["VpcId"]]:
        del acls[acl.id]
