# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call demands of its caller: which actions, on which resources, with which values of condition keys.

`demands(context)` is that, from the call's parameters and the state of the account before it. Actions, kinds of resources and condition
keys are those of AWS's Service Authorization Reference; what it does not say is in authorization_table.py (names),
authorization_dependents.py (what else is asked of the caller) and condition_keys.py (values).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from simulator import condition_keys, service_reference
from simulator.authorization_table import ACTIONS, EC2_IDS, FREE, GLOBAL, NAMED_FIRST, NAMES, OF_A_VERSION
from simulator.context import Context
from simulator.registry import Parameters
from simulator.service_reference import Kind


@dataclass(frozen=True)
class Demand:
    """One question to the policies: may the caller do this, to this, with these values of condition keys? All must be answered yes."""

    action: str
    resource: str  # an ARN, in which * stands for what is not there yet or all there is, or just *
    keys: dict[str, list[str]] = field(default_factory=dict)  # the condition keys of this request and this resource, not of who calls
    untold: frozenset[str] = frozenset()  # keys (or beginnings of them) that AWS would have a value for and the simulator has not


def demands(context: Context) -> list[Demand]:
    """What a call demands, its own action first. Empty for what everybody may."""
    if (context.service, context.operation) in FREE:
        return []
    found = [demand for action in actions_of(context) for demand in _of_action(context, action)]
    from simulator.authorization_dependents import dependents  # it asks back

    found += dependents(context, found)
    seen: dict[tuple[str, str], Demand] = {}
    for demand in found:
        seen.setdefault((demand.action, demand.resource), demand)
    return list(seen.values())


def actions_of(context: Context) -> list[str]:
    """The actions that an operation itself is, most often one of its own name."""
    if context.service in ("apigateway", "apigatewayv2"):
        return [f"apigateway:{context.wire.request.method}"]
    named = ACTIONS.get((context.service, context.operation))
    if named is None:
        model = context.wire.operation.service_model if context.wire.operation else None
        named = (f"{service_reference.prefix(model.signing_name if model else context.service)}:{context.operation}",)
    if context.params.get("VersionId") and context.service == "s3":
        return [OF_A_VERSION.get(action, action) for action in named]
    return list(named)


def demand(context: Context, action: str, resource: str, keys: dict[str, list[str]] | None = None, params: Parameters | None = None) -> Demand:
    """The question about one action and one resource; `keys` are what is known beforehand, `params` other parameters than the call's."""
    reference = service_reference.action(action)
    kind = service_reference.kind_of(action, resource)
    wanted = kind.keys if kind else reference.keys
    values, untold = condition_keys.values(context, action, resource, kind, wanted, context.params if params is None else params)
    return Demand(action, resource, {**values, **(keys or {})}, untold - set(keys or ()))


def _of_action(context: Context, action: str) -> Iterator[Demand]:
    if action == "ec2:RunInstances":
        return  # asked about together with what its launch template says, in authorization_dependents.py
    for resource in resources_of(context, action):
        yield demand(context, action, resource)


def resources_of(context: Context, action: str, params: Parameters | None = None) -> list[str]:
    """The ARNs of what an action is about, as the parameters name it."""
    prefix = action.partition(":")[0]
    if prefix == "apigateway":
        # ARNs of the second version's resources do not have its number: UG apigateway/arn-format-reference.md.
        return [f"arn:aws:apigateway:{context.region}::{context.wire.request.path.removeprefix('/v2')}"]
    kinds = {kind.name: kind for kind in service_reference.action(action).kinds}
    given = context.params if params is None else params
    if prefix == "s3":
        return _s3(context, action, given)
    if not kinds:
        return ["*"]
    special = _SPECIAL.get(prefix)
    found = list(dict.fromkeys([*(special(context, action, kinds, given) if special else ()), *_by_name(context, prefix, kinds, given)]))
    if prefix == "ec2":
        return found + [arn_of(context, kind) for kind in kinds.values() if kind.required and not any(kind.fits(arn) for arn in found)]
    if found:
        return found
    # The reference does not have every kind that can be tagged.
    tagged = [value for _, value in _values(given) if value.startswith(f"arn:aws:{prefix}:")] if context.operation.endswith(_ON_TAGS) else []
    if tagged:
        return tagged[:1]
    # Nothing is named: all there is of the kind, or one that has no name yet.
    required = [kind for kind in kinds.values() if kind.required]
    if len(kinds) > 3 and not required:
        return ["*"]
    return [arn_of(context, (required or list(kinds.values()))[0])]


