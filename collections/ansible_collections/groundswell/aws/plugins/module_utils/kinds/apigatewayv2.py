# SPDX-License-Identifier: GPL-3.0-or-later
"""API Gateway: HTTP APIs and what they consist of (authorizers, integrations, routes, stages), and domains of one's own with what they lead to.

What belongs to an API carries no tags, or not to be relied on: it is ours because its API is. Its name here is `<api>/<its own>`; that of an integration, which
AWS gives none, is its description.
"""

from __future__ import annotations

import typing as t

from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource, owned
from ..retries import error_code, tolerated

_GONE = "NotFoundException"
# Changes of one API at the same time get into each other's way (hashicorp/terraform-provider-aws#16399).
_NOT_YET = (("ConflictException", "concurrent modification", 60.0),)
_CORS = {
    "allow_origins": ("AllowOrigins", []),
    "allow_methods": ("AllowMethods", []),
    "allow_headers": ("AllowHeaders", []),
    "expose_headers": ("ExposeHeaders", []),
    "max_age_seconds": ("MaxAge", 0),
    "allow_credentials": ("AllowCredentials", False),
}


def _arn(kind: Kind, path: str) -> str:
    return f"arn:{kind.session.partition}:apigateway:{kind.session.region}::/{path}"


class Apis(Kind):
    module, service, noun = "apigatewayv2_apis", "apigatewayv2", "HTTP API"
    not_yet = _NOT_YET

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw in self.pages("get_apis", "Items"):
            if raw["ProtocolType"] == "HTTP" and (raw["Name"] in names or raw["Name"].startswith(self.prefix)):
                cors = raw.get("CorsConfiguration") or {}
                state = {
                    "description": raw.get("Description", ""),
                    "default_endpoint": not raw.get("DisableExecuteApiEndpoint"),
                    "ip_address_type": raw.get("IpAddressType", "ipv4"),
                    "cors": {option: cors.get(member, usual) for option, (member, usual) in _CORS.items()},
                }
                yield Resource(raw["Name"], state, dict(raw.get("Tags") or {}), self._outputs(raw["ApiId"]))

    def _outputs(self, api_id: str) -> Item:
        host = f"{api_id}.execute-api.{self.session.region}.amazonaws.com{'.cn' if self.session.partition == 'aws-cn' else ''}"
        return {"id": api_id, "arn": _arn(self, f"apis/{api_id}"), "host": host, "endpoint": f"https://{host}"}

    def placeholder(self, name: str) -> Item:
        return self._outputs(PLACEHOLDER)

    def normalise(self, item: Item) -> Item:
        if item.get("cors") is None:
            return item
        given = {option: value for option, value in item["cors"].items() if value is not None}
        return {**item, "cors": {**{option: usual for option, (_, usual) in _CORS.items()}, **given}}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            cors = item.get("cors") or {}
            if cors.get("allow_credentials") and "*" in cors["allow_origins"]:
                problems.append(f"HTTP API {name}: credentials cannot be shown to every origin, so allow_origins has to name them")
            if "/" in name:
                problems.append(f"HTTP API {name}: the name has a slash, which stands between an API and what belongs to it")
        return problems

    @staticmethod
    def _settings(item: Item) -> Item:
        settings: Item = {}
        if item.get("description") is not None:
            settings["Description"] = item["description"]
        if item.get("default_endpoint") is not None:
            settings["DisableExecuteApiEndpoint"] = not item["default_endpoint"]
        if item.get("ip_address_type"):
            settings["IpAddressType"] = item["ip_address_type"]
        if (item.get("cors") or {}).get("allow_origins"):
            settings["CorsConfiguration"] = {member: item["cors"][option] for option, (member, _) in _CORS.items()}
        return settings

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_api(Name=name, ProtocolType="HTTP", Tags=tags, **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        api = {"ApiId": resource.outputs["id"]}
        settings = self._settings(changes)
        if "cors" in changes and "CorsConfiguration" not in settings:
            self.client.delete_cors_configuration(**api)
        if settings:
            self.client.update_api(**api, **settings)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=tags)

    def delete(self, resource: Resource) -> None:
        """With all that belongs to it."""
        with tolerated(_GONE):
            self.client.delete_api(ApiId=resource.outputs["id"])


