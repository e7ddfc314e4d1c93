# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFront: distributions and what they refer to. A service without regions, reached in us-east-1."""

from __future__ import annotations

import copy
import re
import threading
import time
import typing as t
import uuid

from ..compare import dict_to_tags, tags_to_dict
from ..resource import OWNERSHIP, PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

# What was just made may not be known to the next call yet; what was just taken out of a distribution still counts as used for a while.
_NOT_YET = (
    (r"InvalidViewerCertificate|InvalidOriginAccessControl|InvalidWebACLId", "", 45.0),
    (r"\w+InUse", "", 120.0),
)
# Another change came between reading the configuration and writing it, or the answer to our own change got lost.
_STALE = ("InvalidIfMatchVersion", "PreconditionFailed")
_METHODS = {
    "read": ["GET", "HEAD"],
    "read_options": ["GET", "HEAD", "OPTIONS"],
    "all": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
}


def listed(values: t.Iterable[t.Any]) -> dict[str, t.Any]:
    """A list as CloudFront takes it."""
    items = list(values)
    return {"Quantity": len(items), **({"Items": items} if items else {})}


def unlisted(value: dict[str, t.Any] | None) -> list[t.Any]:
    """A list of CloudFront's as a list."""
    return (value or {}).get("Items") or []


class CloudFrontKind(Kind):
    """What CloudFront's resources have in common: every change names the version it changes."""

    service = "cloudfront"
    not_yet = _NOT_YET

    def versioned(self, change: t.Callable[[], t.Any]) -> None:
        """Carry out `change`, which reads the current version and writes the next, again if the version was stale."""
        for attempt in range(3):
            try:
                change()
                return
            except botocore.exceptions.ClientError as error:
                if error_code(error) not in _STALE or attempt == 2:
                    raise

    def gone(self, remove: t.Callable[[], t.Any]) -> None:
        """A removal that does not mind when the thing is gone."""
        try:
            self.versioned(remove)
        except botocore.exceptions.ClientError as error:
            if not error_code(error).startswith("NoSuch"):
                raise

    def listing(self, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        """Everything that an operation lists: not all of CloudFront's lists have a paginator."""
        found, marker = [], ""
        while True:
            page = getattr(self.client, operation)(**parameters, **({"Marker": marker} if marker else {}))[result]
            found += page.get("Items") or []
            marker = page.get("NextMarker", "")
            if not marker:
                return found

    def resource_tags(self, arn: str) -> dict[str, str]:
        """The tags of a distribution or function."""
        return tags_to_dict(self.client.list_tags_for_resource(Resource=arn)["Tags"].get("Items"))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(Resource=resource.outputs["arn"], Tags={"Items": dict_to_tags(tags)})


class SignedKind(CloudFrontKind):
    """Kinds that take no tags: their description says whose they are, in the words of the tags."""

    longest_description = 128

    @staticmethod
    def tags_from(description: str) -> dict[str, str]:
        """The tags that a description holds."""
        return dict(re.findall(rf"\b({'|'.join(OWNERSHIP)})=(\S+)", description))

    def signature(self, tags: dict[str, str]) -> str:
        """The description that holds these tags."""
        text = " ".join(f"{key}={tags[key]}" for key in OWNERSHIP if key in tags)
        if len(text) > self.longest_description:
            raise Problem(f"{self.noun}: ownership is kept in its description, which takes {self.longest_description} characters: {text}")
        return text

    def hand_over(self, name: str) -> str:
        return f"write this into its description to hand it over: {self.signature(self.tags)}"

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.write(resource, {}, {**resource.tags, **tags})

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.write(resource, changes, resource.tags)

    def write(self, resource: Resource, changes: Item, tags: dict[str, str]) -> None:
        """Bring the options to their values and the description to the tags."""
        raise NotImplementedError


class OriginAccessControls(SignedKind):
    module, noun = "cloudfront_origin_access_controls", "origin access control"
    longest_description = 256

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for control in self.listing("list_origin_access_controls", "OriginAccessControlList"):
            state = {"origin_type": control["OriginAccessControlOriginType"], "signing": control["SigningBehavior"]}
            yield Resource(control["Name"], state, self.tags_from(control.get("Description", "")), {"id": control["Id"]})

    def _config(self, name: str, state: Item, tags: dict[str, str]) -> dict[str, t.Any]:
        return {
            "Name": name,
            "Description": self.signature(tags),
            "SigningProtocol": "sigv4",
            "SigningBehavior": state.get("signing") or "always",
            "OriginAccessControlOriginType": state.get("origin_type") or "s3",
        }

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_origin_access_control(OriginAccessControlConfig=self._config(name, item, tags))

    def write(self, resource: Resource, changes: Item, tags: dict[str, str]) -> None:
        identifier = resource.outputs["id"]

        def change() -> None:
            current = self.client.get_origin_access_control(Id=identifier)
            config = self._config(resource.name, {**resource.state, **changes}, tags)
            self.client.update_origin_access_control(Id=identifier, IfMatch=current["ETag"], OriginAccessControlConfig=config)

        self.versioned(change)

    def delete(self, resource: Resource) -> None:
        identifier = resource.outputs["id"]
        self.gone(lambda: self.client.delete_origin_access_control(Id=identifier, IfMatch=self.client.get_origin_access_control(Id=identifier)["ETag"]))


class PolicyKind(SignedKind):
    """Cache, origin request and response headers policies: three of a kind, told apart by the names of their operations."""

    policy = ""  # "cache_policy"
    shape = ""  # "CachePolicy"
    plural = ""  # "list_cache_policies"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for entry in self.listing(self.plural, f"{self.shape}List", Type="custom"):
            policy = entry[self.shape]
            config = policy[f"{self.shape}Config"]
            yield Resource(config["Name"], self.state(config), self.tags_from(config.get("Comment", "")), {"id": policy["Id"]})

    def state(self, config: dict[str, t.Any]) -> Item:
        """A configuration in the words of the options."""
        raise NotImplementedError

    def config(self, options: Item) -> dict[str, t.Any]:
        """The part of a configuration that the options give."""
        raise NotImplementedError

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        config = {"Name": name, "Comment": self.signature(tags), **self.config(item)}
        getattr(self.client, f"create_{self.policy}")(**{f"{self.shape}Config": config})

    def write(self, resource: Resource, changes: Item, tags: dict[str, str]) -> None:
        identifier = resource.outputs["id"]

        def change() -> None:
            current = getattr(self.client, f"get_{self.policy}")(Id=identifier)
            config = {
                **current[self.shape][f"{self.shape}Config"],
                **self.config({**resource.state, **changes}),
                "Comment": self.signature(tags),
            }
            getattr(self.client, f"update_{self.policy}")(Id=identifier, IfMatch=current["ETag"], **{f"{self.shape}Config": config})

        self.versioned(change)

    def delete(self, resource: Resource) -> None:
        identifier = resource.outputs["id"]
        self.gone(
            lambda: getattr(self.client, f"delete_{self.policy}")(Id=identifier, IfMatch=getattr(self.client, f"get_{self.policy}")(Id=identifier)["ETag"])
        )

    # (option, its behaviour option, CloudFront's configuration, behaviour and list) of the values that a policy selects.
    _SELECTIONS = (
        ("headers", "headers_behavior", "HeadersConfig", "HeaderBehavior", "Headers"),
        ("cookies", "cookies_behavior", "CookiesConfig", "CookieBehavior", "Cookies"),
        ("query_strings", "query_strings_behavior", "QueryStringsConfig", "QueryStringBehavior", "QueryStrings"),
    )

    def selected(self, config: dict[str, t.Any]) -> Item:
        """Which headers, cookies and query strings a configuration selects."""
        state: Item = {}
        for option, behavior, member, key, values in self._SELECTIONS:
            state[behavior] = config[member][key]
            state[option] = sorted(unlisted(config[member].get(values)))
        return state

    def selection(self, options: Item) -> dict[str, t.Any]:
        """The configuration of a selection."""
        config = {}
        for option, behavior, member, key, values in self._SELECTIONS:
            chosen = options.get(option) or []
            config[member] = {key: options.get(behavior) or "none", **({values: listed(chosen)} if chosen else {})}
        return config


class CachePolicies(PolicyKind):
    module, noun = "cloudfront_cache_policies", "cache policy"
    policy, shape, plural = "cache_policy", "CachePolicy", "list_cache_policies"

    def state(self, config: dict[str, t.Any]) -> Item:
        key = config["ParametersInCacheKeyAndForwardedToOrigin"]
        return {
            "min_ttl": config["MinTTL"],
            "default_ttl": config.get("DefaultTTL"),
            "max_ttl": config.get("MaxTTL"),
            "gzip": key["EnableAcceptEncodingGzip"],
            "brotli": key.get("EnableAcceptEncodingBrotli", False),
            **self.selected(key),
        }

    def config(self, options: Item) -> dict[str, t.Any]:
        times = {"MinTTL": options.get("min_ttl") or 0}
        times |= {name: options[option] for option, name in (("default_ttl", "DefaultTTL"), ("max_ttl", "MaxTTL")) if options.get(option) is not None}
        key = {
            "EnableAcceptEncodingGzip": bool(options.get("gzip")),
            "EnableAcceptEncodingBrotli": bool(options.get("brotli")),
            **self.selection(options),
        }
        return {**times, "ParametersInCacheKeyAndForwardedToOrigin": key}


class OriginRequestPolicies(PolicyKind):
    module, noun = "cloudfront_origin_request_policies", "origin request policy"
    policy, shape, plural = "origin_request_policy", "OriginRequestPolicy", "list_origin_request_policies"

    def state(self, config: dict[str, t.Any]) -> Item:
        return self.selected(config)

    def config(self, options: Item) -> dict[str, t.Any]:
        return self.selection(options)


class ResponseHeadersPolicies(PolicyKind):
    module, noun = "cloudfront_response_headers_policies", "response headers policy"
    policy, shape, plural = "response_headers_policy", "ResponseHeadersPolicy", "list_response_headers_policies"

    def state(self, config: dict[str, t.Any]) -> Item:
        security = config.get("SecurityHeadersConfig") or {}
        transport = security.get("StrictTransportSecurity") or {}
        return {
            "hsts_seconds": transport.get("AccessControlMaxAgeSec", 0),
            "hsts_subdomains": transport.get("IncludeSubdomains", False),
            "content_security_policy": (security.get("ContentSecurityPolicy") or {}).get("ContentSecurityPolicy", ""),
            "nosniff": "ContentTypeOptions" in security,
            "frame": (security.get("FrameOptions") or {}).get("FrameOption", "").lower(),
            "referrer": (security.get("ReferrerPolicy") or {}).get("ReferrerPolicy", ""),
            "custom": [{"name": one["Header"], "value": one["Value"]} for one in unlisted(config.get("CustomHeadersConfig"))],
            "remove": sorted(one["Header"] for one in unlisted(config.get("RemoveHeadersConfig"))),
        }

    def config(self, options: Item) -> dict[str, t.Any]:
        security: dict[str, t.Any] = {}
        if options.get("hsts_seconds"):
            security["StrictTransportSecurity"] = {
                "Override": True,
                "AccessControlMaxAgeSec": options["hsts_seconds"],
                "IncludeSubdomains": bool(options.get("hsts_subdomains")),
                "Preload": False,
            }
        # The application may say more about its own pages than the edge can know, so these two give way to it.
        if options.get("content_security_policy"):
            security["ContentSecurityPolicy"] = {"Override": False, "ContentSecurityPolicy": options["content_security_policy"]}
        if options.get("frame"):
            security["FrameOptions"] = {"Override": False, "FrameOption": options["frame"].upper()}
        if options.get("nosniff"):
            security["ContentTypeOptions"] = {"Override": True}
        if options.get("referrer"):
            security["ReferrerPolicy"] = {"Override": False, "ReferrerPolicy": options["referrer"]}
        removed = options.get("remove") or []
        custom = [{"Header": one["name"], "Value": one["value"], "Override": False} for one in options.get("custom") or ()]
        return {
            "SecurityHeadersConfig": security,
            "CustomHeadersConfig": listed(custom),
            "RemoveHeadersConfig": listed({"Header": name} for name in removed),
        }


class Functions(CloudFrontKind):
    module, noun = "cloudfront_functions", "CloudFront function"
    create_then_update = True  # a function works once it is published

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = [
            one for one in self.listing("list_functions", "FunctionList", Stage="DEVELOPMENT") if one["Name"].startswith(self.prefix) or one["Name"] in names
        ]
        return self.session.each(self._look, found)

    def _look(self, summary: dict[str, t.Any]) -> Resource:
        name, arn = summary["Name"], summary["FunctionMetadata"]["FunctionARN"]
        outputs = {"arn": arn}
        try:
            code = self.client.get_function(Name=name, Stage="LIVE")["FunctionCode"].read().decode()
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "NoSuchFunctionExists":
                raise
            code = None
        state = {"code": code, "runtime": summary["FunctionConfig"]["Runtime"], "description": summary["FunctionConfig"].get("Comment", "")}
        return Resource(name, state, self.resource_tags(arn), outputs, status="LIVE" if code is not None else "DEVELOPMENT", ready=code is not None)

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:aws:cloudfront::{'0' * 12}:function/{PLACEHOLDER}"}

    def normalise(self, item: Item) -> Item:
        return {**item, "runtime": item.get("runtime") or "cloudfront-js-2.0"}

    @staticmethod
    def _config(state: Item) -> dict[str, t.Any]:
        return {"Comment": state.get("description") or "", "Runtime": state["runtime"]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_function(Name=name, FunctionConfig=self._config(item), FunctionCode=item["code"].encode(), Tags={"Items": dict_to_tags(tags)})

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        wanted = {**resource.state, **changes}

        def change() -> None:
            version = self.client.describe_function(Name=resource.name, Stage="DEVELOPMENT")["ETag"]
            version = self.client.update_function(
                Name=resource.name, IfMatch=version, FunctionConfig=self._config(wanted), FunctionCode=wanted["code"].encode()
            )["ETag"]
            self.client.publish_function(Name=resource.name, IfMatch=version)

        self.versioned(change)

    def delete(self, resource: Resource) -> None:
        def remove() -> None:
            version = self.client.describe_function(Name=resource.name, Stage="DEVELOPMENT")["ETag"]
            self.client.delete_function(Name=resource.name, IfMatch=version)

        self.gone(remove)


class Distributions(CloudFrontKind):
    """A distribution is found by its comment, which is its name, and is ours by its tags.

    Changes are laid over the configuration as it is, so that what no option names stays as somebody set it.
    """

    module, noun = "cloudfront_distributions", "distribution"
    ordered = ("behaviors",)  # the first path that matches decides

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        # CloudFront refuses a second distribution with the same reference: a creation whose answer got lost is not repeated.
        self._run = uuid.uuid4().hex
        self._secret_arns: set[str] = set()
        self._secret_values: dict[str, str] = {}
        self._reading = threading.Lock()

    # Reading ----------------------------------------------------------------------------------------------------------

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found = [one for one in self.pages("list_distributions", "DistributionList.Items") if self._may_be_ours(one.get("Comment", ""), names)]
        return [resource for resource in self.session.each(self._look, found) if resource]

    def _may_be_ours(self, comment: str, names: t.Collection[str]) -> bool:
        return comment.startswith(self.prefix) or comment in names

    def _look(self, summary: dict[str, t.Any]) -> Resource | None:
        if summary["Comment"] not in self.wanted:
            return self._resource(summary, {"enabled": summary["Enabled"]})
        try:
            distribution = self.client.get_distribution(Id=summary["Id"])["Distribution"]
        except botocore.exceptions.ClientError as error:
            if error_code(error) == "NoSuchDistribution":
                return None
            raise
        config = distribution["DistributionConfig"]
        return self._resource({**distribution, "Comment": config["Comment"]}, self._state(config))

    def _resource(self, shown: dict[str, t.Any], state: Item) -> Resource:
        outputs = {"id": shown["Id"], "arn": shown["ARN"], "domain_name": shown["DomainName"]}
        return Resource(shown["Comment"], state, self.resource_tags(shown["ARN"]), outputs, status=shown["Status"], ready=shown["Status"] == "Deployed")

    def _state(self, config: dict[str, t.Any]) -> Item:
        certificate = config.get("ViewerCertificate") or {}
        return {
            "enabled": config["Enabled"],
            "aliases": sorted(unlisted(config.get("Aliases"))),
            "certificate_arn": certificate.get("ACMCertificateArn", ""),
            "minimum_protocol": certificate.get("MinimumProtocolVersion", ""),
            "http_version": config.get("HttpVersion", ""),
            "ipv6": config.get("IsIPV6Enabled", False),
            "price_class": config.get("PriceClass", ""),
            "default_root_object": config.get("DefaultRootObject", ""),
            "web_acl_arn": config.get("WebACLId", ""),
            "origins": [self._origin_state(origin) for origin in unlisted(config["Origins"])],
            "origin_groups": [self._group_state(group) for group in unlisted(config.get("OriginGroups"))],
            "default_behavior": self._behavior_state(config["DefaultCacheBehavior"]),
            "behaviors": [{"path": one["PathPattern"], **self._behavior_state(one)} for one in unlisted(config.get("CacheBehaviors"))],
            "error_pages": [
                {
                    "code": page["ErrorCode"],
                    "path": page.get("ResponsePagePath", ""),
                    "response_code": int(page.get("ResponseCode") or page["ErrorCode"]),
                    "seconds": page.get("ErrorCachingMinTTL"),
                }
                for page in unlisted(config.get("CustomErrorResponses"))
            ],
        }

    def _origin_state(self, origin: dict[str, t.Any]) -> Item:
        custom = origin.get("CustomOriginConfig") or {}
        return {
            "id": origin["Id"],
            "domain_name": origin["DomainName"],
            "path": origin.get("OriginPath", ""),
            "origin_access_control_id": origin.get("OriginAccessControlId", ""),
            "read_timeout": custom.get("OriginReadTimeout"),
            "secret_headers": [self._known_secret(header) for header in unlisted(origin.get("CustomHeaders"))],
        }

    @staticmethod
    def _group_state(group: dict[str, t.Any]) -> Item:
        first, second = (member["OriginId"] for member in unlisted(group["Members"]))
        return {"id": group["Id"], "first": first, "second": second, "statuses": sorted(unlisted(group["FailoverCriteria"]["StatusCodes"]))}

    def _known_secret(self, header: dict[str, str]) -> Item:
        """A header of an origin, with the secret that its value comes from instead of the value."""
        source = next((arn for arn in sorted(self._secret_arns) if self._secret(arn) == header["HeaderValue"]), "")
        return {"name": header["HeaderName"], "secret_arn": source}

    def _secret(self, arn: str) -> str:
        """The value of a secret, which goes nowhere but to CloudFront. Empty where there is no such secret yet."""
        if PLACEHOLDER in arn:
            return ""
        with self._reading:
            if arn not in self._secret_values:
                client = self.session.client("secretsmanager", region=arn.split(":")[3])
                self._secret_values[arn] = client.get_secret_value(SecretId=arn)["SecretString"]
            return self._secret_values[arn]

    @staticmethod
    def _behavior_state(behavior: dict[str, t.Any]) -> Item:
        methods = set(unlisted(behavior.get("AllowedMethods"))) or set(_METHODS["read"])
        return {
            "origin": behavior["TargetOriginId"],
            "viewer_protocol": behavior["ViewerProtocolPolicy"],
            "methods": next((word for word, verbs in _METHODS.items() if set(verbs) == methods), "other"),
            "compress": behavior.get("Compress", False),
            "cache_policy_id": behavior.get("CachePolicyId", ""),
            "origin_request_policy_id": behavior.get("OriginRequestPolicyId", ""),
            "response_headers_policy_id": behavior.get("ResponseHeadersPolicyId", ""),
            "functions": [{"event": one["EventType"], "arn": one["FunctionARN"]} for one in unlisted(behavior.get("FunctionAssociations"))],
        }

    # Declared ---------------------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        origins = item.get("origins")
        if origins is None:
            return item
        for origin in origins:
            self._secret_arns.update(header["secret_arn"] for header in origin.get("secret_headers") or ())
        groups = [{**group, "statuses": sorted(group["statuses"])} for group in item.get("origin_groups") or ()]
        return {
            **item,
            "origins": [{**origin, "path": (origin.get("path") or "").rstrip("/")} for origin in origins],
            **({} if item.get("origin_groups") is None else {"origin_groups": groups}),
        }

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            known = {origin["id"] for origin in item.get("origins") or ()}
            groups = {group["id"]: group for group in item.get("origin_groups") or ()}
            for group in groups.values():
                problems += [
                    f"distribution {name}: {group['id']} names {member}, which is no origin of it"
                    for member in (group["first"], group["second"])
                    if known and member not in known
                ]
            for behavior in filter(None, [item.get("default_behavior"), *(item.get("behaviors") or ())]):
                path = behavior.get("path", "the default behavior")
                if known and behavior["origin"] not in {*known, *groups}:
                    problems.append(f"distribution {name}: {path} leads to {behavior['origin']}, which is no origin of it")
                if behavior["origin"] in groups and behavior.get("methods") == "all":
                    problems.append(f"distribution {name}: {path} lets all methods through, and only reading can be tried again at another origin")
            if item.get("aliases") and not item.get("certificate_arn"):
                problems.append(f"distribution {name}: aliases need certificate_arn, a certificate of us-east-1 that covers them")
        return problems

    def placeholder(self, name: str) -> Item:
        return {
            "id": f"E{PLACEHOLDER.upper()}",
            "arn": f"arn:aws:cloudfront::{'0' * 12}:distribution/{PLACEHOLDER}",
            "domain_name": f"{PLACEHOLDER}.cloudfront.net",
        }

    # Writing ----------------------------------------------------------------------------------------------------------

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        bare = {"CallerReference": f"{name}-{self._run}", "Comment": name, "Enabled": True}
        config = self._laid_over(bare, {option: value for option, value in item.items() if value is not None})
        self.client.create_distribution_with_tags(DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": dict_to_tags(tags)}})

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        def change() -> None:
            current = self.client.get_distribution_config(Id=resource.outputs["id"])
            self.client.update_distribution(
                Id=resource.outputs["id"],
                IfMatch=current["ETag"],
                DistributionConfig=self._laid_over(current["DistributionConfig"], changes),
            )

        self.versioned(change)

    def _laid_over(self, config: dict[str, t.Any], options: Item) -> dict[str, t.Any]:
        """The configuration with the options' values in it."""
        config = copy.deepcopy(config)
        for option, member in (
            ("enabled", "Enabled"),
            ("http_version", "HttpVersion"),
            ("ipv6", "IsIPV6Enabled"),
            ("price_class", "PriceClass"),
            ("default_root_object", "DefaultRootObject"),
            ("web_acl_arn", "WebACLId"),
        ):
            if option in options:
                config[member] = options[option]
        if "aliases" in options:
            config["Aliases"] = listed(options["aliases"])
        if options.get("certificate_arn") or "minimum_protocol" in options:
            certificate = config.get("ViewerCertificate") or {}
            config["ViewerCertificate"] = {
                "ACMCertificateArn": options.get("certificate_arn") or certificate.get("ACMCertificateArn"),
                "SSLSupportMethod": "sni-only",
                "MinimumProtocolVersion": options.get("minimum_protocol") or certificate.get("MinimumProtocolVersion") or "TLSv1.2_2021",
            }
        if "origins" in options:
            present = {origin["Id"]: origin for origin in unlisted(config.get("Origins"))}
            config["Origins"] = listed(self._origin(present.get(origin["id"], {}), origin) for origin in options["origins"])
        if "origin_groups" in options:
            config["OriginGroups"] = listed(
                {
                    "Id": group["id"],
                    "FailoverCriteria": {"StatusCodes": listed(group["statuses"])},
                    "Members": listed({"OriginId": group[member]} for member in ("first", "second")),
                }
                for group in options["origin_groups"]
            )
        if "default_behavior" in options:
            config["DefaultCacheBehavior"] = self._behavior(config.get("DefaultCacheBehavior") or {}, options["default_behavior"])
        if "behaviors" in options:
            paths = {behavior["PathPattern"]: behavior for behavior in unlisted(config.get("CacheBehaviors"))}
            config["CacheBehaviors"] = listed({"PathPattern": one["path"], **self._behavior(paths.get(one["path"], {}), one)} for one in options["behaviors"])
        if "error_pages" in options:
            config["CustomErrorResponses"] = listed(
                {
                    "ErrorCode": page["code"],
                    "ResponsePagePath": page["path"],
                    "ResponseCode": str(page.get("response_code") or page["code"]),
                    "ErrorCachingMinTTL": page["seconds"] if page.get("seconds") is not None else 10,
                }
                for page in options["error_pages"]
            )
        return config

    def _origin(self, present: dict[str, t.Any], declared: Item) -> dict[str, t.Any]:
        origin = {
            **present,
            "Id": declared["id"],
            "DomainName": declared["domain_name"],
            "OriginPath": declared.get("path") or "",
        }
        if declared.get("secret_headers") is not None:
            origin["CustomHeaders"] = listed(
                {"HeaderName": header["name"], "HeaderValue": self._secret(header["secret_arn"])} for header in declared["secret_headers"]
            )
        if declared.get("origin_access_control_id"):
            origin.pop("CustomOriginConfig", None)
            return {**origin, "OriginAccessControlId": declared["origin_access_control_id"], "S3OriginConfig": {"OriginAccessIdentity": ""}}
        custom = {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
            "OriginSslProtocols": listed(["TLSv1.2"]),
            "OriginReadTimeout": 30,
            "OriginKeepaliveTimeout": 5,
            **(present.get("CustomOriginConfig") or {}),
        }
        if declared.get("read_timeout"):
            custom["OriginReadTimeout"] = declared["read_timeout"]
        return {**origin, "CustomOriginConfig": custom}

    @staticmethod
    def _behavior(present: dict[str, t.Any], declared: Item) -> dict[str, t.Any]:
        behavior = {"Compress": True, "ViewerProtocolPolicy": "redirect-to-https", **present, "TargetOriginId": declared["origin"]}
        for option, member in (
            ("viewer_protocol", "ViewerProtocolPolicy"),
            ("compress", "Compress"),
            ("cache_policy_id", "CachePolicyId"),
            ("origin_request_policy_id", "OriginRequestPolicyId"),
            ("response_headers_policy_id", "ResponseHeadersPolicyId"),
        ):
            if declared.get(option) is not None:
                behavior[member] = declared[option]
        if behavior.get("CachePolicyId"):
            # CloudFront takes either a policy or the settings of old.
            for old in ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"):
                behavior.pop(old, None)
        if declared.get("methods"):
            behavior["AllowedMethods"] = {**listed(_METHODS[declared["methods"]]), "CachedMethods": listed(_METHODS["read"])}
        if declared.get("functions") is not None:
            behavior["FunctionAssociations"] = listed({"EventType": one["event"], "FunctionARN": one["arn"]} for one in declared["functions"])
        # An empty id means none, which CloudFront says by leaving it out.
        return {member: value for member, value in behavior.items() if not (member.endswith("PolicyId") and not value)}

    def delete(self, resource: Resource) -> None:
        """A distribution goes in three steps: disabled, the news of that everywhere, deleted. With `disable_only` the first alone."""
        identifier = resource.outputs["id"]
        try:
            if resource.state["enabled"]:
                self.update(resource, {}, {"enabled": False})
            if self.options.get("disable_only"):
                return
            self._await_everywhere(identifier)
            self.gone(lambda: self.client.delete_distribution(Id=identifier, IfMatch=self.client.get_distribution_config(Id=identifier)["ETag"]))
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "NoSuchDistribution":
                raise

    def _await_everywhere(self, identifier: str) -> None:
        started, longest = time.monotonic(), float(self.options.get("wait_timeout") or 3600)
        while self.client.get_distribution(Id=identifier)["Distribution"]["Status"] != "Deployed":
            elapsed = time.monotonic() - started
            if elapsed > longest:
                raise Problem(f"distribution {identifier} is disabled but not everywhere yet after {elapsed:.0f} s. Run again to go on waiting")
            time.sleep(min(15.0, max(0.25, elapsed / 10)))
