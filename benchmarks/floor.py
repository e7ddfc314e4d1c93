# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor: the read calls of a second run, made by one plain Python process.

usage: python benchmarks/floor.py REGION PROJECT ENVIRONMENT CELL

Every kind of the collection describes what it has in every layer, as a second run does, without Ansible around it.
Prints how many resources it found.
"""

from __future__ import annotations

import sys
import types

import boto3
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import find
from ansible_collections.groundswell.aws.plugins.module_utils.registry import kinds
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session


def main() -> None:
    """Describe everything once."""
    region, project, environment, cell = sys.argv[1:]
    clients = boto3.Session()

    def client(service: str, config: object, region: str = region) -> object:
        return clients.client(service, region_name=region, config=config)

    session = Session(types.SimpleNamespace(check_mode=False, region=region, client=client))
    # Not one layer but all of them: ownership without the tag Layer.
    tags = {"Project": project, "Environment": environment, "Cell": cell, "ManagedBy": "groundswell"}
    # But objects, which are looked for in the one bucket that a task names.
    everywhere = [kind for kind in kinds().values() if kind.module != "s3_objects"]
    found = session.each(lambda kind: len(find(kind(session, {}, tags), ())[0]), everywhere)
    print(sum(found))


if __name__ == "__main__":
    main()
