# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said while an instance refresh is waited for."""

from __future__ import annotations

from ansible_collections.groundswell.aws.plugins.plugin_utils.refresh_words import begun, progress

LOOK = {
    "joined": False,
    "refresh": {"id": "0ab5", "status": "InProgress", "status_reason": "Waiting for instances to warm up.", "percentage_complete": 50},
    "instances": {"1": {"in service": 1}, "2": {"coming": 1, "in service": 1}},
}


def test_how_far_it_is():
    assert progress("web", LOOK, 125) == (
        "web: 50 % InProgress after 2 min 5 s; version 1: 1 in service; version 2: 1 in service, 1 coming. Waiting for instances to warm up."
    )


def test_the_same_is_the_same_at_any_time():
    """So that nothing is said twice."""
    assert progress("web", LOOK) == progress("web", {**LOOK})
    assert "after" not in progress("web", LOOK)


def test_how_it_began():
    started = begun("web", "acme-web", LOOK)
    assert started.startswith("web: started instance refresh 0ab5 of acme-web")
    assert "cancel-instance-refresh --auto-scaling-group-name acme-web" in started
    assert begun("web", "acme-web", {**LOOK, "joined": True}).startswith("web: joined")
