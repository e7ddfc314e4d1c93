# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Config: what moto lacks or has wrong. Nothing is ever recorded or judged."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, after


@after("config", "PutConfigurationRecorder")
def keep_how_often(context: Context, response: Parameters) -> None:
    """API config:ConfigurationRecorder has a recordingMode, CONTINUOUS unless it is said. moto forgets it."""
    recorder = context.params["ConfigurationRecorder"]
    context.backend().recorders[recorder["name"]].simulator_mode = recorder.get("recordingMode", {"recordingFrequency": "CONTINUOUS"})


@after("config", "DescribeConfigurationRecorders")
def tell_how_often(context: Context, response: Parameters) -> None:
    """API config:DescribeConfigurationRecorders."""
    for recorder in response["ConfigurationRecorders"]:
        held = context.backend().recorders[recorder["name"]]
        recorder["recordingMode"] = getattr(held, "simulator_mode", {"recordingFrequency": "CONTINUOUS"})
        recorder["arn"] = f"arn:aws:config:{context.region}:{context.account}:configuration-recorder/{recorder['name']}"
