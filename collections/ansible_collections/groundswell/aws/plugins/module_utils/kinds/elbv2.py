# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Load Balancers with their listeners and rules, and target groups."""

from __future__ import annotations

import re
import typing as t

from ..compare import agrees, dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import error_code
from ..rotation import living_values

_TAGS_AT_ONCE = 20  # ARNs of one DescribeTags
_NAME = re.compile(r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?\Z")


class Elbv2Kind(Kind):
    """What load balancers and target groups have in common: unique names, tags read in bundles."""

    service = "elbv2"

    def tags_of(self, arns: list[str]) -> dict[str, dict[str, str]]:
        """Tags by ARN."""
        bundles = [arns[start : start + _TAGS_AT_ONCE] for start in range(0, len(arns), _TAGS_AT_ONCE)]
        answers = self.session.each(lambda bundle: self.client.describe_tags(ResourceArns=bundle)["TagDescriptions"], bundles)
        return {one["ResourceArn"]: tags_to_dict(one["Tags"]) for answer in answers for one in answer}

    def concerns(self, name: str, names: t.Collection[str]) -> bool:
        """Whether it may be ours or is asked for: Elastic Load Balancing cannot filter by tag."""
        return name in names or name.startswith(self.prefix)

    def placeholder_arn(self, resource: str) -> str:
        return f"arn:{self.session.partition}:elasticloadbalancing:{self.session.region}:000000000000:{resource}/{PLACEHOLDER}"

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags(ResourceArns=[resource.outputs["arn"]], Tags=dict_to_tags(tags))

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [
            f"{self.noun} {name}: a name has up to 32 letters, digits and inner hyphens and does not begin with internal- "
            "(names begin with project_name and environment_name: shorten those)"
            for name in items
            if not _NAME.match(name)
        ]


class TargetGroups(Elbv2Kind):
    module, noun = "elbv2_target_groups", "target group"
    fixed = ("vpc_id", "protocol", "port", "target_type")
    create_then_update = True
    not_yet = ((r"ResourceInUse", "", 300.0),)  # listeners of a deleted load balancer go a little after it

    # option -> (attribute, from text, to text)
    _ATTRIBUTES: t.ClassVar[dict[str, tuple[str, t.Callable[[str], t.Any]]]] = {
        "deregistration_delay": ("deregistration_delay.timeout_seconds", int),
        "slow_start": ("slow_start.duration_seconds", int),
        "algorithm": ("load_balancing.algorithm.type", str),
        "stickiness": ("stickiness.enabled", lambda text: text == "true"),
    }
    # option of health_check -> parameter
    _HEALTH: t.ClassVar[dict[str, str]] = {
        "protocol": "HealthCheckProtocol",
        "port": "HealthCheckPort",
        "path": "HealthCheckPath",
        "interval": "HealthCheckIntervalSeconds",
        "timeout": "HealthCheckTimeoutSeconds",
        "healthy_threshold": "HealthyThresholdCount",
        "unhealthy_threshold": "UnhealthyThresholdCount",
    }

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        groups = [one for one in self.pages("describe_target_groups", "TargetGroups") if self.concerns(one["TargetGroupName"], names)]
        tags = self.tags_of([group["TargetGroupArn"] for group in groups])
        return self.session.each(lambda group: self._resource(group, tags.get(group["TargetGroupArn"], {})), groups)

    def _resource(self, raw: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        arn = raw["TargetGroupArn"]
        health = {option: raw.get(parameter) for option, parameter in self._HEALTH.items()}
        health["matcher"] = raw.get("Matcher", {}).get("HttpCode")
        state = {
            "vpc_id": raw.get("VpcId"),
            "protocol": raw.get("Protocol"),
            "port": raw.get("Port"),
            "target_type": raw["TargetType"],
            "health_check": health,
            **(self._read_attributes(arn) if raw["TargetGroupName"] in self.wanted else {}),
        }
        outputs = {"arn": arn, "arn_suffix": arn.split(":", 5)[5]}
        return Resource(raw["TargetGroupName"], state, tags, outputs)

    def _read_attributes(self, arn: str) -> Item:
        raw = {one["Key"]: one["Value"] for one in self.client.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
        return {option: read(raw[key]) for option, (key, read) in self._ATTRIBUTES.items() if key in raw}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items)
        for name, item in items.items():
            if item.get("slow_start") and item.get("algorithm") in ("least_outstanding_requests", "weighted_random"):
                problems.append(f"target group {name}: slow_start goes with the algorithm round_robin only: set slow_start to 0 or change the algorithm")
            health = item.get("health_check") or {}
            if (health.get("timeout") or 0) >= (health.get("interval") or 301):
                problems.append(f"target group {name}: the health check's timeout must be shorter than its interval")
        return problems

    def placeholder(self, name: str) -> Item:
        return {"arn": self.placeholder_arn(f"targetgroup/{name}"), "arn_suffix": f"targetgroup/{name}/{PLACEHOLDER}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_target_group(
            Name=name,
            Protocol=item["protocol"],
            Port=item["port"],
            VpcId=item["vpc_id"],
            TargetType=item.get("target_type") or "instance",
            Tags=dict_to_tags(tags),
            **self._health(item.get("health_check") or {}),
        )

    def _health(self, declared: Item) -> dict[str, t.Any]:
        parameters = {self._HEALTH[option]: value for option, value in declared.items() if option in self._HEALTH and value is not None}
        return {**parameters, **({"Matcher": {"HttpCode": declared["matcher"]}} if declared.get("matcher") else {})}

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        arn = resource.outputs["arn"]
        if "health_check" in changes:
            self.client.modify_target_group(TargetGroupArn=arn, **self._health(changes["health_check"]))
        attributes = [{"Key": self._ATTRIBUTES[option][0], "Value": _text(value)} for option, value in changes.items() if option in self._ATTRIBUTES]
        if attributes:
            self.client.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)

    def delete(self, resource: Resource) -> None:
        self.client.delete_target_group(TargetGroupArn=resource.outputs["arn"])  # no error where it is gone


class LoadBalancers(Elbv2Kind):
    """Load balancers with everything on them. A listener is known by its port, a rule by its priority."""

    module, noun = "elbv2_load_balancers", "load balancer"
    fixed = ("scheme",)
    create_then_update = True
    not_yet = (
        # The bucket's policy may be some seconds old, and the certificate only just issued.
        (r"InvalidConfigurationRequest", "Access Denied for bucket", 60.0),
        (r"CertificateNotFound|UnsupportedCertificate", "", 30.0),
    )

    _ATTRIBUTES: t.ClassVar[dict[str, tuple[str, t.Callable[[str], t.Any]]]] = {
        "deletion_protection": ("deletion_protection.enabled", lambda text: text == "true"),
        "drop_invalid_headers": ("routing.http.drop_invalid_header_fields.enabled", lambda text: text == "true"),
        "http2": ("routing.http2.enabled", lambda text: text == "true"),
        "preserve_host_header": ("routing.http.preserve_host_header.enabled", lambda text: text == "true"),
        "desync_mitigation": ("routing.http.desync_mitigation_mode", str),
        "idle_timeout": ("idle_timeout.timeout_seconds", int),
        "client_keep_alive": ("client_keep_alive.seconds", int),
        "zonal_shift": ("zonal_shift.config.enabled", lambda text: text == "true"),
    }
    _LOGS: t.ClassVar[dict[str, str]] = {"access_logs": "access_logs.s3", "connection_logs": "connection_logs.s3"}

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._secrets: dict[str, list[str]] = {}  # ARN -> values, current one first; never leaves this object but for AWS

    # Reading ------------------------------------------------------------------------------------------------------------

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = [
            one
            for one in self.pages("describe_load_balancers", "LoadBalancers")
            if one["Type"] == "application" and self.concerns(one["LoadBalancerName"], names)
        ]
        tags = self.tags_of([one["LoadBalancerArn"] for one in found])
        return [one for one in self.session.each(lambda raw: self._resource(raw, tags.get(raw["LoadBalancerArn"], {})), found) if one]

    def _resource(self, raw: dict[str, t.Any], tags: dict[str, str]) -> Resource | None:
        arn = raw["LoadBalancerArn"]
        try:
            listeners = list(self.client.get_paginator("describe_listeners").paginate(LoadBalancerArn=arn).search("Listeners[]"))
            attributes, rules = {}, {one["ListenerArn"]: [] for one in listeners}
            if raw["LoadBalancerName"] in self.wanted:
                attributes = {one["Key"]: one["Value"] for one in self.client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
                rules = {listener: self._read_rules(listener) for listener in rules}
        except self.client.exceptions.ClientError as error:
            if error_code(error) in ("LoadBalancerNotFound", "ListenerNotFound"):
                return None  # gone since it was listed
            raise
        state: Item = {
            "scheme": raw["Scheme"],
            "ip_address_type": raw["IpAddressType"],
            "subnet_ids": sorted(zone["SubnetId"] for zone in raw["AvailabilityZones"]),
            "security_group_ids": sorted(raw.get("SecurityGroups", [])),
            **{option: read(attributes[key]) for option, (key, read) in self._ATTRIBUTES.items() if key in attributes},
            **{option: _log_state(attributes, key) for option, key in self._LOGS.items()},
            "listeners": [self._listener_state(one, rules[one["ListenerArn"]]) for one in sorted(listeners, key=lambda one: one["Port"])],
        }
        code = raw.get("State", {}).get("Code", "active")
        outputs = {
            "arn": arn,
            "arn_suffix": arn.partition(":loadbalancer/")[2],
            "dns_name": raw["DNSName"].lower(),
            "zone_id": raw["CanonicalHostedZoneId"],
            "listener_arns": {str(one["Port"]): one["ListenerArn"] for one in listeners},
            "rule_arns": {f"{one['Port']}/{rule['Priority']}": rule["RuleArn"] for one in listeners for rule in rules[one["ListenerArn"]]},
        }
        failure = raw["State"].get("Reason", code) if code == "failed" else ""
        return Resource(raw["LoadBalancerName"], state, tags, outputs, status=code, ready=code in ("active", "active_impaired"), failure=failure)

    def _read_rules(self, listener_arn: str) -> list[dict[str, t.Any]]:
        rules = self.client.get_paginator("describe_rules").paginate(ListenerArn=listener_arn).search("Rules[]")
        return sorted((rule for rule in rules if not rule["IsDefault"]), key=lambda rule: int(rule["Priority"]))

    def _listener_state(self, raw: dict[str, t.Any], rules: list[dict[str, t.Any]]) -> Item:
        certificates = [one["CertificateArn"] for one in raw.get("Certificates", [])]
        return {
            "port": raw["Port"],
            "protocol": raw["Protocol"],
            "ssl_policy": raw.get("SslPolicy") or None,
            "certificate_arn": certificates[0] if certificates else None,
            "default_action": _action_state(raw["DefaultActions"]),
            "rules": [
                {
                    "priority": int(rule["Priority"]),
                    "conditions": [self._condition_state(one) for one in rule["Conditions"]],
                    "action": _action_state(rule["Actions"]),
                }
                for rule in rules
            ],
        }

    def _condition_state(self, raw: dict[str, t.Any]) -> Item:
        field = raw["Field"]
        if field == "http-header":
            config = raw["HttpHeaderConfig"]
            # Which secret it is compared with, never what the secret is.
            matching = [arn for arn in self._declared_secrets() if set(self._secret_values(arn)) == set(config["Values"])]
            return {"http_header": {"name": config["HttpHeaderName"], "secret_arn": matching[0] if matching else ""}}
        for option, member in (("host_header", "HostHeaderConfig"), ("path_pattern", "PathPatternConfig"), ("source_ip", "SourceIpConfig")):
            if field == option.replace("_", "-"):
                return {option: sorted(raw.get(member, {}).get("Values") or raw.get("Values", []))}
        return {"other": field}

    def _declared_secrets(self) -> list[str]:
        return sorted(
            {
                condition["http_header"]["secret_arn"]
                for item in self.options.get("items") or ()
                for listener in item.get("listeners") or ()
                for rule in listener.get("rules") or ()
                for condition in rule["conditions"]
                if condition.get("http_header")
            }
        )

    def _secret_values(self, arn: str) -> list[str]:
        """Each value that it has, so that a rotation locks nobody out, whoever runs the layer meanwhile."""
        if arn not in self._secrets:
            self._secrets[arn] = living_values(self.session, arn)
            if not self._secrets[arn] and PLACEHOLDER not in arn:
                raise Problem(f"there is no value in secret {arn} for a listener rule to compare with")
        return self._secrets[arn]

    # Declared -------------------------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        done = dict(item)
        for option in ("subnet_ids", "security_group_ids"):
            if item.get(option) is not None:
                done[option] = sorted(item[option])
        if item.get("listeners") is not None:
            listeners = [{**listener, "rules": [self._normal_rule(rule) for rule in listener.get("rules") or ()]} for listener in item["listeners"]]
            done["listeners"] = sorted(listeners, key=lambda listener: listener["port"])
        return done

    @staticmethod
    def _normal_rule(rule: Item) -> Item:
        conditions = [
            {kind: sorted(values) if isinstance(values, list) else values for kind, values in condition.items() if values is not None}
            for condition in rule["conditions"]
        ]
        return {**rule, "conditions": conditions}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items)
        for name, item in items.items():
            listeners = item.get("listeners") or []
            problems += [
                f"load balancer {name}: the HTTPS listener on port {one['port']} needs a certificate_arn"
                for one in listeners
                if one["protocol"] == "HTTPS" and not one.get("certificate_arn")
            ]
            ports = [one["port"] for one in listeners]
            problems += [f"load balancer {name}: more than one listener on port {port}" for port in sorted({p for p in ports if ports.count(p) > 1})]
            for one in listeners:
                priorities = [rule["priority"] for rule in one["rules"]]
                if len(set(priorities)) < len(priorities):
                    problems.append(f"load balancer {name}: two rules of one priority on port {one['port']}")
        return problems

    def placeholder(self, name: str) -> Item:
        return {
            "arn": self.placeholder_arn(f"loadbalancer/app/{name}"),
            "arn_suffix": f"app/{name}/{PLACEHOLDER}",
            "dns_name": f"{PLACEHOLDER}.{self.session.region}.elb.amazonaws.com",
            "zone_id": PLACEHOLDER,
            "listener_arns": {},
            "rule_arns": {},
        }

    def predict(self, resource: Resource | None, item: Item) -> Item:
        known = dict(resource.outputs["listener_arns"]) if resource else {}
        ports = [str(listener["port"]) for listener in item.get("listeners") or ()]
        return {"listener_arns": {port: known.get(port, self.placeholder_arn(f"listener/app/{item['name']}/{PLACEHOLDER}")) for port in ports}}

    # Changing -------------------------------------------------------------------------------------------------------------

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_load_balancer(
            Name=name,
            Type="application",
            Scheme=item["scheme"],
            IpAddressType=item.get("ip_address_type") or "ipv4",
            Subnets=item["subnet_ids"],
            SecurityGroups=item["security_group_ids"],
            Tags=dict_to_tags(tags),
        )

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        arn = resource.outputs["arn"]
        # Protection comes first, so that there is no moment without it.
        attributes = [{"Key": self._ATTRIBUTES[option][0], "Value": _text(value)} for option, value in changes.items() if option in self._ATTRIBUTES]
        attributes += [entry for option, key in self._LOGS.items() if option in changes for entry in _log_attributes(key, changes[option])]
        if attributes:
            self.client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
        if "security_group_ids" in changes:
            self.client.set_security_groups(LoadBalancerArn=arn, SecurityGroups=changes["security_group_ids"])
        if "subnet_ids" in changes:
            self.client.set_subnets(LoadBalancerArn=arn, Subnets=changes["subnet_ids"])
        if "ip_address_type" in changes:
            self.client.set_ip_address_type(LoadBalancerArn=arn, IpAddressType=changes["ip_address_type"])
        if "listeners" in changes:
            self._bring_listeners(resource, changes["listeners"])

    def _bring_listeners(self, resource: Resource, wanted: list[Item]) -> None:
        current = {listener["port"]: listener for listener in resource.state["listeners"]}
        for listener in wanted:
            port = listener["port"]
            settings = {key: value for key, value in listener.items() if key != "rules"}
            if port not in current:
                arn = self.client.create_listener(
                    LoadBalancerArn=resource.outputs["arn"], Tags=self._tag_list(f"{resource.name}-{port}"), **_listener_parameters(listener)
                )["Listeners"][0]["ListenerArn"]
            else:
                arn = resource.outputs["listener_arns"][str(port)]
                if not agrees(settings, current[port]):
                    self.client.modify_listener(ListenerArn=arn, **_listener_parameters(listener))
            self._bring_rules(resource, listener, arn, current.get(port, {}).get("rules", []))
        for port in set(current) - {listener["port"] for listener in wanted}:
            self.client.delete_listener(ListenerArn=resource.outputs["listener_arns"][str(port)])

    def _bring_rules(self, resource: Resource, listener: Item, listener_arn: str, current: list[Item]) -> None:
        port, existing = listener["port"], {rule["priority"]: rule for rule in current}
        for rule in listener["rules"]:
            priority = rule["priority"]
            parameters = {"Conditions": [self._condition(one) for one in rule["conditions"]], "Actions": [_action(rule["action"])]}
            if priority not in existing:
                self.client.create_rule(ListenerArn=listener_arn, Priority=priority, Tags=self._tag_list(f"{resource.name}-{port}-{priority}"), **parameters)
            elif not agrees(rule, existing[priority]):
                self.client.modify_rule(RuleArn=resource.outputs["rule_arns"][f"{port}/{priority}"], **parameters)
        for priority in set(existing) - {rule["priority"] for rule in listener["rules"]}:
            self.client.delete_rule(RuleArn=resource.outputs["rule_arns"][f"{port}/{priority}"])

    def _tag_list(self, name: str) -> list[dict[str, str]]:
        return dict_to_tags({**self.tags, "Name": name})

    def _condition(self, declared: Item) -> dict[str, t.Any]:
        if declared.get("http_header"):
            header = declared["http_header"]
            return {
                "Field": "http-header",
                "HttpHeaderConfig": {"HttpHeaderName": header["name"], "Values": self._secret_values(header["secret_arn"])},
            }
        for option, member in (("host_header", "HostHeaderConfig"), ("path_pattern", "PathPatternConfig"), ("source_ip", "SourceIpConfig")):
            if declared.get(option):
                return {"Field": option.replace("_", "-"), member: {"Values": declared[option]}}
        raise Problem("a listener rule has a condition that names nothing")

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        arns = [resource.outputs["arn"], *resource.outputs["listener_arns"].values(), *resource.outputs["rule_arns"].values()]
        for start in range(0, len(arns), _TAGS_AT_ONCE):
            self.client.add_tags(ResourceArns=arns[start : start + _TAGS_AT_ONCE], Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        # The consent that leads here names it; the protection is against everybody else.
        arn = resource.outputs["arn"]
        if resource.state.get("deletion_protection", True):
            self.client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}])
        self.client.delete_load_balancer(LoadBalancerArn=arn)  # no error where it is gone


