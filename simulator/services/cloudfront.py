# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFront: distributions as they are written, versions, controls, policies and functions.

moto keeps part of a distribution's settings and forgets the rest (origin access controls, S3 origins, error pages), takes any
ETag for the current one and has no policies. So all of it is kept here as plain configurations; only invalidations, public keys
and key groups are still moto's.
"""

from __future__ import annotations

import copy
import string
from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation

API = "https://cloudfront.amazonaws.com/2020-05-31"

# AWS's own policies: every account sees them under these ids (UG cloudfront/using-managed-cache-policies.md and its siblings).
MANAGED = {
    "CachePolicy": {
        "658327ea-f89d-4fab-a63d-7e88639e58f6": "Managed-CachingOptimized",
        "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": "Managed-CachingOptimizedForUncompressedObjects",
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "Managed-CachingDisabled",
        "08627262-05a9-4f76-9ded-b50ca2e3a84f": "Managed-Elemental-MediaPackage",
        "2e54312d-136d-493c-8eb9-b001f22f67d2": "Managed-Amplify",
        "83da9c7e-98b4-4e11-a168-04f0df8e2c65": "UseOriginCacheControlHeaders",
        "4cc15a8a-d715-48a4-82b8-cc0b614638fe": "UseOriginCacheControlHeaders-QueryStrings",
    },
    "OriginRequestPolicy": {
        "acba4595-bd28-49b8-b9fe-13317c0390fa": "Managed-UserAgentRefererHeaders",
        "59781a5b-3903-41f3-afcb-af62929ccde1": "Managed-CORS-CustomOrigin",
        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": "Managed-CORS-S3Origin",
        "216adef6-5c7f-47e4-b989-5492eafa07d3": "Managed-AllViewer",
        "33f36d7e-f396-46d9-90e0-52428a34d9dc": "Managed-AllViewerAndCloudFrontHeaders-2022-06",
        "b689b0a8-53d0-40ab-baf2-68738e2966ac": "Managed-AllViewerExceptHostHeader",
        "bf0718e1-ba1e-49d1-88b1-f726733018ae": "Managed-HostHeaderOnly",
        "775133bc-15f2-49f9-abea-afb2e0bf67d2": "Managed-Elemental-MediaTailor-PersonalizedManifests",
    },
    "ResponseHeadersPolicy": {
        "e61eb60c-9c35-4d20-a928-2b84e02af89c": "Managed-CORS-and-SecurityHeadersPolicy",
        "5cc3b908-e619-4b99-88e5-2cf7f45965bd": "Managed-CORS-With-Preflight",
        "eaab4381-ed33-4a86-88ca-d9558dc6cd63": "Managed-CORS-with-preflight-and-SecurityHeadersPolicy",
        "67f7725c-6f97-4210-82d7-5512b31e9d03": "Managed-SecurityHeadersPolicy",
        "60669652-455b-4ae9-85a4-c4c02393f86c": "Managed-SimpleCORS",
    },
}


def identifier(beginning: str = "E") -> str:
    """An id as CloudFront makes them: fourteen capitals and digits."""
    return beginning + "".join(mock_random.choice(string.ascii_uppercase + string.digits) for _ in range(13))


class Distribution:
    """A distribution; the attributes are those that moto asks for when it makes invalidations and lists tags."""

    def __init__(self, account: str, config: Parameters) -> None:
        self.id = self.distribution_id = identifier()
        self.arn = f"arn:aws:cloudfront::{account}:distribution/{self.id}"
        self.location = f"{API}/distribution/{self.id}"
        self.domain_name = "d" + "".join(mock_random.choice(string.ascii_lowercase + string.digits) for _ in range(13)) + ".cloudfront.net"
        self.write(config)

    def write(self, config: Parameters) -> None:
        """Take a configuration over; every change makes a new version."""
        self.config = with_defaults(config)
        self.etag = identifier()

    def advance(self) -> None:
        """moto moves the state of its distributions with every look; ours have only one."""

    def shown(self, now: Any) -> Parameters:
        """As GetDistribution shows it."""
        none = {"Enabled": False, "Quantity": 0}
        return {
            "Id": self.id, "ARN": self.arn, "Status": "Deployed", "LastModifiedTime": now, "InProgressInvalidationBatches": 0,
            "DomainName": self.domain_name, "ActiveTrustedSigners": none, "ActiveTrustedKeyGroups": none,
            "DistributionConfig": copy.deepcopy(self.config),
        }  # fmt: skip


# The members of a configuration that ListDistributions shows.
SUMMARY = (
    "Aliases", "Origins", "OriginGroups", "DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses", "Comment", "PriceClass",
    "Enabled", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "Staging",
)  # fmt: skip


def items(value: Parameters | None) -> list[Any]:
    """The items of one of CloudFront's lists."""
    return (value or {}).get("Items") or []


