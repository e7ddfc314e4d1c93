# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Config: rules that AWS has written. The recorder is a setting of the region (settings.py)."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import tolerated


class ConfigRules(Kind):
    """Managed rules of this region."""

    module, service, noun = "config_rules", "config", "Config rule"
    disposable = True
    fixed = ("identifier",)
    not_yet = (
        # A rule is being evaluated or going; the recorder may have been started a moment ago.
        ("ResourceInUseException", "", 120.0),
        ("NoAvailableConfigurationRecorderException", "", 30.0),
    )

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        rules = self.pages("describe_config_rules", "ConfigRules")
        mine = [rule for rule in rules if rule["ConfigRuleName"] in names or rule["ConfigRuleName"].startswith(self.prefix)]
        mine = [rule for rule in mine if rule["ConfigRuleState"] not in ("DELETING", "DELETING_RESULTS")]
        tags = self.tags_by_arn([rule["ConfigRuleArn"] for rule in mine], self._tags)
        return [self._look(rule, tags[rule["ConfigRuleArn"]]) for rule in mine if rule["ConfigRuleArn"] in tags]

    def _tags(self, arn: str) -> dict[str, str] | None:
        with tolerated("ResourceNotFoundException"):
            return tags_to_dict(self.pages("list_tags_for_resource", "Tags", ResourceArn=arn))
        return None

    @staticmethod
    def _look(rule: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        state = {
            "identifier": rule["Source"]["SourceIdentifier"],
            "description": rule.get("Description", ""),
            "parameters": json.loads(rule.get("InputParameters") or "{}"),
        }
        return Resource(rule["ConfigRuleName"], state, tags, {"id": rule["ConfigRuleName"], "arn": rule["ConfigRuleArn"]})

    def placeholder(self, name: str) -> Item:
        return {"id": name, "arn": f"arn:{self.session.partition}:config:{self.session.region}:{'0' * 12}:config-rule/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        # Config takes and tells parameters as strings.
        parameters = item.get("parameters")
        return {**item, "parameters": parameters and {key: str(value) for key, value in parameters.items()}}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        return {key: str(value) for key, value in (current or {}).items()} == wanted if option == "parameters" else None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        rule = {
            "ConfigRuleName": name,
            "Source": {"Owner": "AWS", "SourceIdentifier": item["identifier"]},
            "Description": item.get("description") or "",
            **({"InputParameters": json.dumps(item["parameters"])} if item.get("parameters") else {}),
        }
        self.client.put_config_rule(ConfigRule=rule, Tags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.create(resource.name, item, {**self.tags, "Name": resource.name})

    def delete(self, resource: Resource) -> None:
        with tolerated("NoSuchConfigRuleException"):
            self.client.delete_config_rule(ConfigRuleName=resource.name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=dict_to_tags(tags))
