# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of CloudFront."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services.cloudfront import MANAGED, Distribution, distributions, functions, items, store

CREATE = ["CreateDistribution", "CreateDistributionWithTags"]
WRITE = [*CREATE, "UpdateDistribution"]
POLICIES = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy")


def config_of(context: Context) -> Parameters:
    """The configuration that a call creates or writes."""
    given = context.params.get("DistributionConfigWithTags", context.params)
    return given["DistributionConfig"]


def behaviors(config: Parameters) -> Iterator[Parameters]:
    """The default behavior and those by path."""
    yield config["DefaultCacheBehavior"]
    yield from items(config.get("CacheBehaviors"))


def _covers(name: str, alias: str) -> bool:
    """Whether a certificate's name covers an alias; * stands for one label."""
    name, alias = name.lower(), alias.lower()
    return name == alias or (name.startswith("*.") and alias.partition(".")[2] == name[2:])


def _certificate(context: Context) -> Any:
    arn = (config_of(context).get("ViewerCertificate") or {}).get("ACMCertificateArn")
    if not arn:
        return None
    region = arn.split(":")[3]
    if region != "us-east-1":
        raise Refused("InvalidViewerCertificate", f"The specified SSL certificate is in {region}; it must be in us-east-1.")
    answer = None
    try:
        answer = context.call("DescribeCertificate", {"CertificateArn": arn}, service="acm", region="us-east-1")["Certificate"]
    except Refused as refused:
        raise Refused("InvalidViewerCertificate", f"The specified SSL certificate doesn't exist: {arn}") from refused
    return answer


@rule("R-CF-01", service="cloudfront", operations=WRITE, source="API cloudfront:CreateDistribution; UG cloudfront/CNAMEs.md")
def aliases_need_a_certificate(context: Context) -> None:
    """Aliases need a certificate that covers them."""
    aliases = items(config_of(context).get("Aliases"))
    if not aliases:
        return
    certificate = _certificate(context)
    if certificate is None:
        raise Refused("InvalidViewerCertificate", "To add an alternate domain name, you must attach a trusted certificate that covers it.")
    names = [certificate["DomainName"], *certificate.get("SubjectAlternativeNames", [])]
    bare = [alias for alias in aliases if not any(_covers(name, alias) for name in names)]
    if bare:
        raise Refused("InvalidViewerCertificate", f"The certificate that is attached to your distribution doesn't cover {', '.join(bare)}.")


@rule("R-CF-02", service="cloudfront", operations=WRITE, source="API cloudfront:ViewerCertificate")
def certificate_is_issued_in_us_east_1(context: Context) -> None:
    """The ACM certificate must be issued, and be one of us-east-1."""
    certificate = _certificate(context)
    if certificate is not None and certificate["Status"] != "ISSUED":
        raise Refused("InvalidViewerCertificate", f"The specified SSL certificate is not issued ({certificate['Status']}).")


@rule("R-CF-04", service="cloudfront", operations=WRITE, source="UG cloudfront/CNAMEs.md")
def alias_belongs_to_one(context: Context) -> None:
    """An alias belongs to one distribution."""
    wanted = set(items(config_of(context).get("Aliases")))
    for other in distributions(context).values():
        taken = wanted & set(items(other.config["Aliases"]))
        if taken and other.id != context.params.get("Id"):
            raise Refused("CNAMEAlreadyExists", f"One or more of the CNAMEs you provided are already associated with a different resource: {taken}")


@rule("R-CF-03", service="cloudfront", operations=["DeleteDistribution"], source="API cloudfront:DeleteDistribution")
def disabled_before_it_goes(context: Context) -> None:
    """A distribution must be disabled before it is deleted. That this must be everywhere is R-CF-13, which shows with --latency."""
    found = distributions(context).get(context.params["Id"])
    if found and found.config["Enabled"]:
        raise Refused("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")


def _users(context: Context, uses: Any) -> list[Distribution]:
    return [one for one in distributions(context).values() if uses(one.config)]


@rule("R-CF-05", service="cloudfront", operations=["DeleteOriginAccessControl"], source="API cloudfront:DeleteOriginAccessControl")
def control_in_use_stays(context: Context) -> None:
    """An origin access control in use cannot be deleted."""
    wanted = context.params["Id"]
    if _users(context, lambda config: any(origin["OriginAccessControlId"] == wanted for origin in items(config["Origins"]))):
        raise Refused("OriginAccessControlInUse", "Cannot delete the origin access control because it's in use by one or more distributions.")