def _list(values: list[Any]) -> Parameters:
    return {"Quantity": len(values), **({"Items": values} if values else {})}


def with_defaults(config: Parameters) -> Parameters:
    """A configuration with what AWS fills in where the caller said nothing (API cloudfront:DistributionConfig)."""
    config = {
        "Aliases": _list([]), "DefaultRootObject": "", "OriginGroups": _list([]), "CustomErrorResponses": _list([]),
        "Logging": {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}, "PriceClass": "PriceClass_All",
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}, "WebACLId": "", "HttpVersion": "http2",
        "IsIPV6Enabled": False, "ContinuousDeploymentPolicyId": "", "Staging": False,
        "ViewerCertificate": {"CloudFrontDefaultCertificate": True},
        **copy.deepcopy(config),
    }  # fmt: skip
    certificate = config["ViewerCertificate"]
    if certificate.get("ACMCertificateArn"):
        certificate |= {"CloudFrontDefaultCertificate": False, "Certificate": certificate["ACMCertificateArn"], "CertificateSource": "acm"}
    else:
        config["ViewerCertificate"] = {"MinimumProtocolVersion": "TLSv1", "SSLSupportMethod": "vip", "CertificateSource": "cloudfront"} | certificate
    config["Origins"] = _list([_origin(origin) for origin in items(config["Origins"])])
    config["DefaultCacheBehavior"] = _behavior(config["DefaultCacheBehavior"])
    config["CacheBehaviors"] = _list([_behavior(one) for one in items(config.get("CacheBehaviors"))])
    return config


def _origin(origin: Parameters) -> Parameters:
    origin = {
        "OriginPath": "", "CustomHeaders": _list([]), "ConnectionAttempts": 3, "ConnectionTimeout": 10, "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "", **origin,
    }  # fmt: skip
    if "CustomOriginConfig" in origin:
        origin["CustomOriginConfig"] = {
            "OriginSslProtocols": _list(["TLSv1", "SSLv3"]), "OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5,
            **origin["CustomOriginConfig"],
        }  # fmt: skip
    return origin


def _behavior(behavior: Parameters) -> Parameters:
    none = {"Enabled": False, "Quantity": 0}
    behavior = {
        "TrustedSigners": none, "TrustedKeyGroups": none, "AllowedMethods": _list(["HEAD", "GET"]), "SmoothStreaming": False,
        "Compress": False, "LambdaFunctionAssociations": _list([]), "FunctionAssociations": _list([]), "FieldLevelEncryptionId": "",
        "GrpcConfig": {"Enabled": False}, **behavior,
    }  # fmt: skip
    behavior["AllowedMethods"].setdefault("CachedMethods", _list(["HEAD", "GET"]))
    return behavior


def distributions(context: Context) -> dict[str, Distribution]:
    """Every distribution of the account, by id."""
    return context.backend("cloudfront").distributions


def distribution(context: Context) -> Distribution:
    """The one that the call names."""
    found = distributions(context).get(context.params["Id"])
    if found is None:
        raise Refused("NoSuchDistribution", "The specified distribution does not exist.")
    return found


def store(context: Context, kind: str) -> dict[str, Parameters]:
    """What is kept of a kind that moto lacks, by id: {"Config": ..., "ETag": ...}."""
    return context.backend("cloudfront").__dict__.setdefault("simulator_store", {}).setdefault(kind, {})


# Distributions ----------------------------------------------------------------------------------------------------------


def _create(context: Context, config: Parameters, tags: list[dict[str, str]]) -> Parameters:
    made = Distribution(context.account, config)
    distributions(context)[made.id] = made
    context.backend().tagger.tag_resource(made.arn, tags)
    return {"Distribution": made.shown(context.now()), "ETag": made.etag, "Location": made.location}


