# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS WAF: IP sets, and web ACLs with their rules, their log and the resources they protect."""

from __future__ import annotations

import typing as t

from ..compare import agrees, dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated

_EDGE_REGION = "us-east-1"  # where WAF keeps what belongs to CloudFront
_PAGE = 100
_STATEMENTS = ("managed_group", "rate_limit", "ip_set_arn", "countries")  # what a rule may match by
# What a path is made to look like before it is compared, so that nobody gets past a limit by writing it otherwise.
_PLAIN_PATH = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "NORMALIZE_PATH"}, {"Priority": 2, "Type": "LOWERCASE"}]
# Fresh web ACLs and load balancers are not known everywhere at once, and whatever was taken off a web ACL leaves it with a delay.
_NOT_YET = ((r"WAFUnavailableEntityException", "", 300.0), (r"WAFAssociatedItemException", "", 300.0))


class Wafv2Kind(Kind):
    """What IP sets and web ACLs have in common: a scope, an id, and a lock token without which nothing is changed."""

    service = "wafv2"
    not_yet = _NOT_YET
    resource_type = ""  # in ARNs
    what = ""  # in names of operations and members: "IPSet"

    def ask(self, verb: str, **parameters: t.Any) -> dict[str, t.Any]:
        """One of this kind's operations: `ask("list")` is ListIPSets."""
        snake = {"IPSet": "ip_set", "WebACL": "web_acl"}[self.what]
        return t.cast("dict[str, t.Any]", getattr(self.client, f"{verb}_{snake}{'s' if verb == 'list' else ''}")(**parameters))

    def listed(self, names: t.Collection[str]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        """(scope, summary) of what may be ours. WAF has no paginators and no filter by tag."""
        for scope in ("REGIONAL", "CLOUDFRONT") if self.session.region == _EDGE_REGION else ("REGIONAL",):
            marker: dict[str, str] = {}
            while True:
                answer = self.ask("list", Scope=scope, Limit=_PAGE, **marker)
                summaries = answer.get(f"{self.what}s", [])
                yield from ((scope, one) for one in summaries if one["Name"] in names or one["Name"].startswith(self.prefix))
                if not answer.get("NextMarker") or not summaries:
                    break
                marker = {"NextMarker": answer["NextMarker"]}

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        return [found for found in self.session.each(lambda pair: self._look(*pair), list(self.listed(names))) if found]

    def _look(self, scope: str, summary: dict[str, t.Any]) -> Resource | None:
        with tolerated("WAFNonexistentItemException"):
            tags = self.client.list_tags_for_resource(ResourceARN=summary["ARN"])["TagInfoForResource"]["TagList"]
            raw = self.ask("get", Name=summary["Name"], Scope=scope, Id=summary["Id"])[self.what]
            state = {"scope": scope, "description": raw.get("Description", ""), **self.state(raw, scope)}
            return Resource(summary["Name"], state, tags_to_dict(tags), {"id": summary["Id"], "arn": summary["ARN"]})
        return None  # gone since it was listed

    def state(self, raw: dict[str, t.Any], scope: str) -> Item:
        """The options that are peculiar to a kind."""
        raise NotImplementedError

    def locked(self, resource: Resource) -> dict[str, t.Any]:
        """What names it in a change: the token is as fresh as it can be, because every change makes a new one."""
        named = {"Name": resource.name, "Scope": resource.state["scope"], "Id": resource.outputs["id"]}
        return {**named, "LockToken": self.ask("get", **named)["LockToken"]}

    def placeholder(self, name: str) -> Item:
        region = self.session.region
        return {"id": PLACEHOLDER, "arn": f"arn:{self.session.partition}:wafv2:{region}:000000000000:regional/{self.resource_type}/{name}/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        return {**item, "scope": item.get("scope") or "REGIONAL"}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"{self.noun} {name}: the scope CLOUDFRONT exists in {_EDGE_REGION} only, this is {self.session.region}"
            for name, item in items.items()
            if item["scope"] == "CLOUDFRONT" and self.session.region != _EDGE_REGION
        ]

    def delete(self, resource: Resource) -> None:
        with tolerated("WAFNonexistentItemException"):
            self.ask("delete", **self.locked(resource))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceARN=resource.outputs["arn"], Tags=dict_to_tags(tags))


