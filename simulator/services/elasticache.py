# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache: operations that moto lacks."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation


@operation("elasticache", "DeleteCacheSubnetGroup")
def delete_cache_subnet_group(context: Context) -> None:
    """API elasticache:DeleteCacheSubnetGroup."""
    _subnet_group(context)
    del context.backend().cache_subnet_groups[context.params["CacheSubnetGroupName"]]


@operation("elasticache", "ModifyCacheSubnetGroup")
def modify_cache_subnet_group(context: Context) -> Parameters:
    """API elasticache:ModifyCacheSubnetGroup."""
    group = _subnet_group(context)
    if "CacheSubnetGroupDescription" in context.params:
        group.cache_subnet_group_description = context.params["CacheSubnetGroupDescription"]
    if "SubnetIds" in context.params:
        changed = type(group)(
            account_id=context.account,
            region_name=context.region,
            cache_subnet_group_name=group.cache_subnet_group_name,
            cache_subnet_group_description=group.cache_subnet_group_description,
            subnet_ids=context.params["SubnetIds"],
            tags=group.tags,
        )
        context.backend().cache_subnet_groups[group.cache_subnet_group_name] = changed
    described = context.call("DescribeCacheSubnetGroups", {"CacheSubnetGroupName": group.cache_subnet_group_name})
    return {"CacheSubnetGroup": described["CacheSubnetGroups"][0]}


def _subnet_group(context: Context) -> Any:
    name = context.params["CacheSubnetGroupName"]
    group = context.backend().cache_subnet_groups.get(name)
    if group is None:
        raise Refused("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.")
    return group
