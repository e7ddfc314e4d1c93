#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes of pools from what this server has, at every boot: the same image serves on any size of instance.

/etc/groundswell/tuning.d/*.json say how; /run/groundswell/tuning.env is what units read. A rule, by the variable that it sets:

    {"mb_each": 48, "reserve_mb": 300, "per_cpu": 16, "at_least": 4, "at_most": 400, "multiple_of": 1}

As many as fit into the memory that is left after the reserve, no more than the processors can use. {"setting": "site_app_address"}
hands on a setting instead, empty where there is none; with "says", something else where there is one.
"""

import json
import os
from pathlib import Path

RULES = Path("/etc/groundswell/tuning.d")
SETTINGS = Path("/etc/groundswell/settings.json")
RESULT = Path("/run/groundswell/tuning.env")
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_mb():
    """What the machine has, or what a container may use of it."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    amounts = [int(lines["MemTotal"].split()[0]) // 1024]
    for limit in map(Path, LIMITS):
        if limit.exists() and limit.read_text().strip().isdigit():
            amounts.append(int(limit.read_text()) // 2**20)
    return min(amounts)


def size(rule, memory, cpus):
    fitting = (memory - rule.get("reserve_mb", 0)) / rule["mb_each"] if "mb_each" in rule else float("inf")
    useful = cpus * rule["per_cpu"] if "per_cpu" in rule else float("inf")
    number = int(max(rule.get("at_least", 1), min(fitting, useful, rule.get("at_most", float("inf")))))
    step = rule.get("multiple_of", 1)
    return max(step, number // step * step)


def main():
    settings = json.loads(SETTINGS.read_text()) if SETTINGS.exists() else {}
    memory, cpus = memory_mb(), len(os.sched_getaffinity(0))
    values = {"GROUNDSWELL_MEMORY_MB": memory, "GROUNDSWELL_CPUS": cpus}
    for file in sorted(RULES.glob("*.json")):
        for name, rule in json.loads(file.read_text()).items():
            found = settings.get(rule.get("setting"), "")
            values[name] = (found and rule.get("says", found)) if "setting" in rule else size(rule, memory, cpus)
    RESULT.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = RESULT.with_suffix(".new")
    new.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    new.replace(RESULT)


if __name__ == "__main__":
    main()
