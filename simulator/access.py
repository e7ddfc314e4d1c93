# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls, and may they? Test doors for bad credentials, and moto's IAM when it is switched on."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from simulator import moto_bridge, policies
from simulator.moto_bridge import ACCOUNT
from simulator.registry import Refused
from simulator.request import Call

if TYPE_CHECKING:
    from simulator.api import Simulator
    from simulator.context import Context

# Any credentials are good, but these access key ids are answered as AWS answers expired and unknown ones: so error paths can be tried.
EXPIRED_KEY = "EXPIRED"
INVALID_KEY = "INVALID"

# With --enforce-iam somebody must make the first user: this access key id is the account's root, which may do everything.
ROOT_KEY = "ROOT"

_EXPIRED_CODES = {"ec2": "RequestExpired", "json": "ExpiredTokenException", "rest-json": "ExpiredTokenException"}
_INVALID_CODES = {"ec2": "AuthFailure", "json": "UnrecognizedClientException", "rest-json": "UnrecognizedClientException"}


# Calls that need no credentials.
UNSIGNED = {("sts", "AssumeRoleWithSAML"), ("sts", "AssumeRoleWithWebIdentity"), ("cognito-identity", "GetId")}

# S3 operations whose permission has another name (Service Authorization Reference, Amazon S3); the rest have their own.
S3_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}


def refuse_test_doors(call: Call) -> None:
    """Refuse the two documented bad access keys, with the code that the protocol uses."""
    if call.access_key == EXPIRED_KEY:
        raise Refused(
            _EXPIRED_CODES.get(call.protocol, "ExpiredToken"),
            "The security token included in the request is expired",
            400 if call.service == "s3" else 403,
        )
    if call.access_key == INVALID_KEY:
        raise invalid_credentials(call)


def invalid_credentials(call: Call) -> Refused:
    """What AWS answers to credentials that it does not know."""
    code = "InvalidAccessKeyId" if call.service == "s3" else _INVALID_CODES.get(call.protocol, "InvalidClientTokenId")
    return Refused(code, "The security token included in the request is invalid.", 401 if code == "AuthFailure" else 403)


def account_and_principal(simulator: Simulator, call: Call) -> tuple[str, str]:
    """The account a call acts in, and who makes it: the ARN of a known user or assumed role, else the access key id."""
    if "X-Moto-Account-Id" in call.request.headers:
        return call.request.headers["X-Moto-Account-Id"], call.access_key
    key = call.access_key
    with simulator.lock:
        for account in list(iam_backends):
            for role in sts_backends[account]["aws"].assumed_roles:
                if role.access_key_id == key:
                    return account, role.arn
            known = iam_backends[account]["aws"].access_keys.get(key)
            if known is not None:
                return account, f"arn:aws:iam::{account}:user/{known.user_name}"
    return ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root" if key == ROOT_KEY else key or "anonymous"


def authorize(context: Context) -> None:
    """Refuse unknown credentials, and what the caller's identity policies and permissions boundary do not allow."""
    call = context.wire
    if (context.service, context.operation) == ("sts", "AssumeRoleWithWebIdentity"):
        _believe(context)
    if (context.service, context.operation) in UNSIGNED or call.access_key == ROOT_KEY:
        return
    caller = _caller(context)
    if (context.service, context.operation) == ("sts", "GetCallerIdentity"):
        return  # always allowed, whatever a policy says
    signing_name = call.operation.service_model.signing_name if call.operation else context.service
    action = f"{signing_name}:{S3_ACTIONS.get(context.operation, context.operation) if context.service == 's3' else context.operation}"
    keys = {
        "aws:PrincipalArn": [context.principal],
        "aws:PrincipalAccount": [context.account],
        "aws:RequestedRegion": [context.region],
    }
    documents, boundary = _policies(context, caller)
    resources = _s3_resources(context) if context.service == "s3" else None
    allowed = policies.allows(documents, action, resources, keys)
    if allowed and boundary is not None:
        allowed = policies.allows([boundary], action, resources, keys)
    if allowed and action == "sts:AssumeRole":
        allowed = _trusted(context)
    if not allowed:
        code = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException", "rest-json": "AccessDeniedException"}
        message = f"User: {context.principal} is not authorized to perform: {action}"
        raise Refused(code.get(call.protocol, "AccessDenied"), message, 403)


def _believe(context: Context) -> None:
    """Refuse a token of an issuer that the account does not know, for an audience it does not serve, or that the role does not trust.

    What is in a token counts, not who signed it: there is no issuer to be asked.
    """
    arn = context.params["RoleArn"]
    iam = context.backend("iam", account=arn.split(":")[4])
    try:
        payload = context.params["WebIdentityToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        issuer = claims["iss"].removeprefix("https://")
    except (IndexError, ValueError, KeyError):
        raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.") from None
    provider = iam.open_id_providers.get(f"arn:aws:iam::{arn.split(':')[4]}:oidc-provider/{issuer}")
    if provider is None:
        raise Refused("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for https://{issuer}")
    if claims.get("aud") not in provider.client_id_list:
        raise Refused("InvalidIdentityToken", "Incorrect token audience")
    roles = [role for role in iam.roles.values() if role.arn == arn]
    keys = {f"{issuer}:{claim}": [str(value)] for claim, value in claims.items()}
    if not roles or not policies.federates(roles[0].assume_role_policy_document, provider.arn, keys):
        raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


def _caller(context: Context) -> Any:
    """moto's record of the access key: a user's or an assumed role's."""
    call = context.wire
    headers = {"X-Amz-Security-Token": token} if (token := call.request.headers.get("X-Amz-Security-Token")) else {}
    try:
        return create_access_key(context.account, "aws", call.access_key, headers)
    except CreateAccessKeyFailure:
        raise invalid_credentials(call) from None


def _policies(context: Context, caller: Any) -> tuple[list[str], str | None]:
    """The identity's policy documents, and that of its permissions boundary."""
    documents = [document_of(policy) for policy in caller.collect_policies()]
    iam = context.backend("iam")
    if hasattr(caller, "_owner_role_name"):
        owner = iam.get_role(caller._owner_role_name)
    else:
        owner = iam.get_user(caller._owner_user_name)
    boundary = getattr(owner, "permissions_boundary", None)
    boundary_arn = boundary.get("PermissionsBoundaryArn") if isinstance(boundary, dict) else boundary
    return documents, document_of(iam.get_policy(boundary_arn)) if boundary_arn else None


def _trusted(context: Context) -> bool:
    """Whether a role's trust policy admits the caller; a role that does not exist trusts nobody."""
    arn = context.params["RoleArn"]
    try:
        role = context.backend("iam", account=arn.split(":")[4]).get_role_by_arn(arn)
    except Exception as problem:
        if moto_bridge.refused_by_moto(problem) is None:
            raise
        return False
    session = context.principal.split("/")
    role_arn = f"arn:aws:iam::{context.account}:role/{session[1]}" if ":assumed-role/" in context.principal else context.principal
    callers = {context.principal, role_arn, context.account, f"arn:aws:iam::{context.account}:root"}
    return policies.trusts(role.assume_role_policy_document, callers)


def document_of(policy: Any) -> str:
    """The text of a policy in any of the shapes in which moto keeps it."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, dict):
        return str(policy["policy_document"])
    return next(str(version.document) for version in policy.versions if version.is_default)


def _s3_resources(context: Context) -> list[str] | None:
    bucket, key = context.params.get("Bucket"), context.params.get("Key")
    if bucket is None:
        return ["*"]
    return [f"arn:aws:s3:::{bucket}/{key}" if key is not None else f"arn:aws:s3:::{bucket}"]
