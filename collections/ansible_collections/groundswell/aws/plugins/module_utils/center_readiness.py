# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether IAM Identity Center can be what people get in by: looked at before anything is touched."""

from __future__ import annotations

import re
import typing as t

from .resource import Item, Session
from .retries import tolerated

_LONGEST_NAME = 32  # of a permission set (API sso-admin:CreatePermissionSet)
_INSTEAD = "or say access_through: iam"


def look(session: Session, options: Item) -> Item:
    """What there is, and everything that is wrong with it. Deployers, who may not change who may do what, are asked for nothing."""
    names, problems = options["permission_sets"], []
    caller = session.client("sts").get_caller_identity()
    answer = {"caller": caller["Arn"], "instance_arn": "", "identity_store_id": "", "region": session.region, "portal": "", "problems": []}
    if re.search(rf":assumed-role/{re.escape(options['project'])}-[a-z0-9]+-(deployer|ci)-", caller["Arn"]):
        return {**answer, "administers": False}
    longest = max(map(len, names), default=0)
    if longest > _LONGEST_NAME:
        problems.append(f"names of permission sets have up to {_LONGEST_NAME} characters, {max(names, key=len)} has {longest}: choose a shorter project_name")
    management = _management(session)
    found = [one for page in session.client("sso-admin").get_paginator("list_instances").paginate(RegionScope="ALL_REGIONS") for one in page["Instances"]]
    instance: Item = next((one for one in found if one["OwnerAccountId"] == management), {})
    if not management:
        problems.append(
            f"account {caller['Account']} is in no organization, and permission sets need an organization instance of IAM Identity Center: "
            f"create an organization and enable Identity Center in its management account, {_INSTEAD}"
        )
    elif not instance and found:
        problems.append(
            f"there is only an account instance of IAM Identity Center ({found[0]['InstanceArn']}, of account {found[0]['OwnerAccountId']}), which has no "
            f"permission sets: enable it for the organization, in the console of the management account {management}, {_INSTEAD}"
        )
    elif not instance:
        problems.append(
            f"account {caller['Account']} sees no instance of IAM Identity Center: enable it for the organization, in the console of the management account "
            f"{management}, {_INSTEAD}"
        )
    else:
        region = instance.get("PrimaryRegion") or session.region
        answer |= {"instance_arn": instance["InstanceArn"], "identity_store_id": instance["IdentityStoreId"], "region": region}
        answer["portal"] = f"https://{instance['IdentityStoreId']}.awsapps.com/start"
        problems += list(_of_instance(session, options, instance, management, caller["Account"], region))
        if options["external"] and not problems:
            missing = _missing(session, options["groups"], instance, region)
            if missing:
                problems.append(
                    f"the identity provider has not sent the groups {', '.join(missing)} (access_identity_source: external): make them there, "
                    "and let it send them"
                )
    return {**answer, "problems": problems, "administers": True}


def _management(session: Session) -> str:
    with tolerated("AWSOrganizationsNotInUseException"):
        return t.cast(str, session.client("organizations").describe_organization()["Organization"]["MasterAccountId"])
    return ""


def _of_instance(session: Session, options: Item, instance: Item, management: str, account: str, region: str) -> t.Iterator[str]:
    arn = instance["InstanceArn"]
    if instance.get("Status", "ACTIVE") != "ACTIVE":
        yield f"Identity Center is {instance['Status']}: {instance.get('StatusReason', 'wait until it is ACTIVE')}"
        return
    if account != management:
        delegated = []
        # A member account that is nobody's delegated administrator may not even ask.
        with tolerated("AccessDeniedException"):
            answer = session.client("organizations").list_delegated_administrators(ServicePrincipal="sso.amazonaws.com")
            delegated = [one["Id"] for one in answer["DelegatedAdministrators"]]
        if account not in delegated:
            yield (
                f"Identity Center is managed from the management account {management}, or from a delegated administrator's, and this is account {account}: "
                "name a profile of one of them, access_identity_center_profile"
            )
            return
        if options["account"] == management:
            yield f"access to the management account {management} is managed from there alone: name a profile of it, access_identity_center_profile"
    with tolerated("AccessDeniedException"):
        # Not said by older instances, which have them.
        if session.client("sso-admin", region=region).describe_instance(InstanceArn=arn).get("PermissionSetsEnabled") is False:
            yield f"{arn} has no permission sets: enable them, for good, with aws sso-admin update-instance --instance-arn {arn} --permission-sets-enabled"


def _missing(session: Session, groups: list[str], instance: Item, region: str) -> list[str]:
    pages = session.client("identitystore", region=region).get_paginator("list_groups").paginate(IdentityStoreId=instance["IdentityStoreId"])
    there = {one.get("DisplayName", "") for page in pages for one in page["Groups"]}
    return sorted(set(groups) - there)
