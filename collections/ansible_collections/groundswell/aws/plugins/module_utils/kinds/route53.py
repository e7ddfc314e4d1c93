# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53: public hosted zones, records and health checks.

Zones and health checks cannot be tagged in the call that makes them. Their caller reference can carry whose they are, so what a run
left untagged when it was killed is known and finished by the next one.

Records cannot be tagged at all. Beside each record of ours stands a TXT record that carries the tags; both are written and removed in
one change batch, which Route 53 carries out wholly or not at all. A record without it is somebody else's.
"""

from __future__ import annotations

import hashlib
import re
import threading
import typing as t
import uuid

from ..compare import dict_to_tags, tags_to_dict
from ..resource import OWNERSHIP, PLACEHOLDER, Item, Kind, Problem, Resource, owned
from ..retries import error_code, tolerated

_TAGS_AT_ONCE = 10  # resources of one ListTagsForResources
_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT")
_REGISTRY_TTL = 300
_REGISTRY = re.compile(r"_groundswell-[a-z]+(?:-[a-z0-9-]+)?\.")  # names of the TXT records that say whose a record is


class Route53Kind(Kind):
    """What zones and health checks have in common: tags read in bundles, owners in caller references."""

    service = "route53"
    create_then_update = True
    tag_type = ""  # Route 53's resource type

    @property
    def mark(self) -> str:
        """What our caller references begin with. Health checks' have room for 64 characters, hence the digest."""
        return _digest(*(self.tags[key] for key in OWNERSHIP if key in self.tags)) + "/"

    def reference(self, name: str) -> str:
        """A caller reference of ours. It must be a new one each time, also after a deletion, hence the tail."""
        return f"{self.mark}{_digest(name)}/{uuid.uuid4().hex[:12]}"

    def tags_of(self, found: dict[str, str]) -> dict[str, dict[str, str]]:
        """Tags by id, for ids with their caller references. Untagged and made under our reference: ours, to be tagged."""
        ids = list(found)
        bundles = [ids[start : start + _TAGS_AT_ONCE] for start in range(0, len(ids), _TAGS_AT_ONCE)]
        answers = self.session.each(
            lambda bundle: self.client.list_tags_for_resources(ResourceType=self.tag_type, ResourceIds=bundle)["ResourceTagSets"], bundles
        )
        tags = {one["ResourceId"]: tags_to_dict(one["Tags"]) for answer in answers for one in answer}
        return {identifier: tags.get(identifier) or (dict(self.tags) if found[identifier].startswith(self.mark) else {}) for identifier in ids}

    def normalise(self, item: Item) -> Item:
        return {**item, "tagged": True}

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.change_tags_for_resource(ResourceType=self.tag_type, ResourceId=resource.outputs["id"], AddTags=dict_to_tags(tags))

    def finish_tags(self, resource: Resource, changes: Item) -> None:
        """Tag what its creation could not."""
        if "tagged" in changes:
            self.set_tags(resource, {**self.tags, "Name": resource.name})


def _digest(*texts: str) -> str:
    return hashlib.sha256("/".join(texts).encode()).hexdigest()[:20]


class Zones(Route53Kind):
    """Public hosted zones by their domain. Others keep records in them too, hence `holds_data`."""

    module, noun, tag_type = "route53_zones", "hosted zone", "hostedzone"
    holds_data = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        zones = {zone["Id"].rpartition("/")[2]: zone for zone in self.pages("list_hosted_zones", "HostedZones") if not zone["Config"]["PrivateZone"]}
        tags = self.tags_of({identifier: zone["CallerReference"] for identifier, zone in zones.items()})
        wanted = [
            (identifier, zone)
            for identifier, zone in zones.items()
            if zone["Name"].rstrip(".") in names or all(tags[identifier].get(key) == self.tags[key] for key in OWNERSHIP if key in self.tags)
        ]
        return self.session.each(lambda pair: self._resource(*pair, tags[pair[0]]), wanted)

    def _resource(self, identifier: str, zone: dict[str, t.Any], tags: dict[str, str]) -> Resource:
        servers = self.client.get_hosted_zone(Id=identifier)["DelegationSet"]["NameServers"]
        state = {"comment": zone["Config"].get("Comment", ""), "tagged": "Name" in tags}
        outputs = {"id": identifier, "name_servers": sorted(server.rstrip(".").lower() for server in servers)}
        return Resource(zone["Name"].rstrip("."), state, tags, outputs)

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "name_servers": []}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        config = {"HostedZoneConfig": {"Comment": item["comment"]}} if item.get("comment") else {}
        identifier = self.client.create_hosted_zone(Name=name, CallerReference=self.reference(name), **config)["HostedZone"]["Id"].rpartition("/")[2]
        self.client.change_tags_for_resource(ResourceType=self.tag_type, ResourceId=identifier, AddTags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if "comment" in changes:
            self.client.update_hosted_zone_comment(Id=resource.outputs["id"], Comment=changes["comment"])
        self.finish_tags(resource, changes)

    def delete(self, resource: Resource) -> None:
        identifier = resource.outputs["id"]
        with tolerated("NoSuchHostedZone"):
            records = self.client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=identifier).search("ResourceRecordSets[]")
            left = [f"{_plain(record['Name'])} {record['Type']}" for record in records if not _of_the_zone(record, resource.name)]
            if left:
                raise Problem(f"holds records that nobody declared: {', '.join(left)}. Remove them by hand, then run again")
            self.client.delete_hosted_zone(Id=identifier)


