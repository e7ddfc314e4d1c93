# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pack statements into policy documents."""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: policy_documents
short_description: Pack statements into policy documents
version_added: 0.1.0
description:
  - Statements of one service that differ in nothing but their actions and the resources that they name become one.
  - What does not fit into one managed policy goes on in another.
options:
  _input:
    description: Statements of IAM policies that are about actions and resources.
    type: list
    elements: dict
    required: true
  size:
    description: Most characters of a document.
    type: int
    default: 6144
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
policies: "{{ lookup('groundswell.aws.template', 'network.json.j2') | from_json | groundswell.aws.policy_documents }}"
"""

RETURN = r"""
_value:
  description: Policy documents, as few as hold all of them.
  type: list
  elements: str
"""

Statement = dict[str, t.Any]
# Without white space, which IAM does not count (UG iam/reference_iam-quotas.html).
LARGEST = 6144


def policy_documents(statements: list[Statement], size: int = LARGEST) -> list[str]:
    """Documents that allow what the statements do. Raises AnsibleFilterError where a statement is larger than a document may be."""
    documents: list[list[Statement]] = []
    # The longest first: so the fewest documents are enough.
    for statement in sorted(_merged(statements), key=lambda one: -len(_written([one]))):
        if len(_written([statement])) > size:
            raise AnsibleFilterError(f"the actions of {statement['Action'][0].partition(':')[0]} take more than the {size} characters of a policy")
        fitting = next((document for document in documents if len(_written([*document, statement])) <= size), None)
        if fitting is None:
            documents.append([statement])
        else:
            fitting.append(statement)
    return [_written(document) for document in documents]


def _merged(statements: list[Statement]) -> list[Statement]:
    found: dict[tuple[str, str, str, bool], tuple[set[str], set[str]]] = {}
    for statement in statements:
        service, condition = statement["Action"][0].partition(":")[0], json.dumps(statement.get("Condition", {}), sort_keys=True)
        # What is about everything stays apart from what is about something.
        actions, resources = found.setdefault((service, statement["Effect"], condition, "*" in statement["Resource"]), (set(), set()))
        actions.update(statement["Action"])
        resources.update(statement["Resource"])
    return [
        {"Effect": effect, "Action": sorted(actions), "Resource": sorted(resources), **({"Condition": json.loads(condition)} if condition != "{}" else {})}
        for (_, effect, condition, _), (actions, resources) in sorted(found.items())
    ]


def _written(statements: list[Statement]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"), default=str)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"policy_documents": policy_documents}
