# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: roles, policies, groups, instance profiles, identity providers. IAM has no region, so the names of regional things carry theirs."""

from __future__ import annotations

import json
import typing as t

from ..compare import canonical_policy, dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Resource
from ..retries import PROPAGATION, error_code, tolerated

# Principals and entities that were just made are not known everywhere at once, and what was just detached still counts for a moment.
_NOT_YET = (
    (r"MalformedPolicyDocument", r"[Ii]nvalid principal", PROPAGATION),
    (r"NoSuchEntity", "cannot be found|not attachable", 30.0),
    (r"DeleteConflict|ConcurrentModification|EntityTemporarilyUnmodifiable", "", 60.0),
)
_LONGEST = {"role": 64, "instance profile": 128, "policy": 128, "group": 128}
_VERSIONS = 5  # of a managed policy that IAM keeps
# How the console, and module_utils/people.py, end a role's sessions (UG iam/id_roles_use_revoke-sessions.md): no part of what is declared, and not to be
# taken away by a rollout, which would give the sessions back to whoever they were taken from.
REVOKED = "AWSRevokeOlderSessions"


class IamKind(Kind):
    """What IAM's named things have in common."""

    service = "iam"
    not_yet = _NOT_YET

    def placeholder(self, name: str) -> Item:
        word = self.noun.replace(" ", "-")
        return {"id": PLACEHOLDER, "arn": f"arn:{self.session.partition}:iam::000000000000:{word}/{PLACEHOLDER}-{name}"}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        longest = _LONGEST[self.noun]
        return [f"{self.noun} {name}: the name has {len(name)} characters, IAM takes {longest}" for name in items if len(name) > longest]

    def gone(self, operation: str, **parameters: t.Any) -> None:
        """A deletion that does not mind when the thing is gone, and does not wait for it to appear."""
        with tolerated("NoSuchEntity"):
            getattr(self.session.client("iam", _NOT_YET[2:]), operation)(**parameters)


