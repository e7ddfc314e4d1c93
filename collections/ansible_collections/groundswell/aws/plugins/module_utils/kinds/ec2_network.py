# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC and what lies in it. All of these are named by their tag Name; AWS knows them by ids."""

from __future__ import annotations

import ipaddress
import time
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER_ID, Item, Kind, Problem, Resource, owned
from ..retries import error_code, tolerated

# Describing what was just created may fail for some seconds (EC2's eventual consistency); what still uses a thing keeps it from
# being deleted: interfaces of load balancers and caches for up to a quarter of an hour after their owner has gone, of functions up to twenty minutes
# (UG lambda/configuration-vpc.md).
_NOT_YET = (
    (r"Invalid\w*\.NotFound|InvalidVpcID\.NotFound|Invalid\w+ID\.NotFound|Gateway\.NotAttached", "", 30.0),
    (r"DependencyViolation|InvalidIPAddress\.InUse|AuthFailure", "", 1500.0),
)


class Ec2Kind(Kind):
    """What EC2's resources have in common: found by tags, tagged when made."""

    service = "ec2"
    not_yet = _NOT_YET
    id_prefix = ""  # "subnet"
    tag_type = ""  # EC2's resource type in TagSpecifications

    def placeholder(self, name: str) -> Item:
        return {"id": f"{self.id_prefix}-{PLACEHOLDER_ID}"}

    def tag_specifications(self, tags: dict[str, str]) -> list[dict[str, t.Any]]:
        """For a create call: tagged from the first moment."""
        return [{"ResourceType": self.tag_type, "Tags": dict_to_tags(tags)}]

    def resource(self, raw: dict[str, t.Any], identifier: str, state: Item, **more: t.Any) -> Resource:
        """A resource from EC2's answer, named by its tag Name."""
        tags = tags_to_dict(raw.get("Tags"))
        outputs = {"id": raw[identifier], **more.pop("outputs", {})}
        return Resource(tags.get("Name", raw[identifier]), state, tags, outputs, **more)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.create_tags(Resources=[resource.outputs["id"]], Tags=dict_to_tags(tags))

    def gone(self, operation: t.Callable[..., t.Any], **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone."""
        try:
            operation(**parameters)
        except self.client.exceptions.ClientError as error:
            if "NotFound" not in error_code(error):
                raise


class Vpcs(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_vpcs", "VPC", "vpc", "vpc"
    fixed = ("cidr",)
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for vpc in self.pages("describe_vpcs", "Vpcs", Filters=self.tag_filters):
            six = [
                block["Ipv6CidrBlock"]
                for block in vpc.get("Ipv6CidrBlockAssociationSet", [])
                if block["Ipv6CidrBlockState"]["State"] in ("associated", "associating")
            ]
            state = {"cidr": vpc["CidrBlock"], "ipv6": bool(six), **self._dns(vpc["VpcId"])}
            if any(item.get("default_security_group_emptied") for item in self.wanted.values()):
                state["default_security_group_emptied"] = not self._default_rules(vpc["VpcId"])
            yield self.resource(
                vpc,
                "VpcId",
                state,
                outputs={"cidr": vpc["CidrBlock"], "ipv6_cidr": six[0] if six else ""},
                status=vpc["State"],
                ready=vpc["State"] == "available",
            )

    def _default_rules(self, vpc_id: str) -> list[tuple[str, str, list[t.Any]]]:
        """The rules of the group that whatever names none gets: group, member of the answer, rules."""
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        groups = self.client.describe_security_groups(Filters=filters)["SecurityGroups"]
        return [(group["GroupId"], way, group[way]) for group in groups for way in ("IpPermissions", "IpPermissionsEgress") if group[way]]

    def _dns(self, vpc_id: str) -> Item:
        ask = self.client.describe_vpc_attribute
        return {
            "dns_support": ask(VpcId=vpc_id, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"],
            "dns_hostnames": ask(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"],
        }

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "cidr": "", "ipv6_cidr": "2001:db8::/56"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_vpc(CidrBlock=item["cidr"], AmazonProvidedIpv6CidrBlock=bool(item.get("ipv6")), TagSpecifications=self.tag_specifications(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        vpc_id = resource.outputs["id"]
        if "ipv6" in changes:
            if not changes["ipv6"]:
                raise Problem(f"VPC {resource.name}: ipv6 stays on once addresses are in use; remove it by hand when none are")
            self.client.associate_vpc_cidr_block(VpcId=vpc_id, AmazonProvidedIpv6CidrBlock=True)
        # One attribute a call, and names need support first: both are EC2's rules.
        for option, attribute in (("dns_support", "EnableDnsSupport"), ("dns_hostnames", "EnableDnsHostnames")):
            if option in changes:
                self.client.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": changes[option]}})
        if changes.get("default_security_group_emptied"):
            revoke = {"IpPermissions": self.client.revoke_security_group_ingress, "IpPermissionsEgress": self.client.revoke_security_group_egress}
            for group, way, rules in self._default_rules(vpc_id):
                revoke[way](GroupId=group, IpPermissions=rules)

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_vpc, VpcId=resource.outputs["id"])


class Subnets(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_subnets", "subnet", "subnet", "subnet"
    fixed = ("cidr", "zone", "vpc_id")
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        subnets = self.pages("describe_subnets", "Subnets", Filters=self.tag_filters)
        blocks: dict[str, str] = {}
        if any(subnet.get("Ipv6CidrBlockAssociationSet") for subnet in subnets):
            ids = sorted({subnet["VpcId"] for subnet in subnets})
            for vpc in self.client.describe_vpcs(VpcIds=ids)["Vpcs"]:
                for block in vpc.get("Ipv6CidrBlockAssociationSet", []):
                    blocks[vpc["VpcId"]] = block["Ipv6CidrBlock"]
        for subnet in subnets:
            six = [block["Ipv6CidrBlock"] for block in subnet.get("Ipv6CidrBlockAssociationSet", [])]
            state = {
                "cidr": subnet["CidrBlock"],
                "zone": subnet["AvailabilityZone"],
                "vpc_id": subnet["VpcId"],
                "public_addresses": subnet["MapPublicIpOnLaunch"],
                "ipv6_number": self._number(six[0], blocks.get(subnet["VpcId"])) if six else None,
                "ipv6_addresses": subnet.get("AssignIpv6AddressOnCreation", False),
            }
            yield self.resource(
                subnet,
                "SubnetId",
                state,
                outputs={"zone": subnet["AvailabilityZone"], "cidr": subnet["CidrBlock"]},
                status=subnet["State"],
                ready=subnet["State"] == "available",
            )

    @staticmethod
    def _number(block: str, whole: str | None) -> int | None:
        """Which /64 of the VPC's block this one is."""
        if not whole:
            return None
        step = int(ipaddress.ip_network(block).network_address) - int(ipaddress.ip_network(whole).network_address)
        return step >> 64

    def _block(self, vpc_id: str, number: int) -> str:
        associations = self.client.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0].get("Ipv6CidrBlockAssociationSet", [])
        if not associations:
            raise Problem(f"subnet asks for an IPv6 block but VPC {vpc_id} has none: set ipv6 on the VPC")
        whole = ipaddress.ip_network(associations[0]["Ipv6CidrBlock"])
        return f"{ipaddress.ip_address(int(whole.network_address) + (number << 64))}/64"

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "zone": "", "cidr": ""}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        extra = {} if item.get("ipv6_number") is None else {"Ipv6CidrBlock": self._block(item["vpc_id"], item["ipv6_number"])}
        self.client.create_subnet(
            VpcId=item["vpc_id"],
            CidrBlock=item["cidr"],
            AvailabilityZone=item["zone"],
            TagSpecifications=self.tag_specifications(tags),
            **extra,
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        subnet_id = resource.outputs["id"]
        if "ipv6_number" in changes:
            self.client.associate_subnet_cidr_block(SubnetId=subnet_id, Ipv6CidrBlock=self._block(item["vpc_id"], changes["ipv6_number"]))
        if "public_addresses" in changes:
            self.client.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": changes["public_addresses"]})
        if "ipv6_addresses" in changes:
            self.client.modify_subnet_attribute(SubnetId=subnet_id, AssignIpv6AddressOnCreation={"Value": changes["ipv6_addresses"]})

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_subnet, SubnetId=resource.outputs["id"])


