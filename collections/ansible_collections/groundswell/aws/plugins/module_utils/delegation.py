# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask the public DNS whether a domain is delegated to given name servers."""

from __future__ import annotations

import ipaddress
import os
import socket
import typing as t
import urllib.parse

try:
    import dns.exception
    import dns.resolver

    HAS_DNSPYTHON = True
except ImportError:
    HAS_DNSPYTHON = False

_PATIENCE = 10.0  # seconds for one question, over all resolvers
_ENDPOINTS = ("AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL")


def custom_endpoint(environment: t.Mapping[str, str]) -> tuple[str, int] | None:
    """Address and port of the endpoint that stands for Route 53, or None for AWS's own."""
    url = next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")
    if not url:
        return None
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = socket.gethostbyname(host)
    return host, parts.port or (443 if parts.scheme == "https" else 80)


def resolver(environment: t.Mapping[str, str] = os.environ) -> t.Any:
    """This machine's resolver; with a custom endpoint the one that answers there, for the public DNS knows nothing of its zones."""
    endpoint = custom_endpoint(environment)
    asked = dns.resolver.Resolver(configure=endpoint is None)
    asked.lifetime = _PATIENCE
    if endpoint:
        asked.nameservers, asked.port = [endpoint[0]], endpoint[1]
    return asked


def found_name_servers(domain: str, asked: t.Any) -> list[str]:
    """The name servers that the public DNS knows of a domain; none where it does not exist.

    :raises dns.exception.DNSException: where nobody answers, which says nothing about the delegation.
    """
    try:
        answer = asked.resolve(domain + ".", "NS", search=False)
    # Refused and failed answers are what a resolver gives whose way leads to name servers that do not know the domain.
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.NoNameservers):
        return []
    return sorted(str(record.target).rstrip(".").lower() for record in answer)


def is_delegated(found: t.Iterable[str], wanted: t.Iterable[str]) -> bool:
    """True where all name servers found are ours. One that is not gives other answers, or none, to part of the world."""
    found, wanted = set(found), set(wanted)
    return bool(found) and found <= wanted