@operation("cloudfront", "CreateDistribution")
def create_distribution(context: Context) -> Parameters:
    """API cloudfront:CreateDistribution."""
    return _create(context, context.params["DistributionConfig"], [])


@operation("cloudfront", "CreateDistributionWithTags")
def create_distribution_with_tags(context: Context) -> Parameters:
    """API cloudfront:CreateDistributionWithTags."""
    given = context.params["DistributionConfigWithTags"]
    return _create(context, given["DistributionConfig"], items(given["Tags"]))


@operation("cloudfront", "GetDistribution")
def get_distribution(context: Context) -> Parameters:
    """API cloudfront:GetDistribution."""
    found = distribution(context)
    return {"Distribution": found.shown(context.now()), "ETag": found.etag}


@operation("cloudfront", "GetDistributionConfig")
def get_distribution_config(context: Context) -> Parameters:
    """API cloudfront:GetDistributionConfig."""
    found = distribution(context)
    return {"DistributionConfig": copy.deepcopy(found.config), "ETag": found.etag}


@operation("cloudfront", "ListDistributions")
def list_distributions(context: Context) -> Parameters:
    """API cloudfront:ListDistributions."""
    rows = []
    for found in distributions(context).values():
        shown = found.shown(context.now())
        config = shown.pop("DistributionConfig")
        for member in ("InProgressInvalidationBatches", "ActiveTrustedSigners", "ActiveTrustedKeyGroups"):
            del shown[member]
        rows.append({**shown, "ETag": found.etag, **{member: config[member] for member in SUMMARY if member in config}})
    return {"DistributionList": _page(context, rows)}


@operation("cloudfront", "UpdateDistribution")
def update_distribution(context: Context) -> Parameters:
    """API cloudfront:UpdateDistribution: the configuration is replaced as a whole."""
    found = distribution(context)
    config = context.params["DistributionConfig"]
    if config["CallerReference"] != found.config["CallerReference"]:
        raise Refused("IllegalUpdate", "The update contains modifications that are not allowed.")
    found.write(config)
    return {"Distribution": found.shown(context.now()), "ETag": found.etag}


@operation("cloudfront", "DeleteDistribution")
def delete_distribution(context: Context) -> None:
    """API cloudfront:DeleteDistribution."""
    found = distribution(context)
    context.backend().tagger.delete_all_tags_for_resource(found.arn)
    del distributions(context)[found.id]


def _page(context: Context, rows: list[Parameters]) -> Parameters:
    """A list as CloudFront answers it. One page holds at most 100."""
    start = int(context.params.get("Marker") or 0)
    size = int(context.params.get("MaxItems") or 100)
    shown = rows[start : start + size]
    more = {"NextMarker": str(start + size)} if start + size < len(rows) else {}
    return {"Marker": context.params.get("Marker") or "", "MaxItems": size, "IsTruncated": bool(more), **_list(shown), **more}


# Controls and policies: kept, versioned and listed alike -------------------------------------------------------------------


def _found(context: Context, kind: str, missing: str) -> Parameters:
    entry = store(context, kind).get(context.params["Id"])
    if entry is None:
        raise Refused(missing, f"The specified {kind} does not exist.")
    return entry


def _shown(kind: str, key: str, entry: Parameters) -> Parameters:
    config = copy.deepcopy(entry["Config"])
    timed = {} if kind == "OriginAccessControl" else {"LastModifiedTime": entry["LastModifiedTime"]}
    return {kind: {"Id": key, **timed, f"{kind}Config": config}, "ETag": entry["ETag"]}


