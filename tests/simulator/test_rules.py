# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of known rules, the table made from it, and the rules that models enforce."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

from simulator import registry
from simulator.latency_table import KINDS
from simulator.rules.__main__ import known_rules
from simulator.rules.by_model import BROKEN_BY

ROOT = Path(__file__).parents[2]
registry.discover()


def test_the_table_is_current():
    checked = subprocess.run([sys.executable, "-m", "simulator.rules", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_id_is_known():
    used = {rule.id for rule in registry.REGISTRY.all_rules()} | registry.REGISTRY.shown | {rule for kind in KINDS for rule in kind.rules}
    assert used | set(BROKEN_BY) <= set(known_rules())


def test_rules_name_operations_that_exist():
    from moto.core.utils import get_service_model

    registered = [*registry.REGISTRY.rules, *registry.REGISTRY.before, *registry.REGISTRY.after, *registry.REGISTRY.operations]
    for service, operation in [*registered, *registry.REGISTRY.rescue]:
        assert operation in get_service_model(service).operation_names, f"{service} has no {operation}"
    for rule in registry.REGISTRY.all_rules():
        assert rule.source, rule.id
        assert rule.check.__doc__, f"{rule.id} does not say what it is about"


@pytest.mark.parametrize("rule_id", BROKEN_BY)
def test_rules_of_the_models(simulator: Simulated, rule_id):
    service, operation, params = BROKEN_BY[rule_id]
    client = simulator.client(service)
    method = next(name for name, called in client.meta.method_to_api_mapping.items() if called == operation)
    with pytest.raises(ClientError) as raised:
        getattr(client, method)(**params)
    assert "validation error" in raised.value.response["Error"]["Message"]


def test_a_doubtful_code_says_so():
    from simulator.api import Settings, Simulator
    from simulator.context import Context
    from simulator.registry import Refused, Rule
    from simulator.request import Call, Request

    def check(context):
        raise Refused("Code", "It is so.")

    core = Simulator(Settings())
    context = Context(core, Call(Request.from_values()), "123456789012", "someone")
    for certain in (True, False):
        with pytest.raises(Refused) as raised:
            core._check(Rule("R-X-01", "ec2", (), "source", certain, check), context)
        assert ("best assignment" in raised.value.message) is not certain
        assert "R-X-01" in raised.value.message
