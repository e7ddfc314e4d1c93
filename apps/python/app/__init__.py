# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest book with pictures."""

from flask import Flask

application = Flask(__name__)


@application.get("/health")
def health():
    return {"status": "ok"}
