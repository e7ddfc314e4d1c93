#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read how far a read replica is behind its source, and wait until it has everything."""

DOCUMENTATION = r"""
module: rds_replica_lag_info
short_description: Read how far a read replica is behind its source, and wait until it has everything
version_added: 0.1.0
description:
  - Reads the metric C(ReplicaLag), which RDS measures each minute with the replica's own C(Seconds_Behind_Source); less than zero means that nothing
    is replicated at all.
  - With O(wait), goes on until a whole minute that began after the module did has shown no lag. Where nobody writes to the source any more, the replica has
    everything then.
options:
  name:
    description:
      - Identifier of the replica.
    type: str
    required: true
  wait:
    description:
      - Whether to wait until the replica has everything.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Wait until the copy has everything
  groundswell.aws.rds_replica_lag_info:
    region: us-east-1
    name: acme-prod
    wait: true
"""

RETURN = r"""
seconds:
  description: How far the replica is behind, at most in the last minute that was measured. None where nothing was measured in the last hour.
  returned: always
  type: float
  sample: 0.0
at:
  description: Begin of that minute, in UTC.
  returned: always
  type: str
  sample: "2026-05-04T03:02:00Z"
replicated:
  description: The same of the last minute in which anything was replicated.
  returned: always
  type: dict
  contains:
    seconds:
      description: How far the replica was behind then.
      returned: always
      type: float
    at:
      description: Begin of that minute, in UTC.
      returned: always
      type: str
  sample: {"seconds": 0.0, "at": "2026-05-04T03:02:00Z"}
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.replica_lag import caught_up, latest
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def main() -> None:
    """Read, and wait."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)

    def work() -> dict:
        session, name = Session(module), module.params["name"]
        if module.params["wait"] and not module.check_mode:
            return caught_up(session, name, module.params["wait_timeout"])
        return latest(session, name)

    guarded(module, work)


if __name__ == "__main__":
    main()