def _of_the_zone(record: dict[str, t.Any], zone: str) -> bool:
    """The two record sets that a zone is born with."""
    return record["Type"] in ("SOA", "NS") and _plain(record["Name"]) == zone


class Records(Kind):
    """Records by name, type and set identifier, the way Route 53 tells them apart: `www.acme.example A`."""

    module, service, noun = "route53_records", "route53", "record"
    fixed = ("zone_id",)
    # Route 53 takes one change of a zone at a time and says so; the engine's throttle list knows that one.
    not_yet = ((r"InvalidChangeBatch", "alias target .* was not found", 30.0),)

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._raw: dict[str, list[dict[str, t.Any]]] = {}  # the record set and its companion as Route 53 holds them: a deletion repeats them
        self._displaced: set[str] = set()
        self._together: dict[str, list[str]] = {}  # of each record that takes the place of displaced ones, all that do so with it
        self._pending: dict[str, set[str]] = {}  # changes on their way to the name servers, by record
        self._lock = threading.Lock()

    # Reading ------------------------------------------------------------------------------------------------------------

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        found: list[Resource] = []
        for zone_id in self._zones(names):
            sets = self._record_sets(zone_id)
            owners = {record["Name"]: record for record in sets if record["Type"] == "TXT" and _REGISTRY.match(record["Name"])}
            for record in sets:
                if owners.get(record["Name"]) is record:
                    continue
                name = _key(record)
                owner = owners.get(_companion_name(name))
                tags = _read_owner(owner, self.tags) if owner else {}
                if owner or name in names:
                    self._raw[name] = [record, owner] if owner else [record]
                    settled = self._settled(name)
                    status = "INSYNC" if settled else "PENDING"
                    found.append(Resource(name, _record_state(record, zone_id), tags, {"zone_id": zone_id}, status=status, ready=settled))
        return found

    def _zones(self, names: t.Collection[str]) -> list[str]:
        """The zones of the declared records; without any, those that could hold such names."""
        declared = {item["zone_id"] for item in self.options.get("items") or ()} | set(self.options.get("zone_ids") or ())
        if declared:
            return sorted(zone for zone in declared if zone and zone != PLACEHOLDER)
        domains = [name.split(" ")[0] for name in names]
        return [
            zone["Id"].rpartition("/")[2]
            for zone in self.pages("list_hosted_zones", "HostedZones")
            if not zone["Config"]["PrivateZone"]
            and (not domains or any(domain == _plain(zone["Name"]) or domain.endswith("." + _plain(zone["Name"])) for domain in domains))
        ]

    def _record_sets(self, zone_id: str) -> list[dict[str, t.Any]]:
        with tolerated("NoSuchHostedZone"):
            pages = self.client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
            return [{**record, "Name": _plain(record["Name"])} for record in pages.search("ResourceRecordSets[]")]
        return []

    def _settled(self, name: str) -> bool:
        """Whether the changes of this run have reached the name servers."""
        for change in list(self._pending.get(name, ())):
            if self.client.get_change(Id=change)["ChangeInfo"]["Status"] == "INSYNC":
                self._pending[name].discard(change)
        return not self._pending.get(name)

    # Declared -------------------------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        name = " ".join(item["name"].split())
        domain, _, rest = name.partition(" ")
        done = {**item, "name": f"{_plain(domain)} {rest}"}
        if item.get("values") is not None:
            done["values"] = sorted(_value(value, rest.split(" ")[0]) for value in item["values"])
        if item.get("alias") is not None:
            done["alias"] = {**item["alias"], "dns_name": item["alias"]["dns_name"].rstrip(".").lower()}
        return done

    def refuse(self, items: dict[str, Item]) -> list[str]:
        problems = []
        for name, item in items.items():
            parts = name.split(" ")
            if name != item["name"]:
                problems.append(f"record {name!r}: write it as Route 53 knows it, {item['name']!r}")
            if len(parts) not in (2, 3) or parts[1] not in _TYPES:
                problems.append(f"record {name!r}: a name is the record's name, its type ({', '.join(_TYPES)}) and, where it has one, its set identifier")
                continue
            if (item.get("alias") is None) == (item.get("values") is None):
                problems.append(f"record {name}: give either alias or values")
            routed = [policy for policy in ("failover", "region") if item.get(policy)]
            if routed and len(parts) < 3:
                problems.append(
                    f"record {name}: a {'failover' if item.get('failover') else 'latency'} record needs a set identifier, the third word of its name"
                )
            if len(routed) > 1:
                problems.append(f"record {name}: give either failover or region")
        return problems

    def displaced(self, undeclared: dict[str, Resource]) -> t.Collection[str]:
        """Those of a name and type that are declared with another routing policy: Route 53 has one policy for all of them (API ResourceRecordSet)."""
        wanted: dict[str, set[str]] = {}
        for name, item in self.wanted.items():
            wanted.setdefault(_set_of(name), set()).add(_policy(item))
        self._displaced = {name for name, resource in undeclared.items() if wanted.get(_set_of(name), set()) - {_policy(resource.state)}}
        missing = sorted(set(self.wanted) - set(self._raw), key=lambda name: (self.stage(self.wanted[name]), name))
        changing = {_set_of(name) for name in self._displaced}
        self._together = {name: [one for one in missing if _set_of(one) == _set_of(name)] for name in missing if _set_of(name) in changing}
        return self._displaced

    def stage(self, item: Item) -> int:
        """Targets before the aliases to them. The first of a pair before the second: where both change places, nobody is led to where neither leads now."""
        inside = (item.get("alias") or {}).get("zone_id") == item["zone_id"]
        return 2 if inside else 1 if item.get("failover") == "SECONDARY" else 0

    def hand_over(self, name: str) -> str:
        """How somebody gives us a record that exists."""
        return f"create the TXT record {_companion_name(name)} with the value {_owner_value(self.tags)} to hand it over"

    def placeholder(self, name: str) -> Item:
        return {"zone_id": PLACEHOLDER}

    # Changing -------------------------------------------------------------------------------------------------------------

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # All of another policy at once, so that the name never leads to a part of them: the first one does it for all.
        together = self._together.get(name, [name])
        if name != together[0]:
            return
        going = [one for one in self._displaced if one in self._raw and _set_of(one) == _set_of(name)]
        batch = [("DELETE", record) for one in going for record in self._raw[one]]
        for one in together:
            # Not UPSERT: a record of somebody else that came up since we looked must not be overwritten.
            batch += [("CREATE", _record_set(one, item if one == name else self.wanted[one])), ("UPSERT", self._companion(one))]
        self._change(together, item["zone_id"], batch)
        for one in going:
            del self._raw[one]

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        merged = {**resource.state, **{key: value for key, value in item.items() if value is not None}}
        merged["alias" if item.get("values") is not None else "values"] = None
        self._change([resource.name], resource.outputs["zone_id"], [("UPSERT", _record_set(resource.name, merged))])

    def delete(self, resource: Resource) -> None:
        if resource.name not in self._raw:
            return  # gone with the change that put others in its place
        batch = [("DELETE", record) for record in self._raw[resource.name]]
        try:
            self._change([resource.name], resource.outputs["zone_id"], batch)
        except self.client.exceptions.ClientError as error:
            if error_code(error) not in ("InvalidChangeBatch", "NoSuchHostedZone") or not re.search(r"not found|No hosted zone", str(error)):
                raise

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self._change([resource.name], resource.outputs["zone_id"], [("UPSERT", self._companion(resource.name))])

    def _companion(self, name: str) -> dict[str, t.Any]:
        return {"Name": _companion_name(name), "Type": "TXT", "TTL": _REGISTRY_TTL, "ResourceRecords": [{"Value": _owner_value(self.tags)}]}

    def _change(self, names: list[str], zone_id: str, changes: list[tuple[str, dict[str, t.Any]]]) -> None:
        # One at a time: Route 53 refuses a change of a zone while another one is being taken in.
        with self._lock:
            change = self.client.change_resource_record_sets(
                HostedZoneId=zone_id, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
            )["ChangeInfo"]
        for name in names:
            self._pending.setdefault(name, set()).add(change["Id"].rpartition("/")[2])