class ApiPart(Kind):
    """What belongs to an HTTP API of ours."""

    service = "apigatewayv2"
    not_yet = _NOT_YET
    listing = ""  # the operation that lists them
    id_member = ""

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._ids: dict[str, str] = {}  # of our APIs, by name

    def api_of(self, name: str) -> str:
        """The API that something belongs to."""
        return name.partition("/")[0]

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        wanted = {self.api_of(name) for name in names}
        apis = [raw for raw in self.pages("get_apis", "Items") if raw["Name"] in wanted or raw["Name"].startswith(self.prefix)]
        self._ids = {raw["Name"]: raw["ApiId"] for raw in apis if owned(raw.get("Tags") or {}, self.tags)}
        for found in self.session.each(self._parts, self._ids.items()):
            yield from found

    def _parts(self, api: tuple[str, str]) -> list[Resource]:
        name, api_id = api
        with tolerated(_GONE):
            return list(self.parts(name, api_id))
        return []

    def parts(self, api: str, api_id: str) -> t.Iterable[Resource]:
        """What there is in one API."""
        raise NotImplementedError

    def found(self, api: str, name: str, state: Item, **outputs: t.Any) -> Resource:
        """Ours, because the API is."""
        return Resource(f"{api}/{name}", state, dict(self.tags), {"api_id": self._ids[api], **outputs})

    def target(self, name: str) -> Item:
        """What names the API in a call."""
        if self.api_of(name) not in self._ids:
            raise Problem(f"there is no HTTP API {self.api_of(name)} that is ours: it has to be rolled out first")
        return {"ApiId": self._ids[self.api_of(name)]}

    def names(self, api_id: str, listing: str, name: str, member: str) -> dict[str, str]:
        """Names of parts of another kind, by their ids."""
        return {raw[member]: raw.get(name, "") for raw in self.pages(listing, "Items", ApiId=api_id)}

    def ids(self, name: str, listing: str, member: str, named: str) -> dict[str, str]:
        """Ids of parts of another kind of the same API, by their names."""
        return {own: found for found, own in self.names(self.target(name)["ApiId"], listing, named, member).items()}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [f"{self.noun} {name}: the name has to be that of its API, a slash, and its own" for name in items if not all(name.partition("/"))]

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "api_id": PLACEHOLDER}

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def gone(self, operation: t.Callable[..., t.Any], resource: Resource) -> None:
        """Remove it, unless a route still names it."""
        try:
            with tolerated(_GONE):
                operation(ApiId=resource.outputs["api_id"], **{self.id_member: resource.outputs["id"]})
        except Exception as error:
            if error_code(error) == "ConflictException":
                raise Problem("a route depends on it") from error
            raise


