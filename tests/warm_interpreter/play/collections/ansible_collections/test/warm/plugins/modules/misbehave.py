# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends in every way a module should not."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time

from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(argument_spec={"how": {"required": True}})
    how = module.params["how"]
    if how == "exception":
        raise RuntimeError("raised on purpose")
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "terminated":
        os.kill(os.getpid(), signal.SIGTERM)
    if how == "silent":
        sys.exit(0)
    if how == "code":
        sys.exit(37)
    if how == "large code":
        sys.exit(259)
    if how == "message":
        sys.exit("a message instead of a code")
    if how == "hard":
        os._exit(3)
    if how == "no json":
        print("this is not JSON")
        sys.exit(0)
    if how == "standard error":
        print("a word on standard error", file=sys.stderr)
    if how == "at exit":
        atexit.register(print, "printed at exit", file=sys.stderr)
    if how == "thread":
        threading.Thread(target=lambda: (time.sleep(0.2), print("printed by a thread", file=sys.stderr))).start()
    if how == "warning":
        module.warn("a warning")
        module.deprecate("a deprecation", version="99.0.0", collection_name="ansible.builtin")
    if how == "returns":
        return
    module.exit_json(how=how, changed=True)


if __name__ == "__main__":
    main()
