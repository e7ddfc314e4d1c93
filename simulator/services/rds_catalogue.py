# SPDX-License-Identifier: GPL-3.0-or-later
"""What RDS offers of MySQL and Aurora MySQL: versions, classes, parameters.

Versions: endoflife.date amazon-rds-mysql (8.4.9 of 2026-05-08 is the newest there; minor versions stay for a year or more) and
AuroraMySQLReleaseNotes (8.4.7 is the first of Aurora 8.4; 3.04 and 3.10 have long-term support). Classes: the tables of
UG rds/Concepts.DBInstanceClass.Support.md and its Aurora counterpart, families of the current and previous generation.
What is offered differs between regions in AWS; here it is the same in all. Which burstable sizes take provisioned IOPS is our
judgement (not micro and small); that micro and small ones have no Performance Insights is
UG rds/USER_DatabaseInsights.Engines.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS: dict[str, tuple[str, ...]] = {
    "mysql": ("8.0.43", "8.0.44", "8.0.45", "8.0.46", "8.4.6", "8.4.7", "8.4.8", "8.4.9"),
    "aurora-mysql": ("8.0.mysql_aurora.3.04.4", "8.0.mysql_aurora.3.10.0", "8.0.mysql_aurora.3.10.1", "8.4.7"),
}
_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_BURSTABLE = ("db.t3", "db.t4g")
_FAMILIES: dict[str, tuple[str, ...]] = {
    "mysql": ("db.m5", "db.m6g", "db.m6i", "db.m7g", "db.m7i", "db.m8g", "db.r5", "db.r6g", "db.r6i", "db.r7g", "db.r7i", "db.r8g"),
    "aurora-mysql": ("db.r5", "db.r6g", "db.r6i", "db.r7g", "db.r7i", "db.r8g"),
}
_BURSTABLE_SIZES: dict[str, tuple[str, ...]] = {
    "mysql": ("micro", "small", "medium", "large", "xlarge", "2xlarge"),
    "aurora-mysql": ("medium", "large"),
}
LOG_TYPES: dict[str, frozenset[str]] = {
    "mysql": frozenset({"audit", "error", "general", "slowquery", "iam-db-auth-error"}),
    "aurora-mysql": frozenset({"audit", "error", "general", "slowquery", "iam-db-auth-error", "instance"}),
}
# GiB and I/O operations a second per storage type of RDS for MySQL: API rds:CreateDBInstance, UG rds/CHAP_Storage.md.
MINIMUM_STORAGE = {"gp2": 20, "gp3": 20, "io1": 100, "io2": 100}
MAXIMUM_STORAGE = 65536
GP3_STRIPED_FROM = 400  # GiB from which gp3 volumes of MySQL are striped and may be given IOPS and throughput
GP3_BASELINE = (3000, 125)  # I/O operations and MiB a second
GP3_STRIPED_BASELINE = (12000, 500)


@dataclass(frozen=True)
class Parameter:
    """A parameter as a group of its family lists it."""

    name: str
    scope: str
    apply: str
    type: str
    modifiable: bool
    default: str
    allowed: str

    def allows(self, value: str) -> bool:
        """Whether the value is one that AWS takes: one of a list, or a number in a range. Formulas such as {DBInstanceClassMemory/2} pass."""
        if not self.allowed or value.startswith(("{", "GREATEST(", "LEAST(", "SUM(")):
            return True
        if self.type in ("integer", "float"):
            try:
                number = float(value)
            except ValueError:
                return False
            if "," in self.allowed:
                return value in self.allowed.split(",")
            low, _, high = self.allowed.partition("-")
            return float(low) <= number <= float(high)
        if self.name in ("tls_version", "sql_mode"):
            return set(value.split(",")) <= set(self.allowed.split(","))
        return value in self.allowed.split(",")


@cache
def _parameters() -> tuple[Parameter, ...]:
    rows = [
        line.split("\t")
        for line in (Path(__file__).parent / "rds_parameters.tsv").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return tuple(Parameter(name, scope, apply, kind, free == "true", default, allowed) for name, scope, apply, kind, free, default, allowed in rows)


def parameters(family: str, of_cluster: bool) -> dict[str, Parameter]:
    """The parameters of a family's groups. Aurora's cluster groups have those of instances too."""
    return {one.name: one for one in _parameters() if of_cluster or one.scope != "cluster"}


def family_of(engine: str, version: str) -> str:
    """The parameter group family of an engine version."""
    return f"{engine}{'.'.join(version.split('.')[:2])}"


FAMILIES = {family_of(engine, version) for engine, versions in VERSIONS.items() for version in versions} | {"mysql5.7", "aurora-mysql5.7"}


def resolve(engine: str, version: str | None) -> str | None:
    """The offered version that a request means: exact, or the newest of a major one. None where nothing fits."""
    offered = VERSIONS.get(engine, ())
    if version is None:
        return offered[-1] if offered else None
    if version in offered:
        return version
    fitting = [one for one in offered if one.startswith(version + ".")]
    return fitting[-1] if fitting else None


def classes(engine: str) -> list[str]:
    """Every class that an engine can be ordered with."""
    burstable = [f"{family}.{size}" for family in _BURSTABLE for size in _BURSTABLE_SIZES[engine]]
    serverless = ["db.serverless"] if engine == "aurora-mysql" else []
    return burstable + [f"{family}.{size}" for family in _FAMILIES[engine] for size in _SIZES] + serverless


def small_burstable(instance_class: str) -> bool:
    """The sizes without Performance Insights."""
    return instance_class.startswith("db.t") and instance_class.rpartition(".")[2] in ("micro", "small")


def orderable(engine: str, version: str, instance_class: str, storage: str, zones: list[str]) -> dict[str, Any]:
    """One row of DescribeOrderableDBInstanceOptions."""
    aurora = engine.startswith("aurora")
    provisioned = storage in ("io1", "io2")
    row: dict[str, Any] = {
        "Engine": engine,
        "EngineVersion": version,
        "DBInstanceClass": instance_class,
        "LicenseModel": "general-public-license",
        "AvailabilityZones": [{"Name": zone} for zone in zones],
        "MultiAZCapable": not aurora,
        "ReadReplicaCapable": True,
        "Vpc": True,
        "SupportsStorageEncryption": True,
        "StorageType": storage,
        "SupportsIops": provisioned or storage == "gp3",
        "SupportsStorageThroughput": storage == "gp3",
        "SupportsEnhancedMonitoring": True,
        "SupportsIAMDatabaseAuthentication": True,
        "SupportsPerformanceInsights": not small_burstable(instance_class),
        "SupportsStorageAutoscaling": not aurora,
        "SupportsKerberosAuthentication": not small_burstable(instance_class),
        "OutpostCapable": False,
        "SupportsGlobalDatabases": aurora and not instance_class.startswith("db.t"),
        "SupportsClusters": aurora,
        "SupportedNetworkTypes": ["IPV4", "DUAL"],
    }
    if not aurora:
        row |= {"MinStorageSize": MINIMUM_STORAGE[storage], "MaxStorageSize": MAXIMUM_STORAGE}
    if provisioned:
        row |= {"MinIopsPerDbInstance": 1000, "MaxIopsPerDbInstance": 256000, "MinIopsPerGib": 0.5, "MaxIopsPerGib": 1000.0 if storage == "io2" else 50.0}
    elif storage == "gp3":
        row |= {
            "MinIopsPerDbInstance": 12000,
            "MaxIopsPerDbInstance": 64000,
            "MinStorageThroughputPerDbInstance": 500,
            "MaxStorageThroughputPerDbInstance": 4000,
        }
    return row


def storages(engine: str, instance_class: str) -> list[str]:
    """The storage types that a class can be ordered with."""
    if engine.startswith("aurora"):
        return ["aurora", "aurora-iopt1"]
    return ["gp2", "gp3"] if small_burstable(instance_class) else ["gp2", "gp3", "io1", "io2"]
