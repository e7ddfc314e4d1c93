# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module sees of the process it runs in."""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import re
import resource
import signal
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common import warnings as ansible_warnings


def stream(file):
    return [file.name, file.mode, file.encoding, file.errors, file.line_buffering, file.write_through, file.fileno(), file.newlines]


def masked(text):
    """Without what differs between any two runs."""
    return re.sub(r"[\w./-]+/ansible_\w+_payload_\w+/", "PAYLOAD/", text)


def main():
    module = AnsibleModule(argument_spec={"text": {"type": "str"}, "secret": {"type": "str", "no_log": True}}, supports_check_mode=True)
    limits = {name: resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")}
    flags = {name: getattr(sys.flags, name) for name in dir(sys.flags) if name[0] != "_" and not callable(getattr(sys.flags, name))}
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    module.exit_json(
        text=module.params["text"],
        arguments=sys.argv,
        executable=sys.executable,
        prefix=[sys.prefix, sys.base_prefix],
        path=[masked(entry) for entry in sys.path],
        flags=flags,
        dont_write_bytecode=sys.dont_write_bytecode,
        directory=os.getcwd(),
        umask=os.umask(0),
        environment=dict(os.environ),
        variables=len(os.environb),
        files=sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],  # without the one that lists them
        streams=[stream(sys.stdin), stream(sys.stdout), stream(sys.stderr)],
        rest_of_input=sys.stdin.read(),
        encodings=[locale.setlocale(locale.LC_CTYPE), locale.getpreferredencoding(), sys.getfilesystemencoding(), open(os.devnull).encoding],
        signals={str(number): str(signal.getsignal(number)).split(" at ")[0] for number in sorted(signal.valid_signals())},
        signal_masks=[status[name].strip() for name in ("SigBlk", "SigIgn")],
        wakeup=signal.set_wakeup_fd(-1),
        limits=limits,
        nice=os.nice(0),
        owner=[os.getresuid(), os.getresgid(), sorted(os.getgroups())],
        threads=[thread.name for thread in threading.enumerate()],
        kernel_threads=status["Threads"].strip(),
        has_terminal=os.path.exists("/dev/tty") and os.access("/dev/tty", os.R_OK) and can_open("/dev/tty"),
        time_zone=[time.tzname, time.timezone],
        temporary=tempfile.tempdir,
        handlers=[len(logging.root.handlers), logging.root.level],
        # Without those of the libraries that the server has loaded: they come with them.
        filters=[text for text in map(str, warnings.filters) if "urllib3" not in text],
        hooks=[sys.excepthook is sys.__excepthook__, sys.gettrace() is None, gc.isenabled(), sys.getrecursionlimit(), sys.getswitchinterval()],
        main=sorted(name for name in vars(sys.modules["__main__"]) if name.startswith("_")),
        warned=[len(ansible_warnings._global_warnings), len(ansible_warnings._global_deprecations)],
        utilities=sorted(name for name in sys.modules if name.startswith("ansible")),
        drawn=random.random(),
    )


def can_open(path):
    try:
        with open(path):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