@rule(
    "R-CF-06", service="cloudfront", operations=["CreateOriginAccessControl", "UpdateOriginAccessControl"],
    source="API cloudfront:CreateOriginAccessControl",
)  # fmt: skip
def control_names_are_unique(context: Context) -> None:
    """Names of origin access controls are unique and have at most 64 characters."""
    name = context.params["OriginAccessControlConfig"]["Name"]
    if len(name) > 64:
        raise Refused("InvalidArgument", "The name of an origin access control has at most 64 characters.")
    if any(key != context.params.get("Id") and one["Config"]["Name"] == name for key, one in store(context, "OriginAccessControl").items()):
        raise Refused("OriginAccessControlAlreadyExists", "An origin access control with the specified parameters already exists.")


@rule("R-CF-17", service="cloudfront", operations=WRITE, source="API cloudfront:CreateDistribution (error list)")
def control_exists(context: Context) -> None:
    """An origin's access control must exist."""
    for origin in items(config_of(context)["Origins"]):
        wanted = origin.get("OriginAccessControlId")
        if wanted and wanted not in store(context, "OriginAccessControl"):
            raise Refused("InvalidOriginAccessControl", f"The origin access control is not valid: {wanted}")


@rule("R-CF-07", service="cloudfront", operations=WRITE, source="API cloudfront:DistributionConfig")
def web_acl_has_the_scope(context: Context) -> None:
    """The web ACL must be one of scope CLOUDFRONT, which lives in us-east-1, and exist."""
    arn = config_of(context).get("WebACLId")
    if not arn or not arn.startswith("arn:"):
        return
    if ":us-east-1:" not in arn or ":global/webacl/" not in arn:
        raise Refused("InvalidWebACLId", "Web ACL is not accessible by the requester: it is not of scope CLOUDFRONT.")
    listed = context.call("ListWebACLs", {"Scope": "CLOUDFRONT"}, service="wafv2", region="us-east-1")["WebACLs"]
    if arn not in [one["ARN"] for one in listed]:
        raise Refused("InvalidWebACLId", "Web ACL is not accessible by the requester.")


@rule("R-CF-08", service="cloudfront", operations=WRITE, source="API cloudfront:CreateDistribution")
def target_is_an_origin(context: Context) -> None:
    """TargetOriginId must name an origin or an origin group."""
    config = config_of(context)
    known = {one["Id"] for one in [*items(config["Origins"]), *items(config.get("OriginGroups"))]}
    for behavior in behaviors(config):
        if behavior["TargetOriginId"] not in known:
            raise Refused("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")


