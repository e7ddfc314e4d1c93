# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates. Their versions never change: a changed option makes a new version, and some of the old ones stay to go back to.

The default version is the one that is as declared. What is declared again is the old version again, not a copy of it under a new number.
"""

from __future__ import annotations

import base64
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..reconcile import differences
from ..resource import PLACEHOLDER_ID, Item, Problem, Resource, Session
from .ec2_network import Ec2Kind

_LARGEST_USER_DATA = 16384  # bytes before base64 (EC2's limit)
_VERSIONS_PER_CALL = 200  # API ec2:DeleteLaunchTemplateVersions
# Everything an instance brings along is tagged like the instance, so that nothing of it is nobody's.
_TAGGED = ("instance", "volume", "network-interface")


class LaunchTemplates(Ec2Kind):
    module, noun, id_prefix, tag_type = "ec2_launch_templates", "launch template", "lt", "launch-template"

    # option -> parameter of the template's data
    _PLAIN: t.ClassVar[dict[str, str]] = {"image_id": "ImageId", "instance_type": "InstanceType", "security_group_ids": "SecurityGroupIds"}
    # option of volume -> parameter of its block device
    _VOLUME: t.ClassVar[dict[str, str]] = {
        "size": "VolumeSize",
        "type": "VolumeType",
        "iops": "Iops",
        "throughput": "Throughput",
        "encrypted": "Encrypted",
        "kms_key_arn": "KmsKeyId",
    }

    def __init__(self, session: Session, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._surplus: dict[str, list[int]] = {}  # by template: versions that are one too many, as last described

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        templates = self.pages("describe_launch_templates", "LaunchTemplates", Filters=self.tag_filters)
        missing = sorted(set(names) - {template["LaunchTemplateName"] for template in templates})
        if missing:
            named = [{"Name": "launch-template-name", "Values": missing}]
            templates += self.pages("describe_launch_templates", "LaunchTemplates", Filters=named)
        return self.session.each(self._resource, templates)

    def _resource(self, template: dict[str, t.Any]) -> Resource:
        name, newest, default = template["LaunchTemplateName"], template["LatestVersionNumber"], template["DefaultVersionNumber"]
        wanted = self.wanted.get(name, {})
        kept = wanted.get("versions_kept")
        which = {} if kept else {"Versions": [str(default)]}
        versions = {
            version["VersionNumber"]: version["LaunchTemplateData"]
            for version in self.pages("describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=template["LaunchTemplateId"], **which)
        }
        state = self._state(versions[default])
        if kept:
            # The version that is about to be made counts too.
            coming = [newest + 1] if differences(self, {**wanted, "versions_kept": None}, state) else []
            self._surplus[name] = self._not_needed(template["LaunchTemplateId"], sorted([*versions, *coming])[:-kept], default)
            state["versions_kept"] = kept + len(self._surplus[name])
        outputs = {"id": template["LaunchTemplateId"], "version": default, "newest_version": newest}
        return Resource(name, state, tags_to_dict(template.get("Tags")), outputs)

    def _not_needed(self, template: str, old: list[int], default: int) -> list[int]:
        """Those of the old versions that neither a group nor an instance would miss."""
        return sorted(set(old) - {default} - self._in_use(template)) if old else []

    def _in_use(self, template: str) -> set[int]:
        used: list[str] = []
        for group in self.session.client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate().search("AutoScalingGroups[]"):
            mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
            specifications = [
                group.get("LaunchTemplate"),
                mixed.get("LaunchTemplateSpecification"),
                *(override.get("LaunchTemplateSpecification") for override in mixed.get("Overrides", [])),
                *(instance.get("LaunchTemplate") for instance in group["Instances"]),
            ]
            used += [one.get("Version", "") for one in specifications if one and one.get("LaunchTemplateId") == template]
        # Those of a warm pool or of nobody's group too: EC2 marks what was launched from a template.
        launched = [{"Name": "tag:aws:ec2launchtemplate:id", "Values": [template]}]
        for instance in self.pages("describe_instances", "Reservations[].Instances", Filters=launched):
            used.append(tags_to_dict(instance["Tags"])["aws:ec2launchtemplate:version"])
        # Others say $Latest and $Default, which stay anyway.
        return {int(version) for version in used if version.isdigit()}

    def _state(self, data: dict[str, t.Any]) -> Item:
        state: Item = {option: data.get(parameter) for option, parameter in self._PLAIN.items()}
        state["instance_profile"] = (data.get("IamInstanceProfile") or {}).get("Name")
        state["user_data"] = base64.b64decode(data.get("UserData") or "").decode()
        state["detailed_monitoring"] = (data.get("Monitoring") or {}).get("Enabled", False)
        state["cpu_credits"] = (data.get("CreditSpecification") or {}).get("CpuCredits")
        metadata = data.get("MetadataOptions") or {}
        state["metadata_tokens"] = metadata.get("HttpTokens")
        state["metadata_hop_limit"] = metadata.get("HttpPutResponseHopLimit")
        state["metadata_tags"] = metadata.get("InstanceMetadataTags") == "enabled"
        devices = data.get("BlockDeviceMappings") or []
        state["volume"] = None
        if devices:
            ebs = devices[0].get("Ebs") or {}
            state["volume"] = {"device": devices[0]["DeviceName"], **{option: ebs.get(parameter) for option, parameter in self._VOLUME.items()}}
        tags = {spec["ResourceType"]: tags_to_dict(spec["Tags"]) for spec in data.get("TagSpecifications") or []}
        # Told as one, as they are declared, unless they differ.
        same = all(tags.get(kind) == tags.get(_TAGGED[0]) for kind in _TAGGED)
        state["instance_tags"] = tags.get(_TAGGED[0]) if same else tags
        return state

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # Tags that are no longer declared go from new instances.
        return wanted == current if option == "instance_tags" else None

    def placeholder(self, name: str) -> Item:
        return {"id": f"lt-{PLACEHOLDER_ID}", "version": 1, "newest_version": 1}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            size = len((item.get("user_data") or "").encode())
            if size > _LARGEST_USER_DATA:
                problems.append(f"launch template {name}: user_data has {size} bytes, EC2 takes {_LARGEST_USER_DATA}")
            if not 3 <= len(name) <= 128:
                problems.append(f"launch template {name}: a name has 3 to 128 characters")
            volume = item.get("volume") or {}
            if item.get("versions_kept") is not None and item["versions_kept"] < 1:
                problems.append(f"launch template {name}: versions_kept is one at least, the newest")
            if volume.get("throughput") and volume.get("type") not in (None, "gp3"):
                problems.append(f"launch template {name}: throughput is for gp3 volumes, not for {volume['type']}")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=self._data(item), TagSpecifications=self.tag_specifications(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        template = resource.outputs["id"]
        if set(changes) != {"versions_kept"}:
            # A version is whole: what is not declared is carried over from the one before.
            whole = {**resource.state, **{option: value for option, value in item.items() if value is not None}}
            declared = self._version_like(template, whole)
            if declared is None:
                made = self.client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=self._data(whole))
                declared = made["LaunchTemplateVersion"]["VersionNumber"]
            self.client.modify_launch_template(LaunchTemplateId=template, DefaultVersion=str(declared))
            self._surplus[resource.name] = [number for number in self._surplus.get(resource.name, []) if number != declared]
        surplus = [str(number) for number in self._surplus.get(resource.name, [])]
        for start in range(0, len(surplus), _VERSIONS_PER_CALL):
            some = surplus[start : start + _VERSIONS_PER_CALL]
            answer = self.client.delete_launch_template_versions(LaunchTemplateId=template, Versions=some)
            errors = [one["ResponseError"] for one in answer.get("UnsuccessfullyDeletedLaunchTemplateVersions", [])]
            refused = [error["Message"] for error in errors if error["Code"] != "launchTemplateVersionDoesNotExist"]
            if refused:
                raise Problem(" ".join(refused))

    def _version_like(self, template: str, whole: Item) -> int | None:
        """The newest version that is just so."""
        whole = {**whole, "versions_kept": None}

        def alike(state: Item) -> bool:
            return not differences(self, whole, state) and not any(state.get(option) for option, value in whole.items() if value is None)

        versions = self.pages("describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=template)
        return max((one["VersionNumber"] for one in versions if alike(self._state(one["LaunchTemplateData"]))), default=None)

    def _data(self, item: Item) -> dict[str, t.Any]:
        data: dict[str, t.Any] = {parameter: item[option] for option, parameter in self._PLAIN.items() if item.get(option)}
        if item.get("instance_profile"):
            data["IamInstanceProfile"] = {"Name": item["instance_profile"]}
        if item.get("user_data"):
            data["UserData"] = base64.b64encode(item["user_data"].encode()).decode()
        if item.get("detailed_monitoring") is not None:
            data["Monitoring"] = {"Enabled": item["detailed_monitoring"]}
        if item.get("cpu_credits"):
            data["CreditSpecification"] = {"CpuCredits": item["cpu_credits"]}
        metadata = {
            "HttpTokens": item.get("metadata_tokens"),
            "HttpPutResponseHopLimit": item.get("metadata_hop_limit"),
            "InstanceMetadataTags": {True: "enabled", False: "disabled", None: None}[item.get("metadata_tags")],
        }
        if any(value is not None for value in metadata.values()):
            data["MetadataOptions"] = {"HttpEndpoint": "enabled", **{key: value for key, value in metadata.items() if value is not None}}
        volume = item.get("volume")
        if volume:
            ebs = {parameter: volume[option] for option, parameter in self._VOLUME.items() if volume.get(option) is not None}
            data["BlockDeviceMappings"] = [{"DeviceName": volume["device"], "Ebs": {"DeleteOnTermination": True, **ebs}}]
        if item.get("instance_tags"):
            data["TagSpecifications"] = [{"ResourceType": kind, "Tags": dict_to_tags(item["instance_tags"])} for kind in _TAGGED]
        return data

    def predict(self, resource: Resource | None, item: Item) -> Item:
        changes = set(differences(self, item, resource.state)) - {"versions_kept"} if resource else set()
        if resource is None or not changes:
            return {}
        whole = {**resource.state, **{option: value for option, value in item.items() if value is not None}}
        return {"version": self._version_like(resource.outputs["id"], whole) or resource.outputs["newest_version"] + 1}

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_launch_template, LaunchTemplateId=resource.outputs["id"])
