# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may log in to which database with what: all that is played of what is in one, for functions in a VPC (_played_mysql.py)."""

from __future__ import annotations

import json
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused


def logins(context: Context) -> Parameters:
    """Databases by name, and by address which of them it is. Readers and proxies lead to the users of what they belong to: copies are never behind."""
    instances = context.call("DescribeDBInstances", {}, service="rds")["DBInstances"]
    clusters = context.call("DescribeDBClusters", {}, service="rds")["DBClusters"]
    shown = {**{one["DBInstanceIdentifier"]: one for one in instances}, **{one["DBClusterIdentifier"]: one for one in clusters}}
    addresses = {one["Endpoint"]["Address"]: _origin(one) for one in instances if one.get("Endpoint")}
    addresses |= {one[member]: one["DBClusterIdentifier"] for one in clusters for member in ("Endpoint", "ReaderEndpoint") if one.get(member)}
    for proxy in context.call("DescribeDBProxies", {}, service="rds")["DBProxies"]:
        for target in context.call("DescribeDBProxyTargets", {"DBProxyName": proxy["DBProxyName"]}, service="rds")["Targets"]:
            addresses[proxy["Endpoint"]] = target.get("TrackedClusterId") or target["RdsResourceId"]
    users = _users(context)
    return {
        "addresses": addresses,
        "states": {
            name: {"users": users.setdefault(name, {}), "master": {"username": one.get("MasterUsername", ""), "passwords": _passwords(context, name, one)}}
            for name, one in shown.items()
        },
    }


def _origin(instance: Parameters) -> str:
    return str(instance.get("ReadReplicaSourceDBInstanceIdentifier") or instance.get("DBClusterIdentifier") or instance["DBInstanceIdentifier"])


def _users(context: Context) -> Parameters:
    users: Parameters = context.backend("rds").__dict__.setdefault("simulator_users", {})
    return users


def _passwords(context: Context, name: str, shown: Parameters) -> list[str]:
    """What the master was given, by RDS or by whoever made the database. None where nobody knows: any will do for what was a copy or a snapshot."""
    arn = (shown.get("MasterUserSecret") or {}).get("SecretArn")
    if not arn:
        # moto shows it to nobody.
        held = getattr(_held(context, name), "_master_user_password", None)
        return [str(held)] if held else []
    try:
        return [json.loads(context.call("GetSecretValue", {"SecretId": arn}, service="secretsmanager")["SecretString"])["password"]]
    except Refused:
        return []


def _held(context: Context, name: str) -> Any:
    backend = context.backend("rds")
    return backend.databases.get(name) or backend.clusters[name]


def keep_logins(context: Context, before: Parameters, after: Parameters) -> None:
    """What a function has changed of it."""
    for name, state in after.get("states", {}).items():
        _users(context)[name] = state["users"]
        if state["master"] != before["states"][name]["master"]:
            (_held(context, name)._master_user_password,) = state["master"]["passwords"]
