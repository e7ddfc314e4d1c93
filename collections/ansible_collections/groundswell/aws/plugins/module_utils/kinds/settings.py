# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that an account has once, and those that it has once in each region: what can be set, but neither made nor named.

They have no tags, or only one environment's could be on them, and all environments of an account live by them. So one environment keeps
them, and a parameter of the account says which; to all others they are as declared, whatever they are.
"""

from __future__ import annotations

import typing as t

from ..compare import dict_to_tags
from ..resource import Item, Kind, Problem, Resource
from ..retries import PROPAGATION, NotYet, error_code, tolerated

Client = t.Any

# What the services that check a policy, a role or each other say until they have heard of it.
_NOT_YET: tuple[NotYet, ...] = (
    ("InsufficientDeliveryPolicyException", "", 60.0),
    ("InvalidRoleException", "", PROPAGATION),
    ("TooManyUpdates", "", 60.0),
)


class Place:
    """Where a setting is looked for: a region of the account, or, for what has none, the region in which AWS keeps it."""

    def __init__(self, kind: Settings, region: str) -> None:
        self._kind = kind
        self.region = region
        self.tags = kind.tags

    @property
    def account(self) -> str:
        """Twelve digits."""
        return self._kind.session.account

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return self._kind.session.partition

    @property
    def prefix(self) -> str:
        """What names of ours begin with."""
        return self._kind.prefix

    def client(self, service: str) -> Client:
        """A client of this region."""
        return self._kind.session.client(service, _NOT_YET, self.region)

    def pages(self, service: str, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        """Everything that a paginated operation returns under `result`."""
        found = self.client(service).get_paginator(operation).paginate(**parameters).search(result + "[]")
        return [one for one in found if one is not None]

    def ours(self, tags: dict[str, str]) -> bool:
        """Whether something with these tags is of this environment and layer."""
        return all(tags.get(key) == self.tags.get(key) for key in ("Project", "Environment", "Layer"))


class Setting:
    """One setting, in the words of the module's option. It never takes away what is there beyond what is asked for."""

    costly = False  # whether it is paid for while it is on, so that it goes with the environment that keeps it

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        """As it is now; None where nothing is set.

        :param wanted: as declared; None where somebody only asks what there is.
        :raises Problem: where it cannot be brought to what is declared.
        """
        raise NotImplementedError

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        """Bring it to what is declared."""
        raise NotImplementedError

    def remove(self, place: Place) -> None:
        """Switch it off, where that saves money."""


# Of the account ---------------------------------------------------------------------------------------------------------


class PasswordPolicy(Setting):
    """What IAM asks of users' passwords. A write sets all of it, so what is not declared is sent as it was."""

    _members: t.ClassVar = {
        "minimum_length": "MinimumPasswordLength",
        "require_symbols": "RequireSymbols",
        "require_numbers": "RequireNumbers",
        "require_uppercase": "RequireUppercaseCharacters",
        "require_lowercase": "RequireLowercaseCharacters",
        "users_may_change": "AllowUsersToChangePassword",
        "max_age_days": "MaxPasswordAge",
        "reuse_prevention": "PasswordReusePrevention",
        "hard_expiry": "HardExpiry",
    }

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        with tolerated("NoSuchEntity"):
            found = place.client("iam").get_account_password_policy()["PasswordPolicy"]
            # IAM leaves out what is not set.
            nothing = {"max_age_days": 0, "reuse_prevention": 0, "hard_expiry": False}
            return {**nothing, **{option: found[member] for option, member in self._members.items() if member in found}}
        return None

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        merged = {**(current or {}), **{option: value for option, value in wanted.items() if value is not None}}
        # 0 means that there is none, which IAM knows by its absence.
        sent = {member: merged[option] for option, member in self._members.items() if merged.get(option) or merged.get(option) is False}
        place.client("iam").update_account_password_policy(**sent)


class S3PublicAccessBlock(Setting):
    """All four blocks, or not."""

    _blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

    def _client(self, place: Place) -> Client:
        client = place.client("s3control")
        account = place.account

        def without_account(request: t.Any, **_: t.Any) -> None:
            """AWS has a host for each account; an endpoint of one's own has not."""
            if "amazonaws" not in client.meta.endpoint_url:
                request.url = request.url.replace(f"//{account}.", "//", 1)

        client.meta.events.register("before-sign.s3-control", without_account, unique_id="groundswell-account-host")
        return client

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        with tolerated("NoSuchPublicAccessBlockConfiguration"):
            found = self._client(place).get_public_access_block(AccountId=place.account)["PublicAccessBlockConfiguration"]
            return all(found.get(block) for block in self._blocks)
        return False

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        self._client(place).put_public_access_block(AccountId=place.account, PublicAccessBlockConfiguration=dict.fromkeys(self._blocks, bool(wanted)))