class IpSets(Wafv2Kind):
    module, noun, what, resource_type = "wafv2_ip_sets", "IP set", "IPSet", "ipset"
    fixed = ("scope", "ip_version")

    def state(self, raw: dict[str, t.Any], scope: str) -> Item:
        return {"ip_version": raw["IPAddressVersion"], "addresses": sorted(raw["Addresses"])}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return super().refuse(items) + [
            f"IP set {name}: {address} is everything, which WAF does not take"
            for name, item in items.items()
            for address in item.get("addresses") or ()
            if address.endswith("/0")
        ]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_ip_set(
            Name=name,
            Scope=item["scope"],
            IPAddressVersion=item.get("ip_version") or "IPV4",
            Addresses=item["addresses"],
            Tags=dict_to_tags(tags),
            **_described(item),
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        merged = {**resource.state, **changes}
        self.client.update_ip_set(**self.locked(resource), Addresses=merged["addresses"], **_described(merged))


class WebAcls(Wafv2Kind):
    """Web ACLs. An update replaces the whole, so what nobody declared is sent back as it was found."""

    module, noun, what, resource_type = "wafv2_web_acls", "web ACL", "WebACL", "webacl"
    fixed = ("scope",)
    create_then_update = True

    def state(self, raw: dict[str, t.Any], scope: str) -> Item:
        resources = self._protected(raw["ARN"]) if scope == "REGIONAL" else []  # CloudFront keeps it in the distribution
        return {
            "default_action": next(iter(raw["DefaultAction"])).lower(),
            "rules": sorted((_rule_state(rule) for rule in raw["Rules"]), key=lambda rule: rule["priority"]),
            "resource_arns": resources,
            **self._logging(raw["ARN"]),
        }

    def _protected(self, arn: str) -> list[str]:
        return sorted(self.client.list_resources_for_web_acl(WebACLArn=arn, ResourceType="APPLICATION_LOAD_BALANCER").get("ResourceArns", []))

    def _logging(self, arn: str) -> Item:
        with tolerated("WAFNonexistentItemException"):
            config = self.client.get_logging_configuration(ResourceArn=arn)["LoggingConfiguration"]
            redacted = [field["SingleHeader"]["Name"].lower() for field in config.get("RedactedFields") or () if "SingleHeader" in field]
            return {"log_destination_arn": _bare(config["LogDestinationConfigs"][0]), "redacted_headers": sorted(redacted)}
        return {"log_destination_arn": "", "redacted_headers": []}

    def normalise(self, item: Item) -> Item:
        done = super().normalise(item)
        if item.get("log_destination_arn"):
            done["log_destination_arn"] = _bare(item["log_destination_arn"])
        if item.get("redacted_headers") is not None:
            done["redacted_headers"] = sorted(name.lower() for name in item["redacted_headers"])
        if item.get("rules") is not None:
            done["rules"] = sorted(({**rule, "action": _default_action(rule), **_plain(rule)} for rule in item["rules"]), key=lambda rule: rule["priority"])
        return done

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items)
        for name, item in items.items():
            rules = item.get("rules") or []
            for key in ("name", "priority"):
                values = [rule[key] for rule in rules]
                problems += [f"web ACL {name}: more than one rule of {key} {value}" for value in sorted({v for v in values if values.count(v) > 1})]
            for rule in rules:
                if sum(rule.get(key) is not None for key in _STATEMENTS) != 1:
                    problems.append(f"web ACL {name}: rule {rule['name']} needs one of {', '.join(_STATEMENTS[:-1])} and {_STATEMENTS[-1]}")
            if item["scope"] == "CLOUDFRONT" and item.get("resource_arns"):
                problems.append(f"web ACL {name}: a distribution names its web ACL itself, resource_arns is for load balancers")
        return problems

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # With its rules from the first moment: an ACL without them would let everything pass.
        self.client.create_web_acl(
            Name=name, Scope=item["scope"], Tags=dict_to_tags(tags), **self._settings(name, item, [_rule(rule) for rule in item.get("rules") or ()])
        )

    @staticmethod
    def _settings(name: str, settings: Item, rules: list[dict[str, t.Any]]) -> dict[str, t.Any]:
        return {
            "DefaultAction": {(settings.get("default_action") or "allow").capitalize(): {}},
            "Rules": rules,
            "VisibilityConfig": _visibility(name),
            **_described(settings),
        }

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        arn = resource.outputs["arn"]
        if {"default_action", "rules", "description"} & set(changes):
            self._update_rules(resource, changes)
        if "log_destination_arn" in changes or "redacted_headers" in changes:
            self._set_logging(arn, {**resource.state, **changes})
        if "resource_arns" in changes:
            for protected in set(changes["resource_arns"]) - set(resource.state["resource_arns"]):
                self.client.associate_web_acl(WebACLArn=arn, ResourceArn=protected)
            for protected in set(resource.state["resource_arns"]) - set(changes["resource_arns"]):
                self.client.disassociate_web_acl(ResourceArn=protected)

    def _update_rules(self, resource: Resource, changes: Item) -> None:
        named = {"Name": resource.name, "Scope": resource.state["scope"], "Id": resource.outputs["id"]}
        found = self.client.get_web_acl(**named)
        raw = found["WebACL"]
        current = {rule["Name"]: rule for rule in raw["Rules"]}
        rules = list(raw["Rules"])
        if "rules" in changes:
            # A rule that is as declared goes back as it is: it may have more to it than our options say.
            kept = {name: rule for name, rule in current.items() if any(agrees(one, _rule_state(rule)) for one in changes["rules"] if one["name"] == name)}
            rules = [kept.get(one["name"]) or _rule(one) for one in changes["rules"]]
        more = {key: raw[key] for key in ("CustomResponseBodies", "CaptchaConfig", "ChallengeConfig", "TokenDomains", "AssociationConfig") if raw.get(key)}
        settings = {**resource.state, **changes}
        self.client.update_web_acl(
            **named, LockToken=found["LockToken"], **{**self._settings(resource.name, settings, rules), "VisibilityConfig": raw["VisibilityConfig"]}, **more
        )

    def _set_logging(self, arn: str, settings: Item) -> None:
        if not settings["log_destination_arn"]:
            self.client.delete_logging_configuration(ResourceArn=arn)
            return
        self.client.put_logging_configuration(
            LoggingConfiguration={
                "ResourceArn": arn,
                "LogDestinationConfigs": [settings["log_destination_arn"]],
                "RedactedFields": [{"SingleHeader": {"Name": name}} for name in settings["redacted_headers"]],
            }
        )

    def delete(self, resource: Resource) -> None:
        for protected in resource.state["resource_arns"]:
            self.client.disassociate_web_acl(ResourceArn=protected)
        if resource.state["log_destination_arn"]:
            with tolerated("WAFNonexistentItemException"):
                self.client.delete_logging_configuration(ResourceArn=resource.outputs["arn"])
        super().delete(resource)


