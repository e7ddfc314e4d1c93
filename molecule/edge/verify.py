# SPDX-License-Identifier: GPL-3.0-or-later
"""What the edge must be, asked through boto3: verify.py PREFIX DOMAIN REGION"""

import sys

import boto3

prefix, domain, region = sys.argv[1:]
cloudfront = boto3.client("cloudfront", "us-east-1")
s3 = boto3.client("s3", region)
account = boto3.client("sts", region).get_caller_identity()["Account"]

found = {one["Comment"]: one for one in cloudfront.list_distributions()["DistributionList"]["Items"]}
assert set(found) == {f"{prefix}-site", f"{prefix}-fallback"}, found
site = cloudfront.get_distribution_config(Id=found[f"{prefix}-site"]["Id"])["DistributionConfig"]
fallback = cloudfront.get_distribution_config(Id=found[f"{prefix}-fallback"]["Id"])["DistributionConfig"]

# The names: only the fallback is origin.<domain>, or failing over would lead back to the site's distribution.
assert sorted(site["Aliases"]["Items"]) == sorted([domain, f"www.{domain}"])
assert fallback["Aliases"]["Items"] == [f"origin.{domain}"]

for config in (site, fallback):
    assert config["Enabled"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"].startswith(("TLSv1.2_202", "TLSv1.3"))
    assert config["ViewerCertificate"]["ACMCertificateArn"].split(":")[3] == "us-east-1"
    assert config["HttpVersion"] == "http2and3"
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"].get("Items", [])]
    assert all(one["ViewerProtocolPolicy"] == "redirect-to-https" and one["Compress"] for one in behaviors)
    assert all(one["ResponseHeadersPolicyId"] for one in behaviors)

origins = {one["Id"]: one for one in site["Origins"]["Items"]}
assert origins["site"]["DomainName"] == f"origin.{domain}"
assert origins["site"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
assert origins["site"]["CustomOriginConfig"]["OriginSslProtocols"]["Items"] == ["TLSv1.2"]
for name in ("assets", "uploads", "fallback"):
    assert origins[name]["DomainName"] == f"{prefix}-{account}-{region}-{name}.s3.{region}.amazonaws.com"
    assert origins[name]["OriginAccessControlId"]

# The header that the load balancer asks for has the secret's value, and nothing of ours shows it.
secret = boto3.client("secretsmanager", region)
names = [one["Name"] for one in secret.list_secrets()["SecretList"] if "origin" in one["Name"]]
value = secret.get_secret_value(SecretId=names[0])["SecretString"]
assert [one["HeaderValue"] for one in origins["site"]["CustomHeaders"]["Items"]] == [value]

# Nobody gets another's answer: what may make it somebody's own is part of the key.
policy = cloudfront.get_cache_policy(Id=site["DefaultCacheBehavior"]["CachePolicyId"])["CachePolicy"]["CachePolicyConfig"]
key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
assert policy["DefaultTTL"] == policy["MinTTL"] == 0
assert key["CookiesConfig"]["CookieBehavior"] == key["QueryStringsConfig"]["QueryStringBehavior"] == "all"
assert set(key["HeadersConfig"]["Headers"]["Items"]) == {"Authorization", "X-Forwarded-Host"}

# The visitor's host goes on as a header, not as the host.
arn = site["DefaultCacheBehavior"]["FunctionAssociations"]["Items"][0]["FunctionARN"]
code = cloudfront.get_function(Name=arn.rpartition("/")[2], Stage="LIVE")["FunctionCode"].read().decode()
assert "x-forwarded-host" in code
handed_on = cloudfront.get_origin_request_policy(Id=site["DefaultCacheBehavior"]["OriginRequestPolicyId"])["OriginRequestPolicy"]
assert handed_on["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"]["Items"] == ["host"]

# Whatever fails, the page is there, and says with its status that it is not the real one.
assert {one["ErrorCode"] for one in site["CustomErrorResponses"]["Items"]} == {502, 503, 504}
assert {one["ResponseCode"] for one in fallback["CustomErrorResponses"]["Items"]} == {"503"}
page = s3.get_object(Bucket=f"{prefix}-{account}-{region}-fallback", Key="_fallback/index.html")
text = page["Body"].read().decode()
assert page["ContentType"].startswith("text/html")
assert "<title>" in text
assert "http://" not in text and "src=" not in text

# What makes browsers careful, on every answer. The application's own words hold where it has some, but not about HTTPS and sniffing.
headers = cloudfront.get_response_headers_policy(Id=site["DefaultCacheBehavior"]["ResponseHeadersPolicyId"])["ResponseHeadersPolicy"]
config = headers["ResponseHeadersPolicyConfig"]
security, custom = config["SecurityHeadersConfig"], config["CustomHeadersConfig"]["Items"]
assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
assert {name for name, one in security.items() if one["Override"]} == {"StrictTransportSecurity", "ContentTypeOptions"}
assert (security["FrameOptions"]["FrameOption"], security["ReferrerPolicy"]["ReferrerPolicy"]) == ("SAMEORIGIN", "strict-origin-when-cross-origin")
assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == "default-src 'self'"
assert [(one["Header"], one["Override"]) for one in custom] == [("Permissions-Policy", False)]
assert {one["Header"] for one in config["RemoveHeadersConfig"]["Items"]} == {"Server", "X-Powered-By"}

waf = boto3.client("wafv2", "us-east-1")
(acl,) = waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
assert site["WebACLId"] == acl["ARN"]
rules = waf.get_web_acl(Name=acl["Name"], Scope="CLOUDFRONT", Id=acl["Id"])["WebACL"]["Rules"]
assert [one["Name"] for one in rules] == ["countries", "rate-login", "rate-admin-", "rate", "AWSManagedRulesAmazonIpReputationList"]
countries, login, admin, everything, reputation = (one["Statement"] for one in rules)
assert countries == {"GeoMatchStatement": {"CountryCodes": ["KP"]}}
assert [one["RateBasedStatement"]["Limit"] for one in (login, admin, everything)] == [100, 50, 2000]
assert bytes(login["RateBasedStatement"]["ScopeDownStatement"]["ByteMatchStatement"]["SearchString"]) == b"/login"
assert "ScopeDownStatement" not in everything["RateBasedStatement"]
assert [one["Name"] for one in reputation["ManagedRuleGroupStatement"]["RuleActionOverrides"]] == ["AWSManagedIPDDoSList"]
logging = waf.get_logging_configuration(ResourceArn=acl["ARN"])["LoggingConfiguration"]
assert {one["SingleHeader"]["Name"] for one in logging["RedactedFields"]} == {"authorization", "cookie"}

logs = boto3.client("logs", "us-east-1")
delivery = logs.describe_deliveries()["deliveries"][0]
assert "cs(Cookie)" not in delivery["recordFields"]
sources = logs.describe_delivery_sources()["deliverySources"]
assert sources[0]["resourceArns"] == [found[f"{prefix}-site"]["ARN"]]