class AlternateContacts(Setting):
    """Whom AWS writes to about security, operations and the bill, beside the address of the root user."""

    _members: t.ClassVar = {"name": "Name", "title": "Title", "email": "EmailAddress", "phone": "PhoneNumber"}

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        found = []
        for contact in wanted or []:
            with tolerated("ResourceNotFoundException"):
                held = place.client("account").get_alternate_contact(AlternateContactType=contact["type"].upper())["AlternateContact"]
                found.append({"type": contact["type"], **{option: held.get(member, "") for option, member in self._members.items()}})
        return found

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        for contact in wanted:
            if contact not in (current or []):
                sent = {member: contact[option] for option, member in self._members.items()}
                place.client("account").put_alternate_contact(AlternateContactType=contact["type"].upper(), **sent)


# Of a region: what costs nothing ------------------------------------------------------------------------------------------


class EbsEncryption(Setting):
    """Whether volumes and snapshots are encrypted, whoever makes them."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        return place.client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("ec2")
        (client.enable_ebs_encryption_by_default if wanted else client.disable_ebs_encryption_by_default)()


class EbsKey(Setting):
    """The key that does it; an empty one is AWS's own."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        key = place.client("ec2").get_ebs_default_kms_key_id()["KmsKeyId"]
        return "" if key.endswith("alias/aws/ebs") else key

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("ec2")
        if wanted:
            client.modify_ebs_default_kms_key_id(KmsKeyId=wanted)
        else:
            client.reset_ebs_default_kms_key_id()


class SnapshotBlock(Setting):
    """Which snapshots may be shared with everybody."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        return place.client("ec2").get_snapshot_block_public_access_state()["State"]

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        place.client("ec2").enable_snapshot_block_public_access(State=wanted)


class ImageBlock(Setting):
    """Whether images cannot be shared with everybody any more."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        return place.client("ec2").get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("ec2")
        if wanted:
            client.enable_image_block_public_access(ImageBlockPublicAccessState="block-new-sharing")
        else:
            client.disable_image_block_public_access()


class InstanceMetadata(Setting):
    """What instances get that say nothing about their metadata service."""

    _members: t.ClassVar = {"http_tokens": "HttpTokens", "hop_limit": "HttpPutResponseHopLimit", "endpoint": "HttpEndpoint", "tags": "InstanceMetadataTags"}

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        found = place.client("ec2").get_instance_metadata_defaults()["AccountLevel"]
        return {option: found[member] for option, member in self._members.items() if member in found}

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        place.client("ec2").modify_instance_metadata_defaults(
            **{member: wanted[option] for option, member in self._members.items() if wanted.get(option) is not None}
        )


