# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a domain is delegated."""

from __future__ import annotations

import dns.resolver
import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import delegation

OURS = ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"]


@pytest.mark.parametrize(
    ("found", "delegated"),
    [(OURS, True), (OURS[:1], True), ([], False), (["ns.registrar.example"], False), ([*OURS, "ns.registrar.example"], False)],
)
def test_delegated_means_our_servers_and_no_others(found, delegated):
    assert delegation.is_delegated(found, OURS) is delegated


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, None),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:5000"}, ("127.0.0.1", 5000)),
        ({"AWS_ENDPOINT_URL": "https://127.0.0.1"}, ("127.0.0.1", 443)),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_ROUTE_53": "http://127.0.0.1:2"}, ("127.0.0.1", 2)),
    ],
)
def test_who_is_asked(environment, endpoint):
    assert delegation.custom_endpoint(environment) == endpoint


class Resolver:
    def __init__(self, outcome):
        self.outcome = outcome

    def resolve(self, name, kind, search):
        assert (name, kind, search) == ("acme.example.", "NS", False)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return [type("Record", (), {"target": target}) for target in self.outcome]


def test_names_are_compared_as_dns_does():
    assert delegation.found_name_servers("acme.example", Resolver(["NS-2.awsdns-02.net.", "ns-1.awsdns-01.com."])) == OURS


def test_a_domain_that_does_not_exist_has_none():
    assert delegation.found_name_servers("acme.example", Resolver(dns.resolver.NXDOMAIN())) == []


def test_silence_is_no_answer():
    with pytest.raises(dns.resolver.LifetimeTimeout):
        delegation.found_name_servers("acme.example", Resolver(dns.resolver.LifetimeTimeout(timeout=1, errors=[])))