def _bare(arn: str) -> str:
    """A log group's ARN without the `:*` that CloudWatch Logs puts behind it and WAF does not take."""
    return arn.removesuffix(":*")


def _described(item: Item) -> dict[str, str]:
    return {"Description": item["description"]} if item.get("description") else {}


def _visibility(name: str) -> dict[str, t.Any]:
    return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": name}


def _default_action(rule: Item) -> str:
    """`group` leaves the decision to the rules of a managed group; everything else blocks unless told otherwise."""
    return t.cast(str, rule.get("action") or ("group" if rule.get("managed_group") else "block"))


def _plain(rule: Item) -> Item:
    """Paths and countries as WAF shows them."""
    plain: Item = {}
    if rule.get("rate_limit"):
        plain["rate_limit"] = {**rule["rate_limit"], "path": (rule["rate_limit"].get("path") or "").lower()}
    if rule.get("countries"):
        plain["countries"] = {"codes": sorted(rule["countries"]["codes"]), "others": bool(rule["countries"].get("others"))}
    return plain


def _rule(declared: Item) -> dict[str, t.Any]:
    """A rule in WAF's words."""
    action = declared["action"]
    rule: dict[str, t.Any] = {
        "Name": declared["name"],
        "Priority": declared["priority"],
        "Statement": _statement(declared),
        "VisibilityConfig": _visibility(declared["name"]),
    }
    if declared.get("managed_group"):
        # Groups have actions of their own, which can only be overridden.
        rule["OverrideAction"] = {"Count" if action == "count" else "None": {}}
    else:
        rule["Action"] = {action.capitalize(): {}}
    return rule


