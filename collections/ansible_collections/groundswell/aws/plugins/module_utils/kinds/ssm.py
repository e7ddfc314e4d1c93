# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters in Parameter Store, and documents by which commands are run. What must not be read by everybody belongs into a secret instead."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import OWNERSHIP, PLACEHOLDER, Item, Kind, Resource
from ..retries import tolerated

_A_REQUEST = 10  # names that GetParameters takes


class Parameters(Kind):
    """Parameters by path. Ours are found by their tags, whatever tree they are in."""

    module, service, noun = "ssm_parameters", "ssm", "parameter"
    fixed = ("type", "data_type")
    unreported = ("keep_value",)
    show_up = 300.0  # an aws:ec2:image parameter appears once AWS has found the image
    not_yet = (("TooManyUpdates", "", 60.0),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        filters = [{"Key": f"tag:{key}", "Option": "Equals", "Values": [self.tags[key]]} for key in OWNERSHIP if key in self.tags]
        ours = {one["Name"]: one for one in self.pages("describe_parameters", "Parameters", ParameterFilters=filters)}
        wanted = sorted(set(ours) | set(names))
        values = {one["Name"]: one for some in self.session.each(self._values, _portions(wanted)) for one in some}
        # Tags beyond those that were asked by, and those of parameters that are not ours, or not found by their tags yet.
        more = [name for name in values if name not in ours or set(self.tags) - set(OWNERSHIP)]
        tags = dict(zip(more, self.session.each(self._tags, more), strict=True))
        for name, value in values.items():
            about = ours.get(name, {})
            state = {
                "value": value["Value"],
                "type": value["Type"],
                "data_type": value.get("DataType", "text"),
                "description": about.get("Description", ""),
                "tier": about.get("Tier", "Standard"),
                "allowed_pattern": about.get("AllowedPattern", ""),
            }
            # A value that others change from now on never differs from what is declared.
            if self.wanted.get(name, {}).get("keep_value"):
                state["value"] = self.wanted[name]["value"]
            outputs = {"id": name, "arn": value["ARN"], "value": value["Value"], "version": value["Version"]}
            yield Resource(name, state, tags.get(name) or {key: self.tags[key] for key in OWNERSHIP if key in self.tags}, outputs)

    def _values(self, names: list[str]) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.client.get_parameters(Names=names)["Parameters"])

    def _tags(self, name: str) -> dict[str, str]:
        answer = self.client.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)
        return tags_to_dict(answer["TagList"]) or {"Name": ""}

    def placeholder(self, name: str) -> Item:
        arn = f"arn:{self.session.partition}:ssm:{self.session.region}:000000000000:parameter/{PLACEHOLDER}/{name.lstrip('/')}"
        return {"id": name, "arn": arn, "value": PLACEHOLDER, "version": 0}

    def predict(self, resource: Resource | None, item: Item) -> Item:
        return {"value": item["value"]} if resource is None or not item.get("keep_value") else {}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # AWS takes tags only with a parameter's first value.
        self.client.put_parameter(Name=name, Tags=dict_to_tags(tags), **_parameters(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.put_parameter(Name=resource.name, Overwrite=True, **_parameters({**item, "value": changes.get("value", resource.outputs["value"])}))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags_to_resource(ResourceType="Parameter", ResourceId=resource.name, Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        with tolerated("ParameterNotFound"):
            self.client.delete_parameter(Name=resource.name)


class Documents(Kind):
    """Documents of commands and of sessions, in JSON. A change is a new version, and the default one, which is what is run."""

    module, service, noun = "ssm_documents", "ssm", "document"
    fixed = ("type",)
    ordered = ("content",)
    disposable = True
    not_yet = (("TooManyUpdates", "", 60.0),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        filters = [{"Key": "Owner", "Values": ["Self"]}, *({"Key": f"tag:{key}", "Values": [self.tags[key]]} for key in OWNERSHIP if key in self.tags)]
        ours = {one["Name"] for one in self.pages("list_documents", "DocumentIdentifiers", Filters=filters)}
        for found in self.session.each(self._document, sorted(ours | set(names))):
            if found:
                yield found

    def _document(self, name: str) -> Resource | None:
        about: dict[str, t.Any] = {}
        with tolerated("InvalidDocument", "InvalidDocumentVersion"):
            about = self.client.describe_document(Name=name)["Document"]
        if not about or about["Status"] == "Deleting":
            return None
        content = self.client.get_document(Name=name, DocumentVersion=about["DocumentVersion"], DocumentFormat="JSON")["Content"]
        tags = tags_to_dict(self.client.list_tags_for_resource(ResourceType="Document", ResourceId=name)["TagList"])
        arn = f"arn:{self.session.partition}:ssm:{self.session.region}:{about['Owner']}:document/{name}"
        outputs = {"id": name, "arn": arn, "version": about["DocumentVersion"]}
        failure = about.get("StatusInformation") or "AWS says no more" if about["Status"] == "Failed" else ""
        state = {"type": about["DocumentType"].lower(), "content": json.loads(content)}
        return Resource(name, state, tags, outputs, about["Status"], about["Status"] == "Active", failure)

    def normalise(self, item: Item) -> Item:
        return {**item, "type": item.get("type") or "command"}

    def placeholder(self, name: str) -> Item:
        return {"id": name, "arn": f"arn:{self.session.partition}:ssm:{self.session.region}:000000000000:document/{PLACEHOLDER}", "version": "0"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        kind = {"DocumentType": item["type"].capitalize(), "DocumentFormat": "JSON"}
        if item["type"] == "command":
            kind["TargetType"] = "/AWS::EC2::Instance"
        self.client.create_document(Name=name, Content=json.dumps(item["content"]), Tags=dict_to_tags(tags), **kind)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        # A run that was ended after the first of the two calls has made the version already.
        with tolerated("DuplicateDocumentContent"):
            self.client.update_document(Name=resource.name, Content=json.dumps(item["content"]), DocumentFormat="JSON", DocumentVersion="$LATEST")
        latest = self.client.describe_document(Name=resource.name, DocumentVersion="$LATEST")["Document"]["DocumentVersion"]
        self.client.update_document_default_version(Name=resource.name, DocumentVersion=latest)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags_to_resource(ResourceType="Document", ResourceId=resource.name, Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        with tolerated("InvalidDocument"):
            self.client.delete_document(Name=resource.name)


def _parameters(item: Item) -> dict[str, t.Any]:
    options = {
        "value": "Value",
        "type": "Type",
        "data_type": "DataType",
        "description": "Description",
        "tier": "Tier",
        "allowed_pattern": "AllowedPattern",
    }
    return {parameter: item[option] for option, parameter in options.items() if item.get(option)}


def _portions(names: list[str]) -> list[list[str]]:
    return [names[start : start + _A_REQUEST] for start in range(0, len(names), _A_REQUEST)]
