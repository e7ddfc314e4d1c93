# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of GuardDuty."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-GD-01", service="guardduty", operations=["CreateDetector"], source="API guardduty:CreateDetector")
def one_detector_a_region(context: Context) -> None:
    """A region of an account has one detector."""
    if context.backend().detectors:
        raise Refused("BadRequestException", "The request is rejected because a detector already exists for the current account.")


@rule("R-GD-03", service="guardduty", operations=["CreateDetector", "UpdateDetector"], source="API guardduty:DetectorFeatureConfiguration")
def one_sort_of_runtime_monitoring(context: Context) -> None:
    """RUNTIME_MONITORING includes EKS_RUNTIME_MONITORING: one of them."""
    on = {one["Name"] for one in context.params.get("Features") or [] if one.get("Status") == "ENABLED"}
    if {"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"} <= on:
        raise Refused("BadRequestException", "The request is rejected because both EKS_RUNTIME_MONITORING and RUNTIME_MONITORING are specified.")