def _plain(name: str) -> str:
    """A domain name without the final dot, lower case, with `*` as it is written."""
    return name.rstrip(".").lower().replace("\\052", "*")


def _key(record: dict[str, t.Any]) -> str:
    return " ".join(filter(None, (record["Name"], record["Type"], record.get("SetIdentifier"))))


def _set_of(name: str) -> str:
    """The name and type that records with set identifiers share."""
    return " ".join(name.split(" ")[:2])


def _policy(state: Item) -> str:
    return "failover" if state.get("failover") else "latency" if state.get("region") else "simple"


def _companion_name(name: str) -> str:
    """Where the owner of a record is written: `_groundswell-a-primary.www.acme.example`. A wildcard's stands under `_any`."""
    domain, kind, *identifier = name.split(" ")
    label = "-".join(["_groundswell", kind.lower(), *(re.sub(r"[^a-z0-9-]", "-", one.lower()) for one in identifier)])
    return f"{label}.{'_any' + domain[1:] if domain.startswith('*.') else domain}"


def _owner_value(tags: dict[str, str]) -> str:
    return '"' + ",".join(f"{key}={tags[key]}" for key in OWNERSHIP if key in tags) + '"'


def _read_owner(companion: dict[str, t.Any], ours: dict[str, str]) -> dict[str, str]:
    text = companion["ResourceRecords"][0]["Value"].strip('"')
    tags = dict(pair.partition("=")[::2] for pair in text.split(",") if "=" in pair)
    if all(tags.get(key) == ours[key] for key in OWNERSHIP if key in ours):
        # A record has room for the owner only; the other tags are not missing from it.
        return {**ours, **tags}
    return tags


