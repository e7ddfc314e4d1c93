# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of two regions serves, as the account has it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: serving
short_description: Lets the groups primary and standby follow what a failover has left
version_added: 0.1.0
description:
  - An inventory says which region serves when nothing has happened. After a failover another one does, and every run, of anybody, from anywhere,
    has to know. So the failover leaves a parameter in Parameter Store, in the region that it took over to, and this plugin looks for it.
  - Where the parameter names a host of the group C(standby), that host becomes the one of C(primary). The host that was primary goes to
    C(standby), or to C(lost), which no play works on, while the parameter says that it is lost.
  - Without a host in C(standby), and without the parameter, all stays as it is written. A region that does not answer within seconds is taken for
    one that has no parameter, because it may be the one that was lost; that is said.
options:
  plugin:
    description: Marks a file as one of this plugin.
    required: true
    choices: [groundswell.aws.serving]
  parameter:
    description: Name of the parameter.
    type: str
    required: true
  profile:
    description: AWS profile to ask with.
    type: str
    env:
      - name: AWS_PROFILE
notes:
  - Ansible reads the files of an inventory's directory by their names. This one has to come after the one with the hosts, C(hosts.yml).
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# inventories/prod/serving.yml
plugin: groundswell.aws.serving
parameter: /acme/prod/recovery/serving
"""

import json
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

try:
    import boto3
    import botocore.config
    import botocore.exceptions
except ImportError:
    boto3 = None

# A region that is lost answers nothing, and whoever fails over has no time.
PATIENCE = {"connect_timeout": 3, "read_timeout": 5, "retries": {"total_max_attempts": 2}}
LOST = "lost"


class InventoryModule(BaseInventoryPlugin):
    """Moves hosts between groups, and does nothing else."""

    NAME = "groundswell.aws.serving"

    def verify_file(self, path: str) -> bool:
        """Files of this plugin are called `serving.yml`."""
        return super().verify_file(path) and path.endswith(("serving.yml", "serving.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Ask, and move."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        missing = [name for name in ("primary", "standby") if name not in inventory.groups]
        if missing:
            raise AnsibleParserError(f"{path}: there is no group {' and no group '.join(missing)} yet; the file with the hosts has to come first, by its name")
        inventory.add_group(LOST)
        primary, standby = inventory.groups["primary"], inventory.groups["standby"]
        if not standby.hosts:
            return
        marker = self._marker([*standby.hosts, *primary.hosts])
        serving = next((host for host in standby.hosts if host.name == marker.get("serving")), None)
        if serving is None:
            return
        for host in list(primary.hosts):
            self._move(host, primary, inventory.groups[LOST] if host.name in marker.get("lost", []) else standby)
        self._move(serving, standby, primary)

    @staticmethod
    def _move(host: t.Any, origin: t.Any, target: t.Any) -> None:
        origin.remove_host(host)
        host.remove_group(origin)
        target.add_host(host)

    def _marker(self, hosts: list[t.Any]) -> dict[str, t.Any]:
        """What the first region that has the parameter says. The standby's is asked first: after a failover the other may not answer."""
        if boto3 is None:
            raise AnsibleParserError("groundswell.aws.serving needs boto3")
        session = boto3.session.Session(profile_name=self.get_option("profile") or None)
        for host in hosts:
            region = host.vars.get("aws_region")
            client = session.client("ssm", region_name=region, config=botocore.config.Config(**PATIENCE))
            try:
                return dict(json.loads(client.get_parameter(Name=self.get_option("parameter"))["Parameter"]["Value"]))
            except client.exceptions.ParameterNotFound:
                continue
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                # Whoever may not ask at all hears of it from the preflight, in better words.
                self.display.warning(f"{region} does not say which region serves ({error})")
        return {}
