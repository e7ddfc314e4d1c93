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
  - The host that the parameter names becomes the one of C(primary). The other goes to C(standby), or to C(lost), which no play works on, while the
    parameter says that it is lost. Where both regions have the parameter, the one with the higher turn was written later.
  - Without a host in C(standby), and without the parameter, all stays as it is written. The region that serves need not answer, for it may be
    lost by now, and one that is lost need not either. The one that stands by must, or nothing is run, because it could have taken over meanwhile.
  - Which host is C(primary) as the inventory is written, and so where a failback leads, is left in the variable C(recovery_home) of the environment.
options:
  plugin:
    description: Marks a file as one of this plugin.
    required: true
    choices: [groundswell.aws.serving]
  environment:
    description: Name of the group of the environment. Hosts of others, from inventories that are read together with this one, stay where they are.
    type: str
    required: true
  parameter:
    description: Name of the parameter.
    type: str
    required: true
  profile:
    description: AWS profile to ask with. Variables such as C(aws_profile) are not known yet when an inventory is read.
    type: str
    env:
      - name: AWS_PROFILE
  serving:
    description:
      - Name of the host that serves, for whoever knows it while the region of C(standby) is out of reach. Then nobody is asked.
    type: str
    env:
      - name: GROUNDSWELL_SERVING
notes:
  - Needs C(any_unparsed_is_failed) in the section C([inventory]) of C(ansible.cfg), or Ansible goes on without this plugin where it fails.
  - Ansible reads the files of an inventory's directory by their names. This one has to come after the one with the hosts, C(hosts.yml).
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# inventories/prod/serving.yml
plugin: groundswell.aws.serving
environment: prod
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
        environment = self.get_option("environment")
        missing = [name for name in ("primary", "standby", environment) if name not in inventory.groups]
        if missing:
            raise AnsibleParserError(f"{path}: there is no group {' and no group '.join(missing)} yet; the file with the hosts has to come first, by its name")
        inventory.add_group(LOST)
        primary, standby = inventory.groups["primary"], inventory.groups["standby"]
        served, following = ([host for host in group.hosts if host in inventory.groups[environment].hosts] for group in (primary, standby))
        if not following or not served:
            return
        inventory.groups[environment].set_variable("recovery_home", served[0].name)
        marker = self._marker(served, following, path)
        serving = next((host for host in served + following if host.name == marker.get("serving")), None)
        if serving is None:
            return
        for host in served + following:
            place = primary if host is serving else inventory.groups[LOST] if host.name in marker["lost"] else standby
            self._move(host, primary if host in served else standby, place)

    @staticmethod
    def _move(host: t.Any, origin: t.Any, target: t.Any) -> None:
        if origin is not target:
            origin.remove_host(host)
            host.remove_group(origin)
            target.add_host(host)

    def _marker(self, served: list[t.Any], following: list[t.Any], path: str) -> dict[str, t.Any]:
        """What the account says; as it is written where it says nothing."""
        written = {"serving": served[0].name, "lost": [], "turn": 0}
        known = self.get_option("serving")
        if known:
            # Whoever has to say so has a region that is out of reach.
            return {"serving": known, "lost": [host.name for host in served]} if known != served[0].name else written
        if boto3 is None:
            raise AnsibleParserError("groundswell.aws.serving needs boto3")
        said, silent = [written], {}
        for host in following + served:
            try:
                said.append(self._ask(host))
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                silent[host.name] = error
        marker = max(said, key=lambda one: one.get("turn", 0))
        for host in served + following:
            if host.name in silent and host.name not in (marker["serving"], *marker["lost"]):
                raise AnsibleParserError(
                    f"{host.vars.get('aws_region')} does not say which region serves: {silent[host.name]}. Credentials are taken from AWS's own chain, "
                    f"from AWS_PROFILE, or from the profile named in {path}. If that region is out of reach and you know which one serves: "
                    "GROUNDSWELL_SERVING=<name of its host>"
                )
        if marker["serving"] in silent:
            self.display.warning(f"the region of {marker['serving']}, which serves as far as the others know, does not answer ({silent[marker['serving']]})")
        return marker

    def _ask(self, host: t.Any) -> dict[str, t.Any]:
        """What the parameter says in the region of a host, nothing where there is none."""
        session = boto3.session.Session(profile_name=self.get_option("profile") or None)
        client = session.client("ssm", region_name=host.vars.get("aws_region"), config=botocore.config.Config(**PATIENCE))
        try:
            return dict(json.loads(client.get_parameter(Name=self.get_option("parameter"))["Parameter"]["Value"]))
        except client.exceptions.ParameterNotFound:
            return {}
