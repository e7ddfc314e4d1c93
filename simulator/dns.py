# SPDX-License-Identifier: GPL-3.0-or-later
"""The public DNS as far as the simulated Route 53 is authoritative, over UDP on the port of the API.

Answers come from the public hosted zones of every account. An alias answers with a stable address of a range that
nobody has (RFC 2544, RFC 3849), made from its target's name, one to another record of its zone with what that one is answered with. Failover and
latency records follow their health checks and the health of their targets. A zone whose domain the control door took the delegation of does not exist for
the world.
"""

from __future__ import annotations

import hashlib
import ipaddress
import socketserver
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from moto.route53.models import route53_backends

from simulator.alarms import balancer_healthy
from simulator.health_checks import healthy

if TYPE_CHECKING:
    from simulator.api import Simulator

ALIAS_TTL = 60  # seconds; what Route 53 gives aliases to load balancers and CloudFront
CHAIN = 8  # CNAMEs followed at most
# Those for documentation (RFC 5737) are so few that two targets would get the same one now and then.
BENCHMARKS_V4 = ipaddress.ip_network("198.18.0.0/15")
DOCUMENTATION_V6 = ipaddress.ip_network("2001:db8::/32")


def public_values(simulator: Simulator, name: str, kind: str) -> list[str]:
    """The values that the world sees for a name and record type; empty when its zone is not delegated."""
    zone = _zone_of(simulator, _plain(name))
    if zone is None:
        return []
    return [value for record in _records(simulator, zone, _plain(name), kind) for value in _values(record)]


def answer(simulator: Simulator, query: dns.message.Message) -> dns.message.Message:
    """The response to a query."""
    response = dns.message.make_response(query)
    question = query.question[0]
    name, kind = _plain(question.name.to_text()), dns.rdatatype.to_text(question.rdtype)
    zone = _zone_of(simulator, name)
    if zone is None:
        # Whoever asks for a name that the parent does not know of gets the parent's answer.
        response.set_rcode(dns.rcode.NXDOMAIN if _any_zone_of(name) else dns.rcode.REFUSED)
        return response
    response.flags |= dns.flags.AA
    _fill(simulator, response, zone, name, kind)
    if not response.answer:
        if not any(_plain(record.name) == name or _plain(record.name).endswith("." + name) for _, record in zone.entries):
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority += _rrsets(simulator, zone, zone.domain, "SOA")
    return response


def delegated(simulator: Simulator, domain: str) -> bool:
    """Whether the parent of a domain points at our zone of it: no domain above or at it was taken away."""
    domain = _plain(domain)
    return not any(domain == lost or domain.endswith("." + lost) for lost in simulator.undelegated)


class _Zone:
    """A public hosted zone: its domain, its account and its records."""

    def __init__(self, account: str, hosted: Any) -> None:
        self.account = account
        self.id = hosted.id.rpartition("/")[2]
        self.domain = _plain(hosted.name)
        self.entries = [(account, record) for record in hosted.rrsets]


def _zones() -> list[_Zone]:
    found = []
    for account in list(route53_backends):
        for hosted in route53_backends[account]["aws"].zones.values():
            if not hosted.private_zone:
                found.append(_Zone(account, hosted))
    return found


def _any_zone_of(name: str) -> _Zone | None:
    holding = [zone for zone in _zones() if name == zone.domain or name.endswith("." + zone.domain)]
    return max(holding, key=lambda zone: len(zone.domain), default=None)


def _zone_of(simulator: Simulator, name: str) -> _Zone | None:
    zone = _any_zone_of(name)
    return zone if zone is not None and delegated(simulator, zone.domain) else None


def _records(simulator: Simulator, zone: _Zone, name: str, kind: str) -> list[Any]:
    """The records of a name and type that are to be answered, a wildcard's if the name has none. Aliases to other records of the zone are followed."""
    found = _chosen(simulator, zone, _named(zone, name, kind))
    return [one for record in found for one in (_records(simulator, zone, _target(record), kind) if _inside(zone, record) else [record])]


def _named(zone: _Zone, name: str, kind: str) -> list[Any]:
    named = [record for _, record in zone.entries if _plain(record.name) == name]
    if not named and "." in name:
        wildcard = "*." + name.split(".", 1)[1]
        named = [record for _, record in zone.entries if _plain(record.name) == wildcard]
    return [record for record in named if record.type == kind]


