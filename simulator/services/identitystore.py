# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of IAM Identity Center: users, groups, memberships. In moto's place altogether, which takes every name for a directory."""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation
from simulator.services._identity_center import INSTANCES, Instance, is_administrator, page

SERVICE = "identitystore"


def store_of(context: Context) -> Instance:
    """The directory that a call names. Others than its administrator may read it (API identitystore:ListUsers, "from the member account")."""
    store = context.params["IdentityStoreId"].rpartition("/")[2]
    found = next((one for one in INSTANCES if one.store == store and one.region == context.region), None)
    if found is None:
        raise Refused("ResourceNotFoundException", "IDENTITY_STORE not found.", ResourceType="IDENTITY_STORE")
    if not is_administrator(found, context.account) and context.operation.startswith(("Create", "Delete", "Update")):
        raise Refused("AccessDeniedException", f"User: {context.principal} is not authorized to perform: identitystore:{context.operation}")
    found.settle(context.simulator.clock())
    return found


def _found(things: dict[str, Parameters], identifier: str, kind: str) -> Parameters:
    one = things.get(identifier.rpartition("/")[2])
    if one is None:
        raise Refused("ResourceNotFoundException", f"{kind} not found.", ResourceType=kind)
    return one


def _shown(instance: Instance, thing: Parameters, kind: str) -> Parameters:
    """With what every answer says of it."""
    member = {"user": "User", "group": "Group", "membership": "Membership"}[kind]
    arn = f"arn:aws:identitystore:::{kind}/{thing[f'{member}Id']}"
    return {"IdentityStoreId": instance.store, f"{member}Arn": arn, **({} if kind == "membership" else {"Revision": "1"}), **thing}


def _keep(instance: Instance, things: dict[str, Parameters], kind: str, about: Parameters) -> Parameters:
    member = {"user": "UserId", "group": "GroupId", "membership": "MembershipId"}[kind]
    identifier = str(mock_random.uuid4())
    things[identifier] = {**about, member: identifier}
    return _shown(instance, things[identifier], kind)


def _about(context: Context) -> Parameters:
    return {name: value for name, value in context.params.items() if name != "IdentityStoreId"}


def _taken(things: dict[str, Parameters], path: str, value: str) -> str:
    """The id of what has a unique attribute; names are compared without regard to case (unsourced)."""
    for identifier, one in things.items():
        held = [each["Value"] for each in one.get("Emails", [])] if path.lower() == "emails.value" else [one.get(path[0].upper() + path[1:], "")]
        if value.lower() in [each.lower() for each in held]:
            return identifier
    return ""


