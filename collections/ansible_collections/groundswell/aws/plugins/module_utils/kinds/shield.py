# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Shield Advanced: what it protects. That an account subscribes, for a year and a price, is for people to do."""

from __future__ import annotations

import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated


class Protections(Kind):
    """Protections by name, each of one resource."""

    module, service, noun = "shield_protections", "shield", "Shield protection"
    fixed = ("resource_arn",)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        # An account without a subscription has none, and is told so in this way.
        with tolerated("ResourceNotFoundException"):
            found = [one for one in self.pages("list_protections", "Protections") if one["Name"] in names or one["Name"].startswith(self.prefix)]
            return self.session.each(self._resource, found)
        return []

    def _resource(self, raw: dict[str, t.Any]) -> Resource:
        tags = tags_to_dict(self.client.list_tags_for_resource(ResourceARN=raw["ProtectionArn"]).get("Tags"))
        return Resource(raw["Name"], {"resource_arn": raw["ResourceArn"]}, tags, {"id": raw["Id"], "arn": raw["ProtectionArn"]})

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "arn": f"arn:{self.session.partition}:shield::000000000000:protection/{PLACEHOLDER}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        if self.client.get_subscription_state()["SubscriptionState"] != "ACTIVE":
            raise Problem("this account has no subscription of Shield Advanced, and this project makes none: it is for a year, and costs 3,000 USD a month")
        self.client.create_protection(Name=name, ResourceArn=item["resource_arn"], Tags=dict_to_tags(tags))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_protection(ProtectionId=resource.outputs["id"])