def _value(value: str, kind: str) -> str:
    """A value as Route 53 holds it."""
    if kind == "TXT" and not value.startswith('"'):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value.rstrip(".").lower() if kind in ("CNAME", "NS") else value


def _record_state(record: dict[str, t.Any], zone_id: str) -> Item:
    state: Item = {
        "zone_id": zone_id, "failover": record.get("Failover"), "region": record.get("Region"), "health_check_id": record.get("HealthCheckId", ""),
    }  # fmt: skip
    if "AliasTarget" in record:
        target = record["AliasTarget"]
        return {
            **state,
            "alias": {
                "dns_name": target["DNSName"].rstrip(".").lower(),
                "zone_id": target["HostedZoneId"],
                "evaluate_target_health": target["EvaluateTargetHealth"],
            },
        }
    values = sorted(_value(one["Value"], record["Type"]) for one in record.get("ResourceRecords", []))
    return {**state, "ttl": int(record.get("TTL", 0)), "values": values}


def _record_set(name: str, item: Item) -> dict[str, t.Any]:
    domain, kind, *identifier = name.split(" ")
    record: dict[str, t.Any] = {"Name": domain, "Type": kind}
    if identifier:
        record["SetIdentifier"] = identifier[0]
    if item.get("failover"):
        record["Failover"] = item["failover"]
    if item.get("region"):
        record["Region"] = item["region"]
    if item.get("health_check_id"):
        record["HealthCheckId"] = item["health_check_id"]
    if item.get("alias"):
        alias = item["alias"]
        record["AliasTarget"] = {
            "DNSName": alias["dns_name"],
            "HostedZoneId": alias["zone_id"],
            "EvaluateTargetHealth": bool(alias.get("evaluate_target_health")),
        }
    else:
        record["TTL"] = item.get("ttl") or 300
        record["ResourceRecords"] = [{"Value": value} for value in item["values"]]
    return record


