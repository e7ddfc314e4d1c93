#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a deployment against the account."""

DOCUMENTATION = r"""
module: deployment_readiness_info
short_description: Hold a deployment against the account, before anything is changed
version_added: 0.1.0
description:
  - Finds out which image each tier is to get and which it has, and whether the groups, the alarms, the images and the quotas allow a
    deployment. Fails with everything that does not, at once. Reads only.
options:
  account:
    description:
      - The account that the fleets are in.
    type: str
    required: true
  tags:
    description:
      - Tags of what the environment already has, which counts as part of the plan.
    type: dict
    default: {}
  tiers:
    description:
      - The tiers, in the order in which they are deployed.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Short name.
        type: str
        required: true
      group:
        description: Name of the Auto Scaling group.
        type: str
        required: true
      image_parameter:
        description: Name of the parameter that points at the tier's image.
        type: str
        required: true
      instance_types:
        description: Types that the group launches.
        type: list
        elements: str
        required: true
      on_demand_percentage:
        description: Percentage of On-Demand instances; the rest is Spot.
        type: int
      alarms:
        description: Names of the alarms that a refresh is going to watch.
        type: list
        elements: str
        default: []
  only:
    description:
      - Names of the tiers that are meant. Empty for all, or for the one that O(image_id) was made for.
    type: list
    elements: str
    default: []
  image_id:
    description:
      - The image that the one tier is to get. Empty for the image that the parameter points at.
    type: str
    default: ""
  image_owners:
    description:
      - Accounts whose images are taken, besides the account itself.
    type: list
    elements: str
    default: []
  images_name:
    description:
      - What images are published as. The papers of an image, and the key that they are signed with, are named for it.
    type: str
    required: true
  images_region:
    description:
      - Region that images are made in. An image whose tags can be seen says so itself.
    type: str
    required: true
  unsigned_images:
    description:
      - Whether images are taken that nobody has published and signed. It is noted then.
    type: bool
    default: false
  back:
    description:
      - Whether to go back to the image before, or from a refresh that is in progress.
    type: bool
    default: false
  min_healthy_percentage:
    description:
      - Share of the desired capacity that must serve. The group's instance maintenance policy decides if not given.
    type: int
  max_healthy_percentage:
    description:
      - Share of the desired capacity that may be there. The group's instance maintenance policy decides if not given.
    type: int
  scale_in_protected_instances:
    description:
      - What the refresh does about instances that are protected from scale in.
    type: str
    choices: [Refresh, Ignore, Wait]
    default: Wait
  standby_instances:
    description:
      - What the refresh does about instances in Standby.
    type: str
    choices: [Terminate, Ignore, Wait]
    default: Wait
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Hold the deployment against the account
  groundswell.aws.deployment_readiness_info:
    account: "123456789012"
    images_name: acme
    images_region: eu-west-1
    image_id: ami-0123456789abcdef0
    tiers:
      - name: web
        group: acme-prod-web
        image_parameter: /acme/prod/images/web
        instance_types: [t4g.small]
        alarms: [acme-prod-web-errors]
"""

RETURN = r"""
caller:
  description: ARN of who is going to deploy.
  returned: always
  type: str
tiers:
  description: What is known of each tier that is meant, in their order.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Short name.
      type: str
      returned: always
    image:
      description: Image that it is going to get.
      type: str
      returned: always
    image_in_service:
      description: Image that the group launches now.
      type: str
      returned: always
    image_before:
      description: Image that it launched before. Empty where none is known.
      type: str
      returned: always
    version:
      description: Version of the template that the group launches now.
      type: int
      returned: always
    refresh:
      description: The refresh that is in progress. Empty where none is.
      type: dict
      returned: always
    roll_back:
      description: Whether it is from this refresh that the way back leads.
      type: bool
      returned: always
problems:
  description: What would make the deployment fail.
  returned: always
  type: list
  elements: str
notes:
  description: What is worth knowing.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.deployment import Deployment, problems_of
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """All problems at once."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)

    def work() -> dict:
        session = Session(module)
        plans, wrong = Deployment(session, module.params).look()
        problems = problems_of(plans) + wrong
        answer = {
            "changed": False,
            "caller": session.client("sts").get_caller_identity()["Arn"],
            "tiers": [plan.found for plan in plans],
            "problems": problems,
            "notes": [note for plan in plans for note in plan.notes],
        }
        if problems:
            module.fail_json(msg="nothing is deployed: " + "; ".join(problems), **answer)
        return answer

    guarded(module, work)


if __name__ == "__main__":
    main()