def arn_of(context: Context, kind: Kind, name: str | None = None) -> str:
    """The ARN of a resource of a kind, or of all of them."""
    variables = kind.variables
    names = {variables[0 if kind.name in NAMED_FIRST else -1]: name} if name is not None and variables else {}
    return kind.arn(context.account, "us-east-1" if kind.template.startswith("arn:${Partition}:budgets") else context.region, **names)


def _normal(name: str) -> str:
    return name.lower().removesuffix("s")


@cache
def _names(prefix: str) -> dict[str, str]:
    return {".".join(map(_normal, name.split("."))): kind for name, kind in NAMES.get(prefix, {}).items()}


def _values(params: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts in parameters, each with the names that lead to it."""
    if isinstance(params, dict):
        for name, value in params.items():
            yield from _values(value, f"{path}.{_normal(str(name))}" if path else _normal(str(name)))
    elif isinstance(params, (list, tuple)):
        for value in params:
            yield from _values(value, path)
    elif isinstance(params, str):
        yield path, params


def _by_name(context: Context, prefix: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    names = _names(prefix)
    for path, value in _values(params):
        kind = names.get(path)
        if kind == "*":
            kind = next(iter(kinds)) if len(kinds) == 1 or not value.startswith("arn:") else None
        if kind is not None:
            if kind in kinds:
                yield value if value.startswith("arn:") else _LOOKUPS.get(prefix, arn_of_name)(context, kinds[kind], value)
        elif prefix == "ec2" and (match := _EC2_ID.fullmatch(value)) and (named := kinds.get(EC2_IDS.get(match[1], ""))):
            yield named.arn(context.account, context.region, **{named.variables[-1]: value})
        elif value.startswith("arn:") and any(candidate.fits(value) for candidate in kinds.values()):
            yield value


_ON_TAGS = ("TagResource", "UntagResource", "TagsForResource")
_EC2_ID = re.compile(r"([a-z]+(?:-svc)?)-[0-9a-f]{8,17}")


def arn_of_name(context: Context, kind: Kind, name: str) -> str:
    """The ARN of what has this name; `/hostedzone/Z1` is called Z1."""
    if kind.template.startswith("arn:${Partition}:route53"):
        name = name.rpartition("/")[2]
    arn = arn_of(context, kind, name)
    # UG logs/iam-access-control-overview-cwl.md: with :* "for all API actions", without for those on tags.
    return f"{arn}:*" if kind.name == "log-group" and not context.operation.endswith(_ON_TAGS) else arn


def _s3(context: Context, action: str, params: Parameters) -> list[str]:
    bucket = params.get("Bucket")
    if bucket is None:
        return ["*"]
    bucket_arn = bucket if str(bucket).startswith("arn:") else f"arn:aws:s3:::{bucket}"
    kinds = [kind.name for kind in service_reference.action(action).kinds]
    if "Delete" in params and "object" in kinds:
        return [f"{bucket_arn}/{entry['Key']}" for entry in params["Delete"].get("Objects", [])] or [f"{bucket_arn}/*"]
    if params.get("Key") is not None and "object" in kinds:
        return [f"{bucket_arn}/{params['Key']}"]
    return [bucket_arn]


def _ec2(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    """Launch templates, key pairs and groups can be named otherwise than by id, and an association names what it associates."""
    backend = context.backend("ec2")
    for kind, identifier in _associated(backend, params):
        if kind in kinds:
            yield arn_of(context, kinds[kind], identifier)
    if action == "ec2:RunInstances":  # the image's volumes, even if none are named: UG AWSEC2/ExamplePolicies_EC2.md
        yield arn_of(context, kinds["volume"])
    template = params.get("LaunchTemplateName") or (params.get("LaunchTemplate") or {}).get("LaunchTemplateName")
    if template and "launch-template" in kinds:
        known = backend.launch_template_name_to_ids.get(template)
        if known:
            yield arn_of(context, kinds["launch-template"], known)
    if "key-pair" in kinds and params.get("KeyName"):
        yield arn_of(context, kinds["key-pair"], params["KeyName"])
    if "security-group" in kinds and params.get("GroupName") and context.operation != "CreateSecurityGroup":
        group = backend.get_security_group_by_name_or_id(params["GroupName"])
        if group:
            yield arn_of(context, kinds["security-group"], group.id)


def _associated(backend: Any, params: Parameters) -> Iterator[tuple[str, str]]:
    """What is on either side of an association or a peering."""
    association = str(params.get("AssociationId", ""))
    for table in backend.route_tables.values() if association.startswith("rtbassoc-") else ():
        if association in table.associations:
            yield from (("route-table", table.id), ("subnet", table.associations[association]))
    for acl in backend.network_acls.values() if association.startswith("aclassoc-") else ():
        if association in acl._associations:
            yield from (("network-acl", acl.id), ("subnet", acl._associations[association].subnet_id))
    for address in backend.addresses if association.startswith("eipassoc-") else ():
        if address.association_id == association:
            yield ("elastic-ip", address.allocation_id)
    peering = backend.vpc_pcxs.get(params.get("VpcPeeringConnectionId"))
    if peering is not None:
        yield from (("vpc", vpc.id) for vpc in (peering.vpc, peering.peer_vpc) if vpc.id in backend.vpcs)


def _autoscaling(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    """The group of an instance; a group's ARN has an id that only the group knows."""
    from simulator.services.autoscaling import groups_of

    named = params.get("InstanceId")
    for group in groups_of(context).values() if named else ():
        if named in group.members and not params.get("AutoScalingGroupName"):
            yield group.arn


def _group(context: Context, kind: Kind, name: str) -> str:
    from simulator.services.autoscaling import groups_of

    known = groups_of(context).get(name) if kind.name == "autoScalingGroup" else None
    return known.arn if known is not None else arn_of(context, kind, name)


def _rds(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    """What is made without naming groups is asked about with the default ones: UG AmazonRDS/security_iam_id-based-policy-examples.md."""
    from simulator.services import rds_catalogue

    if not (action == "rds:CreateDBInstance" or action.startswith("rds:RestoreDBInstance")) or params.get("DBClusterIdentifier"):
        return
    engine = str(params.get("Engine") or "*")
    version = rds_catalogue.resolve(engine, params.get("EngineVersion"))
    family = rds_catalogue.family_of(engine, version) if version else "*"
    for kind, parameter, default in (
        ("pg", "DBParameterGroupName", f"default.{family}"),
        ("og", "OptionGroupName", f"default:{engine}-{family.removeprefix(engine).replace('.', '-') or '*'}"),
        ("subgrp", "DBSubnetGroupName", "default"),
    ):
        if kind in kinds and not params.get(parameter):
            yield arn_of(context, kinds[kind], default)


def _iam_entity(context: Context, kind: Kind, name: str) -> str:
    """Names of IAM are unique whatever their path, which their ARN has."""
    backend = context.backend("iam")
    known: Any = {
        "role": lambda: next((role for role in backend.roles.values() if role.name == name), None),
        "user": lambda: backend.users.get(name),
        "group": lambda: backend.groups.get(name),
        "instance-profile": lambda: next((profile for profile in backend.instance_profiles.values() if profile.name == name), None),
    }.get(kind.name, lambda: None)()
    if known is not None:
        return str(known.arn)
    path = str(context.params.get("Path") or "/")
    return arn_of(context, kind, f"{path.strip('/')}/{name}".lstrip("/"))


def _iam(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    if action == "iam:CreateServiceLinkedRole":
        yield service_linked_role(context, params.get("AWSServiceName", "*"))
    if action == "iam:CreateOpenIDConnectProvider":
        yield arn_of(context, kinds["oidc-provider"], str(params.get("Url", "*")).removeprefix("https://"))
    if "user" in kinds and len(kinds) == 1 and not params.get("UserName"):
        yield f"arn:aws:iam::{context.account}:{context.principal.rpartition(':')[2]}" if ":user/" in context.principal else arn_of(context, kinds["user"])


def service_linked_role(context: Context, service: str) -> str:
    """The ARN of a service's own role. Its name is the service's to choose, so only its path is sure."""
    return f"arn:aws:iam::{context.account}:role/aws-service-role/{service}/AWSServiceRoleFor*"


def _kms(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    """A key by id, ARN or alias is the key; operations about an alias ask about both (UG kms/alias-access.md)."""
    from simulator.services.kms import key_named

    named = [params[name] for name in ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId") if params.get(name)]
    if params.get("AliasName") and "alias" in kinds:
        yield arn_of(context, kinds["alias"], params["AliasName"].removeprefix("alias/"))
        named.append(params["AliasName"])
    for name in named:
        if (name.startswith("arn:") and ":key/" in name) or "key" not in kinds:
            continue
        key = key_named(context, name)
        if key is not None:
            yield key.arn
        elif "alias" not in name:
            yield arn_of(context, kinds["key"], name)


def _secret(context: Context, kind: Kind, name: str) -> str:
    """A secret's ARN ends in six characters that are drawn when it is made; until then the ? of IAM's wildcards stand for them."""
    secret = context.backend("secretsmanager").secrets.get(name)
    return str(secret.arn) if secret is not None and context.operation != "CreateSecret" else arn_of(context, kind, f"{name}-??????")


def _wafv2(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    kind = next(iter(kinds.values()))
    if params.get("Name") and params.get("Scope") and "${Scope}" in kind.template:
        scope = "global" if params["Scope"] == "CLOUDFRONT" else "regional"
        yield kind.arn(context.account, context.region, Scope=scope, Name=params["Name"], Id=params.get("Id", "*"))


def _elasticloadbalancing(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    name = params.get("Name")
    if name and action == "elasticloadbalancing:CreateLoadBalancer":
        kind = {"network": "loadbalancer/net/", "gateway": "loadbalancer/gwy/"}.get(params.get("Type", ""), "loadbalancer/app/")
        yield kinds[kind].arn(context.account, context.region, LoadBalancerName=name)
    if name and action == "elasticloadbalancing:CreateTargetGroup":
        yield arn_of(context, kinds["targetgroup"], name)


def _ssm(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    """A name is a parameter's or a document's; documents that AWS owns have no account in their ARN."""
    if "ResourceType" in params and params.get("ResourceId"):
        kind = {"Parameter": "parameter", "Document": "document", "ManagedInstance": "managed-instance"}.get(params["ResourceType"], "")
        if kind in kinds:
            yield arn_of(context, kinds[kind], params["ResourceId"].lstrip("/"))
        return
    for target in params.get("Targets") or () if "instance" in kinds else ():
        yield from (arn_of(context, kinds["instance"], identifier) for identifier in _targets(context, target))
    names = [params["Name"]] if isinstance(params.get("Name"), str) else list(params.get("Names") or [])
    for name in [*names, *([params["DocumentName"]] if params.get("DocumentName") else [])]:
        if name.startswith("arn:"):
            continue
        if "parameter" in kinds:
            yield arn_of(context, kinds["parameter"], name.lstrip("/").partition(":")[0])
        elif "document" in kinds:
            owner = "" if name.startswith(("AWS-", "Amazon", "AWSSupport-")) else context.account
            yield kinds["document"].arn(owner, context.region, DocumentName=name)


def _targets(context: Context, target: Parameters) -> list[str]:
    """The servers that a target of a command means: by id, or by a tag. Where it is none yet, all."""
    key, values = str(target.get("Key")), target.get("Values") or []
    if key == "InstanceIds":
        return values
    tags, name = context.backend("ec2").tags, key.removeprefix("tag:")
    return [identifier for identifier, held in tags.items() if identifier.startswith("i-") and held.get(name) in values] or ["*"]


def _ssm_name(context: Context, kind: Kind, name: str) -> str:
    if kind.name in ("parameter", "servicesetting"):
        return arn_of(context, kind, name.strip("/") or "*")
    if kind.name == "document":
        return next(_ssm(context, "", {"document": kind}, {"Name": name}))
    return arn_of(context, kind, name)


def _events(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    rule = params.get("Rule") or params.get("Name")
    bus = str(params.get("EventBusName") or "default").rpartition("/")[2]
    if rule and "rule-on-default-event-bus" in kinds:
        kind = "rule-on-default-event-bus" if bus == "default" else "rule-on-custom-event-bus"
        yield kinds[kind].arn(context.account, context.region, EventBusName=bus, RuleName=rule)
    elif "event-bus" in kinds:
        yield arn_of(context, kinds["event-bus"], rule or bus)


def _logs(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    if action == "logs:CreateDelivery":
        yield arn_of(context, kinds["delivery"])


def _sns(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    subscription = params.get("SubscriptionArn")
    if subscription:
        yield subscription.rpartition(":")[0]


def _servicequotas(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    if params.get("ServiceCode") and "quota" in kinds:
        yield kinds["quota"].arn(context.account, context.region, ServiceCode=params["ServiceCode"], QuotaCode=params.get("QuotaCode", "*"))


def _route53(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    kind = kinds.get(params.get("ResourceType", ""))
    for name in [params["ResourceId"]] if params.get("ResourceId") else params.get("ResourceIds") or []:
        if kind is not None:
            yield arn_of_name(context, kind, name)


def _sts(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    if action == "sts:GetFederationToken" and params.get("Name"):
        yield arn_of(context, kinds["federated-user"], params["Name"])


def _guardduty(context: Context, action: str, kinds: dict[str, Kind], params: Parameters) -> Iterator[str]:
    for name, kind in (("FilterName", "filter"), ("IpSetId", "ipset"), ("ThreatIntelSetId", "threatintelset"), ("DestinationId", "publishingDestination")):
        if params.get(name) and kind in kinds and params.get("DetectorId"):
            yield f"{kinds[kind].arn(context.account, context.region, DetectorId=params['DetectorId']).rpartition('/')[0]}/{params[name]}"


Special = Callable[[Context, str, dict[str, Kind], Parameters], Iterator[str]]
_SPECIAL: dict[str, Special] = {
    "autoscaling": _autoscaling,
    "ec2": _ec2,
    "elasticloadbalancing": _elasticloadbalancing,
    "events": _events,
    "guardduty": _guardduty,
    "iam": _iam,
    "kms": _kms,
    "logs": _logs,
    "rds": _rds,
    "route53": _route53,
    "servicequotas": _servicequotas,
    "sns": _sns,
    "ssm": _ssm,
    "sts": _sts,
    "wafv2": _wafv2,
}
_LOOKUPS: dict[str, Callable[[Context, Kind, str], str]] = {
    "autoscaling": _group,
    "iam": _iam_entity,
    "secretsmanager": _secret,
    "sqs": lambda context, kind, name: arn_of(context, kind, name.rpartition("/")[2]),
    "ssm": _ssm_name,
}


def region_of(context: Context, prefix: str) -> str:
    """The region that a request counts as being for."""
    return "us-east-1" if prefix in GLOBAL else context.region
