# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory must fulfil before anything asks AWS. One function for one rule; all of them speak, not only the first."""

from __future__ import annotations

import collections.abc
import datetime
import difflib
import ipaddress
import itertools
import re
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .inventory import Definition, Encrypted
from .site import Cell, Problem, Site
from .triggers import circles

Rule = collections.abc.Callable[[Site], collections.abc.Iterable[Problem]]
RULES: list[Rule] = []

# Words in a variable's name that say it holds a secret, and endings that say it only speaks of one.
_SECRET = re.compile(r"(^|_)(password|passwd|secret|token|api_key|private_key|access_key|credential)s?(_|$)", re.IGNORECASE)
_ABOUT = re.compile(
    r"_(name|names|arn|arns|id|ids|length|path|file|url|enabled|days|window|window_days|recovery_window_days|ttl|characters|engine|kms_key|rotation|type)$"
)
_KEYS = (
    (re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"), "an AWS access key id"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b(ghp|gho|ghs|glpat|xox[abp])[-_][A-Za-z0-9_-]{16,}"), "an access token"),
)
_EXAMPLE = {
    "account_id": re.compile(r"^(123456789012|1{12}|0{12})$"),
    "domain_name": re.compile(r"\.(example|invalid|test|localhost)$|(^|\.)example\.(com|org|net)$"),
    "owner_email": re.compile(r"\.(example|invalid|test|localhost)$|@example\.(com|org|net)$"),
}
_SHAPE = {
    "account_id": (re.compile(r"^\d{12}$"), "must be twelve digits, in quotes"),
    "domain_name": (re.compile(r"^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"), "must be a domain in lower case, such as shop.acme.com"),
    "owner_email": (re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"), "must be an e-mail address"),
    "aws_region": (re.compile(r"^[a-z]{2}(-[a-z]+){1,2}-\d$"), "must be a region, such as ap-southeast-1"),
    "project_name": (re.compile(r"^[a-z][a-z0-9-]{1,18}[a-z0-9]$"), "must be 3 to 20 lower-case letters, digits and hyphens"),
    "environment_name": (re.compile(r"^[a-z][a-z0-9]{1,9}$"), "must be 2 to 10 lower-case letters and digits"),
}
_SOON = datetime.timedelta(days=120)

# Beginnings of names that are not the user's: private ones, and what Ansible, AWX and Molecule put among the variables.
_FOREIGN = ("__", "ansible_", "awx_", "tower_", "molecule_")


def rule(function: Rule) -> Rule:
    """Register a rule."""
    RULES.append(function)
    return function


@rule
def group_vars_are_read(site: Site) -> collections.abc.Iterable[Problem]:
    """Ansible says nothing when it does not find group_vars."""
    for cell in site.cells:
        if cell.get("group_vars_loaded") is not True:
            yield Problem(
                f"group_vars was not read for {cell.name}: the inventory's directory needs the link group_vars -> ../../group_vars, "
                "and the cell has to be in the groups of its environment"
            )
            return


@rule
def variables_are_known(site: Site) -> collections.abc.Iterable[Problem]:
    """A misspelt variable would otherwise be ignored, and a default be used."""
    for definition in site.definitions:
        if definition.name in site.specs or definition.name.startswith(_FOREIGN):
            continue
        near = difflib.get_close_matches(definition.name, site.specs, n=1, cutoff=0.75)
        meant = f": did you mean {near[0]}?" if near else ". Private variables begin with __"
        yield Problem(f"no role knows the variable {definition.name}{meant}", definition.where)


@rule
def required_variables_are_set(site: Site) -> collections.abc.Iterable[Problem]:
    """What nobody else can decide."""
    for name, home in site.required.items():
        lacking = [cell.name for cell in site.cells if cell.get(name) in (None, "") and name not in site.undefined]
        if lacking:
            cells = "" if len(lacking) == len(site.cells) else f" for {', '.join(lacking)}"
            yield Problem(f"{name} is not set{cells}", f"put it into {home}")


@rule
def nothing_refers_to_the_unknown(site: Site) -> collections.abc.Iterable[Problem]:
    """A template whose variable is not set fails in the middle of a run otherwise."""
    for name, missing in site.undefined.items():
        if missing not in site.required:
            yield Problem(f"{name} uses {missing}, which is not set", site.where(name))


@rule
def values_have_their_types(site: Site) -> collections.abc.Iterable[Problem]:
    """As the roles' argument specs say."""
    for cell in site.cells:
        for name in {definition.name for definition in site.definitions} & set(site.specs):
            value = cell.get(name)
            if value is None:
                continue
            spec = {**site.specs[name], "required": False}
            for error in ArgumentSpecValidator({name: spec}).validate({name: value}).error_messages:
                yield Problem(error.replace("argument ", "").replace("value of ", ""), site.where(name, cell))


@rule
def values_have_their_shape(site: Site) -> collections.abc.Iterable[Problem]:
    """Identifiers that AWS would refuse late."""
    for name, (shape, words) in _SHAPE.items():
        for cell in site.cells:
            value = cell.get(name)
            if value not in (None, "") and not shape.match(str(value)):
                yield Problem(f"{name} is {value}: it {words}", site.where(name, cell))


@rule
def examples_stay_in_the_simulator(site: Site) -> collections.abc.Iterable[Problem]:
    """The values that the inventories are delivered with belong to nobody."""
    if site.simulated:
        return
    for name, example in _EXAMPLE.items():
        value = str(site.main.get(name) or "")
        if example.search(value):
            yield Problem(f"{name} is still the example {value}: on AWS it has to be your own", site.where(name))


@rule
def secrets_are_not_written_down(site: Site) -> collections.abc.Iterable[Problem]:
    """They are made in place, in Secrets Manager, and never pass through a variable."""
    for definition in site.definitions:
        for path in _secrets(definition.name, definition.value):
            yield Problem(
                f"{path}: secrets never stand in variables, they are generated in Secrets Manager, where the application reads them. "
                "If it was ever committed or shared, replace it",
                definition.where,
            )


def _secrets(path: str, value: t.Any) -> collections.abc.Iterator[str]:
    """The paths of what looks like a secret, without its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(path, inner)
    elif isinstance(value, Encrypted):
        return
    elif isinstance(value, str) and "{{" not in value:
        for pattern, what in _KEYS:
            if pattern.search(value):
                yield f"{path} holds {what}"
                return
        last = path.rpartition(".")[2]
        if value and _SECRET.search(last) and not _ABOUT.search(last):
            yield f"{path} looks like a secret written down"


@rule
def networks_are_sound(site: Site) -> collections.abc.Iterable[Problem]:
    """A network can neither be moved nor grown later."""
    for cell in site.cells:
        value = cell.get("network_cidr") if cell.regional else None
        if value is None:
            continue
        network = _network(value)
        if network is None:
            yield Problem(f"network_cidr {value} is no IPv4 block with all host bits zero, such as 10.40.0.0/16", site.where("network_cidr", cell))
        elif not 16 <= network.prefixlen <= 23:
            yield Problem(f"network_cidr {value} must be between /16 and /23: three tiers in every zone have to fit", site.where("network_cidr", cell))
        elif not any(network.subnet_of(ipaddress.ip_network(private)) for private in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")):
            yield Problem(f"network_cidr {value} is not private address space", site.where("network_cidr", cell))


@rule
def networks_do_not_overlap(site: Site) -> collections.abc.Iterable[Problem]:
    """Overlapping networks can never be connected: not the standby region, not another environment."""
    cells = [(cell.name, _network(cell.get("network_cidr")), site.where("network_cidr", cell)) for cell in site.cells if cell.regional]
    environment = site.main.get("environment_name")
    others = [
        (name, _network(found["network_cidr"].value), found["network_cidr"].where)
        for name, found in site.elsewhere.items()
        if name != environment and "network_cidr" in found
    ]
    for (name, network, where), (other, taken, there) in [*itertools.combinations(cells, 2), *itertools.product(cells, others)]:
        if network and taken and network.overlaps(taken):
            yield Problem(f"network_cidr {network} of {name} overlaps {taken} of {other} ({there})", where)


def _network(value: t.Any) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(str(value))
    except ValueError:
        return None


@rule
def a_standby_can_follow(site: Site) -> collections.abc.Iterable[Problem]:
    """One region serves, one other follows."""
    standbys = [cell for cell in site.cells if "standby" in cell.groups]
    if len(standbys) > 1:
        yield Problem(f"the group standby has {len(standbys)} hosts, and one region at most can follow another", "inventories/<environment>/hosts.yml")
    for cell in standbys:
        if cell.get("aws_region") == site.main.get("aws_region"):
            yield Problem(f"{cell.name} stands by for {site.main.name} in the same region", site.where("aws_region", cell))
        if cell.get("database_engine") not in (None, "mysql"):
            yield Problem(
                f"database_engine is {cell.get('database_engine')}, of which there is no copy in another region yet: "
                "use mysql, or take the hosts out of the group standby",
                site.where("database_engine", cell),
            )
        if cell.get("recovery_strategy") == "backup_restore" and not _copied(site.main, "database"):
            yield Problem(
                f"recovery_strategy is backup_restore, and AWS Backup copies no backup of the database to {cell.name}: "
                "backup_classes has to have database, and its entry in backup_policies copied: true",
                site.where("recovery_strategy", cell),
            )


def _copied(cell: Cell, name: str) -> bool:
    """Whether what belongs to a class is backed up, and its backups are copied to the other region."""
    policies = [policy for policy in cell.get("backup_policies") or [] if isinstance(policy, dict) and policy.get("name") == name]
    return name in (cell.get("backup_classes") or []) and any(policy.get("copied") is True for policy in policies)


@rule
def zones_are_enough(site: Site) -> collections.abc.Iterable[Problem]:
    """Load balancers and databases need two, losing one without harm needs three."""
    for cell in site.cells:
        zones = cell.get("availability_zones")
        if not cell.regional or not isinstance(zones, list):
            continue
        if not 2 <= len(zones) <= 4 or len(set(zones)) != len(zones) or not all(re.fullmatch("[a-z]", str(zone)) for zone in zones):
            yield Problem(f"availability_zones must be two to four different letters, not {zones}", site.where("availability_zones", cell))


@rule
def smallest_is_not_above_largest(site: Site) -> collections.abc.Iterable[Problem]:
    """Every pair of limits, whatever it limits."""
    for low, high in ((name, re.sub(r"(^|_)min(imum)?(?=_|$)", _upper, name)) for name in site.named(r".*(^|_)min(imum)?(_.*|$)")):
        for cell in site.cells:
            least, most = _number(cell.get(low)), _number(cell.get(high))
            if least is not None and most is not None and least > most:
                yield Problem(f"{low} ({least:g}) is above {high} ({most:g})", site.where(low, cell))
    for name in site.named(r".*"):
        for cell in site.cells:
            value = cell.get(name) if site.specs[name].get("type") == "list" else None
            for entry in [entry for entry in value or [] if isinstance(entry, dict)]:
                least, most = _number(entry.get("min_size")), _number(entry.get("max_size"))
                if least is not None and most is not None and least > most:
                    decides = _decides(site, cell, [least], str(entry.get("name", "")))
                    yield Problem(f"{name}: {entry.get('name', 'an entry')} has min_size {least:g} above max_size {most:g}", decides or site.where(name, cell))


def _upper(match: re.Match[str]) -> str:
    return match[0].replace("minimum", "maximum").replace("min", "max")


def _decides(site: Site, cell: Cell, values: list[float], word: str) -> str:
    """Where a number in a composed list comes from: a variable of that tier with that value."""
    for definition in reversed(site.definitions):
        if word and definition.name.startswith(f"{word}_") and _number(definition.value) in values:
            return definition.where
    return ""


def _number(value: t.Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


@rule
def versions_are_alive(site: Site) -> collections.abc.Iterable[Problem]:
    """AWS charges extra for versions that nobody supports, and one day upgrades them by itself."""
    for entry, ends in _pinned(site):
        if ends <= site.today:
            yield Problem(
                f"{entry['variable']}: {entry['what']} has been out of standard support since {ends} ({entry['source']}); use {entry['replacement']}",
                site.where(entry["variable"]),
            )


def ending_soon(site: Site) -> collections.abc.Iterable[Problem]:
    """Versions that end within months: said, not refused."""
    for entry, ends in _pinned(site):
        if site.today < ends <= site.today + _SOON:
            words = f"{entry['variable']}: standard support of {entry['what']} ends on {ends}; plan for {entry['replacement']}"
            yield Problem(words, site.where(entry["variable"]))


def _pinned(site: Site) -> collections.abc.Iterator[tuple[dict[str, t.Any], datetime.date]]:
    """What the lifecycle table knows of the versions in use."""
    for entry in site.lifecycle:
        value = site.main.get(entry["variable"])
        fits = all(site.main.get(name) == wanted for name, wanted in (entry.get("when") or {}).items())
        if value not in (None, "") and fits and re.match(entry["versions"], str(value)):
            ends = entry["ends"]
            yield entry, ends if isinstance(ends, datetime.date) else datetime.date.fromisoformat(str(ends))


@rule
def machines_exist(site: Site) -> collections.abc.Iterable[Problem]:
    """Instance types as botocore lists them; classes of databases and caches by their form."""
    known = _instance_types()
    for name in site.named(r".*_instance_types?"):
        for cell in site.cells:
            value = cell.get(name)
            for kind in value if isinstance(value, list) else [value]:
                if isinstance(kind, str) and kind and known and kind not in known:
                    near = difflib.get_close_matches(kind, known, n=1)
                    yield Problem(f"{name}: there is no instance type {kind}" + (f", did you mean {near[0]}?" if near else ""), site.where(name, cell))
    for pattern, prefix in (("database_.*instance_class", "db"), ("cache_node_type", "cache")):
        form = re.compile(rf"{prefix}\.([a-z]+\d+[a-z-]*\.(\d*x?large|micro|small|medium)(\.[a-z0-9.]+)?|serverless)")
        for name, cell in itertools.product(site.named(pattern), site.cells):
            value = cell.get(name)
            if isinstance(value, str) and value and not form.fullmatch(value):
                yield Problem(f"{name} is {value}: it must be like {prefix}.r8g.large", site.where(name, cell))


def _instance_types() -> frozenset[str]:
    """Every EC2 instance type that the installed botocore knows."""
    import botocore.session

    return frozenset(botocore.session.get_session().get_service_model("ec2").shape_for("InstanceType").enum)


@rule
def production_survives_a_zone(site: Site) -> collections.abc.Iterable[Problem]:
    """What users pay for must not hang on one building."""
    cell = site.main
    if cell.get("environment_name") != "prod":
        return
    for name in site.named(r"(database|cache)_multi_az"):
        if cell.get(name) is False:
            yield Problem(f"{name} is off: production has to survive the loss of a zone", site.where(name, cell))
    if isinstance(cell.get("availability_zones"), list) and len(cell.get("availability_zones")) < 3:
        yield Problem("availability_zones has fewer than three zones: production has to survive the loss of one", site.where("availability_zones", cell))
    if cell.get("database_deletion_protection") is False:
        yield Problem("database_deletion_protection is off in production", site.where("database_deletion_protection", cell))


@rule
def database_storage_is_possible(site: Site) -> collections.abc.Iterable[Problem]:
    """What RDS refuses, from its documentation of storage types."""
    for cell in (cell for cell in site.cells if cell.regional):
        if cell.get("database_engine") != "mysql":
            continue
        kind, size = cell.get("database_storage_type"), _number(cell.get("database_storage_gib"))
        iops, throughput = _number(cell.get("database_iops")), _number(cell.get("database_storage_throughput"))
        if kind == "gp3" and size is not None and size < 400 and (iops or throughput):
            yield Problem(
                "database_iops and database_storage_throughput cannot be chosen for gp3 below 400 GiB, which always has 3000 and 125",
                site.where("database_iops" if iops else "database_storage_throughput", cell),
            )
        if kind in ("io1", "io2") and not iops:
            yield Problem(f"database_iops is not set, and {kind} needs it", site.where("database_storage_type", cell))


@rule
def choices_go_together(site: Site) -> collections.abc.Iterable[Problem]:
    """Pairs that AWS refuses, or that would do nothing."""
    for cell in (cell for cell in site.cells if cell.regional):
        for tier in [tier for tier in cell.get("fleets_tiers") or [] if isinstance(tier, dict)]:
            name = tier.get("name", "a tier")
            health_port = _number(tier.get("health_port"))
            if health_port is not None and (health_port < 1024 or health_port == _number(tier.get("port"))):
                yield Problem(f"health_port must be 1024 or above, and not {name}_port", site.where("health_port", cell))
            several = len(tier.get("instance_types") or []) > 1
            spot = _number(tier.get("on_demand_percentage")) not in (None, 100)
            if _number(tier.get("warm_pool_size")) and (spot or several):
                yield Problem(
                    f"{name}_warm_pool_size: a warm pool goes neither with Spot nor with several instance types",
                    site.where(f"{name}_warm_pool_size", cell),
                )
        if cell.get("load_balancers_algorithm") == "least_outstanding_requests" and cell.get("load_balancers_slow_start"):
            yield Problem("load_balancers_slow_start goes with round robin only", site.where("load_balancers_slow_start", cell))


@rule
def backups_are_kept(site: Site) -> collections.abc.Iterable[Problem]:
    """A vault refuses what does not keep to its lock when the job runs, at night; and one lock nobody can ever undo."""
    for cell in (cell for cell in site.cells if cell.regional):
        known = [policy.get("name") for policy in cell.get("backup_policies") or [] if isinstance(policy, dict)]
        for name in [name for name in cell.get("backup_classes") or [] if name not in known]:
            yield Problem(f"backup_classes has {name}, and backup_policies says nothing of it", site.where("backup_classes", cell))
        if cell.get("backup_lock") not in ("governance", "compliance"):
            continue
        low, high = _number(cell.get("backup_lock_min_days")) or 0, _number(cell.get("backup_lock_max_days")) or 0
        for variable in ("backup_retention_days", "backup_copy_retention_days"):
            days = _number(cell.get(variable))
            if days is not None and (days < low or 0 < high < days):
                limit = f"below backup_lock_min_days ({low:g})" if days < low else f"above backup_lock_max_days ({high:g})"
                yield Problem(f"{variable} ({days:g}) is {limit}: every job would fail", site.where(variable, cell))
        consent, name = cell.get("backup_compliance_consent"), cell.get("backup_name")
        if cell.get("backup_lock") == "compliance" and (not consent or consent != name):
            yield Problem(
                f"backup_lock is compliance, which nobody can undo, neither you nor AWS. If you mean it: backup_compliance_consent: {name}",
                site.where("backup_lock", cell),
            )


@rule
def functions_call_nobody_in_a_circle(site: Site) -> collections.abc.Iterable[Problem]:
    """As they are written: what they name of the layers below is known only when those are there."""
    for definition in site.definitions:
        if definition.name == "functions_functions" and isinstance(definition.value, list):
            for circle in circles(definition.value):
                yield Problem(circle, definition.where)


@rule
def config_rules_have_identifiers(site: Site) -> collections.abc.Iterable[Problem]:
    """Rules of AWS Config by the form of their identifiers. Which there are no API tells and no package keeps up."""
    name, form = "region_baseline_config_rules", re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
    for cell in site.cells:
        value = cell.get(name)
        for one in value if isinstance(value, list) else []:
            identifier = one.get("identifier") if isinstance(one, dict) else None
            if isinstance(identifier, str) and not form.fullmatch(identifier):
                meant = re.sub(r"[^A-Z0-9]+", "_", identifier.upper()).strip("_")
                near = f": did you mean {meant}?" if form.fullmatch(meant) else ""
                yield Problem(f"{name}: {identifier} is no identifier of a rule, which is like ROOT_ACCOUNT_MFA_ENABLED{near}", site.where(name, cell))


def judge(site: Site) -> tuple[list[str], list[str]]:
    """(problems, warnings), each once."""
    problems = [str(problem) for check in RULES for problem in check(site)]
    return list(dict.fromkeys(problems)), list(dict.fromkeys(str(problem) for problem in ending_soon(site)))


def homes(definitions: collections.abc.Iterable[Definition]) -> dict[str, list[Definition]]:
    """Variables with every place that sets them."""
    found: dict[str, list[Definition]] = {}
    for definition in definitions:
        found.setdefault(definition.name, []).append(definition)
    return found