def _keep(kind: str, missing: str, plural: str) -> None:
    """Register the operations of one kind."""

    def create(context: Context) -> Parameters:
        key = identifier() if kind == "OriginAccessControl" else str(mock_random.uuid4())
        config = _filled(kind, context.params[f"{kind}Config"])
        store(context, kind)[key] = {"Config": config, "ETag": identifier(), "LastModifiedTime": context.now()}
        return {**_shown(kind, key, store(context, kind)[key]), "Location": f"{API}/{kind}/{key}"}

    def get(context: Context) -> Parameters:
        managed = MANAGED.get(kind, {}).get(context.params["Id"])
        if managed:
            return _shown(kind, context.params["Id"], _managed(kind, managed, context))
        return _shown(kind, context.params["Id"], _found(context, kind, missing))

    def get_config(context: Context) -> Parameters:
        entry = get(context)
        return {f"{kind}Config": entry[kind][f"{kind}Config"], "ETag": entry["ETag"]}

    def update(context: Context) -> Parameters:
        entry = _found(context, kind, missing)
        entry |= {"Config": _filled(kind, context.params[f"{kind}Config"]), "ETag": identifier(), "LastModifiedTime": context.now()}
        return _shown(kind, context.params["Id"], entry)

    def delete(context: Context) -> None:
        _found(context, kind, missing)
        del store(context, kind)[context.params["Id"]]

    def listing(context: Context) -> Parameters:
        if kind == "OriginAccessControl":
            rows = [{"Id": key, **entry["Config"]} for key, entry in store(context, kind).items()]
            return {f"{kind}List": _page(context, rows)}
        rows = []
        if context.params.get("Type") != "custom":
            rows = [{"Type": "managed", kind: _shown(kind, key, _managed(kind, name, context))[kind]} for key, name in MANAGED[kind].items()]
        if context.params.get("Type") != "managed":
            rows += [{"Type": "custom", kind: _shown(kind, key, entry)[kind]} for key, entry in store(context, kind).items()]
        page = _page(context, rows)
        # The lists of policies show no Marker and no IsTruncated.
        return {f"{kind}List": {member: value for member, value in page.items() if member not in ("Marker", "IsTruncated")}}

    for name, function in (
        (f"Create{kind}", create), (f"Get{kind}", get), (f"Get{kind}Config", get_config), (f"Update{kind}", update),
        (f"Delete{kind}", delete), (plural, listing),
    ):  # fmt: skip
        operation("cloudfront", name)(function)


def _filled(kind: str, config: Parameters) -> Parameters:
    """A configuration with AWS's own values where the caller said nothing."""
    config = copy.deepcopy(config)
    if kind == "CachePolicy":
        least = config["MinTTL"]
        config = {"DefaultTTL": max(least, 86400), "MaxTTL": max(least, 31536000), "Comment": "", **config}
        config.get("ParametersInCacheKeyAndForwardedToOrigin", {}).setdefault("EnableAcceptEncodingBrotli", False)
    if kind == "OriginAccessControl":
        config.setdefault("Description", "")
    return config


