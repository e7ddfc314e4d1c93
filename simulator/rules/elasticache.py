# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ElastiCache."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule


@rule("R-ECC-10", service="elasticache", operations=["DeleteCacheSubnetGroup"], source="API elasticache:DeleteCacheSubnetGroup")
def subnet_group_in_use(context: Context) -> None:
    """A subnet group that a cluster or replication group uses cannot be deleted."""
    name = context.params["CacheSubnetGroupName"]
    backend = context.backend()
    users = [*backend.cache_clusters.values(), *backend.replication_groups.values()]
    if any(user.cache_subnet_group_name == name for user in users):
        raise Refused("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