def _chosen(simulator: Simulator, zone: _Zone, records: list[Any]) -> list[Any]:
    """PRIMARY while it is healthy, else SECONDARY while that is, else PRIMARY (API route53:ResourceRecordSet, Failover); of other routed records the
    healthy ones, or all when none is (UG route53/health-checks-how-route-53-chooses-records). Of latency records one: that of the region that the control
    door has put nearest to whoever asks, else any.
    """
    primary = [record for record in records if record.failover == "PRIMARY"]
    secondary = [record for record in records if record.failover == "SECONDARY"]
    if primary or secondary:
        return next((one for one in (primary, secondary) if any(_healthy(simulator, zone, record) for record in one)), primary or secondary)
    left = [record for record in records if _healthy(simulator, zone, record)] or records
    return sorted(left, key=lambda record: (record.region != simulator.nearest, record.region))[:1] if any(record.region for record in left) else left


def _healthy(simulator: Simulator, zone: _Zone, record: Any) -> bool:
    """Whether a record is: by its health check, and, where it is an alias that evaluates its target's health, by that as well
    (UG route53/dns-failover-complex-configs). Where neither is asked for, it always is.
    """
    if not healthy(simulator, zone.account, record.health_check_id):
        return False
    if not record.alias_target or str(record.alias_target["EvaluateTargetHealth"]).lower() != "true":
        return True
    if _inside(zone, record):
        return any(_healthy(simulator, zone, one) for one in _named(zone, _target(record), record.type))
    return balancer_healthy(simulator, zone.account, _target(record))


def _inside(zone: _Zone, record: Any) -> bool:
    """Whether a record is an alias to another one of its zone."""
    return bool(record.alias_target) and record.alias_target["HostedZoneId"].rpartition("/")[2] == zone.id


def _target(record: Any) -> str:
    return _plain(record.alias_target["DNSName"])


def _values(record: Any) -> list[str]:
    return [item["Value"] if isinstance(item, dict) else str(item) for item in record.records or []]


def _fill(simulator: Simulator, response: dns.message.Message, zone: _Zone, name: str, kind: str) -> None:
    """Add the answer section, following CNAMEs while they stay in zones of ours."""
    for _ in range(CHAIN):
        found = _rrsets(simulator, zone, name, kind)
        if found or kind == "CNAME":
            response.answer += found
            return
        aliases = _rrsets(simulator, zone, name, "CNAME")
        if not aliases:
            return
        response.answer += aliases
        name = _plain(aliases[0][0].target.to_text())
        followed = _zone_of(simulator, name)
        if followed is None:
            return
        zone = followed


def _rrsets(simulator: Simulator, zone: _Zone, name: str, kind: str) -> list[dns.rrset.RRset]:
    records = _records(simulator, zone, name, kind)
    values: list[str] = []
    ttl = ALIAS_TTL
    for record in records:
        if record.alias_target:
            values.append(alias_address(record.alias_target["DNSName"], kind))
        else:
            values += _values(record)
            ttl = int(record.ttl or ALIAS_TTL)
    if not values:
        return []
    return [dns.rrset.from_text_list(name + ".", ttl, "IN", kind, dict.fromkeys(values), origin=dns.name.root, relativize=False)]


def alias_address(target: str, kind: str) -> str:
    """A stable address of a range that nobody has, for an alias's target."""
    number = int.from_bytes(hashlib.sha256(_plain(target).encode()).digest()[:8], "big")
    if kind == "AAAA":
        return str(DOCUMENTATION_V6[number % 2**64])
    return str(BENCHMARKS_V4[1 + number % (BENCHMARKS_V4.num_addresses - 2)])


def _plain(name: str) -> str:
    return name.rstrip(".").lower().replace("\\052", "*")


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, channel = self.request
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return  # not a query: no answer, as name servers do
        simulator = self.server.simulator  # type: ignore[attr-defined]
        with simulator.lock:
            response = answer(simulator, query)
        channel.sendto(response.to_wire(), self.client_address)


class Responder(socketserver.ThreadingUDPServer):
    """Listens on loopback UDP in threads of its own."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, simulator: Simulator, host: str, port: int) -> None:
        self.simulator = simulator
        super().__init__((host, port), _Handler)
