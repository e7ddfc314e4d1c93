# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for what is left."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.leftovers import SEARCHES, Environment, _once

OURS = Environment({"Project": "acme", "Environment": "dev"}, "dev.acme.example")


@pytest.mark.parametrize(
    "name",
    [
        "acme-dev",
        "acme-dev-web",
        "/acme/dev/database/port",
        "acme_dev",
        "aws-waf-logs-acme-dev",
        "alias/acme-dev-storage",
        "dev.acme.example.",
        "*.dev.acme.example",
    ],
)
def test_names_of_ours(name: str) -> None:
    """Wherever the environment's name stands as a word."""
    assert OURS.words.search(name)


@pytest.mark.parametrize("name", ["acme-development", "notacme-dev", "acme-prod-web", "www.dev.acme.example", "devXacme.example"])
def test_names_of_others(name: str) -> None:
    """Another environment's, however alike."""
    assert not OURS.words.search(name)


def entry(kind: str, name: str, layer: str = "", service: str = "rds") -> dict[str, str]:
    return {"service": service, "kind": kind, "id": name, "region": "r", "layer": layer, "cost": ""}


def test_once() -> None:
    """What both searches find is one thing, with the layer that its tags name; what only the tags find stays."""
    found = _once(
        [
            entry("database instance", "acme-dev"),
            entry("tagged resource", "arn:aws:rds:r:1:db:acme-dev", "database"),
            entry("tagged resource", "arn:aws:sqs:r:1:acme-dev-queue", "queue", "sqs"),
        ]
    )
    assert [(one["id"], one["layer"]) for one in found] == [("acme-dev", "database"), ("arn:aws:sqs:r:1:acme-dev-queue", "queue")]


def test_one_name_in_two_regions() -> None:
    """Each has the layer of its own tags."""
    regions = ("r", "s")
    found = _once(
        [{**entry("parameter", "/acme/dev/serving", service="ssm"), "region": region} for region in regions]
        + [{**entry("tagged resource", f"arn:aws:ssm:{region}:1:parameter/acme/dev/serving", region, "ssm"), "region": region} for region in regions]
    )
    assert [(one["region"], one["layer"]) for one in found] == [("r", "r"), ("s", "s")]


def test_operations_exist() -> None:
    """Every search names an operation that boto3 has."""
    clients = {service: boto3.client(service, "us-east-1") for service in {search.service for search in SEARCHES}}
    assert [search.operation for search in SEARCHES if not hasattr(clients[search.service], search.operation)] == []
