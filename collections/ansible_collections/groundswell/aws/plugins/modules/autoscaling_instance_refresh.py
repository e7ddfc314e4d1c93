#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring the instances of an Auto Scaling group onto a version of its launch template"""

DOCUMENTATION = r"""
module: autoscaling_instance_refresh
short_description: Bring the instances of an Auto Scaling group onto a version of its launch template
version_added: 0.1.0
description:
  - Starts an instance refresh with a desired configuration, which is what the group launches from but for the version, waits for its end
    and tells on the way how far it is. The group itself gets the version from AWS, and only when the refresh succeeds, so that there is
    something to roll back to.
  - Where all instances are on the version, nothing is done. A refresh in progress that leads to the version is joined; any other is refused.
  - That AWS rolled back, refused to start, or that somebody cancelled, is no failure of the module. RV(outcome) says it.
  - A run that ends while it waits leaves the refresh to AWS. The next one joins it.
options:
  name:
    description: Name of the Auto Scaling group.
    type: str
    required: true
  state:
    description:
      - V(started) brings O(launch_template_version) in.
      - V(rolled_back) lets AWS return from the refresh that is in progress to what the group launched before; V(cancelled) stops it where
        it is. Without one in progress both do nothing.
    type: str
    choices: [started, rolled_back, cancelled]
    default: started
  launch_template_version:
    description: Number of the version of the group's launch template. Needed for O(state=started).
    type: int
  since:
    description:
      - A refresh to this version that was started at or after this moment (ISO 8601) counts as the one asked for, even if it is over. It
        is how a run takes note of what became of a refresh whose run was killed.
    type: str
  min_healthy_percentage:
    description: Share of the desired capacity that must serve. The group's instance maintenance policy decides if not given.
    type: int
  max_healthy_percentage:
    description: Share of the desired capacity that may be there. The group's instance maintenance policy decides if not given.
    type: int
  instance_warmup:
    description: Seconds that an instance serves before the next one is replaced. The group's default instance warmup if not given.
    type: int
  checkpoint_percentages:
    description: Shares of the group after which the refresh pauses, in ascending order. The last has to be 100 to replace all.
    type: list
    elements: int
    default: []
  checkpoint_delay:
    description: Seconds of such a pause.
    type: int
  skip_matching:
    description: Whether instances that are on the version already are left alone.
    type: bool
    default: true
  auto_rollback:
    description: Whether AWS returns to what the group launched before when the refresh fails or an alarm is raised.
    type: bool
    default: true
  alarms:
    description: Names of up to ten CloudWatch alarms. One of them in ALARM ends the refresh.
    type: list
    elements: str
    default: []
  bake_time:
    description: Seconds to wait, with an eye on the alarms, when all instances are replaced.
    type: int
  scale_in_protected_instances:
    description: What becomes of instances that are protected from scale in. With V(Wait) the refresh fails after an hour.
    type: str
    choices: [Refresh, Ignore, Wait]
  standby_instances:
    description: What becomes of instances in Standby. With V(Wait) the refresh fails after an hour.
    type: str
    choices: [Terminate, Ignore, Wait]
  wait:
    description: Whether to wait until it is over.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait at most. AWS itself gives a refresh 14 days.
    type: int
    default: 10800
  label:
    description: What the lines about its progress begin with. The group's name if not given.
    type: str
  follow:
    description: Id of a refresh to look at, and nothing else.
    type: str
notes:
  - The waiting and the telling are done on the controller. There every look at AWS is a new process with new credentials.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Bring version 7 in, half of the servers first
  groundswell.aws.autoscaling_instance_refresh:
    name: acme-prod-web
    launch_template_version: 7
    checkpoint_percentages: [50, 100]
    checkpoint_delay: 300
    bake_time: 300
    alarms: [acme-prod-web-errors, acme-prod-public-latency]
  register: refresh

- name: Return to the version before
  groundswell.aws.autoscaling_instance_refresh:
    name: acme-prod-web
    state: rolled_back
"""

RETURN = r"""
outcome:
  description:
    - V(nothing_to_do), V(in_progress), V(successful), V(rolled_back), V(cancelled), V(failed), or V(refused) where it could not be
      started. A rollback that returns to O(launch_template_version) is successful.
  returned: always
  type: str
joined:
  description: Whether the refresh had been started by somebody else, or by a run that ended.
  returned: always
  type: bool
refresh:
  description: The refresh in AWS's words. Empty where there was none to start.
  returned: always
  type: dict
version:
  description: The version that the group launches from now.
  returned: always
  type: int
instances:
  description: By version, how many instances are in service, coming, unhealthy, in standby, or warmed.
  returned: always
  type: dict
outdated:
  description: Ids of instances on another version.
  returned: always
  type: list
  elements: str
reasons:
  description: Why it ended as it did, if not well.
  returned: always
  type: list
  elements: str
changes:
  description: The instances that were, or in check mode would be, replaced. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
"""

import datetime
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.instance_refresh import NotStarted, Refreshes, counted, shown, version
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded


def _reasons(refreshes: Refreshes, refresh: dict[str, t.Any]) -> list[str]:
    """AWS's reason, the alarms by name, and what went wrong with instances."""
    said = shown(refresh)
    first = said["rollback_reason"] or said["status_reason"]
    reasons = [first] if first else []
    reasons += [f"alarm {alarm['name']} was in ALARM: {alarm['reason']}" for alarm in refreshes.alarms(refresh)]
    return reasons + refreshes.activities(refresh, but=first)


def main() -> None:
    """One look, or one step. The action plugin of the same name waits."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    options = module.params

    def work() -> dict[str, t.Any]:
        refreshes, joined, number, refused = Refreshes(Session(module), options["name"]), False, options["launch_template_version"], ""
        refresh = None
        if options["follow"]:
            refresh, joined = refreshes.one(options["follow"]), True
        elif options["state"] == "rolled_back":
            refresh = refreshes.roll_back()
        elif options["state"] == "cancelled":
            refresh = refreshes.cancel()
        elif number is None:
            raise Problem("launch_template_version is needed")
        else:
            since = datetime.datetime.fromisoformat(options["since"]) if options["since"] else None
            try:
                refresh, joined = refreshes.start(number, options, since)
            except NotStarted as problem:
                refused = str(problem)
        group = refreshes.group()
        # Without a version, what the group has is what is to be returned to or left.
        target = version(group) if number is None else number
        outcome = "refused" if refused else refreshes.outcome(group, refresh, target or 0)
        outdated = refreshes.outdated(group, target or 0)
        planned = module.check_mode and outcome == "nothing_to_do" and bool(outdated or version(group) != target) and options["state"] == "started"
        well = outcome in ("in_progress", "nothing_to_do", "successful")
        return {
            "changed": planned or (refresh is not None and not joined),
            "outcome": "in_progress" if planned else outcome,
            "joined": joined,
            "refresh": shown(refresh),
            "version": version(group),
            "instances": counted(refreshes.instances(group)),
            "outdated": outdated,
            "reasons": [refused] if refused else [] if well or refresh is None else _reasons(refreshes, refresh),
            "changes": [],
        }

    guarded(module, work)


if __name__ == "__main__":
    main()
