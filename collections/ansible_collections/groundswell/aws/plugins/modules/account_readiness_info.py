#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hold a plan against the account."""

DOCUMENTATION = r"""
module: account_readiness_info
short_description: Hold a plan against the account, before anything is changed
version_added: 0.1.0
description:
  - Finds out who calls, and whether the region, its zones, the quotas and what RDS offers allow what is planned. Fails with everything
    that does not, at once. Reads only.
  - What the environment already has counts as part of the plan.
options:
  account:
    description:
      - The account that it has to be.
    type: str
    required: true
  tags:
    description:
      - Tags of what the environment already has.
    type: dict
    default: {}
  plan:
    description:
      - What is going to be there. Without, only the caller is looked at.
    type: dict
    suboptions:
      zones:
        description: Availability Zones.
        type: list
        elements: str
        required: true
      vpcs:
        description: Number of VPCs.
        type: int
        required: true
      elastic_ips:
        description: Number of elastic IPs.
        type: int
        required: true
      nat_gateways_per_zone:
        description: Most NAT gateways in one zone.
        type: int
        required: true
      fleets:
        description:
          - Groups of instances. Each with C(name), C(instance_types), C(max_size), and where chosen C(architecture) and
            C(on_demand_percentage). What else they have is not looked at.
        type: list
        elements: dict
        default: []
      database:
        description: C(engine), C(version), C(instance_class), and where chosen C(multi_az), C(storage_type) and C(iops). Empty for none.
        type: dict
        default: {}
      api_requests_per_second:
        description: Requests that one route of an API takes. 0 for what the account allows anyway.
        type: float
        default: 0
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Look at the account
  groundswell.aws.account_readiness_info:
    account: "123456789012"
    plan:
      zones: [eu-west-1a, eu-west-1b, eu-west-1c]
      vpcs: 1
      elastic_ips: 3
      nat_gateways_per_zone: 1
      fleets: [{instance_types: [m8g.large], max_size: 6}]
"""

RETURN = r"""
caller:
  description: ARN of the caller.
  returned: always
  type: str
problems:
  description: What would make the run fail.
  returned: always
  type: list
  elements: str
unchecked:
  description: What could not be looked at, and why.
  returned: always
  type: list
  elements: str
"""

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.readiness import Verdict, caller, look
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session

try:
    import botocore.config
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing


def main() -> None:
    """Ask who calls first: the rest makes no sense in the wrong account."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    session, options, verdict = Session(module), module.params, Verdict()
    # The first call of all: where nobody answers, a person is waiting.
    impatient = botocore.config.Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
    arn, wrong = caller(lambda service: module.client(service, config=impatient), options["account"], session.region)
    if wrong:
        verdict.problems.append(wrong)
    elif options["plan"]:
        try:
            verdict = look(session.client, session.region, options["plan"], options["tags"])
        except botocore.exceptions.BotoCoreError as error:
            verdict.problems.append(f"AWS does not answer: {error}")
    for gap in verdict.unchecked:
        warn(gap)  # not module.warn, see module_utils/set_module.py
    answer = {"changed": False, "caller": arn, "problems": verdict.problems, "unchecked": verdict.unchecked}
    if verdict.problems:
        module.fail_json(msg="the account is not ready; nothing was changed: " + "; ".join(verdict.problems), **answer)
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
