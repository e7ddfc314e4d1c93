# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP APIs and what is in them: one state for the service that keeps them and for the gateway that answers their callers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, on_reset

# Seconds of the account, by region: UG apigateway/limits.md, "Throttle quota per account, per Region".
ACCOUNT_RATE, ACCOUNT_BURST = 10_000, 5_000


@dataclass(eq=False)
class Api:
    """An HTTP API. `settings` is what GetApi shows beside its identity."""

    id: str
    account: str
    region: str
    settings: Parameters
    created: datetime
    authorizers: dict[str, Parameters] = field(default_factory=dict)
    integrations: dict[str, Parameters] = field(default_factory=dict)
    routes: dict[str, Parameters] = field(default_factory=dict)
    stages: dict[str, Parameters] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Where it answers unless that is switched off."""
        return f"{self.id}.execute-api.{self.region}.amazonaws.com"

    @property
    def execution_arn(self) -> str:
        """What the ARNs of its requests begin with."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.id}"

    def route(self, key: str) -> Parameters | None:
        """The route of this key."""
        return next((route for route in self.routes.values() if route["RouteKey"] == key), None)


@dataclass(eq=False)
class Domain:
    """A domain of one's own, and which path of it leads to which stage."""

    name: str
    account: str
    region: str
    settings: Parameters
    target: str  # the host name behind it
    mappings: dict[str, Parameters] = field(default_factory=dict)


APIS: dict[str, Api] = {}
DOMAINS: dict[str, Domain] = {}
BUCKETS: dict[tuple[str, ...], tuple[float, float]] = {}  # tokens there were, and when


@on_reset
def forget() -> None:
    """An account without APIs."""
    for state in (APIS, DOMAINS, BUCKETS):
        state.clear()  # type: ignore[attr-defined]


def drawn(length: int) -> str:
    """An identifier, the same after the same seed."""
    return "".join(mock_random.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(length))


def api_of(context: Context, api_id: str | None = None) -> Api:
    """The API that a call names."""
    found = APIS.get(api_id or context.params["ApiId"])
    if found is None or (found.account, found.region) != (context.account, context.region):
        raise Refused("NotFoundException", f"Invalid API identifier specified {context.account}:{api_id or context.params['ApiId']}", 404)
    return found


def domain_of(context: Context) -> Domain:
    """The domain that a call names."""
    found = DOMAINS.get(context.params["DomainName"])
    if found is None or (found.account, found.region) != (context.account, context.region):
        raise Refused("NotFoundException", "Invalid domain name identifier specified", 404)
    return found
