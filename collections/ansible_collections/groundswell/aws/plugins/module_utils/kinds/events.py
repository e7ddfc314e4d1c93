# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge: rules of the default bus with their targets."""

from __future__ import annotations

import json
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated


class Rules(Kind):
    """A rule and whom it tells. Targets are told apart by an id of ours: their place in the list."""

    module, service, noun = "events_rules", "events", "event rule"
    create_then_update = True
    disposable = True
    ordered = ("targets",)
    not_yet = (("ConcurrentModificationException", "", 60.0),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        prefixes = [self.prefix, *(name for name in names if not name.startswith(self.prefix))]
        listed = {rule["Name"]: rule for prefix in prefixes for rule in self.pages("list_rules", "Rules", NamePrefix=prefix)}
        mine = [rule for name, rule in listed.items() if name in names or name.startswith(self.prefix)]
        return [found for found in self.session.each(self._look, mine) if found]

    def _look(self, rule: dict[str, t.Any]) -> Resource | None:
        name, arn = rule["Name"], rule["Arn"]
        with tolerated("ResourceNotFoundException"):
            targets = sorted(self.pages("list_targets_by_rule", "Targets", Rule=name), key=lambda target: target["Id"])
            state = {
                "description": rule.get("Description", ""),
                "pattern": json.loads(rule.get("EventPattern") or "{}"),
                "enabled": rule["State"] != "DISABLED",
                "targets": [self._target(target) for target in targets],
            }
            tags = tags_to_dict(self.client.list_tags_for_resource(ResourceARN=arn)["Tags"])
            return Resource(name, state, tags, {"id": name, "arn": arn, "target_ids": [target["Id"] for target in targets]})
        return None

    @staticmethod
    def _target(target: dict[str, t.Any]) -> Item:
        transformer = target.get("InputTransformer") or {}
        return {"arn": target["Arn"], "fields": transformer.get("InputPathsMap", {}), "text": transformer.get("InputTemplate", "")}

    def placeholder(self, name: str) -> Item:
        return {"id": name, "arn": f"arn:{self.session.partition}:events:{self.session.region}:{'0' * 12}:rule/{PLACEHOLDER}", "target_ids": []}

    def normalise(self, item: Item) -> Item:
        pattern = item.get("pattern")
        targets = item.get("targets")
        return {
            **item,
            "pattern": json.loads(pattern) if isinstance(pattern, str) else pattern,
            "targets": targets and [{"arn": one["arn"], "fields": one.get("fields") or {}, "text": self._text(one.get("text") or "")} for one in targets],
        }

    @staticmethod
    def _text(text: str) -> str:
        """A template is JSON: lines for people are strings, each in quotes of its own."""
        return "\n".join(line if line.startswith('"') else f'"{line}"' for line in text.splitlines())

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # A pattern says no less than what is declared, and no more.
        return bool(wanted == current) if option == "pattern" else None

    def _put(self, name: str, item: Item, **more: t.Any) -> None:
        state = "DISABLED" if item.get("enabled") is False else "ENABLED"
        self.client.put_rule(Name=name, EventPattern=json.dumps(item["pattern"]), State=state, Description=item.get("description") or "", **more)

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self._put(name, item, Tags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if set(changes) - {"targets"}:
            self._put(resource.name, {**resource.state, **item})
        if "targets" in changes:
            wanted = {str(index): target for index, target in enumerate(changes["targets"])}
            surplus = [one for one in resource.outputs["target_ids"] if one not in wanted]
            if surplus:
                self.client.remove_targets(Rule=resource.name, Ids=surplus)
            sent = [
                {"Id": key, "Arn": target["arn"]}
                | ({"InputTransformer": {"InputPathsMap": target["fields"], "InputTemplate": target["text"]}} if target["text"] else {})
                for key, target in wanted.items()
            ]
            failed = self.client.put_targets(Rule=resource.name, Targets=sent)["FailedEntries"] if sent else []
            if failed:
                raise Problem(f"targets of {resource.name}: {', '.join(one.get('ErrorMessage', '') for one in failed)}")

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            if resource.outputs["target_ids"]:
                self.client.remove_targets(Rule=resource.name, Ids=resource.outputs["target_ids"])
            self.client.delete_rule(Name=resource.name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], Tags=dict_to_tags(tags))