class SerialConsole(Setting):
    """Whether the account may use EC2's serial console."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        return place.client("ec2").get_serial_console_access_status()["SerialConsoleAccessEnabled"]

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("ec2")
        (client.enable_serial_console_access if wanted else client.disable_serial_console_access)()


class DocumentSharing(Setting):
    """Whether documents of Systems Manager may be shared with everybody."""

    _setting = "/ssm/documents/console/public-sharing-permission"

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        return place.client("ssm").get_service_setting(SettingId=self._setting)["ServiceSetting"]["SettingValue"] == "Enable"

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        place.client("ssm").update_service_setting(SettingId=self._setting, SettingValue="Enable" if wanted else "Disable")


class DefaultVpc(Setting):
    """The network that each region of an account comes with: shut, or removed while nothing is in it."""

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        vpc = self._vpc(place)
        if vpc is None:
            return wanted  # nobody makes it again
        if wanted == "deleted":
            held = place.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", Filters=[{"Name": "vpc-id", "Values": [vpc]}])
            if held:
                used = ", ".join(sorted(one["NetworkInterfaceId"] for one in held))
                raise Problem(f"default VPC {vpc} of {place.region} is not empty ({used}): let it stand (default_vpc: closed), or move what is in it")
        return "open" if any(self._openings(place, vpc)) else "closed"

    @staticmethod
    def _vpc(place: Place) -> str | None:
        found = place.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        return found[0]["VpcId"] if found else None

    @staticmethod
    def _openings(place: Place, vpc: str) -> tuple[list[t.Any], list[t.Any], list[str]]:
        """The rules of its default security group, what its default network ACL lets through, the subnets that give out public addresses."""
        here = {"Name": "vpc-id", "Values": [vpc]}
        groups = place.pages("ec2", "describe_security_groups", "SecurityGroups", Filters=[here, {"Name": "group-name", "Values": ["default"]}])
        rules = [(group, way) for group in groups for way in ("IpPermissions", "IpPermissionsEgress") if group[way]]
        acls = place.pages("ec2", "describe_network_acls", "NetworkAcls", Filters=[here, {"Name": "default", "Values": ["true"]}])
        entries = [(acl["NetworkAclId"], entry) for acl in acls for entry in acl["Entries"] if entry["RuleAction"] == "allow"]
        subnets = place.pages("ec2", "describe_subnets", "Subnets", Filters=[here])
        return rules, entries, [subnet["SubnetId"] for subnet in subnets if subnet["MapPublicIpOnLaunch"]]

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client, vpc = place.client("ec2"), self._vpc(place)
        if vpc is None:
            return
        if wanted == "deleted":
            self._delete(place, client, vpc)
            return
        rules, entries, subnets = self._openings(place, vpc)
        revoke = {"IpPermissions": client.revoke_security_group_ingress, "IpPermissionsEgress": client.revoke_security_group_egress}
        for group, way in rules:
            revoke[way](GroupId=group["GroupId"], IpPermissions=group[way])
        for acl, entry in entries:
            client.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=entry["RuleNumber"], Egress=entry["Egress"])
        for subnet in subnets:
            client.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})

    @staticmethod
    def _delete(place: Place, client: Client, vpc: str) -> None:
        # Whatever else hangs on it, such as a security group of somebody's, AWS does not delete it with the VPC, and says so.
        for gateway in place.pages("ec2", "describe_internet_gateways", "InternetGateways", Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}]):
            client.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
            client.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
        for subnet in place.pages("ec2", "describe_subnets", "Subnets", Filters=[{"Name": "vpc-id", "Values": [vpc]}]):
            client.delete_subnet(SubnetId=subnet["SubnetId"])
        client.delete_vpc(VpcId=vpc)


class ExternalAccess(Setting):
    """IAM Access Analyzer, which tells what others can get at. A region takes one, and it costs nothing."""

    costly = True  # not this one, but its name is ours: it goes with the environment as what is paid for does
    _type = "ACCOUNT"

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        # Whoever made it: a second one would find the same.
        found = place.pages("accessanalyzer", "list_analyzers", "analyzers", type=self._type)
        if wanted is None:
            return [one["name"] for one in found if place.ours(one.get("tags") or {})] or None
        return wanted if any(one["status"] in ("ACTIVE", "CREATING") for one in found) else None

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        if wanted:
            name = f"{place.prefix}-baseline-external"
            place.client("accessanalyzer").create_analyzer(analyzerName=name, type=self._type, tags={**place.tags, "Name": name})

    def remove(self, place: Place) -> None:
        for name in self.read(place, None) or []:
            with tolerated("ResourceNotFoundException"):
                place.client("accessanalyzer").delete_analyzer(analyzerName=name)


class UnusedAccess(ExternalAccess):
    """The one that tells which users, roles, keys and permissions nobody has used for so many days."""

    _type = "ACCOUNT_UNUSED_ACCESS"

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        if wanted:
            name = f"{place.prefix}-baseline-unused"
            configuration = {"unusedAccess": {"unusedAccessAge": wanted}}
            place.client("accessanalyzer").create_analyzer(analyzerName=name, type=self._type, configuration=configuration, tags={**place.tags, "Name": name})


# Of a region: what is paid for --------------------------------------------------------------------------------------------


class Config(Setting):
    """AWS Config: the recorder of a region, where it delivers, and that it runs."""

    costly = True
    _recorder = "default"

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        client = place.client("config")
        # Services such as Config's own conformance packs may have recorders of theirs beside the account's.
        recorders = [one for one in client.describe_configuration_recorders()["ConfigurationRecorders"] if not one.get("servicePrincipal")]
        if not recorders:
            return None
        found = recorders[0]
        if found["name"] != self._recorder:
            if wanted is None:
                return None
            raise Problem(
                f"AWS Config of {place.region} has the recorder {found['name']}, which somebody else keeps, such as Control Tower: "
                "name config in region_baseline_managed_elsewhere, or delete that recorder"
            )
        (status,) = client.describe_configuration_recorder_status(ConfigurationRecorderNames=[found["name"]])["ConfigurationRecordersStatus"]
        channels = client.describe_delivery_channels()["DeliveryChannels"]
        channel = channels[0] if channels else {}
        group = found.get("recordingGroup") or {}
        return {
            "role_arn": found["roleARN"],
            "global_resources": bool(group.get("includeGlobalResourceTypes")),
            "everything": bool(group.get("allSupported")),
            "recording_frequency": (found.get("recordingMode") or {}).get("recordingFrequency", "CONTINUOUS").lower(),
            "bucket": channel.get("s3BucketName", ""),
            "prefix": channel.get("s3KeyPrefix", ""),
            "snapshots": (channel.get("configSnapshotDeliveryProperties") or {}).get("deliveryFrequency", ""),
            "recording": status["recording"],
        }

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client, current = place.client("config"), current or {}
        recorder = {
            "name": self._recorder,
            "roleARN": wanted["role_arn"],
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": bool(wanted.get("global_resources"))},
            "recordingMode": {"recordingFrequency": (wanted.get("recording_frequency") or "continuous").upper()},
        }
        if self._differs(wanted, current, "role_arn", "global_resources", "everything", "recording_frequency"):
            # Tags only with the first put: later ones would have to be put on by a call of their own.
            extra = {} if current else {"Tags": dict_to_tags({**place.tags, "Name": self._recorder})}
            client.put_configuration_recorder(ConfigurationRecorder=recorder, **extra)
        if self._differs(wanted, current, "bucket", "prefix", "snapshots"):
            channel = {"name": self._recorder, "s3BucketName": wanted["bucket"]}
            channel |= {"s3KeyPrefix": wanted["prefix"]} if wanted.get("prefix") else {}
            channel |= {"configSnapshotDeliveryProperties": {"deliveryFrequency": wanted["snapshots"]}} if wanted.get("snapshots") else {}
            client.put_delivery_channel(DeliveryChannel=channel)
        if not current.get("recording"):
            client.start_configuration_recorder(ConfigurationRecorderName=self._recorder)

    @staticmethod
    def _differs(wanted: Item, current: Item, *options: str) -> bool:
        return any(wanted.get(option) is not None and wanted[option] != current.get(option) for option in options)

    def remove(self, place: Place) -> None:
        client = place.client("config")
        with tolerated("NoSuchConfigurationRecorderException"):
            client.stop_configuration_recorder(ConfigurationRecorderName=self._recorder)
        with tolerated("NoSuchDeliveryChannelException"):
            client.delete_delivery_channel(DeliveryChannelName=self._recorder)
        with tolerated("NoSuchConfigurationRecorderException"):
            client.delete_configuration_recorder(ConfigurationRecorderName=self._recorder)


class ConfigAggregator(Setting):
    """A view of all regions of the account, in this one."""

    costly = True

    def _name(self, place: Place) -> str:
        return f"{place.prefix}-baseline-regions"

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        found = place.pages("config", "describe_configuration_aggregators", "ConfigurationAggregators")
        return True if any(one["ConfigurationAggregatorName"] == self._name(place) for one in found) else None

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        if wanted:
            place.client("config").put_configuration_aggregator(
                ConfigurationAggregatorName=self._name(place),
                AccountAggregationSources=[{"AccountIds": [place.account], "AllAwsRegions": True}],
                Tags=dict_to_tags({**place.tags, "Name": self._name(place)}),
            )

    def remove(self, place: Place) -> None:
        with tolerated("NoSuchConfigurationAggregatorException"):
            place.client("config").delete_configuration_aggregator(ConfigurationAggregatorName=self._name(place))


class GuardDuty(Setting):
    """The detector of a region, and what it looks at beside events, DNS and flow logs.

    A new detector looks at all it can unless it is told not to, and each feature is paid for.
    """

    costly = True
    _features = ("S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING")

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        found = place.client("guardduty").list_detectors()["DetectorIds"]
        if not found:
            return None
        detector = place.client("guardduty").get_detector(DetectorId=found[0])
        on = {feature["Name"] for feature in detector.get("Features", []) if feature["Status"] == "ENABLED"}
        asked = (wanted or {}).get("features")
        return {
            "id": found[0],
            "enabled": detector["Status"] == "ENABLED",
            "finding_publishing_frequency": detector["FindingPublishingFrequency"].lower(),
            "features": sorted(on.intersection(self._features)) if asked is None else [one for one in asked if one.upper() in on],
        }

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("guardduty")
        frequency = {"FindingPublishingFrequency": wanted["finding_publishing_frequency"].upper()} if wanted.get("finding_publishing_frequency") else {}
        chosen = {feature.upper() for feature in wanted.get("features") or []}
        if current is None:
            features = [{"Name": name, "Status": "ENABLED" if name in chosen else "DISABLED"} for name in self._features]
            client.create_detector(Enable=True, Features=features, Tags={**place.tags, "Name": place.prefix}, **frequency)
        else:
            features = [{"Name": name, "Status": "ENABLED"} for name in self._features if name in chosen]
            client.update_detector(DetectorId=current["id"], Enable=True, **frequency, **({"Features": features} if features else {}))

    def remove(self, place: Place) -> None:
        for detector in place.client("guardduty").list_detectors()["DetectorIds"]:
            place.client("guardduty").delete_detector(DetectorId=detector)


class SecurityHub(Setting):
    """Security Hub CSPM of a region with its standards. Others may have enabled more of them."""

    costly = True

    @staticmethod
    def _arn(place: Place, standard: str) -> str:
        return f"arn:{place.partition}:securityhub:{place.region}::standards/{standard}"

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        try:
            hub = place.client("securityhub").describe_hub()
        except place.client("securityhub").exceptions.ClientError as error:
            if error_code(error) in ("InvalidAccessException", "ResourceNotFoundException"):
                return None
            raise
        standards = place.pages("securityhub", "get_enabled_standards", "StandardsSubscriptions")
        on = {one["StandardsArn"] for one in standards if one["StandardsStatus"] not in ("DELETING", "FAILED")}
        return {
            "auto_enable_controls": hub.get("AutoEnableControls", True),
            "consolidated_findings": hub.get("ControlFindingGenerator") == "SECURITY_CONTROL",
            "standards": [one for one in (wanted or {}).get("standards") or [] if self._arn(place, one) in on],
        }

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        client = place.client("securityhub")
        if current is None:
            generator = "STANDARD_CONTROL" if wanted.get("consolidated_findings") is False else "SECURITY_CONTROL"
            tags = {**place.tags, "Name": place.prefix}
            client.enable_security_hub(EnableDefaultStandards=False, ControlFindingGenerator=generator, Tags=tags)
            current = {"auto_enable_controls": True, "consolidated_findings": generator == "SECURITY_CONTROL", "standards": []}
        sent: Item = {}
        if wanted.get("auto_enable_controls") not in (None, current["auto_enable_controls"]):
            sent["AutoEnableControls"] = wanted["auto_enable_controls"]
        if wanted.get("consolidated_findings") not in (None, current["consolidated_findings"]):
            sent["ControlFindingGenerator"] = "SECURITY_CONTROL" if wanted["consolidated_findings"] else "STANDARD_CONTROL"
        if sent:
            client.update_security_hub_configuration(**sent)
        missing = [{"StandardsArn": self._arn(place, one)} for one in wanted.get("standards") or [] if one not in current["standards"]]
        if missing:
            client.batch_enable_standards(StandardsSubscriptionRequests=missing)

    def remove(self, place: Place) -> None:
        with tolerated("InvalidAccessException", "ResourceNotFoundException"):
            place.client("securityhub").disable_security_hub()


class FindingAggregator(Setting):
    """The one region in which Security Hub shows the findings of all. An account has one such region."""

    costly = True  # costs nothing itself; it goes with the hub

    @staticmethod
    def _arns(place: Place) -> list[str]:
        with tolerated("InvalidAccessException"):  # no hub yet
            return [one["FindingAggregatorArn"] for one in place.pages("securityhub", "list_finding_aggregators", "FindingAggregators")]
        return []

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        for arn in self._arns(place):
            home = arn.split(":")[3]
            if home != place.region:
                if wanted is None:
                    return None
                raise Problem(f"Security Hub aggregates findings in {home} already, and an account has one such region: aggregate there, or delete it")
            return True
        return None

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        if wanted:
            place.client("securityhub").create_finding_aggregator(RegionLinkingMode="ALL_REGIONS")

    def remove(self, place: Place) -> None:
        for arn in self._arns(place):
            with tolerated("ResourceNotFoundException"):
                place.client("securityhub").delete_finding_aggregator(FindingAggregatorArn=arn)


class Inspector(Setting):
    """What Inspector scans. Others may have it scan more."""

    costly = True
    _types: t.ClassVar = {"ec2": "ec2", "ecr": "ecr", "lambda": "lambda", "lambda_code": "lambdaCode"}

    def read(self, place: Place, wanted: t.Any) -> t.Any:
        found = place.client("inspector2").batch_get_account_status(accountIds=[place.account])["accounts"][0]["resourceState"]
        on = [kind for kind, member in self._types.items() if found.get(member, {}).get("status") in ("ENABLED", "ENABLING")]
        return (on or None) if wanted is None else [kind for kind in on if kind in wanted]

    def write(self, place: Place, wanted: t.Any, current: t.Any) -> None:
        missing = [kind.upper() for kind in wanted if kind not in (current or [])]
        if missing:
            place.client("inspector2").enable(accountIds=[place.account], resourceTypes=missing)

    def remove(self, place: Place) -> None:
        on = self.read(place, None)
        if on:
            place.client("inspector2").disable(accountIds=[place.account], resourceTypes=[kind.upper() for kind in on])


# The kinds ----------------------------------------------------------------------------------------------------------------


class Settings(Kind):
    """A place with its settings. There is nothing to make: a place is there, and what differs is written."""

    service = "ssm"
    settings: t.ClassVar[dict[str, Setting]] = {}
    _parameter = "/{project}/account/baseline"

    @property
    def _environment(self) -> str:
        return self.tags.get("Environment", "")

    def _keeper_parameter(self) -> str:
        return self._parameter.format(project=self.tags.get("Project", ""))

    def _keeper_client(self) -> Client:
        return self.session.client("ssm", self.not_yet, self.options.get("keeper_region") or "us-east-1")

    def _keeper(self) -> str:
        """The environment that keeps the account's settings, empty while none does."""
        with tolerated("ParameterNotFound"):
            return t.cast(str, self._keeper_client().get_parameter(Name=self._keeper_parameter())["Parameter"]["Value"])
        return ""

    def place(self, name: str) -> Place:
        """Where the settings of this name are."""
        raise NotImplementedError

    def places(self) -> list[str]:
        """Those to look at where none is declared."""
        raise NotImplementedError

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        keeper = self._keeper()
        if not self.wanted:
            # Somebody wants to know what could go, and what is another's cannot.
            if keeper == self._environment:
                yield from self._removable(self.places())
            return
        if keeper != self._environment and not self.options.get("take_over") and (keeper or not self.options.get("claim", True)):
            for name in names:
                yield Resource(name, dict(self.wanted[name]), dict(self.tags), {"id": name, "kept_by": keeper})
            return
        self.refuse_places(names)
        asked = [(name, option) for name in names for option in self.settings if self.wanted[name].get(option) is not None]
        answers = self.session.each(lambda one: self.settings[one[1]].read(self.place(one[0]), self.wanted[one[0]][one[1]]), asked)
        states: dict[str, Item] = {name: {"kept_by": keeper} for name in names}
        for (name, option), answer in zip(asked, answers, strict=True):
            states[name][option] = answer
        for name, state in states.items():
            yield Resource(name, state, dict(self.tags), {"id": name, "kept_by": self._environment})

    def _removable(self, names: list[str]) -> t.Iterable[Resource]:
        asked = [(name, option) for name in names for option, setting in self.settings.items() if setting.costly]
        answers = self.session.each(lambda one: self.settings[one[1]].read(self.place(one[0]), None), asked)
        for name in names:
            state = {option: answer for (where, option), answer in zip(asked, answers, strict=True) if where == name and answer is not None}
            if state:
                yield Resource(name, state, dict(self.tags), {"id": name, "kept_by": self._environment})

    def refuse_places(self, names: t.Collection[str]) -> None:
        """Raise a Problem for places that there are not."""

    def normalise(self, item: Item) -> Item:
        return {**item, "kept_by": self._environment}

    def placeholder(self, name: str) -> Item:
        return {"id": name, "kept_by": ""}

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if "kept_by" in changes:
            self._claim(resource.state["kept_by"])
        place = self.place(resource.name)
        for option, setting in self.settings.items():
            if option in changes:
                setting.write(place, changes[option], resource.state.get(option))

    def _claim(self, keeper: str) -> None:
        """Write down that this environment keeps the account's settings. Cells of one environment do so side by side."""
        client, name = self._keeper_client(), self._keeper_parameter()
        description = "The environment that keeps the security baseline of this account"
        if keeper:
            client.put_parameter(Name=name, Value=self._environment, Type="String", Overwrite=True, Description=description)
            return
        tags = dict_to_tags({"Project": self.tags.get("Project", ""), "ManagedBy": self.tags.get("ManagedBy", "")})
        with tolerated("ParameterAlreadyExists"):
            client.put_parameter(Name=name, Value=self._environment, Type="String", Description=description, Tags=tags)
            return
        now = self._keeper()
        if now != self._environment:
            raise Problem(f"environment {now} has begun to keep the baseline of this account at this same time: run again")

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """Settings have none."""

    def delete(self, resource: Resource) -> None:
        place = self.place(resource.name)
        # Against the order in which they are made.
        for option, setting in reversed(self.settings.items()):
            if option in resource.state:
                setting.remove(place)