class Authorizers(ApiPart):
    """Who may call: whoever has a token that an issuer signed for one of these audiences."""

    module, noun = "apigatewayv2_authorizers", "authorizer"
    id_member = "AuthorizerId"

    def parts(self, api: str, api_id: str) -> t.Iterable[Resource]:
        for raw in self.pages("get_authorizers", "Items", ApiId=api_id):
            settings = raw.get("JwtConfiguration") or {}
            state = {"issuer": settings.get("Issuer", ""), "audiences": settings.get("Audience", []), "identity_sources": raw.get("IdentitySource", [])}
            yield self.found(api, raw["Name"], state, id=raw["AuthorizerId"])

    @staticmethod
    def _settings(item: Item) -> Item:
        return {"JwtConfiguration": {"Issuer": item["issuer"], "Audience": item["audiences"]}, "IdentitySource": item["identity_sources"]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_authorizer(**self.target(name), Name=name.partition("/")[2], AuthorizerType="JWT", **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_authorizer(ApiId=resource.outputs["api_id"], AuthorizerId=resource.outputs["id"], **self._settings(item))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_authorizer, resource)


class Integrations(ApiPart):
    """What answers: a function, which gets the request as an event of format 2.0."""

    module, noun = "apigatewayv2_integrations", "integration"
    id_member = "IntegrationId"

    def parts(self, api: str, api_id: str) -> t.Iterable[Resource]:
        for raw in self.pages("get_integrations", "Items", ApiId=api_id):
            state = {"function_arn": raw.get("IntegrationUri", ""), "timeout_seconds": raw.get("TimeoutInMillis", 30000) / 1000}
            yield self.found(api, raw.get("Description") or raw["IntegrationId"], state, id=raw["IntegrationId"])

    @staticmethod
    def _settings(item: Item) -> Item:
        timeout = {"TimeoutInMillis": round(item["timeout_seconds"] * 1000)} if item.get("timeout_seconds") is not None else {}
        return {"IntegrationUri": item["function_arn"], **timeout}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        late = [name for name, item in items.items() if not 0.05 <= (item.get("timeout_seconds") or 30) <= 30]
        return super().refuse(items) + [f"integration {name}: timeout_seconds has to be from 0.05 to 30" for name in late]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        own = {"Description": name.partition("/")[2], "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
        self.client.create_integration(**self.target(name), **own, **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_integration(ApiId=resource.outputs["api_id"], IntegrationId=resource.outputs["id"], **self._settings(item))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_integration, resource)


class Routes(ApiPart):
    """Which requests there are. A route that is declared no more is closed at once: it is a door, and holds nothing."""

    module, noun = "apigatewayv2_routes", "route"
    id_member = "RouteId"

    def parts(self, api: str, api_id: str) -> t.Iterable[Resource]:
        integrations = self.names(api_id, "get_integrations", "Description", "IntegrationId")
        authorizers = self.names(api_id, "get_authorizers", "Name", "AuthorizerId")
        for raw in self.pages("get_routes", "Items", ApiId=api_id):
            state = {
                "integration": integrations.get(raw.get("Target", "").partition("/")[2], ""),
                "authorizer": authorizers.get(raw.get("AuthorizerId", ""), "") if raw.get("AuthorizationType") == "JWT" else "",
                "scopes": raw.get("AuthorizationScopes") or [],
                "operation": raw.get("OperationName", ""),
            }
            yield self.found(api, raw["RouteKey"], state, id=raw["RouteId"])

    def displaced(self, undeclared: dict[str, Resource]) -> t.Collection[str]:
        declared = {self.api_of(name) for name in self.wanted}
        return [name for name in undeclared if self.api_of(name) in declared]

    def refuse(self, items: dict[str, Item]) -> list[str]:
        open_ones = [name for name, item in items.items() if item.get("scopes") and not item.get("authorizer")]
        return super().refuse(items) + [f"route {name}: scopes are those of a token, and without an authorizer nobody looks at one" for name in open_ones]

    def _settings(self, name: str, item: Item) -> Item:
        settings: Item = {}
        if item.get("integration") is not None:
            settings["Target"] = f"integrations/{self._id(name, 'integration', item['integration'], 'get_integrations', 'IntegrationId', 'Description')}"
        if item.get("authorizer") is not None:
            settings["AuthorizationType"] = "JWT" if item["authorizer"] else "NONE"
        if item.get("authorizer"):
            settings["AuthorizerId"] = self._id(name, "authorizer", item["authorizer"], "get_authorizers", "AuthorizerId", "Name")
        if item.get("scopes") is not None:
            settings["AuthorizationScopes"] = item["scopes"]
        if item.get("operation") is not None:
            settings["OperationName"] = item["operation"]
        return settings

    def _id(self, name: str, noun: str, wanted: str, listing: str, member: str, named: str) -> str:
        found = self.ids(name, listing, member, named)
        if wanted not in found:
            raise Problem(f"its API has no {noun} {wanted}")
        return found[wanted]

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_route(**self.target(name), RouteKey=name.partition("/")[2], **self._settings(name, item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_route(ApiId=resource.outputs["api_id"], RouteId=resource.outputs["id"], **self._settings(resource.name, item))

    def delete(self, resource: Resource) -> None:
        self.gone(self.client.delete_route, resource)


class Stages(ApiPart):
    """Where an API is reached, how often, and where that is written down. What changes in the API is deployed there at once."""

    module, noun = "apigatewayv2_stages", "stage"
    id_member = "StageName"

    def parts(self, api: str, api_id: str) -> t.Iterable[Resource]:
        for raw in self.pages("get_stages", "Items", ApiId=api_id):
            usual, log = raw.get("DefaultRouteSettings") or {}, raw.get("AccessLogSettings") or {}
            state = {
                "rate_limit": usual.get("ThrottlingRateLimit", 0),
                "burst_limit": usual.get("ThrottlingBurstLimit", 0),
                "detailed_metrics": usual.get("DetailedMetricsEnabled", False),
                "route_limits": [
                    {"route": route, "rate": one.get("ThrottlingRateLimit", 0), "burst": one.get("ThrottlingBurstLimit", 0)}
                    for route, one in sorted((raw.get("RouteSettings") or {}).items())
                ],
                "access_log_arn": log.get("DestinationArn", "").removesuffix(":*"),
                "access_log_format": log.get("Format", ""),
                "variables": raw.get("StageVariables") or {},
                "auto_deploy": raw.get("AutoDeploy", False),
            }
            yield self.found(api, raw["StageName"], state, id=raw["StageName"], deployment=raw.get("LastDeploymentStatusMessage", ""))

    def normalise(self, item: Item) -> Item:
        return {**item, "auto_deploy": True, **({"access_log_format": ""} if item.get("access_log_arn") == "" else {})}

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        # What is declared is all there is.
        return bool(wanted == current) if option == "variables" else None

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = super().refuse(items)
        for name, item in items.items():
            if (item.get("rate_limit") is None) != (item.get("burst_limit") is None):
                problems.append(f"stage {name}: rate_limit and burst_limit go together")
            if item.get("access_log_arn") and "$context.requestId" not in (item.get("access_log_format") or ""):
                problems.append(f"stage {name}: access_log_format has to have $context.requestId")
            if len(item.get("access_log_format") or "") > 3072:
                problems.append(f"stage {name}: access_log_format has {len(item['access_log_format'])} characters, API Gateway takes 3072")
        return problems

    @staticmethod
    def _settings(item: Item, current: Item) -> Item:
        """What is declared, in AWS's words. Of what are maps there the entries that go have to be named."""
        settings: Item = {"AutoDeploy": True}
        usual: Item = {}
        if item.get("rate_limit") is not None:
            usual |= {"ThrottlingRateLimit": item["rate_limit"], "ThrottlingBurstLimit": item["burst_limit"]}
        if item.get("detailed_metrics") is not None:
            usual["DetailedMetricsEnabled"] = item["detailed_metrics"]
        if usual:
            settings["DefaultRouteSettings"] = usual
        if item.get("route_limits") is not None:
            # Those of the stage do not hold for a route with settings of its own.
            metrics = {name: value for name, value in usual.items() if name == "DetailedMetricsEnabled"}
            settings["RouteSettings"] = {
                one["route"]: {"ThrottlingRateLimit": one["rate"], "ThrottlingBurstLimit": one["burst"], **metrics} for one in item["route_limits"]
            }
        if item.get("access_log_arn"):
            settings["AccessLogSettings"] = {"DestinationArn": item["access_log_arn"], "Format": item["access_log_format"]}
        if item.get("variables") is not None:
            settings["StageVariables"] = {**dict.fromkeys(current.get("variables", {}), ""), **item["variables"]}
        return settings

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_stage(**self.target(name), StageName=name.partition("/")[2], Tags=tags, **self._settings(item, {}))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        stage = {"ApiId": resource.outputs["api_id"], "StageName": resource.outputs["id"]}
        kept = {one["route"] for one in item.get("route_limits") or []}
        for one in resource.state["route_limits"] if item.get("route_limits") is not None else []:
            if one["route"] not in kept:
                with tolerated(_GONE):
                    self.client.delete_route_settings(**stage, RouteKey=one["route"])
        if item.get("access_log_arn") == "" and resource.state["access_log_arn"]:
            self.client.delete_access_log_settings(**stage)
        self.client.update_stage(**stage, **self._settings(item, resource.state))

    def delete(self, resource: Resource) -> None:
        with tolerated(_GONE):
            self.client.delete_stage(ApiId=resource.outputs["api_id"], StageName=resource.outputs["id"])


class DomainNames(Kind):
    """A domain of one's own for HTTP APIs of one region, with TLS 1.2 and a certificate of that region."""

    module, service, noun = "apigatewayv2_domain_names", "apigatewayv2", "domain"
    not_yet = (*_NOT_YET, ("BadRequestException|ConflictException", "(?i)updating|in progress", 300.0))

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for raw in self.pages("get_domain_names", "Items"):
            held = raw["DomainNameConfigurations"][0]
            status = held.get("DomainNameStatus", "AVAILABLE")
            outputs = {
                "target": held.get("ApiGatewayDomainName", ""),
                "zone_id": held.get("HostedZoneId", ""),
                "arn": _arn(self, f"domainnames/{raw['DomainName']}"),
            }
            state = {
                "certificate_arn": held.get("CertificateArn", ""),
                "ip_address_type": held.get("IpAddressType", "ipv4"),
                "security_policy": held.get("SecurityPolicy", ""),
            }
            yield Resource(raw["DomainName"], state, dict(raw.get("Tags") or {}), outputs, status, status == "AVAILABLE")

    def placeholder(self, name: str) -> Item:
        return {"target": f"{PLACEHOLDER}.execute-api.{self.session.region}.amazonaws.com", "zone_id": PLACEHOLDER, "arn": _arn(self, f"domainnames/{name}")}

    def normalise(self, item: Item) -> Item:
        return {**item, "security_policy": "TLS_1_2"}

    @staticmethod
    def _settings(item: Item) -> Item:
        reached = {"IpAddressType": item["ip_address_type"]} if item.get("ip_address_type") else {}
        held = {"CertificateArn": item["certificate_arn"], "EndpointType": "REGIONAL", "SecurityPolicy": item["security_policy"], **reached}
        return {"DomainNameConfigurations": [held]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_domain_name(DomainName=name, Tags=tags, **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        self.client.update_domain_name(DomainName=resource.name, **self._settings(item))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_resource(ResourceArn=resource.outputs["arn"], Tags=tags)

    def delete(self, resource: Resource) -> None:
        """With its mappings."""
        with tolerated(_GONE):
            self.client.delete_domain_name(DomainName=resource.name)


class ApiMappings(Kind):
    """Which path of a domain of ours leads to which stage. The name is the domain, a slash, and the path, which may be empty."""

    module, service, noun = "apigatewayv2_api_mappings", "apigatewayv2", "API mapping"
    not_yet = _NOT_YET

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        domains = [raw["DomainName"] for raw in self.pages("get_domain_names", "Items") if owned(raw.get("Tags") or {}, self.tags)]
        apis = {raw["ApiId"]: raw["Name"] for raw in self.pages("get_apis", "Items")} if domains else {}
        for domain in domains:
            with tolerated(_GONE):
                for raw in self._mappings(domain):
                    state = {"api": apis.get(raw["ApiId"], ""), "stage": raw["Stage"]}
                    yield Resource(f"{domain}/{raw.get('ApiMappingKey', '')}", state, dict(self.tags), {"id": raw["ApiMappingId"]})

    def _mappings(self, domain: str) -> t.Iterator[dict[str, t.Any]]:
        """botocore does not know that this list has pages."""
        more: dict[str, str] = {}
        while True:
            page = self.client.get_api_mappings(DomainName=domain, **more)
            yield from page.get("Items", [])
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _settings(self, item: Item) -> Item:
        # Another's API of the same name is not ours to show.
        found = [raw["ApiId"] for raw in self.pages("get_apis", "Items") if raw["Name"] == item["api"] and owned(raw.get("Tags") or {}, self.tags)]
        if not found:
            raise Problem(f"there is no HTTP API {item['api']} that is ours: it has to be rolled out first")
        return {"ApiId": found[0], "Stage": item["stage"]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        domain, _, key = name.partition("/")
        self.client.create_api_mapping(DomainName=domain, ApiMappingKey=key, **self._settings(item))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        domain = resource.name.partition("/")[0]
        self.client.update_api_mapping(DomainName=domain, ApiMappingId=resource.outputs["id"], **self._settings(item))

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """There are none."""

    def delete(self, resource: Resource) -> None:
        with tolerated(_GONE):
            self.client.delete_api_mapping(DomainName=resource.name.partition("/")[0], ApiMappingId=resource.outputs["id"])