class HealthChecks(Route53Kind):
    """Health checks by their tag Name: one that follows a CloudWatch alarm, adds up others of its set, or asks an address from the internet."""

    module, noun, tag_type = "route53_health_checks", "health check", "healthcheck"
    fixed = ("type", "interval")
    # The alarm may have been made a moment ago.
    not_yet = ((r"InvalidInput", "[Aa]larm", 30.0),)

    def __init__(self, session: t.Any, options: Item, tags: dict[str, str]) -> None:
        super().__init__(session, options, tags)
        self._ids: dict[str, str] = {}  # of ours, by name: a check that adds up others names them by these

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        checks = {check["Id"]: check for check in self.pages("list_health_checks", "HealthChecks") if "LinkedService" not in check}
        tags = self.tags_of({identifier: check["CallerReference"] for identifier, check in checks.items()})
        by_digest = {_digest(name): name for name in names}
        # One that was never tagged has its name in its reference.
        named = {
            identifier: tags[identifier].get("Name") or by_digest.get(check["CallerReference"].removeprefix(self.mark)[:20], identifier)
            for identifier, check in checks.items()
        }
        self._ids |= {name: identifier for identifier, name in named.items() if owned(tags[identifier], self.tags)}
        for identifier, check in checks.items():
            state = self._state(check, named, "Name" in tags[identifier])
            yield Resource(named[identifier], state, tags[identifier], {"id": identifier})

    @staticmethod
    def _state(check: dict[str, t.Any], named: dict[str, str], tagged: bool) -> Item:
        config = check["HealthCheckConfig"]
        alarm = config.get("AlarmIdentifier", {})
        return {
            "tagged": tagged,
            "type": config["Type"],
            "alarm_name": alarm.get("Name"),
            "alarm_region": alarm.get("Region"),
            "without_data": config.get("InsufficientDataHealthStatus"),
            "domain_name": config.get("FullyQualifiedDomainName"),
            "port": config.get("Port"),
            "path": config.get("ResourcePath"),
            "interval": config.get("RequestInterval"),
            "failure_threshold": config.get("FailureThreshold"),
            "inverted": config.get("Inverted", False),
            "children": [named.get(child, child) for child in config["ChildHealthChecks"]] if "ChildHealthChecks" in config else None,
            "threshold": config.get("HealthThreshold"),
        }

    def normalise(self, item: Item) -> Item:
        filled = super().normalise(item)
        if item["type"] == "CALCULATED" and item.get("threshold") is None:
            filled["threshold"] = len(item.get("children") or ())
        return filled

    def refuse(self, items: dict[str, Item]) -> list[str]:
        needed = {"CLOUDWATCH_METRIC": ("alarm_name", "alarm_region"), "HTTPS": ("domain_name",), "HTTP": ("domain_name",), "CALCULATED": ("children",)}
        problems = [
            f"health check {name}: the type {item['type']} needs {option}"
            for name, item in items.items()
            for option in needed[item["type"]]
            if not item.get(option)
        ]
        plain = {name for name, item in items.items() if item["type"] != "CALCULATED"}
        return problems + [
            f"health check {name}: {child} is no check of this set that could be added up" + (": it adds up others itself" if child in items else "")
            for name, item in items.items()
            for child in item.get("children") or ()
            if child not in plain
        ]

    def stage(self, item: Item) -> int:
        """What adds up others after these."""
        return int(item["type"] == "CALCULATED")

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        fixed = {"Type": item["type"]}
        if item.get("interval"):
            fixed["RequestInterval"] = item["interval"]
        config = {**fixed, **self._config(item), **_sni(item)}
        identifier = self.client.create_health_check(CallerReference=self.reference(name), HealthCheckConfig=config)["HealthCheck"]["Id"]
        self._ids[name] = identifier
        self.client.change_tags_for_resource(ResourceType=self.tag_type, ResourceId=identifier, AddTags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        config = self._config({**resource.state, **{key: value for key, value in item.items() if value is not None}})
        if set(changes) - {"tagged"}:
            self.client.update_health_check(HealthCheckId=resource.outputs["id"], **config)
        self.finish_tags(resource, changes)

    def delete(self, resource: Resource) -> None:
        with tolerated("NoSuchHealthCheck"):
            self.client.delete_health_check(HealthCheckId=resource.outputs["id"])

    def _config(self, item: Item) -> dict[str, t.Any]:
        """The part of a configuration that can change."""
        config: dict[str, t.Any] = {} if item.get("inverted") is None else {"Inverted": item["inverted"]}
        if item["type"] == "CALCULATED":
            return {**config, "ChildHealthChecks": [self._ids[child] for child in item["children"]], "HealthThreshold": item["threshold"]}
        if item["type"] == "CLOUDWATCH_METRIC":
            config["AlarmIdentifier"] = {"Name": item["alarm_name"], "Region": item["alarm_region"]}
            config["InsufficientDataHealthStatus"] = item.get("without_data") or "LastKnownStatus"
            return config
        for option, member in (
            ("domain_name", "FullyQualifiedDomainName"), ("port", "Port"), ("path", "ResourcePath"), ("failure_threshold", "FailureThreshold"),
        ):  # fmt: skip
            if item.get(option) is not None:
                config[member] = item[option]
        return config


def _sni(item: Item) -> dict[str, bool]:
    return {"EnableSNI": True} if item["type"] == "HTTPS" else {}