def _text(value: t.Any) -> str:
    """An attribute's value as AWS writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _log_state(attributes: dict[str, str], key: str) -> Item:
    """Where logs go; an empty bucket where they go nowhere."""
    if attributes.get(f"{key}.enabled") != "true":
        return {"bucket": "", "prefix": ""}
    return {"bucket": attributes.get(f"{key}.bucket", ""), "prefix": attributes.get(f"{key}.prefix", "")}


def _log_attributes(key: str, declared: Item) -> list[dict[str, str]]:
    if not declared["bucket"]:
        return [{"Key": f"{key}.enabled", "Value": "false"}]
    return [
        {"Key": f"{key}.enabled", "Value": "true"},
        {"Key": f"{key}.bucket", "Value": declared["bucket"]},
        {"Key": f"{key}.prefix", "Value": declared.get("prefix") or ""},
    ]


def _listener_parameters(listener: Item) -> dict[str, t.Any]:
    parameters: dict[str, t.Any] = {
        "Port": listener["port"],
        "Protocol": listener["protocol"],
        "DefaultActions": [_action(listener["default_action"])],
    }
    if listener.get("ssl_policy"):
        parameters["SslPolicy"] = listener["ssl_policy"]
    if listener.get("certificate_arn"):
        parameters["Certificates"] = [{"CertificateArn": listener["certificate_arn"]}]
    return parameters


def _action(declared: Item) -> dict[str, t.Any]:
    if declared.get("forward"):
        return {"Type": "forward", "TargetGroupArn": declared["forward"]}
    if declared.get("fixed_response"):
        fixed = declared["fixed_response"]
        optional = {"MessageBody": fixed["body"]} if fixed.get("body") else {}
        config = {"StatusCode": str(fixed["status"]), "ContentType": fixed.get("content_type") or "text/plain", **optional}
        return {"Type": "fixed-response", "FixedResponseConfig": config}
    if declared.get("redirect_to_https"):
        return {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}
    raise Problem("a listener has an action that does nothing: give forward, fixed_response or redirect_to_https")


def _action_state(actions: list[dict[str, t.Any]]) -> Item:
    """The last of a chain of actions, in the options' words: the ones before it authenticate, which we do not declare."""
    raw = actions[-1]
    if raw["Type"] == "forward":
        groups = raw.get("ForwardConfig", {}).get("TargetGroups", [])
        return {"forward": raw.get("TargetGroupArn") or (groups[0]["TargetGroupArn"] if len(groups) == 1 else "")}
    if raw["Type"] == "fixed-response":
        config = raw["FixedResponseConfig"]
        return {
            "fixed_response": {
                "status": int(config["StatusCode"]),
                "content_type": config.get("ContentType") or "text/plain",
                "body": config.get("MessageBody", ""),
            }
        }
    if raw["Type"] == "redirect" and raw["RedirectConfig"].get("Protocol") == "HTTPS" and raw["RedirectConfig"].get("StatusCode") == "HTTP_301":
        return {"redirect_to_https": True}
    return {"other": raw["Type"]}