class Roles(IamKind):
    module, noun = "iam_roles", "role"
    policies = ("trust_policy",)
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = {role["RoleName"]: role for role in self.pages("list_roles", "Roles") if role["RoleName"] in names or role["RoleName"].startswith(self.prefix)}
        if not listed:
            return
        # One call for the policies, boundaries and tags of all roles, where asking role by role takes four calls each.
        for detail in self.pages("get_account_authorization_details", "RoleDetailList", Filter=["Role"], MaxItems=1000):
            role = listed.get(detail["RoleName"])
            if role is None:
                continue
            state = {
                "description": role.get("Description", ""),
                "max_session_seconds": role.get("MaxSessionDuration", 3600),
                "trust_policy": detail["AssumeRolePolicyDocument"],
                "permissions_boundary": detail.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
                "managed_policy_arns": sorted(policy["PolicyArn"] for policy in detail.get("AttachedManagedPolicies", [])),
                "inline_policies": [
                    _inline(policy["PolicyName"], policy["PolicyDocument"]) for policy in detail.get("RolePolicyList", []) if policy["PolicyName"] != REVOKED
                ],
            }
            outputs = {
                "id": detail["RoleId"],
                "arn": detail["Arn"],
                "revoked": any(policy["PolicyName"] == REVOKED for policy in detail.get("RolePolicyList", [])),
                "instance_profiles": sorted(profile["InstanceProfileName"] for profile in detail.get("InstanceProfileList", [])),
            }
            yield Resource(detail["RoleName"], state, tags_to_dict(detail.get("Tags")), outputs)

    def normalise(self, item: Item) -> Item:
        inline = item.get("inline_policies")
        return item if inline is None else {**item, "inline_policies": [_inline(policy["name"], policy["policy"]) for policy in inline]}

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "instance_profiles": [], "revoked": False}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        optional = {
            parameter: item[option]
            for option, parameter in (
                ("description", "Description"),
                ("max_session_seconds", "MaxSessionDuration"),
                ("permissions_boundary", "PermissionsBoundary"),
            )
            if item.get(option)
        }
        self.client.create_role(RoleName=name, AssumeRolePolicyDocument=item["trust_policy"], Tags=dict_to_tags(tags), **optional)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        role = {"RoleName": resource.name}
        # The boundary comes first: it limits what the policies may give.
        if changes.get("permissions_boundary"):
            self.client.put_role_permissions_boundary(**role, PermissionsBoundary=changes["permissions_boundary"])
        elif "permissions_boundary" in changes:
            self.gone("delete_role_permissions_boundary", **role)
        if "trust_policy" in changes:
            self.client.update_assume_role_policy(**role, PolicyDocument=changes["trust_policy"])
        if "description" in changes or "max_session_seconds" in changes:
            # What UpdateRole is not told goes back to its default.
            settings = {**resource.state, **changes}
            self.client.update_role(**role, Description=settings["description"], MaxSessionDuration=settings["max_session_seconds"])
        if "managed_policy_arns" in changes:
            current, wanted = set(resource.state["managed_policy_arns"]), set(changes["managed_policy_arns"])
            for arn in sorted(wanted - current):
                self.client.attach_role_policy(**role, PolicyArn=arn)
            for arn in sorted(current - wanted):
                self.gone("detach_role_policy", **role, PolicyArn=arn)
        if "inline_policies" in changes:
            held = {policy["name"]: policy["policy"] for policy in resource.state["inline_policies"]}
            declared = {policy["name"]: policy["policy"] for policy in changes["inline_policies"]}
            for name, policy in declared.items():
                if held.get(name) != policy:
                    self.client.put_role_policy(**role, PolicyName=name, PolicyDocument=policy)
            for name in set(held) - set(declared):
                self.gone("delete_role_policy", **role, PolicyName=name)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_role(RoleName=resource.name, Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        role = {"RoleName": resource.name}
        # IAM deletes a role only when nothing is attached to it and no profile holds it.
        for profile in resource.outputs["instance_profiles"]:
            self.gone("remove_role_from_instance_profile", **role, InstanceProfileName=profile)
        for arn in resource.state["managed_policy_arns"]:
            self.gone("detach_role_policy", **role, PolicyArn=arn)
        for policy in [*resource.state["inline_policies"], *([{"name": REVOKED}] if resource.outputs["revoked"] else [])]:
            self.gone("delete_role_policy", **role, PolicyName=policy["name"])
        self.gone("delete_role", **role)


def _inline(name: str, policy: t.Any) -> Item:
    """An inline policy with its document in one form, so that two that say the same are equal."""
    return {"name": name, "policy": json.dumps(canonical_policy(policy), sort_keys=True)}


class Policies(IamKind):
    """Managed policies of the account, by name, which is unique whatever the path."""

    module, noun = "iam_policies", "policy"
    fixed = ("description",)
    policies = ("policy",)

    def placeholder(self, name: str) -> Item:
        return {**super().placeholder(name), "limited": 0}

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = [
            one for one in self.pages("list_policies", "Policies", Scope="Local") if one["PolicyName"] in names or one["PolicyName"].startswith(self.prefix)
        ]
        # The list leaves description, tags and documents out.
        yield from filter(None, self.session.each(self._look, [one["Arn"] for one in listed]))

    def _look(self, arn: str) -> Resource | None:
        with tolerated("NoSuchEntity"):
            client = self.session.client("iam")
            policy = client.get_policy(PolicyArn=arn)["Policy"]
            version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
            state = {"description": policy.get("Description", ""), "policy": version["Document"]}
            outputs = {"id": policy["PolicyId"], "arn": arn, "limited": policy.get("PermissionsBoundaryUsageCount", 0)}
            return Resource(policy["PolicyName"], state, tags_to_dict(policy.get("Tags")), outputs)
        return None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        described = {"Description": item["description"]} if item.get("description") else {}
        self.client.create_policy(PolicyName=name, PolicyDocument=item["policy"], Tags=dict_to_tags(tags), **described)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        arn = resource.outputs["arn"]
        older = [one for one in self.pages("list_policy_versions", "Versions", PolicyArn=arn) if not one["IsDefaultVersion"]]
        if len(older) == _VERSIONS - 1:
            self.gone("delete_policy_version", PolicyArn=arn, VersionId=min(older, key=lambda one: one["CreateDate"])["VersionId"])
        self.client.create_policy_version(PolicyArn=arn, PolicyDocument=changes["policy"], SetAsDefault=True)

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_policy(PolicyArn=resource.outputs["arn"], Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        arn = resource.outputs["arn"]
        with tolerated("NoSuchEntity"):
            for one in self.pages("list_policy_versions", "Versions", PolicyArn=arn):
                if not one["IsDefaultVersion"]:
                    self.gone("delete_policy_version", PolicyArn=arn, VersionId=one["VersionId"])
        self.gone("delete_policy", PolicyArn=arn)


class Groups(IamKind):
    """Groups carry no tags: those whose path says project, environment and layer are ours."""

    module, noun = "iam_groups", "group"
    create_then_update = True

    @property
    def path(self) -> str:
        return f"/{self.tags['Project']}/{self.tags['Environment']}/{self.tags['Layer']}/"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for detail in self.pages("get_account_authorization_details", "GroupDetailList", Filter=["Group"], MaxItems=1000):
            if detail["Path"] == self.path or detail["GroupName"] in names:
                state = {
                    "managed_policy_arns": sorted(policy["PolicyArn"] for policy in detail.get("AttachedManagedPolicies", [])),
                    "inline_policies": [_inline(policy["PolicyName"], policy["PolicyDocument"]) for policy in detail.get("GroupPolicyList", [])],
                }
                tags = dict(self.tags) if detail["Path"] == self.path else {}
                yield Resource(detail["GroupName"], state, tags, {"id": detail["GroupId"], "arn": detail["Arn"]})

    def hand_over(self, name: str) -> str:
        return f"give it the path {self.path} to hand it over"

    def normalise(self, item: Item) -> Item:
        inline = item.get("inline_policies")
        return item if inline is None else {**item, "inline_policies": [_inline(policy["name"], policy["policy"]) for policy in inline]}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_group(GroupName=name, Path=self.path)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        group = {"GroupName": resource.name}
        if "managed_policy_arns" in changes:
            current, wanted = set(resource.state["managed_policy_arns"]), set(changes["managed_policy_arns"])
            for arn in sorted(wanted - current):
                self.client.attach_group_policy(**group, PolicyArn=arn)
            for arn in sorted(current - wanted):
                self.gone("detach_group_policy", **group, PolicyArn=arn)
        if "inline_policies" in changes:
            held = {policy["name"]: policy["policy"] for policy in resource.state["inline_policies"]}
            declared = {policy["name"]: policy["policy"] for policy in changes["inline_policies"]}
            for name, policy in declared.items():
                if held.get(name) != policy:
                    self.client.put_group_policy(**group, PolicyName=name, PolicyDocument=policy)
            for name in set(held) - set(declared):
                self.gone("delete_group_policy", **group, PolicyName=name)

    def delete(self, resource: Resource) -> None:
        group = {"GroupName": resource.name}
        # Its members stay, as users of the account.
        with tolerated("NoSuchEntity"):
            for user in self.pages("get_group", "Users", **group):
                self.gone("remove_user_from_group", **group, UserName=user["UserName"])
        for arn in resource.state["managed_policy_arns"]:
            self.gone("detach_group_policy", **group, PolicyArn=arn)
        for policy in resource.state["inline_policies"]:
            self.gone("delete_group_policy", **group, PolicyName=policy["name"])
        self.gone("delete_group", **group)


class InstanceProfiles(IamKind):
    module, noun = "iam_instance_profiles", "instance profile"
    create_then_update = True

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = (profile["InstanceProfileName"] for profile in self.pages("list_instance_profiles", "InstanceProfiles"))
        # The list leaves the tags out.
        yield from filter(None, self.session.each(self._look, [name for name in listed if name in names or name.startswith(self.prefix)]))

    def _look(self, name: str) -> Resource | None:
        with tolerated("NoSuchEntity"):  # every cell lists the profiles of all, and another may be taking its own away
            profile = self.session.client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
            roles = [role["RoleName"] for role in profile["Roles"]]
            return Resource(
                name,
                {"role": roles[0] if roles else ""},
                tags_to_dict(profile.get("Tags")),
                {"id": profile["InstanceProfileId"], "arn": profile["Arn"]},
                ready=bool(roles),
                status="" if roles else "has no role",
            )
        return None

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        self.client.create_instance_profile(InstanceProfileName=name, Tags=dict_to_tags(tags))

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        # A profile holds one role.
        self._empty(resource)
        self.client.add_role_to_instance_profile(InstanceProfileName=resource.name, RoleName=changes["role"])

    def _empty(self, resource: Resource) -> None:
        if resource.state["role"]:
            self.gone("remove_role_from_instance_profile", InstanceProfileName=resource.name, RoleName=resource.state["role"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.tag_instance_profile(InstanceProfileName=resource.name, Tags=dict_to_tags(tags))

    def delete(self, resource: Resource) -> None:
        self._empty(resource)
        self.gone("delete_instance_profile", InstanceProfileName=resource.name)


class ServiceLinkedRoles(Kind):
    """Roles that AWS services keep for themselves, one of each per account.

    They belong to the account and are the same for everybody, so one that exists counts as declared by whoever asks for it, and
    nobody removes it: asked for no name, the kind has nothing to show.
    """

    module, service, noun = "iam_service_linked_roles", "iam", "service-linked role"
    not_yet = ((r"ConcurrentModification", "", 30.0),)

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        for name in names:
            for role in self.pages("list_roles", "Roles", PathPrefix=f"/aws-service-role/{name}/"):
                if role["RoleName"].rpartition("_")[2] == role["RoleName"]:  # not one with a suffix of its owner's choice
                    yield Resource(name, {}, dict(self.tags), {"id": role["RoleId"], "arn": role["Arn"]})

    def placeholder(self, name: str) -> Item:
        return {"id": PLACEHOLDER, "arn": f"arn:{self.session.partition}:iam::000000000000:role/aws-service-role/{name}/{PLACEHOLDER}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        try:
            self.client.create_service_linked_role(AWSServiceName=name)
        except self.client.exceptions.ClientError as error:
            # InvalidInput, "has been taken in this account": somebody else was quicker.
            if error_code(error) != "InvalidInput" or "taken" not in str(error):
                raise


class OpenIdConnectProviders(Kind):
    """Issuers of tokens that the account believes, each once in an account.

    Whoever trusts one says so in a role's trust policy; the provider itself lets nobody in. So, like service-linked roles, one that exists
    counts as declared by whoever asks for it, and nobody removes it.
    """

    module, service, noun = "iam_oidc_providers", "iam", "OpenID Connect provider"

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        arns = {one["Arn"].partition(":oidc-provider/")[2]: one["Arn"] for one in self.client.list_open_id_connect_providers()["OpenIDConnectProviderList"]}
        for name in names:
            if name in arns:
                found = self.client.get_open_id_connect_provider(OpenIDConnectProviderArn=arns[name])
                # Others may have put in audiences of theirs.
                wanted = self.wanted.get(name, {}).get("audiences") or []
                yield Resource(name, {"audiences": [one for one in wanted if one in found["ClientIDList"]]}, dict(self.tags), {"arn": arns[name]})

    def placeholder(self, name: str) -> Item:
        return {"arn": f"arn:{self.session.partition}:iam::000000000000:oidc-provider/{name}"}

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        # No thumbprints: IAM knows the authorities that public issuers' certificates come from.
        self.client.create_open_id_connect_provider(Url=f"https://{name}", ClientIDList=item["audiences"])

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        for audience in set(changes["audiences"]) - set(resource.state["audiences"]):
            self.client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=resource.outputs["arn"], ClientID=audience)
