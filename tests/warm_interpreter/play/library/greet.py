# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses a module utility that no server has loaded."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.greeting import WORDS


def main():
    module = AnsibleModule(argument_spec={})
    module.exit_json(words=WORDS)


if __name__ == "__main__":
    main()
