#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read the records of an environment's runs."""

DOCUMENTATION = r"""
module: runs_info
short_description: Read the records of an environment's runs
version_added: 0.1.0
description:
  - The records that the callback P(groundswell.aws.run_record#callback) has written, the newest first, and who has the lock now. Reads only.
options:
  bucket:
    description:
      - Bucket of the lock and the records.
    type: str
    required: true
  account:
    description:
      - The account that it has to be of.
    type: str
    required: true
  last:
    description:
      - How many records to return.
    type: int
    default: 20
  since:
    description:
      - Only of runs that began at this date or time (UTC) or later, such as C(2026-05-04) or C(2026-05-04T03:02).
    type: str
    default: ''
  who:
    description:
      - Only of runs by somebody whose ARN, user or host contains this.
    type: str
    default: ''
  playbook:
    description:
      - Only of runs of this playbook, such as C(site).
    type: str
    default: ''
  result:
    description:
      - Only of runs that ended like this.
    type: str
    default: ''
    choices: ['', changed, unchanged, failed, ended early, lost the lock]
  run:
    description:
      - Only the record of this run.
    type: str
    default: ''
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Find what has failed since Monday
  groundswell.aws.runs_info:
    region: us-east-1
    bucket: acme-dev-123456789012-us-east-1-runs
    account: "123456789012"
    since: "2026-05-04"
    result: failed
"""

RETURN = r"""
runs:
  description: The records.
  returned: always
  type: list
  elements: dict
holder:
  description: Who has the lock now, in words. Empty where it is nobody.
  returned: always
  type: str
exists:
  description: Whether there is a bucket for records.
  returned: always
  type: bool
"""

import itertools
import re
import typing as t

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Item, Problem, Session
from ansible_collections.groundswell.aws.plugins.module_utils.retries import error_code
from ansible_collections.groundswell.aws.plugins.module_utils.run_store import Store
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import guarded

_AT_ONCE = 50  # records read side by side before it is looked whether there are enough


def stamp(since: str) -> str:
    """A date or time as names of runs begin with."""
    if since and not re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d(:\d\d)?)?Z?)?", since):
        raise Problem(f"since is a date or a time in UTC, such as 2026-05-04 or 2026-05-04T03:02, not {since}")
    return re.sub(r"[-:Z]", "", since).replace(" ", "T")


def wanted(record: Item, options: dict[str, t.Any]) -> bool:
    """Whether a record is one of those that are asked for."""
    people = " ".join(str(record.get(name, "")) for name in ("who", "user", "host"))
    return (
        options["who"].lower() in people.lower()
        and options["playbook"].removesuffix(".yml") in ("", record.get("playbook"))
        and options["result"] in ("", record.get("result"))
    )


def read(session: Session, options: dict[str, t.Any]) -> Item:
    """Newest first, as many as are asked for."""
    store = Store(session.client("s3"), options["bucket"], options["account"])
    try:
        holder = store.look()
        runs = [options["run"]] if options["run"] else store.runs(stamp(options["since"]))
    except Exception as error:
        if error_code(error) == "NoSuchBucket":
            return {"exists": False, "runs": [], "holder": ""}
        raise
    found: list[Item] = []
    names = iter(runs)
    # Without a filter no more than are asked for.
    filtered = options["who"] or options["playbook"] or options["result"]
    while len(found) < options["last"] and (some := list(itertools.islice(names, _AT_ONCE if filtered else options["last"]))):
        found += [record for record in session.each(store.read, some) if record and wanted(record, options)]
    if options["run"] and not found:
        raise Problem(f"there is no record of a run {options['run']}")
    return {"exists": True, "runs": found[: options["last"]], "holder": str(holder) if holder and not holder.expired else ""}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    guarded(module, lambda: {"changed": False, **read(Session(module), module.params)})


if __name__ == "__main__":
    main()