@rule("R-CF-26", service="cloudfront", operations=WRITE, source="UG cloudfront/high_availability_origin_failover.html; thread aws/aws-cdk#32450")
def a_group_is_two_origins_to_read_from(context: Context) -> None:
    """A group has two origins of the distribution, and fails over for methods that only read."""
    config = config_of(context)
    origins, groups = {one["Id"] for one in items(config["Origins"])}, {one["Id"]: one for one in items(config.get("OriginGroups"))}
    for group in groups.values():
        members = [one["OriginId"] for one in items(group["Members"])]
        if len(members) != 2 or len(set(members)) != 2:
            raise Refused("InvalidArgument", "An origin group must contain exactly two different origins.")
        if not set(members) <= origins:
            raise Refused("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
    for behavior in behaviors(config):
        if behavior["TargetOriginId"] in groups and {"POST", "PUT", "PATCH", "DELETE"} & set(items(behavior.get("AllowedMethods"))):
            raise Refused(
                "InvalidArgument",
                "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an origin group.",
            )


@rule(
    "R-CF-09", service="cloudfront",
    operations=["UpdateDistribution", "DeleteDistribution", *(f"{verb}{kind}" for verb in ("Update", "Delete") for kind in (*POLICIES, "OriginAccessControl"))],
    source="API cloudfront:DeleteDistribution",
)  # fmt: skip
def names_the_current_version(context: Context) -> None:
    """A change names the version that it changes."""
    kind = context.operation.removeprefix("Update").removeprefix("Delete")
    if kind == "Distribution":
        found = distributions(context).get(context.params["Id"])
        current = found.etag if found else None
    else:
        current = store(context, kind).get(context.params["Id"], {}).get("ETag")
    if current is None:
        return
    given = context.params.get("IfMatch")
    if not given:
        raise Refused("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")
    if given != current:
        raise Refused("PreconditionFailed", "The request failed because it didn't meet the preconditions in one or more request-header fields.")


@rule("R-CF-09", service="cloudfront", operations=["UpdateFunction", "PublishFunction", "DeleteFunction"], source="API cloudfront:DeleteFunction")
def names_the_current_function(context: Context) -> None:
    """A change of a function names the version of its development stage."""
    found = functions(context).get(context.params["Name"])
    if found and context.params.get("IfMatch") != found.stages["DEVELOPMENT"]["ETag"]:
        raise Refused("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")


@rule("R-CF-10", service="cloudfront", operations=WRITE, source="UG cloudfront/AccessLogs.md", certain=False)
def legacy_log_bucket_has_acls(context: Context) -> None:
    """Legacy standard logs go by ACL: the bucket must have them enabled."""
    logging = config_of(context).get("Logging") or {}
    if not logging.get("Enabled"):
        return
    bucket = logging["Bucket"].partition(".s3")[0]
    try:
        rules = context.call("GetBucketOwnershipControls", {"Bucket": bucket}, service="s3")["OwnershipControls"]["Rules"]
    except Refused:
        rules = [{"ObjectOwnership": "BucketOwnerEnforced"}]  # what a bucket has that says nothing
    if any(one["ObjectOwnership"] == "BucketOwnerEnforced" for one in rules):
        raise Refused("InvalidArgument", f"The S3 bucket that you specified for CloudFront logs does not enable ACL access: {bucket}")


@rule("R-CF-11", service="cloudfront", operations=WRITE, source="API cloudfront:CreateDistribution")
def policies_exist(context: Context) -> None:
    """Ids of policies must exist."""
    for behavior in behaviors(config_of(context)):
        for kind in POLICIES:
            wanted = behavior.get(f"{kind}Id")
            if wanted and wanted not in MANAGED[kind] and wanted not in store(context, kind):
                raise Refused(f"NoSuch{kind}", f"The {kind} does not exist: {wanted}")


@rule("R-CF-14", service="cloudfront", operations=WRITE, source="API cloudfront:DefaultCacheBehavior")
def policy_or_forwarded_values(context: Context) -> None:
    """A behavior takes a cache policy or ForwardedValues, one of them."""
    for behavior in behaviors(config_of(context)):
        if bool(behavior.get("CachePolicyId")) == ("ForwardedValues" in behavior):
            raise Refused("InvalidArgument", "A cache behavior takes either CachePolicyId or ForwardedValues.")


@rule("R-CF-12", service="cloudfront", operations=CREATE, source="API cloudfront:DistributionConfig")
def reference_is_new(context: Context) -> None:
    """A caller reference makes one distribution."""
    wanted = config_of(context)["CallerReference"]
    for other in distributions(context).values():
        if other.config["CallerReference"] == wanted:
            raise Refused("DistributionAlreadyExists", f"The caller reference that you are using to create a distribution is associated with {other.id}.")


@rule("R-CF-15", service="cloudfront", operations=WRITE, source="API cloudfront:FunctionAssociation")
def functions_are_published(context: Context) -> None:
    """Functions look at viewers' events, and must be published before they are associated."""
    for behavior in behaviors(config_of(context)):
        for one in items(behavior.get("FunctionAssociations")):
            if one["EventType"] not in ("viewer-request", "viewer-response"):
                raise Refused("InvalidFunctionAssociation", "CloudFront functions take viewer-request and viewer-response events.")
            found = functions(context).get(one["FunctionARN"].rpartition("/")[2])
            if found is None or "LIVE" not in found.stages:
                raise Refused("InvalidFunctionAssociation", f"The function is not published: {one['FunctionARN']}")


@rule("R-CF-16", service="cloudfront", operations=["CreateFunction", "UpdateFunction"], source="UG cloudfront/cloudfront-limits.md")
def functions_are_small(context: Context) -> None:
    """A function has at most 10 KB."""
    if len(context.params["FunctionCode"]) > 10240:
        raise Refused("FunctionSizeLimitExceeded", "The function exceeds the maximum size.")


@rule("R-CF-22", service="cloudfront", operations=[f"Delete{kind}" for kind in POLICIES], source="API cloudfront Delete* operations")
def policy_in_use_stays(context: Context) -> None:
    """A policy in use cannot be deleted."""
    kind = context.operation.removeprefix("Delete")
    wanted = context.params["Id"]
    if _users(context, lambda config: any(one.get(f"{kind}Id") == wanted for one in behaviors(config))):
        raise Refused(f"{kind}InUse", f"Cannot delete the {kind} because it is attached to one or more cache behaviors.")


@rule("R-CF-22", service="cloudfront", operations=["DeleteFunction"], source="API cloudfront Delete* operations")
def function_in_use_stays(context: Context) -> None:
    """A function in use cannot be deleted."""
    ending = f":function/{context.params['Name']}"

    def uses(config: Parameters) -> bool:
        return any(one["FunctionARN"].endswith(ending) for behavior in behaviors(config) for one in items(behavior.get("FunctionAssociations")))

    if _users(context, uses):
        raise Refused("FunctionInUse", "Cannot delete the function because it's attached to one or more cache behaviors.")


@rule("R-CF-25", service="cloudfront", operations=WRITE, source="API cloudfront:DistributionConfig", certain=False)
def root_object_without_slash(context: Context) -> None:
    """AWS takes a root object with a leading slash and then answers 403 or 404 at the root; better refused than found by visitors."""
    if (config_of(context).get("DefaultRootObject") or "").startswith("/"):
        raise Refused("InvalidDefaultRootObject", "The default root object has no leading slash.")
