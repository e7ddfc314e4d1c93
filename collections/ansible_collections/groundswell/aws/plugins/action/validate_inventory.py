# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the inventory on the controller; documented in plugins/modules/validate_inventory.py."""

from __future__ import annotations

import datetime
import os
import re
import typing as t
from pathlib import Path

import yaml
from ansible import context
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.groundswell.aws.plugins.plugin_utils.inventory import EXTRA, Definition, definitions
from ansible_collections.groundswell.aws.plugins.plugin_utils.site import Cell, Site
from ansible_collections.groundswell.aws.plugins.plugin_utils.site_rules import judge

_UNDEFINED = re.compile(r"'(?P<name>[A-Za-z_]\w*)' is undefined")
# What a run makes, and what Ansible tells plays only: known to no inventory.
_MADE = re.compile(r"^__|_outputs$|^item$|^hostvars$")


class ActionModule(ActionBase):
    """Looks at all cells of the inventory at once, so the first cell of a play speaks for all."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset({"lifecycle", "site_role"})

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _, arguments = self.validate_argument_spec(
            {"lifecycle": {"type": "list", "elements": "dict", "default": []}, "site_role": {"type": "str", "default": "preflight"}}
        )
        if task_vars["inventory_hostname"] != task_vars["ansible_play_hosts_all"][0]:
            return {**result, "changed": False, "problems": []}
        problems, warnings = judge(self._site(task_vars, arguments))
        result |= {"changed": False, "problems": problems, "warnings": warnings}
        if problems:
            result |= {"failed": True, "msg": f"{len(problems)} to mend in the inventory; nothing was asked of AWS: " + "; ".join(problems)}
        return result

    def _site(self, task_vars: dict[str, t.Any], arguments: dict[str, t.Any]) -> Site:
        root = Path(task_vars["role_path"]).resolve().parent.parent
        roles = {path.parent.parent.name: path for path in sorted(root.glob("roles/*/meta/argument_specs.yml"))}
        specs, required = {}, {}
        environment = next((group for group in sorted(task_vars["groups"]) if (root / "group_vars" / group / "account.yml").exists()), "<environment>")
        for role, path in roles.items():
            for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
                for name, option in (entry.get("options") or {}).items():
                    specs.setdefault(name, option)
                    if role == arguments["site_role"] and option.get("required") and not name.startswith(f"{role}_"):
                        required[name] = "inventories/<environment>/hosts.yml" if name == "aws_region" else f"group_vars/{environment}/account.yml"
        defaults: dict[str, t.Any] = {}
        for path in sorted(root.glob("roles/*/defaults/main.yml")):
            defaults |= yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found = self._definitions(task_vars, root)
        undefined: dict[str, str] = {}
        return Site(
            cells=[self._cell(name, task_vars, specs, defaults, undefined) for name in sorted(task_vars["groups"]["all"])],
            definitions=found,
            specs=specs,
            required=required,
            elsewhere=self._elsewhere(root, task_vars["groups"]),
            simulated=bool(os.environ.get("AWS_ENDPOINT_URL")),
            lifecycle=arguments["lifecycle"],
            today=datetime.datetime.now(datetime.UTC).date(),
            undefined=undefined,
        )

    def _cell(self, host: str, task_vars: dict[str, t.Any], specs: dict[str, t.Any], defaults: dict[str, t.Any], undefined: dict[str, str]) -> Cell:
        variables = task_vars["hostvars"][host]
        known: dict[str, t.Any] = {}

        def get(name: str) -> t.Any:
            if name not in known:
                known[name] = look(name)
            return known[name]

        def look(name: str) -> t.Any:
            try:
                return variables[name]
            except KeyError:
                value = defaults.get(name)
                return None if isinstance(value, str) and "{{" in value else value
            except Exception as error:
                missing = _UNDEFINED.search(str(error))
                if missing and missing["name"] != name and not _MADE.search(missing["name"]) and missing["name"] not in {**defaults}:
                    undefined[name] = missing["name"]
                return None

        for name in specs:  # so that what is undefined is known before the rules look
            get(name)
        return Cell(host, tuple(variables["group_names"]), get)

    def _definitions(self, task_vars: dict[str, t.Any], root: Path) -> list[Definition]:
        sources = [Path(source).resolve() for source in context.CLIARGS.get("inventory") or () if not source.rstrip().endswith(",")]
        sources = sources or [Path(task_vars["inventory_dir"]).resolve()]
        parts = {"primary", "standby", "global"}
        others = sorted(set(task_vars["groups"]) - {"all", "ungrouped"} - parts)
        # The standby's go before an environment's: its hosts.yml says so.
        groups = ["all", "ungrouped", "global", "primary", *others, "standby"]
        found = definitions([path for path in sources if path.exists()], root, groups, sorted(task_vars["groups"]["all"]))
        extra = load_extra_vars(self._loader)
        return found + [Definition(name, value, EXTRA, 0, EXTRA) for name, value in extra.items()]

    @staticmethod
    def _elsewhere(root: Path, groups: dict[str, t.Any]) -> dict[str, dict[str, Definition]]:
        found = {}
        for account in sorted(root.glob("group_vars/*/account.yml")):
            if account.parent.name not in groups:
                here = definitions([root], root, [account.parent.name], [])
                found[account.parent.name] = {definition.name: definition for definition in here}
        return found
