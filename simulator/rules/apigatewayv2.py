# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of API Gateway's HTTP APIs."""

from __future__ import annotations

import re

from simulator.context import Context
from simulator.registry import Parameters, Refused, rule
from simulator.services._apis import DOMAINS, api_of, domain_of
from simulator.services._cognito import POOLS

AUTHORIZERS = ["CreateAuthorizer", "UpdateAuthorizer"]
ROUTES, STAGES, MAPPINGS = ["CreateRoute", "UpdateRoute"], ["CreateStage", "UpdateStage"], ["CreateApiMapping", "UpdateApiMapping"]
# UG apigateway/http-api-quotas.md, for each API.
MOST = {"Authorizer": 10, "Integration": 300, "Route": 300, "Stage": 10}
_KEY = re.compile(r"\$default|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) /\S*")


def _bad(message: str) -> Refused:
    return Refused("BadRequestException", message, 400)


def _merged(held: dict[str, Parameters], name: str | None, params: Parameters) -> Parameters:
    """What there will be after an update."""
    return {**held.get(name or "", {}), **params}


@rule("R-AG2-01", service="apigatewayv2", operations=["CreateAuthorizer"], source="API apigatewayv2:JWTConfiguration")
def jwt_says_whose(context: Context) -> None:
    """An authorizer of tokens names issuer, audience and where the token is."""
    params = context.params
    settings = params.get("JwtConfiguration") or {}
    if params["AuthorizerType"] == "JWT" and not (settings.get("Issuer") and settings.get("Audience") and params.get("IdentitySource")):
        raise _bad("JWT authorizers need an issuer, an audience and an identity source")


@rule("R-AG2-02", service="apigatewayv2", operations=AUTHORIZERS, source="thread haandol/cognito-kakao-example#1")
def issuer_answers(context: Context) -> None:
    """The issuer's discovery document can be read. Here only user pools are issuers."""
    issuer = (context.params.get("JwtConfiguration") or {}).get("Issuer")
    if issuer and issuer not in [f"https://{pool.provider}" for pool in POOLS.values()]:
        raise _bad(f"Caught exception when connecting to {issuer}/.well-known/openid-configuration for issuer {issuer}. Please try again later. "
                   "Error: Invalid issuer: . Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'")  # fmt: skip


@rule("R-AG2-03", service="apigatewayv2", operations=ROUTES, source="thread anomalyco/ion#1104")
def authorizer_of_this_api(context: Context) -> None:
    """A route that wants a token names an authorizer of its API."""
    api = api_of(context)
    route = _merged(api.routes, context.params.get("RouteId"), context.params)
    if route.get("AuthorizationType") == "JWT" and route.get("AuthorizerId") not in api.authorizers:
        raise _bad("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid authorizer.")


@rule("R-AG2-05", service="apigatewayv2", operations=["CreateIntegration"], source="API apigatewayv2:CreateIntegration")
def integration_says_where(context: Context) -> None:
    """Of a function it names the function, and the format of the event."""
    if not context.params.get("IntegrationUri") or not context.params.get("PayloadFormatVersion"):
        raise _bad("IntegrationUri and PayloadFormatVersion are required parameters for AWS_PROXY integrations of HTTP APIs")


@rule("R-AG2-06", service="apigatewayv2", operations=ROUTES, source="UG apigateway/http-api-develop-routes.md", certain=False)
def route_keys(context: Context) -> None:
    """A key is a method and a path or $default, there is one of each, and what it leads to is there."""
    api, params = api_of(context), context.params
    key = params.get("RouteKey")
    if key is not None and not _KEY.fullmatch(key):
        raise _bad('The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"')
    if key is not None and any(route["RouteKey"] == key and name != params.get("RouteId") for name, route in api.routes.items()):
        raise Refused("ConflictException", f"Route with key {key} already exists for this API", 409)
    target = params.get("Target")
    if target is not None and target.removeprefix("integrations/") not in api.integrations:
        raise _bad(f"Invalid target specified: {target}")


@rule("R-AG2-07", service="apigatewayv2", operations=["DeleteIntegration", "DeleteAuthorizer"], source="unsourced", certain=False)
def routes_go_first(context: Context) -> None:
    """What a route names stays."""
    api, params = api_of(context), context.params
    for route in api.routes.values():
        if "IntegrationId" in params and route.get("Target") == f"integrations/{params['IntegrationId']}":
            raise Refused("ConflictException", "Cannot delete Integration, it is referenced by a Route", 409)
        if "AuthorizerId" in params and route.get("AuthorizerId") == params["AuthorizerId"]:
            raise Refused("ConflictException", "Cannot delete Authorizer, it is referenced by a Route", 409)


@rule("R-AG2-08", service="apigatewayv2", operations=["CreateStage"], source="API apigatewayv2:CreateStage", certain=False)
def one_stage_of_a_name(context: Context) -> None:
    """A stage's name is its own in the API, and of letters, digits, hyphens and underscores, or $default."""
    name = context.params["StageName"]
    if not re.fullmatch(r"\$default|[A-Za-z0-9_-]+", name):
        raise _bad("Stage name only allows a-zA-Z0-9_-")
    if name in api_of(context).stages:
        raise Refused("ConflictException", "Stage already exists", 409)