class InternetGateways(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_internet_gateways", "internet gateway", "igw", "internet-gateway"
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for gateway in self.pages("describe_internet_gateways", "InternetGateways", Filters=self.tag_filters):
            attached = [one["VpcId"] for one in gateway.get("Attachments", [])]
            yield self.resource(gateway, "InternetGatewayId", {"vpc_id": attached[0] if attached else None})

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_internet_gateway(TagSpecifications=self.tag_specifications(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self._detach(resource)
        self.client.attach_internet_gateway(InternetGatewayId=resource.outputs["id"], VpcId=changes["vpc_id"])

    def _detach(self, resource: Resource) -> None:
        if resource.state["vpc_id"]:
            self.client.detach_internet_gateway(InternetGatewayId=resource.outputs["id"], VpcId=resource.state["vpc_id"])

    def delete(self, resource: Resource) -> None:
        self._detach(resource)
        self.gone(self.client.delete_internet_gateway, InternetGatewayId=resource.outputs["id"])


class EgressOnlyInternetGateways(Ec2Kind):
    module, noun, id_prefix, tag_type = (
        "ec2_egress_only_internet_gateways",
        "egress-only internet gateway",
        "eigw",
        "egress-only-internet-gateway",
    )
    fixed = ("vpc_id",)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for gateway in self.pages("describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", Filters=self.tag_filters):
            attached = [one["VpcId"] for one in gateway.get("Attachments", [])]
            yield self.resource(gateway, "EgressOnlyInternetGatewayId", {"vpc_id": attached[0] if attached else None})

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_egress_only_internet_gateway(VpcId=item["vpc_id"], TagSpecifications=self.tag_specifications(tags))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_egress_only_internet_gateway, EgressOnlyInternetGatewayId=resource.outputs["id"])


class ElasticIps(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_elastic_ips", "elastic IP", "eipalloc", "elastic-ip"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for address in self.client.describe_addresses(Filters=self.tag_filters)["Addresses"]:
            yield self.resource(address, "AllocationId", {}, outputs={"public_ip": address["PublicIp"]})

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "public_ip": "192.0.2.1"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.allocate_address(Domain="vpc", TagSpecifications=self.tag_specifications(tags))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.release_address, AllocationId=resource.outputs["id"])


class NatGateways(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_nat_gateways", "NAT gateway", "nat", "natgateway"
    fixed = ("subnet_id", "allocation_id")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        # Deleted and failed gateways stay listed for about an hour.
        states = {"Name": "state", "Values": ["pending", "available", "deleting", "failed"]}
        newest: dict[str, Resource] = {}
        for gateway in self.pages("describe_nat_gateways", "NatGateways", Filters=[*self.tag_filters, states]):
            address = (gateway.get("NatGatewayAddresses") or [{}])[0]
            state = {"subnet_id": gateway["SubnetId"], "allocation_id": address.get("AllocationId")}
            failure = f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}" if gateway["State"] == "failed" else ""
            found = self.resource(
                gateway,
                "NatGatewayId",
                state,
                outputs={"public_ip": address.get("PublicIp", "")},
                status=gateway["State"],
                ready=gateway["State"] == "available",
                failure=failure,
            )
            # A failed one gives way to the attempt that came after it.
            if found.name not in newest or newest[found.name].failure:
                newest[found.name] = found
        return newest.values()

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "public_ip": "192.0.2.1"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_nat_gateway(SubnetId=item["subnet_id"], AllocationId=item["allocation_id"], TagSpecifications=self.tag_specifications({**tags}))

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.gone(self.client.delete_nat_gateway, NatGatewayId=resource.outputs["id"])

    def tag_specifications(self, tags: dict[str, str]) -> list[dict[str, t.Any]]:
        return [{"ResourceType": "natgateway", "Tags": dict_to_tags(tags)}]


class VpcPeeringConnections(Ec2Kind):
    """Connections to VPCs in other regions of the account, each seen from one side: the region that asks declares one, and so does the one that accepts.

    Both sides carry tags, because tags stay in the region in which they were put (VPC Peering Guide, vpc-peering-basics).
    """

    module, noun, id_prefix, tag_type = "ec2_vpc_peering_connections", "VPC peering connection", "pcx", "vpc-peering-connection"
    fixed = ("vpc_id", "peer_vpc_id", "peer_region", "accept")

    # Those that were deleted, rejected or expired stay listed for hours or days, and so do those that failed.
    _ALIVE = ("initiating-request", "pending-acceptance", "provisioning", "active")
    _LISTED = (*_ALIVE, "failed")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        newest: dict[str, Resource] = {}
        for connection in self._listed(self.tag_filters, self._LISTED):
            requester, accepter, status = connection["RequesterVpcInfo"], connection["AccepterVpcInfo"], connection["Status"]
            accept = accepter["Region"] == self.session.region
            here, there = (accepter, requester) if accept else (requester, accepter)
            state = {"vpc_id": here["VpcId"], "peer_vpc_id": there["VpcId"], "peer_region": there["Region"], "accept": accept}
            failure = status["Message"] if status["Code"] == "failed" else ""
            # Who has asked has done its part: the other region's run may come later.
            ready = status["Code"] == "active" or (status["Code"] == "pending-acceptance" and not accept)
            found = self.resource(connection, "VpcPeeringConnectionId", state, status=status["Code"], ready=ready, failure=failure)
            # One that failed cannot be removed, and goes by itself.
            if failure and found.name not in names:
                continue
            # It gives way to the attempt that came after it.
            if found.name not in newest or newest[found.name].failure:
                newest[found.name] = found
        return newest.values()

    def _listed(self, filters: list[dict[str, t.Any]], states: tuple[str, ...]) -> list[dict[str, t.Any]]:
        return self.pages("describe_vpc_peering_connections", "VpcPeeringConnections", Filters=[*filters, {"Name": "status-code", "Values": list(states)}])

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        if item["accept"]:
            connection = self._requested(item)
            if connection["Status"]["Code"] == "pending-acceptance":
                self.client.accept_vpc_peering_connection(VpcPeeringConnectionId=connection["VpcPeeringConnectionId"])
            self.client.create_tags(Resources=[connection["VpcPeeringConnectionId"]], Tags=dict_to_tags(tags))
            return
        # Asked for again, AWS answers with the connection that there is, whoever made it.
        made = self.client.create_vpc_peering_connection(
            VpcId=item["vpc_id"], PeerVpcId=item["peer_vpc_id"], PeerRegion=item["peer_region"], TagSpecifications=self.tag_specifications(tags)
        )["VpcPeeringConnection"]
        # The answer need not have the tags. What was made just now may not be listed yet; what somebody else has made is.
        shown = self._listed([{"Name": "vpc-peering-connection-id", "Values": [made["VpcPeeringConnectionId"]]}], self._LISTED)
        if not all(owned(tags_to_dict(one.get("Tags")), self.tags) for one in shown):
            raise Problem(f"{made['VpcPeeringConnectionId']} connects these two VPCs already and is not ours: {self.hand_over(name)}")

    def _requested(self, item: Item) -> dict[str, t.Any]:
        """What the other region has asked for, which is seen here some seconds later."""
        sides = {"accepter-vpc-info.vpc-id": item["vpc_id"], "requester-vpc-info.vpc-id": item["peer_vpc_id"]}
        started = time.monotonic()
        while True:
            found = self._listed([{"Name": name, "Values": [value]} for name, value in sides.items()], self._ALIVE[1:])
            if found:
                return found[0]
            if time.monotonic() - started > self.show_up:
                raise Problem(f"{item['peer_vpc_id']} in {item['peer_region']} has not asked for a connection: roll out the network of both regions in one run")
            time.sleep(1)

    def delete(self, resource: Resource) -> None:
        # Of two sides that delete it one is the second.
        if resource.status in self._ALIVE:
            with tolerated("InvalidStateTransition"):
                self.gone(self.client.delete_vpc_peering_connection, VpcPeeringConnectionId=resource.outputs["id"])


class RouteTables(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_route_tables", "route table", "rtb", "route-table"
    fixed = ("vpc_id",)
    create_then_update = True

    # Which field of a route says where it goes, by the prefix of the id.
    _TARGETS = {"igw": "GatewayId", "nat": "NatGatewayId", "eigw": "EgressOnlyInternetGatewayId", "pcx": "VpcPeeringConnectionId"}

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for table in self.pages("describe_route_tables", "RouteTables", Filters=self.tag_filters):
            routes = [route for raw in table["Routes"] if (route := self._route(raw))]
            subnets = {one["SubnetId"]: one["RouteTableAssociationId"] for one in table["Associations"] if one.get("SubnetId")}
            found = self.resource(table, "RouteTableId", {"vpc_id": table["VpcId"], "routes": routes, "subnet_ids": sorted(subnets)})
            found.outputs["associations"] = subnets
            yield found

    def _route(self, raw: dict[str, t.Any]) -> Item | None:
        """A route that we could have declared: not the local one, not those of gateway endpoints."""
        destination = raw.get("DestinationCidrBlock") or raw.get("DestinationIpv6CidrBlock")
        target = next((raw[field] for field in self._TARGETS.values() if raw.get(field)), "")
        if not destination or target in ("local", "") or target.startswith("vpce-"):
            return None
        return {"destination": destination, "target": target}

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "associations": {}}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_route_table(VpcId=item["vpc_id"], TagSpecifications=self.tag_specifications(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        table_id = resource.outputs["id"]
        if "routes" in changes:
            current = {route["destination"]: route["target"] for route in resource.state["routes"]}
            wanted = {route["destination"]: route["target"] for route in changes["routes"]}
            for destination, target in wanted.items():
                if current.get(destination) != target:
                    put = self.client.replace_route if destination in current else self.client.create_route
                    put(RouteTableId=table_id, **self._destination(destination), **{self._TARGETS[target.split("-")[0]]: target})
            for destination in set(current) - set(wanted):
                self.client.delete_route(RouteTableId=table_id, **self._destination(destination))
        if "subnet_ids" in changes:
            associated = resource.outputs["associations"]
            for subnet_id in set(changes["subnet_ids"]) - set(associated):
                self._associate(table_id, subnet_id)
            for subnet_id in set(associated) - set(changes["subnet_ids"]):
                self.client.disassociate_route_table(AssociationId=associated[subnet_id])

    def _associate(self, table_id: str, subnet_id: str) -> None:
        """A subnet has one table: move it there if another one has it."""
        filters = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        for other in self.client.describe_route_tables(Filters=filters)["RouteTables"]:
            for one in other["Associations"]:
                if one.get("SubnetId") == subnet_id:
                    self.client.replace_route_table_association(AssociationId=one["RouteTableAssociationId"], RouteTableId=table_id)
                    return
        self.client.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)

    @staticmethod
    def _destination(block: str) -> dict[str, str]:
        return {"DestinationIpv6CidrBlock" if ":" in block else "DestinationCidrBlock": block}

    def delete(self, resource: Resource) -> None:
        for association in resource.outputs["associations"].values():
            self.gone(self.client.disassociate_route_table, AssociationId=association)
        self.gone(self.client.delete_route_table, RouteTableId=resource.outputs["id"])


class SecurityGroups(Ec2Kind):
    """Groups and their rules. A rule names another group of the set, so all groups are made before any rule is."""

    module, noun, id_prefix, tag_type = "ec2_security_groups", "security group", "sg", "security-group"
    fixed = ("vpc_id", "description")
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        groups = self.pages("describe_security_groups", "SecurityGroups", Filters=self.tag_filters)
        if set(names) - {group["GroupName"] for group in groups}:
            groups += [
                group
                for group in self.pages("describe_security_groups", "SecurityGroups", Filters=[{"Name": "group-name", "Values": sorted(names)}])
                if group["GroupId"] not in {known["GroupId"] for known in groups}
            ]
        self._names = {group["GroupId"]: group["GroupName"] for group in groups}
        self._ours: list[Resource] = []
        for group in groups:
            state = {
                "vpc_id": group["VpcId"],
                "description": group["Description"],
                "ingress": [rule for raw in group["IpPermissions"] for rule in self._rules(raw)],
                "egress": [rule for raw in group["IpPermissionsEgress"] for rule in self._rules(raw)],
            }
            found = Resource(group["GroupName"], state, tags_to_dict(group.get("Tags")), {"id": group["GroupId"]})
            if owned(found.tags, self.tags):
                self._ours.append(found)
            yield found

    def _rules(self, raw: dict[str, t.Any]) -> t.Iterator[Item]:
        """EC2 bundles peers by port; one rule here is one port range and one peer."""
        everything = raw["IpProtocol"] == "-1"
        base = {
            "protocol": "all" if everything else raw["IpProtocol"],
            "from_port": None if everything else raw.get("FromPort"),
            "to_port": None if everything else raw.get("ToPort"),
        }
        for field, key, option in (
            ("IpRanges", "CidrIp", "peer"),
            ("Ipv6Ranges", "CidrIpv6", "peer"),
            ("PrefixListIds", "PrefixListId", "peer"),
            ("UserIdGroupPairs", "GroupId", "peer"),
        ):
            for peer in raw.get(field, []):
                yield {**base, option: self._names.get(peer[key], peer[key]), "description": peer.get("Description", "")}

    def normalise(self, item: Item) -> Item:
        def rule(declared: Item) -> Item:
            everything = declared["protocol"] == "all"
            return {
                "protocol": declared["protocol"],
                "from_port": None if everything else declared["from_port"],
                "to_port": None if everything else (declared["to_port"] if declared.get("to_port") is not None else declared["from_port"]),
                "peer": self._prefix_list(declared["peer"]) if declared["peer"].startswith("com.amazonaws.") else declared["peer"],
                "description": declared.get("description") or "",
            }

        return {**item, **{side: [rule(one) for one in item[side]] for side in ("ingress", "egress") if item.get(side) is not None}}

    def _prefix_list(self, name: str) -> str:
        """The id of a prefix list that AWS keeps."""
        found = self.pages("describe_managed_prefix_lists", "PrefixLists", Filters=[{"Name": "prefix-list-name", "Values": [name]}])
        if not found:
            raise Problem(f"there is no prefix list {name} in {self.session.region}")
        return t.cast(str, found[0]["PrefixListId"])

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"security group {name}: {side} rule from {rule['peer']} needs from_port"
            for name, item in items.items()
            for side in ("ingress", "egress")
            for rule in item.get(side) or ()
            if rule["protocol"] != "all" and rule["from_port"] is None
        ]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_security_group(
            GroupName=name, Description=item["description"], VpcId=item["vpc_id"], TagSpecifications=self.tag_specifications(tags)
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        for side, grant, revoke in (
            ("ingress", self.client.authorize_security_group_ingress, self.client.revoke_security_group_ingress),
            ("egress", self.client.authorize_security_group_egress, self.client.revoke_security_group_egress),
        ):
            if side in changes:
                current, wanted = resource.state[side], changes[side]
                added = [rule for rule in wanted if rule not in current]
                dropped = [rule for rule in current if rule not in wanted]
                # New before old, so that traffic which both allow never stops; but a rule that only changes its description must go first.
                clash = [rule for rule in dropped if any(self._same_door(rule, other) for other in added)]
                self._send(revoke, resource, clash)
                self._send(grant, resource, added)
                self._send(revoke, resource, [rule for rule in dropped if rule not in clash])

    @staticmethod
    def _same_door(one: Item, other: Item) -> bool:
        return all(one[key] == other[key] for key in ("protocol", "from_port", "to_port", "peer"))

    def _send(self, operation: t.Callable[..., t.Any], resource: Resource, rules: list[Item]) -> None:
        if rules:
            operation(GroupId=resource.outputs["id"], IpPermissions=[self._permission(rule) for rule in rules])

    def _permission(self, rule: Item) -> dict[str, t.Any]:
        ids = {name: group_id for group_id, name in self._names.items()}
        peer = ids.get(rule["peer"], rule["peer"])
        described = {"Description": rule["description"]} if rule["description"] else {}
        if peer.startswith("sg-"):
            source = {"UserIdGroupPairs": [{"GroupId": peer, **described}]}
        elif peer.startswith("pl-"):
            source = {"PrefixListIds": [{"PrefixListId": peer, **described}]}
        elif ":" in peer:
            source = {"Ipv6Ranges": [{"CidrIpv6": peer, **described}]}
        else:
            source = {"IpRanges": [{"CidrIp": peer, **described}]}
        ports = {} if rule["protocol"] == "all" else {"FromPort": rule["from_port"], "ToPort": rule["to_port"]}
        return {"IpProtocol": "-1" if rule["protocol"] == "all" else rule["protocol"], **ports, **source}

    def delete(self, resource: Resource) -> None:
        # A group that another one's rule names cannot be deleted: those rules go first, whoever has them.
        for holder in self._ours:
            for side, revoke in (("ingress", self.client.revoke_security_group_ingress), ("egress", self.client.revoke_security_group_egress)):
                naming = [rule for rule in holder.state[side] if rule["peer"] == resource.name and holder.name != resource.name]
                if naming:
                    permissions = [self._permission(rule) for rule in naming]
                    self.gone(revoke, GroupId=holder.outputs["id"], IpPermissions=permissions)
        self.gone(self.client.delete_security_group, GroupId=resource.outputs["id"])


class VpcEndpoints(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_vpc_endpoints", "VPC endpoint", "vpce", "vpc-endpoint"
    fixed = ("vpc_id", "service", "type")
    policies = ("policy",)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for endpoint in self.pages("describe_vpc_endpoints", "VpcEndpoints", Filters=self.tag_filters):
            state = endpoint["State"].lower()
            if state == "deleted":
                continue
            settings = {
                "vpc_id": endpoint["VpcId"],
                "service": endpoint["ServiceName"].split(".", 3)[-1],
                "type": endpoint["VpcEndpointType"].lower(),
                "route_table_ids": sorted(endpoint.get("RouteTableIds", [])),
                "subnet_ids": sorted(endpoint.get("SubnetIds", [])),
                "security_group_ids": sorted(group["GroupId"] for group in endpoint.get("Groups", [])),
                "private_dns": endpoint.get("PrivateDnsEnabled", False),
                "policy": endpoint.get("PolicyDocument"),
            }
            failure = (endpoint.get("LastError") or {}).get("Message", state) if state in ("failed", "rejected") else ""
            yield self.resource(endpoint, "VpcEndpointId", settings, status=state, ready=state == "available", failure=failure)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        parameters: dict[str, t.Any] = {
            "VpcId": item["vpc_id"],
            "ServiceName": f"com.amazonaws.{self.session.region}.{item['service']}",
            "VpcEndpointType": item["type"].capitalize(),
            "TagSpecifications": self.tag_specifications(tags),
        }
        for option, parameter in (
            ("route_table_ids", "RouteTableIds"),
            ("subnet_ids", "SubnetIds"),
            ("security_group_ids", "SecurityGroupIds"),
            ("private_dns", "PrivateDnsEnabled"),
            ("policy", "PolicyDocument"),
        ):
            if item.get(option) is not None:
                parameters[parameter] = item[option]
        self.client.create_vpc_endpoint(**parameters)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        parameters: dict[str, t.Any] = {}
        for option, noun in (("route_table_ids", "RouteTableIds"), ("subnet_ids", "SubnetIds"), ("security_group_ids", "SecurityGroupIds")):
            if option in changes:
                parameters[f"Add{noun}"] = sorted(set(changes[option]) - set(resource.state[option]))
                parameters[f"Remove{noun}"] = sorted(set(resource.state[option]) - set(changes[option]))
        if "private_dns" in changes:
            parameters["PrivateDnsEnabled"] = changes["private_dns"]
        if "policy" in changes:
            parameters["PolicyDocument"] = changes["policy"]
        self.client.modify_vpc_endpoint(VpcEndpointId=resource.outputs["id"], **{key: value for key, value in parameters.items() if value != []})

    def delete(self, resource: Resource) -> None:
        if resource.status != "deleting":
            self.client.delete_vpc_endpoints(VpcEndpointIds=[resource.outputs["id"]])


class NetworkAcls(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_network_acls", "network ACL", "acl", "network-acl"
    fixed = ("vpc_id",)
    create_then_update = True
    _LAST = 32767  # the deny-all that every list ends with

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for acl in self.pages("describe_network_acls", "NetworkAcls", Filters=self.tag_filters):
            entries = [entry for entry in acl["Entries"] if entry["RuleNumber"] < self._LAST]
            state = {
                "vpc_id": acl["VpcId"],
                "subnet_ids": sorted(one["SubnetId"] for one in acl["Associations"]),
                "ingress": [self._entry(entry) for entry in entries if not entry["Egress"]],
                "egress": [self._entry(entry) for entry in entries if entry["Egress"]],
            }
            yield self.resource(acl, "NetworkAclId", state)

    @staticmethod
    def _entry(raw: dict[str, t.Any]) -> Item:
        ports = raw.get("PortRange") or {}
        return {
            "number": raw["RuleNumber"],
            "protocol": {"-1": "all", "6": "tcp", "17": "udp"}.get(raw["Protocol"], raw["Protocol"]),
            "from_port": ports.get("From"),
            "to_port": ports.get("To"),
            "cidr": raw.get("CidrBlock") or raw.get("Ipv6CidrBlock"),
            "action": raw["RuleAction"],
        }

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_network_acl(VpcId=item["vpc_id"], TagSpecifications=self.tag_specifications(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        acl_id = resource.outputs["id"]
        # Rules before associations: an empty list denies everything.
        for side in ("ingress", "egress"):
            if side in changes:
                self._bring_entries(acl_id, side == "egress", resource.state[side], changes[side])
        if "subnet_ids" in changes:
            self._bring_subnets(acl_id, set(changes["subnet_ids"]), set(resource.state["subnet_ids"]), item["vpc_id"])

    def _bring_entries(self, acl_id: str, egress: bool, current: list[Item], wanted: list[Item]) -> None:
        numbers = {entry["number"]: entry for entry in current}
        for entry in wanted:
            if numbers.get(entry["number"]) != entry:
                put = self.client.replace_network_acl_entry if entry["number"] in numbers else self.client.create_network_acl_entry
                ports = {} if entry["protocol"] == "all" else {"PortRange": {"From": entry["from_port"], "To": entry["to_port"]}}
                put(
                    NetworkAclId=acl_id,
                    Egress=egress,
                    RuleNumber=entry["number"],
                    RuleAction=entry["action"],
                    Protocol={"all": "-1", "tcp": "6", "udp": "17"}[entry["protocol"]],
                    **{"Ipv6CidrBlock" if ":" in entry["cidr"] else "CidrBlock": entry["cidr"]},
                    **ports,
                )
        for number in set(numbers) - {entry["number"] for entry in wanted}:
            self.gone(self.client.delete_network_acl_entry, NetworkAclId=acl_id, Egress=egress, RuleNumber=number)

    def _bring_subnets(self, acl_id: str, wanted: set[str], current: set[str], vpc_id: str) -> None:
        """A subnet always has one list: give it ours, or the VPC's default one when it leaves ours."""
        moving = sorted(wanted ^ current)
        acls = self.client.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["NetworkAcls"]
        default = next(acl["NetworkAclId"] for acl in acls if acl["IsDefault"])
        for acl in acls:
            for one in acl["Associations"]:
                if one["SubnetId"] in moving:
                    target = acl_id if one["SubnetId"] in wanted else default
                    self.client.replace_network_acl_association(AssociationId=one["NetworkAclAssociationId"], NetworkAclId=target)

    def delete(self, resource: Resource) -> None:
        if resource.state["subnet_ids"]:
            self._bring_subnets(resource.outputs["id"], set(), set(resource.state["subnet_ids"]), resource.state["vpc_id"])
        self.gone(self.client.delete_network_acl, NetworkAclId=resource.outputs["id"])


class FlowLogs(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_flow_logs", "flow log", "fl", "vpc-flow-log"
    fixed = ("vpc_id", "destination_arn", "traffic", "aggregation_seconds")

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for log in self.pages("describe_flow_logs", "FlowLogs", Filters=self.tag_filters):
            state = {
                "vpc_id": log["ResourceId"],
                "destination_arn": log.get("LogDestination"),
                "traffic": log["TrafficType"].lower(),
                "aggregation_seconds": log.get("MaxAggregationInterval", 600),
            }
            # FAILED here is AWS's word for a destination that refuses the logs; the flow log itself exists.
            failure = log.get("DeliverLogsErrorMessage", "") if log.get("DeliverLogsStatus") == "FAILED" else ""
            yield self.resource(log, "FlowLogId", state, status=log["FlowLogStatus"], failure=failure)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        answer = self.client.create_flow_logs(
            ResourceType="VPC",
            ResourceIds=[item["vpc_id"]],
            TrafficType=item["traffic"].upper(),
            LogDestinationType="s3",
            LogDestination=item["destination_arn"],
            MaxAggregationInterval=item["aggregation_seconds"],
            TagSpecifications=self.tag_specifications(tags),
        )
        for refused in answer.get("Unsuccessful", []):
            raise Problem(f"{refused['Error']['Code']}: {refused['Error']['Message']}")

    def delete(self, resource: Resource) -> None:
        self.client.delete_flow_logs(FlowLogIds=[resource.outputs["id"]])
