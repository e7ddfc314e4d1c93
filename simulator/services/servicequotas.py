# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Quotas: the defaults that a new account meets (quotas.tsv), and a door to change one.

`quota(context, "vpc", "L-F678F1CE")` is what rules on limits ask.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

from simulator import control
from simulator.context import Context
from simulator.moto_bridge import ACCOUNT
from simulator.registry import Parameters, Refused, on_reset, operation

TABLE = Path(__file__).with_name("quotas.tsv")

# (account, region, service, code) -> value set through the door; the region of a global quota is "".
_changed: dict[tuple[str, str, str, str], float] = {}
on_reset(_changed.clear)


@cache
def defaults() -> dict[tuple[str, str], dict[str, str]]:
    """The table, by service and quota code."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["service"], row["code"]): row for row in rows}


def quota(context: Context, service: str, code: str) -> float:
    """The value of a quota in the call's account and region."""
    row = defaults()[service, code]
    region = "" if row["global"] == "yes" else context.region
    return _changed.get((context.account, region, service, code), float(row["value"]))


def _shown(context: Context, service: str, code: str, default: bool = False) -> Parameters:
    row = defaults()[service, code]
    value = float(row["value"]) if default else quota(context, service, code)
    return {
        "ServiceCode": service,
        "ServiceName": service,
        "QuotaArn": f"arn:aws:servicequotas:{context.region}:{'' if default else context.account}:{service}/{code}",
        "QuotaCode": code,
        "QuotaName": row["name"],
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": row["global"] == "yes",
    }


def _known(context: Context) -> tuple[str, str]:
    service, code = context.params["ServiceCode"], context.params["QuotaCode"]
    if (service, code) not in defaults():
        raise Refused("NoSuchResourceException", "The request failed because the specified quota does not exist.")
    return service, code


@operation("service-quotas", "GetServiceQuota")
def get_service_quota(context: Context) -> Parameters:
    """API service-quotas:GetServiceQuota: the value applied to this account."""
    return {"Quota": _shown(context, *_known(context))}


@operation("service-quotas", "GetAWSDefaultServiceQuota")
def get_default_service_quota(context: Context) -> Parameters:
    """API service-quotas:GetAWSDefaultServiceQuota."""
    return {"Quota": _shown(context, *_known(context), default=True)}


@operation("service-quotas", "ListServiceQuotas")
def list_service_quotas(context: Context) -> Parameters:
    """API service-quotas:ListServiceQuotas; all on one page."""
    return {"Quotas": [_shown(context, service, code) for service, code in _of_service(context)]}


@operation("service-quotas", "ListAWSDefaultServiceQuotas")
def list_default_service_quotas(context: Context) -> Parameters:
    """API service-quotas:ListAWSDefaultServiceQuotas; all on one page."""
    return {"Quotas": [_shown(context, service, code, default=True) for service, code in _of_service(context)]}


@operation("service-quotas", "ListServices")
def list_services(context: Context) -> Parameters:
    """API service-quotas:ListServices."""
    services = dict.fromkeys(service for service, _ in defaults())
    return {"Services": [{"ServiceCode": service, "ServiceName": service} for service in services]}


def _of_service(context: Context) -> list[tuple[str, str]]:
    wanted = context.params["ServiceCode"]
    found = [key for key in defaults() if key[0] == wanted]
    if not found:
        raise Refused("NoSuchResourceException", "The request failed because the specified service does not exist.")
    return found


@control.door("POST", "quota")
def change_quota(simulator: Any, request: Any) -> dict[str, Any]:
    """{"service": S, "code": C, "value": V, "region": R, "account": A}: region is needed unless the quota is global."""
    wanted = control.body(request, "service", "code", "value")
    key = str(wanted["service"]), str(wanted["code"])
    if key not in defaults():
        raise Refused("NoSuchResourceException", f"there is no quota {key[0]} {key[1]}")
    worldwide = defaults()[key]["global"] == "yes"
    if not worldwide and "region" not in wanted:
        raise Refused("BadRequest", "this quota is one per region: the JSON object needs region")
    region = "" if worldwide else str(wanted["region"])
    with simulator.lock:
        _changed[wanted.get("account", ACCOUNT), region, *key] = float(wanted["value"])
    return {"service": key[0], "code": key[1], "value": float(wanted["value"]), "region": region}
