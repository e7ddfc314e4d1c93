# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3, and by somebody who signs up and in. Called with the region and the prefix of every name."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path

import boto3
import jwt

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from srp import sign_in

region, prefix = sys.argv[1:]
endpoint = os.environ["AWS_ENDPOINT_URL"]
idp, identity, iam = (boto3.client(name, region_name=region) for name in ("cognito-idp", "cognito-identity", "iam"))


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


(listed,) = idp.list_user_pools(MaxResults=60)["UserPools"]
pool = idp.describe_user_pool(UserPoolId=listed["Id"])["UserPool"]
assert (pool["Name"], pool["UserPoolTier"], pool["DeletionProtection"], pool["MfaConfiguration"]) == (f"{prefix}-users", "ESSENTIALS", "ACTIVE", "OPTIONAL")
assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
assert pool["Domain"] == f"{prefix}-123456789012"
assert idp.get_user_pool_mfa_config(UserPoolId=pool["Id"])["SoftwareTokenMfaConfiguration"] == {"Enabled": True}

clients = {one["ClientName"]: one["ClientId"] for one in idp.list_user_pool_clients(UserPoolId=pool["Id"], MaxResults=60)["UserPoolClients"]}
assert set(clients) == {"app", "backend"}
app, backend = (idp.describe_user_pool_client(UserPoolId=pool["Id"], ClientId=clients[name])["UserPoolClient"] for name in ("app", "backend"))
assert "ClientSecret" not in app and len(backend["ClientSecret"]) > 40
assert app["AllowedOAuthFlows"] == ["code"] and backend["AllowedOAuthFlows"] == ["client_credentials"]
assert app["PreventUserExistenceErrors"] == "ENABLED" and app["EnableTokenRevocation"] is True
groups = {group["GroupName"]: group for group in idp.list_groups(UserPoolId=pool["Id"])["Groups"]}
assert groups["providers"]["RoleArn"].endswith(f":role/{prefix}-{region}-user-providers") and "RoleArn" not in groups["consumers"]

# Somebody signs up, confirms with the code that came by e-mail, and signs in without the password ever being sent.
idp.sign_up(ClientId=app["ClientId"], Username="ann@acme.test", Password="Correct-Horse-7")
code = get(f"{endpoint}/_simulator/messages")[-1]["code"]
idp.confirm_sign_up(ClientId=app["ClientId"], Username="ann@acme.test", ConfirmationCode=code)
idp.admin_add_user_to_group(UserPoolId=pool["Id"], Username="ann@acme.test", GroupName="providers")
token = sign_in(idp, pool["Id"], app["ClientId"], "ann@acme.test", "Correct-Horse-7")["AuthenticationResult"]["IdToken"]
keys = jwt.PyJWKSet.from_dict(get(f"{endpoint}/{pool['Id']}/.well-known/jwks.json"))
issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool['Id']}"
claims = jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]].key, algorithms=["RS256"], audience=app["ClientId"], issuer=issuer)
assert claims["cognito:groups"] == ["providers"] and claims["email"] == "ann@acme.test"

# What the login is worth: the role of the group, for an hour.
logins = {issuer.removeprefix("https://"): token}
(found,) = identity.list_identity_pools(MaxResults=60)["IdentityPools"]
shown = identity.describe_identity_pool(IdentityPoolId=found["IdentityPoolId"])
assert shown["AllowUnauthenticatedIdentities"] is False and shown["AllowClassicFlow"] is False
mine = identity.get_id(IdentityPoolId=found["IdentityPoolId"], Logins=logins)["IdentityId"]
credentials = identity.get_credentials_for_identity(IdentityId=mine, Logins=logins)["Credentials"]
session = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretKey"]}
caller = boto3.client("sts", region_name=region, aws_session_token=credentials["SessionToken"], **session).get_caller_identity()["Arn"]
assert f"assumed-role/{prefix}-{region}-user-providers/" in caller, caller

own = iam.get_role_policy(RoleName=f"{prefix}-{region}-user", PolicyName="user")["PolicyDocument"]["Statement"]
by_id = {statement["Sid"]: statement for statement in own}
assert set(by_id) == {"OwnFiles", "ListOwnFiles", "KeyOfOwnFiles", "OwnItems"}
assert by_id["OwnFiles"]["Resource"] == "arn:aws:s3:::acme-media/users/${cognito-identity.amazonaws.com:sub}/*"
assert "LeadingKeys" in json.dumps(by_id["OwnItems"]["Condition"])
trust = iam.get_role(RoleName=f"{prefix}-{region}-user")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
assert trust["StringEquals"] == {"cognito-identity.amazonaws.com:aud": found["IdentityPoolId"]}