class AccountSettings(Settings):
    """What an account has once. Its name is the account's id."""

    module, noun = "account_settings", "settings of account"
    settings: t.ClassVar[dict[str, Setting]] = {
        "password_policy": PasswordPolicy(),
        "s3_public_access_block": S3PublicAccessBlock(),
        "alternate_contacts": AlternateContacts(),
    }

    def place(self, name: str) -> Place:
        return Place(self, self.session.region)

    def places(self) -> list[str]:
        return [self.session.account]

    def refuse_places(self, names: t.Collection[str]) -> None:
        for name in names:
            if name != self.session.account:
                raise Problem(f"the caller's account is {self.session.account}, not {name}")

    def _removable(self, names: list[str]) -> t.Iterable[Resource]:
        # What protects the account and costs nothing stays; that this environment keeps it does not.
        for name in names:
            yield Resource(name, {"kept_by": self._environment}, dict(self.tags), {"id": name, "kept_by": self._environment})

    def delete(self, resource: Resource) -> None:
        with tolerated("ParameterNotFound"):
            self._keeper_client().delete_parameter(Name=self._keeper_parameter())


class RegionSettings(Settings):
    """What an account has once in each region. Their names are the regions'."""

    module, noun = "region_settings", "settings of region"
    settings: t.ClassVar[dict[str, Setting]] = {
        "ebs_encryption": EbsEncryption(),
        "ebs_key_arn": EbsKey(),
        "snapshot_block_public_access": SnapshotBlock(),
        "image_block_public_access": ImageBlock(),
        "instance_metadata": InstanceMetadata(),
        "serial_console_access": SerialConsole(),
        "document_public_sharing": DocumentSharing(),
        "default_vpc": DefaultVpc(),
        "external_access_analyzer": ExternalAccess(),
        "unused_access_analyzer_days": UnusedAccess(),
        # Security Hub has no findings where Config records nothing.
        "config": Config(),
        "config_aggregator": ConfigAggregator(),
        "guardduty": GuardDuty(),
        "security_hub": SecurityHub(),
        "finding_aggregator": FindingAggregator(),
        "inspector": Inspector(),
    }

    def place(self, name: str) -> Place:
        return Place(self, name)

    def places(self) -> list[str]:
        return list(self.options.get("regions") or [self.session.region])

    def normalise(self, item: Item) -> Item:
        item = super().normalise(item)
        if item.get("config"):
            item["config"] = {**item["config"], "everything": True, "recording": True}
        if item.get("guardduty"):
            item["guardduty"] = {**item["guardduty"], "enabled": True}
        return item

    def refuse_places(self, names: t.Collection[str]) -> None:
        if set(names) <= {self.session.region}:
            return
        # Those that are not switched on are left out of the answer.
        there = {one["RegionName"] for one in self.session.client("ec2").describe_regions()["Regions"]}
        missing = sorted(set(names) - there)
        if missing:
            raise Problem(f"the account has no region {', '.join(missing)}, or it is not switched on: look at region_baseline_more_regions")

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"{self.noun} {name}: {option} finds nothing without {needed}"
            for name, item in items.items()
            for option, needed in (("config_aggregator", "config"), ("finding_aggregator", "security_hub"))
            if item.get(option) and not item.get(needed)
        ]
