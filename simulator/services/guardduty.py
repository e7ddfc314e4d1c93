# SPDX-License-Identifier: GPL-3.0-or-later
"""GuardDuty: what moto lacks or has wrong. Nothing is ever found."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, after, before, operation, shows

# UG guardduty/guardduty-features-activation-model.md: what a new detector has on unless it is told otherwise, and what has to be asked for.
BY_DEFAULT = ("S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS")
BY_CHOICE = ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")
ALWAYS = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")


def _merged(present: dict[str, str], asked: list[Parameters]) -> list[Parameters]:
    """Features after a call that names some of them, as moto keeps them: as they came."""
    states = present | {one["Name"]: one["Status"] for one in asked}
    return [{"name": name, "status": status} for name, status in states.items()]


@shows("R-GD-04")
@after("guardduty", "CreateDetector")
def begin_with_the_features_of_a_new_one(context: Context, response: Parameters) -> None:
    """A new detector has all features that need no agent, but for those that the call switches off."""
    detector = context.backend().detectors[response["DetectorId"]]
    detector.features = _merged(dict.fromkeys(BY_DEFAULT, "ENABLED") | dict.fromkeys(BY_CHOICE, "DISABLED"), context.params.get("Features") or [])


@before("guardduty", "UpdateDetector")
def keep_what_is_not_named(context: Context) -> None:
    """API guardduty:UpdateDetector changes the features that it names. moto puts these in place of all."""
    detector = context.backend().detectors.get(context.params["DetectorId"])
    if detector is not None and "Features" in context.params:
        kept = _merged({one["name"]: one["status"] for one in detector.features}, context.params["Features"])
        context.params["Features"] = [{"Name": one["name"], "Status": one["status"]} for one in kept]


@after("guardduty", "GetDetector")
def show_what_is_always_on(context: Context, response: Parameters) -> None:
    """API guardduty:DetectorFeatureConfigurationResult names the three foundational sources too. DataSources, the older form, says the same."""
    chosen = list(response.get("Features") or [])
    response["Features"] = [{"Name": name, "Status": "ENABLED"} for name in ALWAYS] + chosen
    states = {one["Name"]: {"Status": one["Status"]} for one in chosen}
    off = {"Status": "DISABLED"}
    response["DataSources"] = {
        **{key: {"Status": "ENABLED"} for key in ("CloudTrail", "DNSLogs", "FlowLogs")},
        "S3Logs": states.get("S3_DATA_EVENTS", off),
        "Kubernetes": {"AuditLogs": states.get("EKS_AUDIT_LOGS", off)},
        "MalwareProtection": {"ScanEc2InstanceWithFindings": {"EbsVolumes": states.get("EBS_MALWARE_PROTECTION", off)}},
    }


@operation("guardduty", "TagResource")
def tag_resource(context: Context) -> None:
    """API guardduty:TagResource, of detectors."""
    detector = context.backend().get_detector(context.params["ResourceArn"].rpartition("/")[2])
    detector.tags = {**detector.tags, **context.params["Tags"]}


@operation("guardduty", "ListTagsForResource")
def list_tags_for_resource(context: Context) -> Parameters:
    """API guardduty:ListTagsForResource, of detectors."""
    return {"Tags": context.backend().get_detector(context.params["ResourceArn"].rpartition("/")[2]).tags}