@operation(SERVICE, "CreateUser")
def create_user(context: Context) -> Parameters:
    """API identitystore:CreateUser; UG singlesignon/addusers.html: user name, first and last name and display name are required."""
    instance, params = store_of(context), context.params
    name = params.get("Name", {})
    needed = {"userName": params.get("UserName"), "displayName": params.get("DisplayName"), "name.givenName": name.get("GivenName")}
    missing = [member for member, value in {**needed, "name.familyName": name.get("FamilyName")}.items() if not value]
    if missing:
        raise Refused("ValidationException", f"{', '.join(missing)}: The attribute is required")
    taken = _taken(instance.users, "userName", params["UserName"]) or [
        mail for mail in params.get("Emails", []) if _taken(instance.users, "emails.value", mail["Value"])
    ]
    if taken:
        raise Refused("ConflictException", "Duplicate UserName", Reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    return _keep(instance, instance.users, "user", {**_about(context), "UserStatus": "ENABLED"})


@operation(SERVICE, "CreateGroup")
def create_group(context: Context) -> Parameters:
    """API identitystore:CreateGroup."""
    instance = store_of(context)
    if _taken(instance.groups, "displayName", context.params.get("DisplayName", "")):
        raise Refused("ConflictException", "Duplicate GroupDisplayName", Reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    return _keep(instance, instance.groups, "group", _about(context))


@operation(SERVICE, "CreateGroupMembership")
def create_membership(context: Context) -> Parameters:
    """API identitystore:CreateGroupMembership: once for each member."""
    instance, group, user = store_of(context), context.params["GroupId"], context.params["MemberId"]["UserId"]
    _found(instance.groups, group, "GROUP")
    _found(instance.users, user, "USER")
    if group in instance.groups_of(user):
        raise Refused("ConflictException", "Member and Group relationship already exists.", Reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    return _keep(instance, instance.memberships, "membership", _about(context))


@operation(SERVICE, "DescribeUser")
def describe_user(context: Context) -> Parameters:
    """API identitystore:DescribeUser."""
    instance = store_of(context)
    return _shown(instance, _found(instance.users, context.params["UserId"], "USER"), "user")


@operation(SERVICE, "DescribeGroup")
def describe_group(context: Context) -> Parameters:
    """API identitystore:DescribeGroup."""
    instance = store_of(context)
    return _shown(instance, _found(instance.groups, context.params["GroupId"], "GROUP"), "group")


def _identified(context: Context, instance: Instance, kind: str) -> str:
    things = instance.users if kind == "USER" else instance.groups
    wanted = context.params["AlternateIdentifier"]
    if "UniqueAttribute" in wanted:
        identifier = _taken(things, wanted["UniqueAttribute"]["AttributePath"], str(wanted["UniqueAttribute"]["AttributeValue"]))
    else:
        external = wanted["ExternalId"]
        identifier = next((key for key, one in things.items() if external in one.get("ExternalIds", [])), "")
    if not identifier:
        raise Refused("ResourceNotFoundException", f"{kind} not found.", ResourceType=kind)
    return identifier


@operation(SERVICE, "GetUserId")
def get_user_id(context: Context) -> Parameters:
    """API identitystore:GetUserId."""
    instance = store_of(context)
    identifier = _identified(context, instance, "USER")
    return {"IdentityStoreId": instance.store, "UserId": identifier, "UserArn": f"arn:aws:identitystore:::user/{identifier}"}


@operation(SERVICE, "GetGroupId")
def get_group_id(context: Context) -> Parameters:
    """API identitystore:GetGroupId."""
    instance = store_of(context)
    identifier = _identified(context, instance, "GROUP")
    return {"IdentityStoreId": instance.store, "GroupId": identifier, "GroupArn": f"arn:aws:identitystore:::group/{identifier}"}


def _filtered(context: Context, things: dict[str, Parameters]) -> list[Parameters]:
    filters = context.params.get("Filters", [])
    return [one for one in things.values() if all(one.get(each["AttributePath"]) == each["AttributeValue"] for each in filters)]


@operation(SERVICE, "ListUsers")
def list_users(context: Context) -> Parameters:
    """API identitystore:ListUsers."""
    instance = store_of(context)
    return page(context, "Users", [_shown(instance, one, "user") for one in _filtered(context, instance.users)])


@operation(SERVICE, "ListGroups")
def list_groups(context: Context) -> Parameters:
    """API identitystore:ListGroups."""
    instance = store_of(context)
    return page(context, "Groups", [_shown(instance, one, "group") for one in _filtered(context, instance.groups)])


@operation(SERVICE, "ListGroupMemberships")
def list_memberships(context: Context) -> Parameters:
    """API identitystore:ListGroupMemberships."""
    instance = store_of(context)
    group = _found(instance.groups, context.params["GroupId"], "GROUP")["GroupId"]
    return page(context, "GroupMemberships", [_shown(instance, one, "membership") for one in instance.memberships.values() if one["GroupId"] == group])


@operation(SERVICE, "ListGroupMembershipsForMember")
def list_memberships_of(context: Context) -> Parameters:
    """API identitystore:ListGroupMembershipsForMember."""
    instance, user = store_of(context), context.params["MemberId"]["UserId"]
    found = [one for one in instance.memberships.values() if one["MemberId"]["UserId"] == user]
    return page(context, "GroupMemberships", [_shown(instance, one, "membership") for one in found])


@operation(SERVICE, "IsMemberInGroups")
def is_member(context: Context) -> Parameters:
    """API identitystore:IsMemberInGroups."""
    instance, member = store_of(context), context.params["MemberId"]
    held = instance.groups_of(member["UserId"])
    return {"Results": [{"GroupId": group, "MemberId": member, "MembershipExists": group in held} for group in context.params["GroupIds"]]}


@operation(SERVICE, "DeleteGroupMembership")
def delete_membership(context: Context) -> None:
    """API identitystore:DeleteGroupMembership."""
    instance = store_of(context)
    del instance.memberships[_found(instance.memberships, context.params["MembershipId"], "GROUP_MEMBERSHIP")["MembershipId"]]


def _without(instance: Instance, things: dict[str, Parameters], identifier: str, kind: str, member: Any) -> None:
    del things[_found(things, identifier, kind)[f"{kind.capitalize()}Id"]]
    for key in [key for key, one in instance.memberships.items() if member(one) == identifier]:
        del instance.memberships[key]


@operation(SERVICE, "DeleteUser")
def delete_user(context: Context) -> None:
    """API identitystore:DeleteUser; memberships go with the user. Assignments to it stay, and are nobody's (UG singlesignon/useraccess.html)."""
    instance = store_of(context)
    _without(instance, instance.users, context.params["UserId"], "USER", lambda one: one["MemberId"]["UserId"])


@operation(SERVICE, "DeleteGroup")
def delete_group(context: Context) -> None:
    """API identitystore:DeleteGroup; memberships go with the group."""
    instance = store_of(context)
    _without(instance, instance.groups, context.params["GroupId"], "GROUP", lambda one: one["GroupId"])


@operation(SERVICE, "UpdateUser", "UpdateGroup")
def update(context: Context) -> None:
    """API identitystore:UpdateUser, UpdateGroup: attributes by their paths; one without a value is removed."""
    instance, kind = store_of(context), context.operation.removeprefix("Update")
    things = instance.users if kind == "User" else instance.groups
    one = _found(things, context.params[f"{kind}Id"], kind.upper())
    for change in context.params["Operations"]:
        path = change["AttributePath"]
        if "." in path:
            raise Refused("ValidationException", f"{path}: paths into an attribute are not simulated")
        member = path[0].upper() + path[1:]
        if change.get("AttributeValue") is None:
            one.pop(member, None)
        else:
            one[member] = change["AttributeValue"]
