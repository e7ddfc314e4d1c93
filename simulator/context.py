# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule, hook or operation is told about the call, and what it can ask."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator import moto_bridge
from simulator.registry import Parameters
from simulator.request import Call

if TYPE_CHECKING:
    from simulator.access import Answered
    from simulator.api import Simulator


@dataclass
class Context:
    """One call. `params` are the parameters as boto3 takes them; `account` and `region` are those the call acts in."""

    simulator: Simulator
    wire: Call
    account: str
    principal: str
    demanded: list[Answered] = field(default_factory=list)  # what was asked of the policies, where somebody asked

    @property
    def service(self) -> str:
        """botocore's name of the service."""
        return self.wire.service

    @property
    def operation(self) -> str:
        """The operation's name, e.g. CreateLoadBalancer."""
        return self.wire.operation_name

    @property
    def params(self) -> Parameters:
        """The parameters, members named as in boto3; blobs are bytes, timestamps naive UTC datetimes."""
        return self.wire.params

    @property
    def region(self) -> str:
        """The region that the request is signed for."""
        return self.wire.region

    def backend(self, service: str | None = None, region: str | None = None, account: str | None = None) -> Any:
        """moto's backend (its state), by default of this service, region and account."""
        return moto_bridge.backend(service or self.service, region or self.region, account or self.account)

    def in_region(self, region: str) -> Context:
        """The same call as if it were signed for another region, to look at what it refers to there."""
        return replace(self, wire=replace(self.wire, region=region))

    def now(self) -> datetime:
        """The time of the simulated account, naive UTC as moto keeps it."""
        return datetime.fromtimestamp(self.simulator.clock(), UTC).replace(tzinfo=None)

    def call(self, operation: str, params: Parameters | None = None, *, service: str | None = None, region: str | None = None) -> Parameters:
        """Carry out another call as the same principal, with hooks but without rules, faults or journal. Raises Refused when it fails."""
        return self.simulator.inner_call(self, service or self.service, operation, params or {}, region or self.region)
