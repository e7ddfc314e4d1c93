#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one marker as a visitor would, by a form: mark.py <url> <fields> <number>

The fields are JSON, {name: value}; {number} in a value stands for the number. Prints "site", and fails where the answer does not say that it was written:
that is a status of 200 to 299, or one that leads the visitor on to the next page.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from probe import PATIENCE

LED_ON = (302, 303)  # after a form


class Stay(urllib.request.HTTPRedirectHandler):
    """What is written is written; the next page is not of interest."""

    def redirect_request(self, *_: object) -> None:
        return None


def write(url: str, fields: dict[str, str], number: str) -> bool:
    """Whether it was acknowledged."""
    form = {name: value.replace("{number}", number) for name, value in fields.items()}
    try:
        with urllib.request.build_opener(Stay).open(url, urllib.parse.urlencode(form).encode(), timeout=PATIENCE):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code in LED_ON
    except (OSError, ValueError):
        return False


def main(url: str, fields: str, number: str) -> int:
    """Exit code."""
    if not write(url, json.loads(fields), number):
        return 1
    print("site")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
