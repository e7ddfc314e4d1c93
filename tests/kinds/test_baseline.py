# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account and a region have once: who keeps it, what somebody else has made, and what is refused before anything is touched."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.events import Rules
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.settings import AccountSettings, RegionSettings
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem
from conftest import REGION

ACCOUNT = "123456789012"
KEEPER = "/acme/account/baseline"
STANDARD = "cis-aws-foundations-benchmark/v/3.0.0"


def test_one_environment_keeps_them(keep: Any, clear: Any, simulator: Any) -> None:
    """The first one that declares them; to another they are as declared, until it takes over. Removal leaves what only protects."""
    item = {"name": ACCOUNT, "password_policy": {"minimum_length": 14, "max_age_days": 0}, "s3_public_access_block": True}
    looked = keep(AccountSettings, [item], check_mode=True)
    assert set(looked.changes[0].after) == {"kept_by", "password_policy", "s3_public_access_block"}
    keep(AccountSettings, [item])
    ssm, iam = simulator.client("ssm", "us-east-1"), simulator.client("iam", "us-east-1")
    assert ssm.get_parameter(Name=KEEPER)["Parameter"]["Value"] == "dev"
    assert keep(AccountSettings, [item]).changes == []
    ssm.put_parameter(Name=KEEPER, Value="prod", Overwrite=True)
    longer = {**item, "password_policy": {"minimum_length": 20}}
    guest = keep(AccountSettings, [longer])
    assert (guest.changes, guest.resources[ACCOUNT].outputs["kept_by"]) == ([], "prod")
    assert clear(AccountSettings).changes == []
    keep(AccountSettings, [longer], take_over=True)
    assert ssm.get_parameter(Name=KEEPER)["Parameter"]["Value"] == "dev"
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 20
    clear(AccountSettings)
    assert [one for one in ssm.describe_parameters()["Parameters"] if one["Name"] == KEEPER] == []
    assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 20
    assert clear(AccountSettings).changes == []


def test_what_is_there_is_used(keep: Any, clear: Any, simulator: Any) -> None:
    """Somebody's detector, hub and analyzer count; what they have on stays on, what is missing is added."""
    guardduty, hub, analyzer = (simulator.client(service) for service in ("guardduty", "securityhub", "accessanalyzer"))
    detector = guardduty.create_detector(Enable=False)["DetectorId"]
    hub.enable_security_hub()
    analyzer.create_analyzer(analyzerName="theirs", type="ACCOUNT")
    item = {
        "name": REGION,
        "external_access_analyzer": True,
        "guardduty": {"features": ["runtime_monitoring"]},
        "security_hub": {"standards": [STANDARD], "auto_enable_controls": False},
    }
    keep(RegionSettings, [item])
    assert keep(RegionSettings, [item]).changes == []
    (same,) = guardduty.list_detectors()["DetectorIds"]
    found = guardduty.get_detector(DetectorId=detector)
    on = {one["Name"] for one in found["Features"] if one["Status"] == "ENABLED"}
    assert (same, found["Status"]) == (detector, "ENABLED")
    assert {"RUNTIME_MONITORING", "S3_DATA_EVENTS"} <= on
    assert len(hub.get_enabled_standards()["StandardsSubscriptions"]) == 3
    assert hub.describe_hub()["AutoEnableControls"] is False
    clear(RegionSettings)
    assert guardduty.list_detectors()["DetectorIds"] == []
    assert [one["name"] for one in analyzer.list_analyzers()["analyzers"]] == ["theirs"]
    assert clear(RegionSettings).changes == []


def test_who_only_gives_something_up_keeps_nothing(keep: Any, simulator: Any) -> None:
    """An environment that never kept the settings leaves them alone, and one that does gives back what it has."""
    ec2, ssm = simulator.client("ec2"), simulator.client("ssm", "us-east-1")
    item = {"name": REGION, "ebs_encryption": True, "ebs_key_arn": ""}
    assert keep(RegionSettings, [item], claim=False).changes == []
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    assert [one for one in ssm.describe_parameters()["Parameters"] if one["Name"] == KEEPER] == []
    key = simulator.client("kms").create_key()["KeyMetadata"]["Arn"]
    keep(RegionSettings, [{**item, "ebs_key_arn": key}])
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
    assert keep(RegionSettings, [item], claim=False).changed
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] != key


def test_what_is_refused(keep: Any, simulator: Any) -> None:
    """A region that the account does not have, somebody's recorder, findings that are shown elsewhere, a default VPC in use: nothing is touched."""
    config, ec2, hub = simulator.client("config"), simulator.client("ec2"), simulator.client("securityhub", "us-east-1")
    role = simulator.client("iam", "us-east-1").create_service_linked_role(AWSServiceName="config.amazonaws.com")["Role"]["Arn"]
    config.put_configuration_recorder(ConfigurationRecorder={"name": "aws-controltower-BaselineConfigRecorder", "roleARN": role})
    hub.enable_security_hub()
    hub.create_finding_aggregator(RegionLinkingMode="ALL_REGIONS")
    # A region whose hub is not on does not tell of it.
    simulator.client("securityhub").enable_security_hub()
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"][0]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    for more, words in (
        ({"name": "xx-nowhere-1"}, "no region xx-nowhere-1"),
        ({"config": {"role_arn": role, "bucket": "b"}}, "Control Tower"),
        ({"security_hub": {"standards": []}, "finding_aggregator": True}, "us-east-1 already"),
        ({"config_aggregator": True}, "without config"),
        ({"default_vpc": "deleted"}, interface),
    ):
        with pytest.raises(Problem, match=words):
            keep(RegionSettings, [{"name": REGION, "ebs_encryption": True, **more}])
    assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    item = {"name": REGION, "default_vpc": "deleted"}
    keep(RegionSettings, [item])
    assert ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"] == []
    assert keep(RegionSettings, [item]).changes == []


def test_rules_that_tell_people(keep: Any, clear: Any, simulator: Any) -> None:
    """Lines are strings of JSON; a target that is no longer declared goes."""
    events = simulator.client("events")
    topics = [simulator.client("sns").create_topic(Name=name)["TopicArn"] for name in ("one", "two")]
    targets = [{"arn": topic, "fields": {"title": "$.detail.title"}, "text": "Found: <title>\nGo and see."} for topic in topics]
    item = {"name": "acme-dev-findings", "pattern": {"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}}, "targets": targets}
    keep(Rules, [item])
    assert keep(Rules, [item]).changes == []
    (first, _) = events.list_targets_by_rule(Rule="acme-dev-findings")["Targets"]
    assert first["InputTransformer"]["InputTemplate"] == '"Found: <title>"\n"Go and see."'
    keep(Rules, [{**item, "targets": targets[1:], "enabled": False}])
    assert [one["Arn"] for one in events.list_targets_by_rule(Rule="acme-dev-findings")["Targets"]] == topics[1:]
    assert events.describe_rule(Name="acme-dev-findings")["State"] == "DISABLED"
    clear(Rules)
    assert events.list_rules()["Rules"] == []
