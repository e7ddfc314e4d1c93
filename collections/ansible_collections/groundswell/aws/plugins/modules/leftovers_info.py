#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look for everything of an environment."""

DOCUMENTATION = r"""
module: leftovers_info
short_description: Look for everything of an environment, by tag and service by service
version_added: 0.1.0
description:
  - Finds what an environment has in the account, whoever made it. Run after a removal it finds what was overlooked.
  - Looks with the tagging API, and with the list calls of every service in use by tag or name. Shares no code with the modules that
    create and remove.
  - KMS keys and secrets that are scheduled for deletion cost nothing and are not listed.
options:
  tags:
    description:
      - Tags that everything of the environment carries, at least C(Project) and C(Environment).
    type: dict
    required: true
  regions:
    description:
      - Regions to look in. What has no region is always looked for.
    type: list
    elements: str
    required: true
  domain:
    description:
      - Name of the environment's hosted zone and certificates.
    type: str
    default: ""
  layers_kept:
    description:
      - Layers that are meant to be there still.
    type: list
    elements: str
    default: []
  kinds_kept:
    description:
      - Kinds that are meant to be there still, in the words of RV(leftovers), such as C(database snapshot).
    type: list
    elements: str
    default: []
  names_kept:
    description:
      - Parts of the names of what is meant to be there still, for what no search knows the layer of.
    type: list
    elements: str
    default: []
  identity_center:
    description:
      - Whether people get in through IAM Identity Center, which these credentials may look into, so that there may be something.
    type: bool
    default: false
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look for what is left
  groundswell.aws.leftovers_info:
    tags: {Project: acme, Environment: dev}
    regions: [eu-west-1]
    domain: dev.acme.example
"""

RETURN = r"""
leftovers:
  description: What there is.
  returned: always
  type: list
  elements: dict
  contains:
    service: {description: Its service., type: str, returned: always}
    kind: {description: What it is., type: str, returned: always}
    id: {description: "Its name, id or ARN.", type: str, returned: always}
    region: {description: Where it is., type: str, returned: always}
    layer: {description: The layer its tag names where the tagging API knows it., type: str, returned: always}
    cost: {description: What it costs in US dollars as an order of magnitude. Empty where it is free., type: str, returned: always}
    expected: {description: Whether it is meant to be there., type: bool, returned: always}
unexpected:
  description: One line for each that is not meant to be there.
  returned: always
  type: list
  elements: str
expected:
  description: One line for each that is and costs something, and the number of the others.
  returned: always
  type: list
  elements: str
unseen:
  description: What could not be asked, and why.
  returned: always
  type: list
  elements: str
"""

import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.leftovers import Environment, search
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session


def line(entry: dict[str, t.Any]) -> str:
    """One thing, for people."""
    cost = f": {entry['cost']}" if entry["cost"] else ""
    return f"{entry['kind']} {entry['id']} ({entry['region']}){cost}"


def main() -> None:
    """Look, and sort by what is meant to be there."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    session, options = Session(module), module.params
    found = search(
        lambda service, region: session.client(service, region=region),
        session.account,
        Environment(options["tags"], options["domain"]),
        options["regions"],
        options["identity_center"],
    )
    for entry in found.leftovers:
        named = any(part in entry["id"] for part in options["names_kept"])
        entry["expected"] = named or entry["layer"] in options["layers_kept"] or entry["kind"] in options["kinds_kept"]
    kept = [entry for entry in found.leftovers if entry["expected"]]
    expected = [line(entry) for entry in kept if entry["cost"]]
    if len(kept) > len(expected):
        expected.append(f"{len(kept) - len(expected)} that cost nothing")
    module.exit_json(
        changed=False,
        leftovers=found.leftovers,
        unexpected=[line(entry) for entry in found.leftovers if not entry["expected"]],
        expected=expected,
        unseen=found.unseen,
    )


if __name__ == "__main__":
    main()
