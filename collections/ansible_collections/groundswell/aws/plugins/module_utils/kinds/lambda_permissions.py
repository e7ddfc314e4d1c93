# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else in AWS may invoke a function: statements of the policies of functions and their aliases."""

from __future__ import annotations

import json
import typing as t

from ..resource import Item, Kind, Resource, owned
from ..retries import tolerated

_GONE = "ResourceNotFoundException"


class Permissions(Kind):
    """A statement. It carries no tags: it is ours because the function is and the statement's id begins with our layer's name.

    Functions may be another layer's than whoever invokes them. The name is `<function>:<alias>/<statement id>`.
    """

    module, service, noun = "lambda_permissions", "lambda", "permission"
    fixed = ("action", "principal", "source_arn", "source_account")
    disposable = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        wanted = {name.partition(":")[0] for name in names}
        listed = [one for one in self.pages("list_functions", "Functions") if one["FunctionName"] in wanted or one["FunctionName"].startswith(self.prefix)]
        for found in self.session.each(self._look, listed):
            yield from found

    def _look(self, listed: dict[str, t.Any]) -> list[Resource]:
        name = listed["FunctionName"]
        with tolerated(_GONE):
            held = self.client.list_tags(Resource=listed["FunctionArn"]).get("Tags", {})
            whose = {key: value for key, value in self.tags.items() if key != "Layer"}
            if owned(held, whose):
                aliases = [one["Name"] for one in self.pages("list_aliases", "Aliases", FunctionName=name)]
                return [resource for alias in aliases for resource in self._statements(name, alias)]
        return []

    def _statements(self, function: str, alias: str) -> t.Iterator[Resource]:
        with tolerated(_GONE):  # also where there is no policy
            policy = json.loads(self.client.get_policy(FunctionName=function, Qualifier=alias)["Policy"])
            for statement in policy["Statement"]:
                if self._ours(statement.get("Sid", "")):
                    yield Resource(f"{function}:{alias}/{statement['Sid']}", _state(statement), dict(self.tags))

    def _ours(self, statement_id: str) -> bool:
        return statement_id.partition("-")[0] == self.tags.get("Layer", "")

    def refuse(self, items: dict[str, Item]) -> list[str]:
        shaped = {name: name.partition(":")[2].partition("/") for name in items}
        problems = [f"permission {name}: the name has to be <function>:<alias>/<statement id>" for name, parts in shaped.items() if not all(parts)]
        layer = self.tags.get("Layer", "")
        return problems + [
            f"permission {name}: the statement's id has to be {layer}, or begin with {layer}-, by which it is known for ours"
            for name, parts in shaped.items()
            if all(parts) and not self._ours(parts[2])
        ]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        function, _, rest = name.partition(":")
        alias, _, statement = rest.partition("/")
        members = {"SourceArn": item.get("source_arn"), "SourceAccount": item.get("source_account")}
        self.client.add_permission(
            FunctionName=function,
            Qualifier=alias,
            StatementId=statement,
            Action=item["action"],
            Principal=item["principal"],
            **{member: value for member, value in members.items() if value},
        )

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def placeholder(self, name: str) -> Item:
        return {}

    def delete(self, resource: Resource) -> None:
        function, _, rest = resource.name.partition(":")
        alias, _, statement = rest.partition("/")
        with tolerated(_GONE):
            self.client.remove_permission(FunctionName=function, Qualifier=alias, StatementId=statement)


def _state(statement: dict[str, t.Any]) -> Item:
    """A statement in the words of the options."""
    conditions = {key.lower(): value for inner in (statement.get("Condition") or {}).values() for key, value in inner.items()}
    principal = statement.get("Principal", "")
    return {
        "action": statement.get("Action", ""),
        "principal": next(iter(principal.values()), "") if isinstance(principal, dict) else principal,
        "source_arn": conditions.get("aws:sourcearn", ""),
        "source_account": conditions.get("aws:sourceaccount", ""),
    }
