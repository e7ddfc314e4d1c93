# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/simulator-rules.md: every rule we know of, and who enforces it here. With --check only compare."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from simulator import registry
from simulator.latency_table import KINDS
from simulator.rules.by_model import BROKEN_BY

KNOWN = Path(__file__).with_name("known.tsv")
TABLE = Path(__file__).parents[2] / "docs" / "simulator-rules.md"
NOT_YET = "not yet"

HEAD = """\
# Rules of a real account in the simulator

Made by `python -m simulator.rules`; do not edit. The rules come from AWS's documentation; none was tried on a real account.

Enforced by: **simulator** (a function in `simulator/rules/`), **behaviour** (a state or answer that `simulator/services/` or
`simulator/latency.py` shows), **model** (the service's own model, checked for every request), **moto** (moto refuses by itself), or not yet.
Where a code is marked `?`, the rule is documented and the error code is our best assignment.

"""


@dataclass(frozen=True)
class KnownRule:
    """One line of known.tsv. `moto`: what a probe of moto 5.2.5 showed: yes, no, partly, missing (no such operation), unknown."""

    id: str
    rule: str
    code: str
    source: str
    moto: str


def known_rules() -> dict[str, KnownRule]:
    """The rules we know of, by id, in the file's order."""
    with KNOWN.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: KnownRule(**row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def enforced_by() -> dict[str, str]:
    """Who enforces each known rule."""
    registry.discover()
    functions = {rule.id for rule in registry.REGISTRY.all_rules()}
    shown = registry.REGISTRY.shown | {rule for kind in KINDS for rule in kind.rules}
    found = {}
    for rule in known_rules().values():
        if rule.id in functions:
            found[rule.id] = "simulator"
        elif rule.id in shown:
            found[rule.id] = "behaviour"
        elif rule.id in BROKEN_BY:
            found[rule.id] = "model"
        elif rule.moto.startswith("yes"):
            found[rule.id] = "moto"
        else:
            found[rule.id] = NOT_YET
    return found


def summary(by: dict[str, str]) -> str:
    """How many rules are enforced, and by whom."""
    counts = Counter(by.values())
    shares = ", ".join(f"{counts[who]} by {who}" for who in ("simulator", "behaviour", "model", "moto"))
    return f"{len(by) - counts[NOT_YET]} of {len(by)} enforced: {shares}."


def table() -> str:
    """The document."""
    by = enforced_by()
    doubtful = {rule.id for rule in registry.REGISTRY.all_rules() if not rule.certain}
    counts = Counter(by.values())
    enforced = len(by) - counts[NOT_YET]
    shares = ", ".join(f"{counts[who]} by {who}" for who in ("simulator", "behaviour", "model", "moto"))
    lines = [
        HEAD + f"{enforced} of {len(by)} enforced: {shares}.\n",
        "| id | rule | AWS answers | enforced by | source |",
        "|---|---|---|---|---|",
    ]
    for rule in known_rules().values():
        code = f"{rule.code} ?" if rule.id in doubtful else rule.code
        cells = (rule.id, rule.rule, code, by[rule.id], rule.source)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the table, or with --check say whether the file is current."""
    text = table()
    if "--check" in sys.argv[1:]:
        current = TABLE.exists() and TABLE.read_text(encoding="utf-8") == text
        print("current" if current else f"{TABLE.name} is stale: python -m simulator.rules")
        return 0 if current else 1
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(text, encoding="utf-8")
    print(summary(enforced_by()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
