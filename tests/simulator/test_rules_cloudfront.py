# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudFront's rules and gaps, through boto3: each refusal, and a near miss that is accepted."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError
from simulated import Simulated

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
Config = dict[str, Any]


def config(**more: Any) -> Config:
    """The least that makes a distribution."""
    return {
        "CallerReference": "first", "Comment": "a site", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{
            "Id": "site", "DomainName": "origin.example.org",
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https", "CachePolicyId": OPTIMIZED},
        **more,
    }  # fmt: skip


def changed(path: str, value: Any) -> Config:
    """The least, with one member set."""
    result = copy.deepcopy(config())
    *parents, last = path.split(".")
    holder = result
    for parent in parents:
        holder = holder[int(parent)] if isinstance(holder, list) else holder.setdefault(parent, {})
    holder[last] = value
    return result


def refusal(call: Any, **params: Any) -> str:
    """The code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def cloudfront(simulator: Simulated) -> Any:
    return simulator.client("cloudfront", "us-east-1")


@pytest.fixture
def certificate(simulator: Simulated) -> str:
    """An issued certificate for example.org and what is below it."""
    zones, acm = simulator.client("route53"), simulator.client("acm", "us-east-1")
    zone = zones.create_hosted_zone(Name="example.org", CallerReference="z")["HostedZone"]["Id"]
    arn = acm.request_certificate(DomainName="example.org", SubjectAlternativeNames=["*.example.org"], ValidationMethod="DNS")["CertificateArn"]
    option = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"][0]
    record = option["ResourceRecord"]
    change = {"Name": record["Name"], "Type": record["Type"], "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    zones.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]})
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    return arn


def with_alias(alias: str, certificate: str, reference: str = "first") -> Config:
    return config(
        CallerReference=reference, Aliases={"Quantity": 1, "Items": [alias]},
        ViewerCertificate={"ACMCertificateArn": certificate, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("Aliases", {"Quantity": 1, "Items": ["example.org"]}, "InvalidViewerCertificate"),
        ("ViewerCertificate", {"ACMCertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0"}, "InvalidViewerCertificate"),
        ("Origins.Items.0.OriginAccessControlId", "E0NOBODY", "InvalidOriginAccessControl"),
        ("WebACLId", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/0", "InvalidWebACLId"),
        ("DefaultCacheBehavior.TargetOriginId", "elsewhere", "NoSuchOrigin"),
        ("DefaultCacheBehavior.CachePolicyId", "00000000-0000-4000-8000-000000000000", "NoSuchCachePolicy"),
        ("DefaultCacheBehavior.OriginRequestPolicyId", OPTIMIZED, "NoSuchOriginRequestPolicy"),
        ("DefaultCacheBehavior.ForwardedValues", {"QueryString": False, "Cookies": {"Forward": "none"}}, "InvalidArgument"),
        ("DefaultRootObject", "/index.html", "InvalidDefaultRootObject"),
        ("Logging", {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""}, "InvalidArgument"),
        (
            "DefaultCacheBehavior.FunctionAssociations",
            {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::123456789012:function/f"}]},
            "InvalidFunctionAssociation",
        ),
    ],
)
def test_a_distribution_is_refused(cloudfront: Any, path: str, value: Any, code: str) -> None:
    assert refusal(cloudfront.create_distribution, DistributionConfig=changed(path, value)) == code
    assert cloudfront.create_distribution(DistributionConfig=config())["Distribution"]["Status"] == "Deployed"


def test_aliases_and_certificates(cloudfront: Any, certificate: str) -> None:
    create = cloudfront.create_distribution
    assert refusal(create, DistributionConfig=with_alias("a.b.example.org", certificate)) == "InvalidViewerCertificate"
    create(DistributionConfig=with_alias("www.example.org", certificate))
    assert refusal(create, DistributionConfig=with_alias("www.example.org", certificate, "second")) == "CNAMEAlreadyExists"
    assert refusal(create, DistributionConfig=with_alias("example.org", certificate)) == "DistributionAlreadyExists"
    create(DistributionConfig=with_alias("example.org", certificate, "second"))


def test_versions_and_removal(cloudfront: Any) -> None:
    made = cloudfront.create_distribution(DistributionConfig=config())
    key, version = made["Distribution"]["Id"], made["ETag"]
    shown = cloudfront.get_distribution_config(Id=key)["DistributionConfig"]
    assert refusal(cloudfront.update_distribution, Id=key, IfMatch="E1", DistributionConfig=shown) == "PreconditionFailed"
    assert refusal(cloudfront.delete_distribution, Id=key, IfMatch=version) == "DistributionNotDisabled"
    newer = cloudfront.update_distribution(Id=key, IfMatch=version, DistributionConfig={**shown, "Enabled": False})["ETag"]
    assert refusal(cloudfront.delete_distribution, Id=key, IfMatch=version) == "PreconditionFailed"
    cloudfront.delete_distribution(Id=key, IfMatch=newer)
    assert refusal(cloudfront.get_distribution, Id=key) == "NoSuchDistribution"


def test_everything_written_is_shown_again(cloudfront: Any) -> None:
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={"Name": "c", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    )["OriginAccessControl"]["Id"]
    bucket = {
        "Id": "assets", "DomainName": "assets.s3.eu-west-1.amazonaws.com", "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }  # fmt: skip
    pages = {"Quantity": 1, "Items": [{"ErrorCode": 503, "ResponsePagePath": "/a.html", "ResponseCode": "503", "ErrorCachingMinTTL": 5}]}
    wanted = config(CustomErrorResponses=pages)
    wanted["Origins"] = {"Quantity": 2, "Items": [*wanted["Origins"]["Items"], bucket]}
    tagged = {"DistributionConfig": wanted, "Tags": {"Items": [{"Key": "Project", "Value": "p"}]}}
    made = cloudfront.create_distribution_with_tags(DistributionConfigWithTags=tagged)["Distribution"]
    shown = cloudfront.get_distribution(Id=made["Id"])["Distribution"]["DistributionConfig"]
    assert shown["Origins"]["Items"][1]["OriginAccessControlId"] == control
    assert shown["Origins"]["Items"][1]["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert shown["CustomErrorResponses"] == pages
    assert cloudfront.list_tags_for_resource(Resource=made["ARN"])["Tags"]["Items"] == [{"Key": "Project", "Value": "p"}]
    assert [one["Id"] for one in cloudfront.list_distributions()["DistributionList"]["Items"]] == [made["Id"]]
    current = cloudfront.get_origin_access_control(Id=control)["ETag"]
    assert refusal(cloudfront.delete_origin_access_control, Id=control, IfMatch=current) == "OriginAccessControlInUse"


def test_a_group_of_origins(cloudfront: Any) -> None:
    second = {**config()["Origins"]["Items"][0], "Id": "other", "DomainName": "other.example.org"}

    def grouped(*members: str, **behavior: Any) -> Config:
        made = config(OriginGroups={"Quantity": 1, "Items": [{
            "Id": "both", "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [503]}},
            "Members": {"Quantity": len(members), "Items": [{"OriginId": one} for one in members]}}]})  # fmt: skip
        made["Origins"] = {"Quantity": 2, "Items": [*made["Origins"]["Items"], second]}
        made["DefaultCacheBehavior"] |= {"TargetOriginId": "both", **behavior}
        return made

    every = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    written = {"AllowedMethods": {"Quantity": 7, "Items": every, "CachedMethods": {"Quantity": 2, "Items": every[:2]}}}
    assert refusal(cloudfront.create_distribution, DistributionConfig=grouped("site", "site")) == "InvalidArgument"
    assert refusal(cloudfront.create_distribution, DistributionConfig=grouped("site", "nobody")) == "NoSuchOrigin"
    assert refusal(cloudfront.create_distribution, DistributionConfig=grouped("site", "other", **written)) == "InvalidArgument"
    cloudfront.create_distribution(DistributionConfig=grouped("site", "other"))


def test_controls(cloudfront: Any) -> None:
    wanted = {"Name": "c" * 64, "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}
    made = cloudfront.create_origin_access_control(OriginAccessControlConfig=wanted)
    assert refusal(cloudfront.create_origin_access_control, OriginAccessControlConfig=wanted) == "OriginAccessControlAlreadyExists"
    assert refusal(cloudfront.create_origin_access_control, OriginAccessControlConfig={**wanted, "Name": "c" * 65}) == "InvalidArgument"
    cloudfront.delete_origin_access_control(Id=made["OriginAccessControl"]["Id"], IfMatch=made["ETag"])


def test_policies(cloudfront: Any) -> None:
    managed = cloudfront.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]
    assert OPTIMIZED in [one["CachePolicy"]["Id"] for one in managed]
    made = cloudfront.create_cache_policy(CachePolicyConfig={"Name": "mine", "MinTTL": 5})
    key = made["CachePolicy"]["Id"]
    assert made["CachePolicy"]["CachePolicyConfig"]["DefaultTTL"] == 86400
    distribution = cloudfront.create_distribution(DistributionConfig=changed("DefaultCacheBehavior.CachePolicyId", key))
    assert refusal(cloudfront.delete_cache_policy, Id=key, IfMatch=made["ETag"]) == "CachePolicyInUse"
    away = {**cloudfront.get_distribution_config(Id=distribution["Distribution"]["Id"])["DistributionConfig"]}
    away["DefaultCacheBehavior"]["CachePolicyId"] = OPTIMIZED
    cloudfront.update_distribution(Id=distribution["Distribution"]["Id"], IfMatch=distribution["ETag"], DistributionConfig=away)
    assert refusal(cloudfront.delete_cache_policy, Id=key, IfMatch="E1") == "PreconditionFailed"
    cloudfront.delete_cache_policy(Id=key, IfMatch=made["ETag"])


def test_functions(cloudfront: Any) -> None:
    about = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    assert refusal(cloudfront.create_function, Name="f", FunctionConfig=about, FunctionCode=b"x" * 10241) == "FunctionSizeLimitExceeded"
    made = cloudfront.create_function(Name="f", FunctionConfig=about, FunctionCode=b"x" * 10240)
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    event = {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": arn}]}
    wanted = changed("DefaultCacheBehavior.FunctionAssociations", event)
    assert refusal(cloudfront.create_distribution, DistributionConfig=wanted) == "InvalidFunctionAssociation"
    assert refusal(cloudfront.publish_function, Name="f", IfMatch="E1") == "InvalidIfMatchVersion"
    cloudfront.publish_function(Name="f", IfMatch=made["ETag"])
    assert cloudfront.get_function(Name="f", Stage="LIVE")["FunctionCode"].read() == b"x" * 10240
    cloudfront.create_distribution(DistributionConfig=wanted)
    assert refusal(cloudfront.delete_function, Name="f", IfMatch=made["ETag"]) == "FunctionInUse"


def test_a_web_acl_of_the_scope(simulator: Simulated, cloudfront: Any) -> None:
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    acl = simulator.client("wafv2", "us-east-1").create_web_acl(Name="a", Scope="CLOUDFRONT", DefaultAction={"Allow": {}}, VisibilityConfig=seen, Rules=[])[
        "Summary"
    ]["ARN"]
    assert cloudfront.create_distribution(DistributionConfig=config(WebACLId=acl))["Distribution"]["DistributionConfig"]["WebACLId"] == acl
