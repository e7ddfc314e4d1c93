#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Retire images that nothing uses"""

DOCUMENTATION = r"""
module: ec2_images_retention
short_description: Retire images that nothing uses
version_added: 0.1.0
description:
  - Of every tier and architecture the newest images stay, and everything in use. What is left is deprecated, some days later disabled, some
    days later deregistered together with its snapshots. What is taken into use again meanwhile is restored.
  - An image and its copies in other regions stay or go together. The tag C(Retired) says since when nothing needs an image; an image that
    carries a tag C(Keep) is never retired.
  - A tier of which nothing is in use anywhere is left alone, and so is an image that is shared with an account that could not be looked at.
options:
  tags:
    description: Tags of the images that it is about.
    type: dict
    required: true
  regions:
    description: Regions that images are in.
    type: list
    elements: str
    required: true
  keep:
    description: Newest images to keep of each application, tier and architecture.
    type: int
    default: 3
  disable_days:
    description: Days from an image's retirement, when it is deprecated, until it is disabled.
    type: int
    default: 14
  deregister_days:
    description: Days from an image's retirement until it is deregistered. It was disabled by an earlier run, in any case.
    type: int
    default: 30
  recent_days:
    description: An image that AWS saw launched in the last so many days is in use, by whomever.
    type: int
    default: 14
  uses:
    description: Answers of M(groundswell.aws.ec2_image_uses_info), one for each account and region that was looked at.
    type: list
    elements: dict
    required: true
  unseen_accounts_unused:
    description: Accounts that images are shared with, that could not be looked at, and of which you know that they use none that is old.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Says what would be done.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Retire images that nothing uses
  groundswell.aws.ec2_images_retention:
    tags: {Project: acme, ManagedBy: groundswell, Layer: images}
    regions: [ap-southeast-1, us-east-1]
    uses: "{{ looks }}"
"""

RETURN = r"""
images:
  description: All images, newest first, each with C(name), C(tier), C(created), C(regions), C(images), C(state), C(action), C(due), C(reasons) and C(gib).
  returned: always
  type: list
  elements: dict
freed_gib:
  description: GiB of snapshots that were, or in check mode would be, deleted; at most, for snapshots share blocks.
  returned: always
  type: float
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.image_retention import Retention, Rules, row
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def work(session: Session, options: Item) -> Item:
    """Look, judge, do."""
    if options["deregister_days"] < options["disable_days"]:
        raise Problem(f"deregister_days ({options['deregister_days']}) comes after disable_days ({options['disable_days']}): let it be as large at least")
    if not options["uses"]:
        raise Problem("uses is empty: nothing was looked at, so nothing is known to be unused")
    rules = Rules(
        keep=max(1, options["keep"]),
        disable_days=options["disable_days"],
        deregister_days=options["deregister_days"],
        recent_days=options["recent_days"],
        uses=options["uses"],
        unseen_unused=options["unseen_accounts_unused"],
    )
    unseen = [gap for entry in options["uses"] for gap in entry.get("unseen") or []]
    if unseen:
        raise Problem(f"not everything could be looked at, so nothing is retired: {'; '.join(unseen)}")
    retention = Retention(session, {key: str(value) for key, value in options["tags"].items()}, options["regions"], rules)
    generations = retention.generations()
    retention.judge(generations)
    due = [generation for generation in generations if generation.action not in ("keep", "wait")]
    if not session.check_mode:
        session.each(retention.carry_out, due)
    gone = [row(generation)["gib"] for generation in due if generation.action == "deregister"]
    return {
        "changed": bool(due),
        "images": [row(generation) for generation in generations],
        "freed_gib": round(sum(gone), 2),
        "changes": [
            {"kind": "ec2_images", "name": one.name, "action": "remove" if one.action == "deregister" else "update", "options": [one.action]} for one in due
        ],
    }


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: work(Session(module), module.params))


if __name__ == "__main__":
    main()
