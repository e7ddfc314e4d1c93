# SPDX-License-Identifier: GPL-3.0-or-later
"""API Gateway's HTTP APIs, in moto's place: moto cannot change stages, mappings and domains, lists no authorizers, and answers none of their callers.

What callers get is in gateway.py, what is refused in rules/apigatewayv2.py. API apigatewayv2:<operation> is the source of each.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, Unimplemented, operation
from simulator.services._afterwards import lasts, still
from simulator.services._apis import APIS, DOMAINS, Api, Domain, api_of, domain_of, drawn

PAGE = 25  # entries of a list that says nothing of its length
# RG apigateway.html, the Route 53 hosted zones of regional endpoints; of other regions that of us-east-1.
ZONES = {
    "ap-northeast-1": "Z1YSHQZHG15GKL",
    "ap-southeast-1": "ZL327KTPIQFUL",
    "ap-southeast-2": "Z2RPCDW04V8134",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-west-1": "ZLY8HYME6SFDD",
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-2": "Z2OJLYMUO9EFXC",
}
DOMAIN_CHANGES = 60.0  # UG apigateway/http-api-custom-domain-names.md: UPDATING for some time


@dataclass(frozen=True)
class Part:
    """One kind of what an API consists of."""

    noun: str
    id: str
    defaults: Parameters

    def held(self, api: Api) -> dict[str, Parameters]:
        """All of it."""
        return getattr(api, f"{self.noun.lower()}s")

    def one(self, context: Context) -> Parameters:
        """What a call names."""
        name, held = context.params[self.id], self.held(api_of(context))
        if name not in held:
            raise Refused("NotFoundException", f"Invalid {self.noun} identifier specified", 404)
        return held[name]


PARTS = (
    Part("Authorizer", "AuthorizerId", {}),
    Part("Integration", "IntegrationId", {"ConnectionType": "INTERNET", "TimeoutInMillis": 30000}),
    Part("Route", "RouteId", {"ApiKeyRequired": False, "AuthorizationType": "NONE"}),
    Part("Stage", "StageName", {"AutoDeploy": False, "DefaultRouteSettings": {"DetailedMetricsEnabled": False}, "RouteSettings": {}, "StageVariables": {}}),
)
# Members that are maps of which an update gives entries; one with an empty value goes (terraform-provider-aws, aws_apigatewayv2_stage).
MERGED = ("RouteSettings", "StageVariables", "DefaultRouteSettings")


def page(context: Context, items: list[Any]) -> Parameters:
    """As much of a list as was asked for, and where the rest begins."""
    start, size = int(context.params.get("NextToken") or 0), int(context.params.get("MaxResults") or PAGE)
    more = {"NextToken": str(start + size)} if len(items) > start + size else {}
    return {"Items": copy.deepcopy(items[start : start + size]), **more}


def _change(settings: Parameters, given: Parameters, but: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name in but:
            continue
        if name in MERGED and isinstance(settings.get(name), dict):
            settings[name] = {key: inner for key, inner in {**settings[name], **value}.items() if inner != ""}
        else:
            settings[name] = copy.deepcopy(value)


# APIs ---------------------------------------------------------------------------------------------------------------------


def _shown(api: Api) -> Parameters:
    return {
        "ApiId": api.id,
        "ApiEndpoint": f"https://{api.host}",
        "CreatedDate": api.created,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "RouteSelectionExpression": "$request.method $request.path",
        **copy.deepcopy(api.settings),
    }


@operation("apigatewayv2", "CreateApi")
def create_api(context: Context) -> Parameters:
    if context.params["ProtocolType"] != "HTTP" or context.params.get("Target"):
        raise Unimplemented("only HTTP APIs that are made bare are simulated")
    settings = {"DisableExecuteApiEndpoint": False, "IpAddressType": "ipv4", "Tags": {}, **copy.deepcopy(context.params)}
    api = Api(drawn(10), context.account, context.region, settings, context.now())
    APIS[api.id] = api
    return _shown(api)


@operation("apigatewayv2", "GetApi")
def get_api(context: Context) -> Parameters:
    return _shown(api_of(context))


@operation("apigatewayv2", "GetApis")
def get_apis(context: Context) -> Parameters:
    return page(context, [_shown(api) for api in APIS.values() if (api.account, api.region) == (context.account, context.region)])


@operation("apigatewayv2", "UpdateApi")
def update_api(context: Context) -> Parameters:
    api = api_of(context)
    _change(api.settings, context.params, ("ApiId",))
    return _shown(api)


@operation("apigatewayv2", "DeleteCorsConfiguration")
def delete_cors(context: Context) -> None:
    api_of(context).settings.pop("CorsConfiguration", None)


@operation("apigatewayv2", "DeleteApi")
def delete_api(context: Context) -> None:
    """With all that is in it."""
    del APIS[api_of(context).id]


# Parts --------------------------------------------------------------------------------------------------------------------


def _create(part: Part) -> Callable[[Context], Parameters]:
    def create(context: Context) -> Parameters:
        given = {name: copy.deepcopy(value) for name, value in context.params.items() if name != "ApiId"}
        made = {**copy.deepcopy(part.defaults), **given}
        made.setdefault(part.id, drawn(6))
        if part.noun == "Stage":
            made |= {"CreatedDate": context.now(), "LastUpdatedDate": context.now(), "Tags": given.get("Tags", {})}
        part.held(api_of(context))[made[part.id]] = made
        return copy.deepcopy(made)

    return create


def _update(part: Part) -> Callable[[Context], Parameters]:
    def update(context: Context) -> Parameters:
        found = part.one(context)
        _change(found, context.params, ("ApiId", part.id))
        if part.noun == "Route" and found["AuthorizationType"] == "NONE":
            found.pop("AuthorizerId", None)
        return copy.deepcopy(found)

    return update


def _register(part: Part) -> None:
    def get(context: Context) -> Parameters:
        return copy.deepcopy(part.one(context))

    def several(context: Context) -> Parameters:
        return page(context, list(part.held(api_of(context)).values()))

    def delete(context: Context) -> None:
        part.held(api_of(context)).pop(part.one(context)[part.id])

    carried_out: tuple[tuple[str, Any], ...] = (
        (f"Create{part.noun}", _create(part)), (f"Update{part.noun}", _update(part)), (f"Get{part.noun}", get), (f"Get{part.noun}s", several),
        (f"Delete{part.noun}", delete),
    )  # fmt: skip
    for name, function in carried_out:
        operation("apigatewayv2", name)(function)


for _part in PARTS:
    _register(_part)


def _stage(context: Context) -> Parameters:
    return PARTS[-1].one(context)


@operation("apigatewayv2", "DeleteAccessLogSettings")
def delete_access_log(context: Context) -> None:
    _stage(context).pop("AccessLogSettings", None)


@operation("apigatewayv2", "DeleteRouteSettings")
def delete_route_settings(context: Context) -> None:
    if _stage(context)["RouteSettings"].pop(context.params["RouteKey"], None) is None:
        raise Refused("NotFoundException", "Unable to find Route settings with the specified key", 404)


# Domains ------------------------------------------------------------------------------------------------------------------


def _domain(context: Context, domain: Domain) -> Parameters:
    shown = copy.deepcopy(domain.settings)
    status = "UPDATING" if still(context, domain.name) else "AVAILABLE"
    for one in shown["DomainNameConfigurations"]:
        one |= {"ApiGatewayDomainName": domain.target, "DomainNameStatus": status, "HostedZoneId": ZONES.get(domain.region, ZONES["us-east-1"])}
    return {"DomainName": domain.name, "ApiMappingSelectionExpression": "$request.basepath", **shown}


@operation("apigatewayv2", "CreateDomainName")
def create_domain(context: Context) -> Parameters:
    params = copy.deepcopy(context.params)
    settings = {"DomainNameConfigurations": params["DomainNameConfigurations"], "Tags": params.get("Tags", {})}
    name = params["DomainName"]
    domain = Domain(name, context.account, context.region, settings, f"d-{drawn(10)}.execute-api.{context.region}.amazonaws.com")
    DOMAINS[name] = domain
    lasts(context, name, DOMAIN_CHANGES)
    return _domain(context, domain)


@operation("apigatewayv2", "GetDomainName")
def get_domain(context: Context) -> Parameters:
    return _domain(context, domain_of(context))


@operation("apigatewayv2", "GetDomainNames")
def get_domains(context: Context) -> Parameters:
    ours = [domain for domain in DOMAINS.values() if (domain.account, domain.region) == (context.account, context.region)]
    return page(context, [_domain(context, domain) for domain in ours])


@operation("apigatewayv2", "UpdateDomainName")
def update_domain(context: Context) -> Parameters:
    domain = domain_of(context)
    _change(domain.settings, context.params, ("DomainName",))
    lasts(context, domain.name, DOMAIN_CHANGES)
    return _domain(context, domain)


@operation("apigatewayv2", "DeleteDomainName")
def delete_domain(context: Context) -> None:
    """With its mappings."""
    del DOMAINS[domain_of(context).name]


def _mapping(context: Context) -> Parameters:
    found = domain_of(context).mappings.get(context.params["ApiMappingId"])
    if found is None:
        raise Refused("NotFoundException", "Invalid API mapping identifier specified", 404)
    return found


@operation("apigatewayv2", "CreateApiMapping")
def create_mapping(context: Context) -> Parameters:
    given = {name: context.params[name] for name in ("ApiId", "Stage", "ApiMappingKey") if name in context.params}
    made = {"ApiMappingId": drawn(6), "ApiMappingKey": "", **given}
    domain_of(context).mappings[made["ApiMappingId"]] = made
    return dict(made)


@operation("apigatewayv2", "GetApiMapping")
def get_mapping(context: Context) -> Parameters:
    return dict(_mapping(context))


@operation("apigatewayv2", "GetApiMappings")
def get_mappings(context: Context) -> Parameters:
    return page(context, list(domain_of(context).mappings.values()))


@operation("apigatewayv2", "UpdateApiMapping")
def update_mapping(context: Context) -> Parameters:
    found = _mapping(context)
    _change(found, context.params, ("DomainName", "ApiMappingId"))
    return dict(found)


@operation("apigatewayv2", "DeleteApiMapping")
def delete_mapping(context: Context) -> None:
    del domain_of(context).mappings[_mapping(context)["ApiMappingId"]]


# Tags ---------------------------------------------------------------------------------------------------------------------


def tags_at(arn: str) -> Parameters | None:
    """The tags of an API, a stage or a domain, by its ARN: RG service-authorization list_amazonapigatewaymanagementv2.html."""
    kind, _, rest = arn.rpartition("::/")[2].partition("/")
    name, _, stage = rest.partition("/stages/")
    found: Parameters | None = None
    if kind == "apis" and name in APIS:
        found = APIS[name].stages.get(stage) if stage else APIS[name].settings
    elif kind == "domainnames" and name in DOMAINS:
        found = DOMAINS[name].settings
    return None if found is None else found.setdefault("Tags", {})


def _tags(context: Context) -> Parameters:
    found = tags_at(context.params["ResourceArn"])
    if found is None:
        raise Refused("NotFoundException", "Invalid resource ARN specified", 404)
    return found


@operation("apigatewayv2", "GetTags")
def get_tags(context: Context) -> Parameters:
    return {"Tags": dict(_tags(context))}


@operation("apigatewayv2", "TagResource")
def tag(context: Context) -> None:
    _tags(context).update(context.params.get("Tags", {}))


@operation("apigatewayv2", "UntagResource")
def untag(context: Context) -> None:
    held = _tags(context)
    for key in context.params["TagKeys"]:
        held.pop(key, None)