def _managed(kind: str, name: str, context: Context) -> Parameters:
    """One of AWS's own policies; of most only the name counts here."""
    none: Parameters = {
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    config: Parameters = {"Name": name, "Comment": ""}
    if kind == "CachePolicy":
        off = name.endswith("CachingDisabled")
        config |= {"MinTTL": 0 if off else 1, "DefaultTTL": 0 if off else 86400, "MaxTTL": 0 if off else 31536000}
        config["ParametersInCacheKeyAndForwardedToOrigin"] = {
            "EnableAcceptEncodingGzip": not off, "EnableAcceptEncodingBrotli": not off, **none,
        }  # fmt: skip
    elif kind == "OriginRequestPolicy":
        config |= none
        if name.endswith("AllViewerExceptHostHeader"):
            config |= {
                "HeadersConfig": {"HeaderBehavior": "allExcept", "Headers": _list(["host"])},
                "CookiesConfig": {"CookieBehavior": "all"},
                "QueryStringsConfig": {"QueryStringBehavior": "all"},
            }
    return {"Config": config, "ETag": "E23ZP02F085DFQ", "LastModifiedTime": context.now()}


_keep("OriginAccessControl", "NoSuchOriginAccessControl", "ListOriginAccessControls")
_keep("CachePolicy", "NoSuchCachePolicy", "ListCachePolicies")
_keep("OriginRequestPolicy", "NoSuchOriginRequestPolicy", "ListOriginRequestPolicies")
_keep("ResponseHeadersPolicy", "NoSuchResponseHeadersPolicy", "ListResponseHeadersPolicies")


# Functions: one development version and, once published, one that is live ---------------------------------------------------


class Function:
    """A CloudFront function; `name` and `arn` are what moto asks for when it lists tags."""

    def __init__(self, account: str, name: str) -> None:
        self.name = name
        self.arn = f"arn:aws:cloudfront::{account}:function/{name}"
        self.stages: dict[str, Parameters] = {}

    def write(self, stage: str, config: Parameters, code: bytes, now: Any) -> str:
        """Put code into a stage; returns its version."""
        self.stages[stage] = {"Config": copy.deepcopy(config), "Code": code, "ETag": identifier(), "Time": now}
        return self.stages[stage]["ETag"]

    def summary(self, stage: str) -> Parameters:
        """As DescribeFunction shows it."""
        kept = self.stages[stage]
        published = "LIVE" in self.stages
        return {
            "Name": self.name, "Status": "UNASSOCIATED" if published else "UNPUBLISHED", "FunctionConfig": kept["Config"],
            "FunctionMetadata": {"FunctionARN": self.arn, "Stage": stage, "CreatedTime": kept["Time"], "LastModifiedTime": kept["Time"]},
        }  # fmt: skip


def functions(context: Context) -> dict[str, Function]:
    """Every function of the account, by name."""
    return context.backend("cloudfront").functions


def _function(context: Context, stage: str | None = None) -> Function:
    found = functions(context).get(context.params["Name"])
    if found is None or (stage and stage not in found.stages):
        raise Refused("NoSuchFunctionExists", "The function does not exist.")
    return found


@operation("cloudfront", "CreateFunction")
def create_function(context: Context) -> Parameters:
    """API cloudfront:CreateFunction."""
    params = context.params
    if params["Name"] in functions(context):
        raise Refused("FunctionAlreadyExists", "A function with the same name already exists in this account.")
    made = Function(context.account, params["Name"])
    version = made.write("DEVELOPMENT", params["FunctionConfig"], params["FunctionCode"], context.now())
    functions(context)[made.name] = made
    context.backend().tagger.tag_resource(made.arn, items(params.get("Tags")))
    return {"Location": f"{API}/function/{made.name}", "ETag": version, "FunctionSummary": made.summary("DEVELOPMENT")}


@operation("cloudfront", "DescribeFunction")
def describe_function(context: Context) -> Parameters:
    """API cloudfront:DescribeFunction."""
    stage = context.params.get("Stage") or "DEVELOPMENT"
    found = _function(context, stage)
    return {"FunctionSummary": found.summary(stage), "ETag": found.stages[stage]["ETag"]}


@operation("cloudfront", "GetFunction")
def get_function(context: Context) -> Parameters:
    """API cloudfront:GetFunction."""
    stage = context.params.get("Stage") or "DEVELOPMENT"
    kept = _function(context, stage).stages[stage]
    return {"FunctionCode": kept["Code"], "ETag": kept["ETag"], "ContentType": "application/octet-stream"}


@operation("cloudfront", "ListFunctions")
def list_functions(context: Context) -> Parameters:
    """API cloudfront:ListFunctions: every stage, or the one asked for."""
    wanted = context.params.get("Stage")
    rows = [one.summary(stage) for one in functions(context).values() for stage in one.stages if wanted in (None, stage)]
    page = _page(context, rows)
    return {"FunctionList": {member: value for member, value in page.items() if member not in ("Marker", "IsTruncated")}}


@operation("cloudfront", "UpdateFunction")
def update_function(context: Context) -> Parameters:
    """API cloudfront:UpdateFunction: the development stage."""
    found = _function(context)
    version = found.write("DEVELOPMENT", context.params["FunctionConfig"], context.params["FunctionCode"], context.now())
    return {"FunctionSummary": found.summary("DEVELOPMENT"), "ETag": version}


@operation("cloudfront", "PublishFunction")
def publish_function(context: Context) -> Parameters:
    """API cloudfront:PublishFunction: copies the development stage to the live one."""
    found = _function(context)
    kept = found.stages["DEVELOPMENT"]
    found.write("LIVE", kept["Config"], kept["Code"], context.now())
    return {"FunctionSummary": found.summary("LIVE")}


@operation("cloudfront", "DeleteFunction")
def delete_function(context: Context) -> None:
    """API cloudfront:DeleteFunction."""
    found = _function(context)
    context.backend().tagger.delete_all_tags_for_resource(found.arn)
    del functions(context)[found.name]
