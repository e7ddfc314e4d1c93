# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of the collection against the simulator, without Ansible in between."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from simulated import Simulated

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Consent, Result, reconcile
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Kind, Session

TAGS = {"Project": "acme", "Environment": "dev", "Cell": "dev-1", "ManagedBy": "groundswell", "Layer": "test"}
REGION = "eu-west-1"
MODELS = botocore.loaders.create_loader()


class Module:
    """As much of an AnsibleAWSModule as a session needs."""

    check_mode = False
    region = REGION

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def client(self, service: str, region: str = REGION, **more: Any) -> Any:
        # As amazon.aws makes them, each from a session of its own: so each has exception classes of its own. Only reading the models is shared.
        core = botocore.session.Session()
        core.register_component("data_loader", MODELS)
        session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing", botocore_session=core)
        return session.client(service, region_name=region, endpoint_url=self._endpoint, **more)


@pytest.fixture
def keep(simulator: Simulated) -> Callable[..., Result]:
    """keep(Kind, items): what a set module does. `remove`, `replace` and `data` are consents, `layer` whose they are, the rest module options."""

    def run(
        kind: type[Kind],
        items: list[dict[str, Any]],
        remove: tuple[str, ...] = (),
        replace: tuple[str, ...] = (),
        data: bool = False,
        layer: str = "test",
        check_mode: bool = False,
        **options: Any,
    ) -> Result:
        session = Session(Module(simulator.endpoint))
        consent = Consent(remove=remove, replace=replace, data=data)
        return reconcile(kind(session, options, {**TAGS, "Layer": layer}), items, consent=consent, check_mode=check_mode, timeout=30)

    return run


@pytest.fixture
def clear(keep: Callable[..., Result]) -> Callable[..., Result]:
    """clear(Kind): what resources_absent does."""
    return lambda kind, **options: keep(kind, [], remove=("*",), data=True, **options)