def _statement(declared: Item) -> dict[str, t.Any]:
    if declared.get("managed_group"):
        group = declared["managed_group"]
        statement: dict[str, t.Any] = {"VendorName": group.get("vendor") or "AWS", "Name": group["name"]}
        if group.get("version"):
            statement["Version"] = group["version"]
        if group.get("counted_rules"):
            statement["RuleActionOverrides"] = [{"Name": name, "ActionToUse": {"Count": {}}} for name in group["counted_rules"]]
        return {"ManagedRuleGroupStatement": statement}
    if declared.get("rate_limit"):
        rate = declared["rate_limit"]
        statement = {"Limit": rate["limit"], "EvaluationWindowSec": rate.get("window") or 300, "AggregateKeyType": "IP"}
        if rate.get("forwarded_header"):
            statement["AggregateKeyType"] = "FORWARDED_IP"
            statement["ForwardedIPConfig"] = {"HeaderName": rate["forwarded_header"], "FallbackBehavior": "NO_MATCH"}
        if rate.get("path"):
            path = {"SearchString": rate["path"].lower(), "FieldToMatch": {"UriPath": {}}, "PositionalConstraint": "STARTS_WITH"}
            statement["ScopeDownStatement"] = {"ByteMatchStatement": {**path, "TextTransformations": _PLAIN_PATH}}
        return {"RateBasedStatement": statement}
    if declared.get("countries"):
        match = {"GeoMatchStatement": {"CountryCodes": sorted(declared["countries"]["codes"])}}
        return {"NotStatement": {"Statement": match}} if declared["countries"].get("others") else match
    if declared.get("ip_set_arn"):
        return {"IPSetReferenceStatement": {"ARN": declared["ip_set_arn"]}}
    raise Problem(f"rule {declared['name']} says nothing to match")


def _rule_state(raw: dict[str, t.Any]) -> Item:
    """A rule of WAF's in the options' words; `other` where our options cannot say it."""
    action = "group" if "None" in raw.get("OverrideAction", {}) else next(iter(raw.get("Action") or raw.get("OverrideAction") or {"": {}})).lower()
    state: Item = {"name": raw["Name"], "priority": raw["Priority"], "action": action}
    kind, statement = next(iter(raw["Statement"].items()))
    if kind == "ManagedRuleGroupStatement":
        counted = [one["Name"] for one in statement.get("RuleActionOverrides") or () if "Count" in one["ActionToUse"]]
        state["managed_group"] = {
            "vendor": statement["VendorName"],
            "name": statement["Name"],
            "version": statement.get("Version"),
            "counted_rules": sorted(counted),
        }
    elif kind == "RateBasedStatement" and statement["AggregateKeyType"] in ("IP", "FORWARDED_IP") and _path(statement) is not None:
        state["rate_limit"] = {
            "path": _path(statement),
            "limit": statement["Limit"],
            "window": statement.get("EvaluationWindowSec", 300),
            "forwarded_header": statement.get("ForwardedIPConfig", {}).get("HeaderName") or "",
        }
    elif kind == "GeoMatchStatement":
        state["countries"] = {"codes": sorted(statement["CountryCodes"]), "others": False}
    elif kind == "NotStatement" and "GeoMatchStatement" in statement["Statement"]:
        state["countries"] = {"codes": sorted(statement["Statement"]["GeoMatchStatement"]["CountryCodes"]), "others": True}
    elif kind == "IPSetReferenceStatement":
        state["ip_set_arn"] = statement["ARN"]
    else:
        state["other"] = kind
    return state


def _path(rate: dict[str, t.Any]) -> str | None:
    """What paths that a limit counts begin with; empty where it counts all, None where our options cannot say what it counts."""
    narrower = rate.get("ScopeDownStatement")
    if not narrower:
        return ""
    match = narrower.get("ByteMatchStatement", {})
    plain = [one["Type"] for one in sorted(match.get("TextTransformations", []), key=lambda one: one["Priority"])]
    if "UriPath" not in match.get("FieldToMatch", {}) or match["PositionalConstraint"] != "STARTS_WITH" or plain != [one["Type"] for one in _PLAIN_PATH]:
        return None
    text = match["SearchString"]
    return text.decode() if isinstance(text, bytes) else t.cast(str, text)