@rule("R-AG2-09", service="apigatewayv2", operations=STAGES, source="UG apigateway/http-api-logging.md", certain=False)
def log_that_is_there(context: Context) -> None:
    """The access log is a log group that exists, and its format names the request."""
    settings = context.params.get("AccessLogSettings")
    if settings is None:
        return
    arn = settings.get("DestinationArn", "")
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    if group not in context.backend("logs").groups:
        raise _bad(f"Cannot enable logging. Insufficient permissions, or the log group {arn} does not exist")
    # UG apigateway/http-api-logging.md: at least $context.requestId; apigateway/http-api-quotas.md: 3 KB.
    if "$context.requestId" not in settings.get("Format", "") or len(settings["Format"]) > 3072:
        raise _bad("Invalid access log format: it has to have $context.requestId, and 3 KB at most")


@rule("R-AG2-10", service="apigatewayv2", operations=["CreateDomainName", "UpdateDomainName"], source="UG apigateway/http-api-custom-domain-names.md")
def certificate_of_this_region(context: Context) -> None:
    """A regional domain has an issued certificate of its own region that names it, and speaks TLS 1.2."""
    name = context.params["DomainName"]
    for one in context.params.get("DomainNameConfigurations", []):
        arn = one.get("CertificateArn", "")
        try:
            found = context.call("DescribeCertificate", {"CertificateArn": arn}, service="acm")["Certificate"]
        except Refused:
            found = {}
        names = {found.get("DomainName"), *found.get("SubjectAlternativeNames", [])}
        if f":{context.region}:" not in arn or found.get("Status") != "ISSUED" or not names & {name, f"*.{name.partition('.')[2]}"}:
            raise _bad(f"The certificate provided must be in the region {context.region}, issued, and contain the domain name {name}")
        if one.get("EndpointType") != "REGIONAL" or one.get("SecurityPolicy", "TLS_1_2") != "TLS_1_2":
            raise _bad("HTTP APIs only support REGIONAL domain names with TLS_1_2")


@rule("R-AG2-28", service="apigatewayv2", operations=["CreateDomainName"], source="UG apigateway/http-api-custom-domain-names.md")
def domain_is_free(context: Context) -> None:
    """A domain name is taken once in a region, whatever the account."""
    found = DOMAINS.get(context.params["DomainName"])
    if found is not None and found.region == context.region:
        raise Refused("ConflictException", "The domain name you provided already exists.", 409)


@rule("R-AG2-11", service="apigatewayv2", operations=MAPPINGS, source="API apigatewayv2:CreateApiMapping", certain=False)
def mapping_to_a_stage(context: Context) -> None:
    """A mapping leads to a stage that is there, and its key is the domain's only one."""
    params, domain = context.params, domain_of(context)
    new = _merged(domain.mappings, params.get("ApiMappingId"), params)
    if new["Stage"] not in api_of(context, new["ApiId"]).stages:
        raise Refused("NotFoundException", "Invalid stage identifier specified", 404)
    key = new.get("ApiMappingKey", "")
    if any(one["ApiMappingKey"] == key and name != params.get("ApiMappingId") for name, one in domain.mappings.items()):
        raise Refused("ConflictException", "ApiMapping key already exists for this domain name", 409)


def _mapped(api_id: str, stage: str | None = None) -> bool:
    return any(one["ApiId"] == api_id and stage in (None, one["Stage"]) for domain in DOMAINS.values() for one in domain.mappings.values())


@rule("R-AG2-12", service="apigatewayv2", operations=["DeleteApi", "DeleteStage"], source="unsourced", certain=False)
def mappings_go_first(context: Context) -> None:
    """What a domain leads to stays."""
    if _mapped(context.params["ApiId"], context.params.get("StageName")):
        raise _bad("Deleting this has been blocked by its API mappings: remove them first")


@rule("R-AG2-13", service="apigatewayv2", operations=STAGES, source="thread hashicorp/terraform-provider-aws#14742", certain=False)
def settings_of_routes_that_are_there(context: Context) -> None:
    """Settings of a route need the route."""
    for key in context.params.get("RouteSettings") or {}:
        if api_of(context).route(key) is None:
            raise Refused("NotFoundException", f"Unable to find Route by key {key} within the provided RouteSettings", 404)


@rule("R-AG2-16", service="apigatewayv2", operations=["CreateApi", "UpdateApi"], source="unsourced", certain=False)
def credentials_for_somebody(context: Context) -> None:
    """Credentials are not shown to every origin."""
    settings = context.params.get("CorsConfiguration") or {}
    if settings.get("AllowCredentials") and "*" in settings.get("AllowOrigins", []):
        raise _bad("AllowCredentials cannot be true with AllowOrigins *")


@rule("R-AG2-17", service="apigatewayv2", operations=[f"Create{noun}" for noun in MOST], source="UG apigateway/http-api-quotas.md", certain=False)
def so_many_of_each(context: Context) -> None:
    """Parts of an API, audiences of an authorizer and scopes of a route are bounded."""
    noun, params = context.operation.removeprefix("Create"), context.params
    if len(getattr(api_of(context), f"{noun.lower()}s")) >= MOST[noun]:
        raise _bad(f"Maximum number of {noun}s for this API has been reached. Please contact AWS if you need additional {noun}s.")
    if len((params.get("JwtConfiguration") or {}).get("Audience", [])) > 50 or len(params.get("AuthorizationScopes", [])) > 10:
        raise _bad("An authorizer has 50 audiences at most, a route 10 scopes")
