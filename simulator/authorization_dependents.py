# SPDX-License-Identifier: GPL-3.0-or-later
"""What else a call asks of its caller than its own action: roles it passes on, tags it makes with, keys that a service uses for it.

A service that does something for a caller asks with the caller's permissions ("forward access sessions", UG iam/access_forward_access_sessions.md).
What it does with a role of its own is not asked here. Each rule names the page that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from simulator import service_reference
from simulator.authorization import Demand, actions_of, arn_of, demand, resources_of, service_linked_role
from simulator.condition_keys import request_tags
from simulator.context import Context
from simulator.registry import Parameters
from simulator.resource_tags import plain

Asked = Iterator[Demand]

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")


def dependents(context: Context, own: list[Demand]) -> list[Demand]:
    """Everything else that is asked of the caller."""
    found = [*_roles_passed(context), *_tags_made_with(context, own), *_first_of_its_service(context)]
    for ask in _RULES.get((context.service, context.operation), ()):
        found += ask(context)
    return found


def via(context: Context, service: str, action: str, resource: str, keys: dict[str, list[str]] | None = None, params: Parameters | None = None) -> Demand:
    """What a service asks in the caller's name (UG iam/reference_policies_condition-keys.md: aws:ViaAWSService, aws:CalledVia)."""
    principal = f"{service}.amazonaws.com"
    forwarded = {"aws:ViaAWSService": ["true"], "aws:CalledVia": [principal], "aws:CalledViaFirst": [principal], "aws:CalledViaLast": [principal]}
    return demand(context, action, resource, {**forwarded, **(keys or {})}, params or {})


# --- Roles


def _roles_passed(context: Context) -> Asked:
    """UG iam/id_roles_use_passrole.md: whoever gives a service a role must be allowed to pass it on."""
    if context.service in ("iam", "sts", "kms", "accessanalyzer") or context.operation.startswith(("Describe", "List", "Get")):
        return
    for path, value in _texts(context.params):
        if _ROLE.fullmatch(value) and "policy" not in path.lower():
            yield pass_role(context, value, _receiver(context, path))


def pass_role(context: Context, role: str, service: str) -> Demand:
    """May this role be passed to a service?"""
    return demand(context, "iam:PassRole", role, {"iam:PassedToService": [service]}, {})


def _receiver(context: Context, path: str) -> str:
    """Which service is given the role: its principal as it stands in trust policies."""
    exact = _RECEIVERS.get((context.service, path)) or _RECEIVERS.get((context.service, ""))
    model = context.wire.operation.service_model if context.wire.operation else None
    return exact or f"{model.signing_name if model else context.service}.amazonaws.com"


_RECEIVERS = {
    ("ec2", ""): "ec2.amazonaws.com",
    ("ec2", "DeliverLogsPermissionArn"): "vpc-flow-logs.amazonaws.com",
    ("guardduty", ""): "malware-protection-plan.guardduty.amazonaws.com",
    ("rds", "MonitoringRoleArn"): "monitoring.rds.amazonaws.com",
    ("ssm", "ServiceRoleArn"): "ssm.amazonaws.com",
    ("stepfunctions", ""): "states.amazonaws.com",
}


def _texts(params: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(params, dict):
        for name, value in params.items():
            yield from _texts(value, str(name))
    elif isinstance(params, (list, tuple)):
        for value in params:
            yield from _texts(value, path)
    elif isinstance(params, str):
        yield path, params


def _role_in_profile(context: Context) -> Asked:
    """API iam:AddRoleToInstanceProfile: "The caller of this operation must be granted the PassRole permission"."""
    for role in context.backend("iam").roles.values():
        if role.name == context.params.get("RoleName"):
            yield pass_role(context, role.arn, "ec2.amazonaws.com")


def _profile_of_instances(context: Context, profile: Parameters | None = None) -> Asked:
    """UG AWSEC2/iam-roles-for-amazon-ec2.md: permission to pass the role of the instance profile."""
    named = profile or context.params.get("IamInstanceProfile") or {}
    for known in context.backend("iam").instance_profiles.values():
        if known.name == named.get("Name") or known.arn == named.get("Arn"):
            for role in known.roles:
                yield pass_role(context, role.arn, "ec2.amazonaws.com")


# --- Tags

# The action that tags what an operation makes, by service; "{}" is what the operation makes (CreateRole: Role).
_TAGGING = {
    "accessanalyzer": "access-analyzer:TagResource",
    "acm": "acm:AddTagsToCertificate",
    "autoscaling": "autoscaling:CreateOrUpdateTags",
    "backup": "backup:TagResource",
    "budgets": "budgets:TagResource",
    "ce": "ce:TagResource",
    "cloudfront": "cloudfront:TagResource",
    "cloudtrail": "cloudtrail:AddTags",
    "cloudwatch": "cloudwatch:TagResource",
    "config": "config:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ebs": "ec2:CreateTags",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "elasticache": "elasticache:AddTagsToResource",
    "elbv2": "elasticloadbalancing:AddTags",
    "events": "events:TagResource",
    "guardduty": "guardduty:TagResource",
    "iam": "iam:Tag{}",
    "kms": "kms:TagResource",
    "lambda": "lambda:TagResource",
    "logs": "logs:TagResource",
    "rds": "rds:AddTagsToResource",
    "s3": "s3:TagResource",
    "secretsmanager": "secretsmanager:TagResource",
    "securityhub": "securityhub:TagResource",
    "sns": "sns:TagResource",
    "sqs": "sqs:TagQueue",
    "ssm": "ssm:AddTagsToResource",
    "wafv2": "wafv2:TagResource",
}
_MAKING = ("Allocate", "Copy", "Create", "Enable", "Import", "Publish", "Put", "Register", "Request", "Restore", "Run", "Start")


def _tags_made_with(context: Context, own: list[Demand]) -> Asked:
    """Who makes something with tags needs the permission to tag too: UG AWSEC2/supported-iam-actions-tagging.md, UG AmazonRDS/USER_Tagging.md and the
    like; the Service Authorization Reference has it among the dependent actions of most."""
    template = _TAGGING.get(context.service)
    if template is None or not context.operation.startswith(_MAKING) or context.operation in ("CreateTags", "CreateOrUpdateTags"):
        return
    if context.service in ("ec2", "ebs"):
        yield from _ec2_tags(context, context.params, context.operation)
        return
    tags = request_tags(context.params)
    if not tags or (context.service == "s3" and context.operation != "CreateBucket"):
        return
    made = context.operation
    for verb in _MAKING:
        made = made.removeprefix(verb)
    action = template.format("MFADevice" if made == "VirtualMFADevice" else made)
    keys = {f"aws:RequestTag/{name}": [value] for name, value in tags.items()} | {"aws:TagKeys": list(tags)}
    if context.service == "elbv2":
        keys["elasticloadbalancing:CreateAction"] = [context.operation]
    for resource in _made(context, action, own):
        yield demand(context, action, resource, keys, {})


def _made(context: Context, action: str, own: list[Demand]) -> list[str]:
    """The ARNs of what the call makes, as the tagging action is asked about it."""
    kinds = service_reference.action(action).kinds
    what = context.operation.removeprefix("Create")
    if context.service == "elbv2" and what in ("Listener", "Rule"):
        kind = {"Listener": "listener/app", "Rule": "listener-rule/app"}[what]
        parent = own[0].resource.partition("/")[2].split("/")
        names = dict(zip(("", "LoadBalancerName", "LoadBalancerId", "ListenerId"), parent, strict=False))
        names.pop("", None)
        shape = kind.replace("app", parent[0]) if parent and parent[0] in ("app", "net") else kind
        return [next(one for one in kinds if one.name == shape).arn(context.account, context.region, **names)]
    found = [demanded.resource for demanded in own if any(kind.fits(demanded.resource) for kind in kinds)]
    if context.service in ("rds", "elasticache"):
        found = [arn for arn in found if not _made_with(context, arn)]
    if context.service == "logs":
        found = [arn.removesuffix(":*") for arn in found] if what != "Delivery" else []
    if found:
        return found
    if what != "Delivery" and own and own[0].resource.startswith(f"arn:aws:{action.partition(':')[0]}:"):
        return [own[0].resource]  # the reference does not have every kind that can be tagged
    if context.service == "cloudfront" and what == "Function":
        return [f"arn:aws:cloudfront::{context.account}:function/{context.params.get('Name')}"]
    wanted = {"cloudfront": "distribution", "ce": what.lower(), "logs": what.lower()}.get(context.service)
    kind = next((one for one in kinds if one.name == wanted), kinds[0] if kinds else None)
    return [arn_of(context, kind)] if kind else ["*"]


def _made_with(context: Context, arn: str) -> bool:
    """Whether this is what something is made of or with: a source, or a group that has a maker of its own."""
    kind, name = arn.split(":")[5], arn.partition(arn.split(":")[5] + ":")[2]
    maker = {
        "cluster-pg": "ParameterGroup",
        "og": "OptionGroup",
        "parametergroup": "ParameterGroup",
        "pg": "ParameterGroup",
        "subgrp": "SubnetGroup",
        "subnetgroup": "SubnetGroup",
        "usergroup": "UserGroup",
    }.get(kind, "")
    sources = [str(value) for parameter, value in context.params.items() if "Source" in parameter]
    if context.operation.startswith("Restore") and "snapshot" in kind:
        return True
    return maker not in context.operation or name in sources or arn in sources


def _ec2_tags(context: Context, params: Parameters, operation: str) -> Asked:
    """UG AWSEC2/supported-iam-actions-tagging.md: ec2:CreateTags on what is made, with ec2:CreateAction."""
    specifications = params.get("TagSpecifications") or []
    if context.service == "ebs" and params.get("Tags"):
        specifications = [{"ResourceType": "snapshot", "Tags": params["Tags"]}]
    kinds = {kind.name: kind for kind in service_reference.action("ec2:CreateTags").kinds}
    for specification in specifications:
        tags = plain(specification.get("Tags"))
        kind = kinds.get(specification.get("ResourceType", ""))
        if tags and kind is not None:
            keys = {f"aws:RequestTag/{name}": [value] for name, value in tags.items()} | {"aws:TagKeys": list(tags), "ec2:CreateAction": [operation]}
            yield demand(context, "ec2:CreateTags", kind.arn(context.account, context.region), keys, {})


# --- Roles that a service makes for itself

# Which service makes its role when it is first asked this: UG of each service, "Using service-linked roles".
_LINKED = {
    ("accessanalyzer", "CreateAnalyzer"): "access-analyzer.amazonaws.com",
    ("application-autoscaling", "RegisterScalableTarget"): "rds.application-autoscaling.amazonaws.com",
    ("autoscaling", "CreateAutoScalingGroup"): "autoscaling.amazonaws.com",
    ("elasticache", "CreateReplicationGroup"): "elasticache.amazonaws.com",
    ("elasticache", "CreateCacheCluster"): "elasticache.amazonaws.com",
    ("elbv2", "CreateLoadBalancer"): "elasticloadbalancing.amazonaws.com",
    ("guardduty", "CreateDetector"): "guardduty.amazonaws.com",
    ("inspector2", "Enable"): "inspector2.amazonaws.com",
    ("rds", "CreateDBCluster"): "rds.amazonaws.com",
    ("rds", "CreateDBInstance"): "rds.amazonaws.com",
    ("rds", "CreateDBSubnetGroup"): "rds.amazonaws.com",
    ("securityhub", "EnableSecurityHub"): "securityhub.amazonaws.com",
    ("wafv2", "PutLoggingConfiguration"): "wafv2.amazonaws.com",
}


def _first_of_its_service(context: Context) -> Asked:
    """UG iam/create-service-linked-role.md: the caller needs iam:CreateServiceLinkedRole while the role is not there."""
    service = _LINKED.get((context.service, context.operation))
    if service is None or any(f"/aws-service-role/{service}/" in role.arn for role in context.backend("iam").roles.values()):
        return
    yield demand(context, "iam:CreateServiceLinkedRole", service_linked_role(context, service), {"iam:AWSServiceName": [service]}, {})


# --- Keys


def _key(context: Context, name: Any, region: str | None = None) -> Any:
    """The customer's key of that name. AWS's own keys let everybody in the account use them through their service."""
    from simulator.services.kms import key_named

    if not isinstance(name, str) or not name or "alias/aws/" in name:
        return None
    if name.startswith("arn:"):
        region = name.split(":")[3]
    try:
        return key_named(context, name, region)
    except (KeyError, IndexError):  # a region that is none; the call itself is refused for it later
        return None


def _use(context: Context, service: str, key: Any, *actions: str, encryption: dict[str, str] | None = None) -> Asked:
    if key is None:
        return
    keys: dict[str, list[str]] = {"kms:ViaService": [f"{service}.{key.region}.amazonaws.com"], "kms:CallerAccount": [context.account]}
    for name, value in (encryption or {}).items():
        keys[f"kms:EncryptionContext:{name}"] = [value]
    if encryption:
        keys["kms:EncryptionContextKeys"] = list(encryption)
    for action in actions:
        granted = {"kms:GrantIsForAWSResource": ["true"]} if action == "CreateGrant" else {}
        yield via(context, service, f"kms:{action}", key.arn, {**keys, **granted})


def _uses(service: str, parameter: str, *actions: str) -> Callable[[Context], Asked]:
    """A rule: the service uses the key that a parameter names."""

    def ask(context: Context) -> Asked:
        yield from _use(context, service, _key(context, context.params.get(parameter)), *actions)

    return ask


_RDS_KEY = _uses("rds", "KmsKeyId", "CreateGrant", "DescribeKey")  # UG AmazonRDS/Overview.Encryption.Keys.md
_EBS_KEY = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")  # UG ebs/ebs-encryption-requirements.md


def _master_password(context: Context) -> Asked:
    """UG AmazonRDS/rds-secrets-manager.md: permissions required for Secrets Manager integration."""
    if not context.params.get("ManageMasterUserPassword"):
        return
    secret = f"arn:aws:secretsmanager:{context.region}:{context.account}:secret:rds!*"
    for action in ("CreateSecret", "TagResource"):
        yield via(context, "rds", f"secretsmanager:{action}", secret)
    key = _key(context, context.params.get("MasterUserSecretKmsKeyId"))
    yield from _use(context, "rds", key, "DescribeKey", "CreateGrant")
    yield from _use(context, "secretsmanager", key, "Decrypt", "GenerateDataKey")


def _final_snapshot(context: Context) -> Asked:
    """Service Authorization Reference, rds:DeleteDBInstance and rds:DeleteDBCluster: a last snapshot is made by the caller."""
    snapshot, instance = context.params.get("FinalDBSnapshotIdentifier"), context.params.get("DBInstanceIdentifier")
    if not snapshot or context.params.get("SkipFinalSnapshot"):
        return
    named = {"DBSnapshotIdentifier": snapshot, "DBInstanceIdentifier": instance}
    if instance is None:
        named = {"DBClusterSnapshotIdentifier": snapshot, "DBClusterIdentifier": context.params.get("DBClusterIdentifier")}
    action = "rds:CreateDBSnapshot" if instance else "rds:CreateDBClusterSnapshot"
    for resource in resources_of(context, action, named):
        yield demand(context, action, resource, None, named)


def _bucket_key(context: Context, bucket_name: str | None) -> Any:
    from moto.s3.models import s3_backends

    bucket = s3_backends[context.account]["aws"].buckets.get(bucket_name or "")
    rule = ((bucket.encryption if bucket else None) or {}).get("Rule", {})
    default = (rule[0] if isinstance(rule, list) and rule else rule or {}).get("ApplyServerSideEncryptionByDefault", {})
    return _key(context, default.get("KMSMasterKeyID"), bucket.region_name if bucket else None)


def _object_written(context: Context) -> Asked:
    """UG s3/UsingKMSEncryption.md: kms:GenerateDataKey to write, kms:Decrypt too for an upload in parts; headers of S3's own permissions:
    UG s3/using-with-s3-policy-actions.md."""
    params = context.params
    object_arn = f"arn:aws:s3:::{params.get('Bucket')}/{params.get('Key')}"
    for given, action in (
        ("Tagging", "PutObjectTagging"),
        ("ACL", "PutObjectAcl"),
        ("ObjectLockMode", "PutObjectRetention"),
        ("ObjectLockLegalHoldStatus", "PutObjectLegalHold"),
    ):
        if params.get(given):
            yield demand(context, f"s3:{action}", object_arn)
    if params.get("ServerSideEncryption") in ("AES256",):
        return
    key = _key(context, params.get("SSEKMSKeyId")) or _bucket_key(context, params.get("Bucket"))
    parts = context.operation in ("CreateMultipartUpload", "UploadPart", "UploadPartCopy")
    yield from _use(context, "s3", key, "GenerateDataKey", *(("Decrypt",) if parts else ()), encryption={"aws:s3:arn": object_arn})


def _object_read(context: Context, bucket: str | None = None, name: str | None = None, version: str | None = None) -> Asked:
    """UG s3/UsingKMSEncryption.md: kms:Decrypt to read."""
    from moto.s3.models import s3_backends

    bucket, name = bucket or context.params.get("Bucket"), name or context.params.get("Key")
    owner = s3_backends[context.account]["aws"].buckets.get(bucket or "")
    stored = owner.keys.get(name) if owner is not None and name else None
    key = _key(context, getattr(stored, "kms_key_id", None), owner.region_name if owner else None)
    yield from _use(context, "s3", key, "Decrypt", encryption={"aws:s3:arn": f"arn:aws:s3:::{bucket}/{name}"})


def _object_copied(context: Context) -> Asked:
    """API s3:CopyObject: read access to the source, write access to the destination."""
    source = context.params.get("CopySource") or ""
    source = f"{source.get('Bucket')}/{source.get('Key')}" if isinstance(source, dict) else str(source).lstrip("/").partition("?versionId")[0]
    bucket, _, name = source.partition("/")
    if bucket:
        yield demand(context, "s3:GetObject", f"arn:aws:s3:::{bucket}/{name}", None, {"Bucket": bucket, "Key": name})
        yield from _object_read(context, bucket, name)
    yield from _object_written(context)


def _objects_deleted(context: Context) -> Asked:
    """UG s3/object-lock-managing.md: s3:BypassGovernanceRetention; a version that is named needs s3:DeleteObjectVersion."""
    for entry in (context.params.get("Delete") or {}).get("Objects", []):
        if entry.get("VersionId"):
            yield demand(context, "s3:DeleteObjectVersion", f"arn:aws:s3:::{context.params.get('Bucket')}/{entry['Key']}")
    yield from _governance_bypassed(context)


def _governance_bypassed(context: Context) -> Asked:
    if context.params.get("BypassGovernanceRetention"):
        for resource in resources_of(context, "s3:BypassGovernanceRetention"):
            yield demand(context, "s3:BypassGovernanceRetention", resource)


def _bucket_made(context: Context) -> Asked:
    """API s3:CreateBucket, "Permissions"."""
    resource = f"arn:aws:s3:::{context.params.get('Bucket')}"
    wanted = {
        "ACL": ("PutBucketAcl",),
        "ObjectLockEnabledForBucket": ("PutBucketObjectLockConfiguration", "PutBucketVersioning"),
        "ObjectOwnership": ("PutBucketOwnershipControls",),
    }
    for given, actions in wanted.items():
        for action in actions if context.params.get(given) and context.params.get(given) != "private" else ():
            yield demand(context, f"s3:{action}", resource)


def _secret_key(context: Context, *actions: str) -> Asked:
    """UG secretsmanager/security-encryption.md: the key of a secret is used with the ARN of the secret and the id of its version as encryption context."""
    named = context.params.get("KmsKeyId")
    secret = context.backend("secretsmanager").secrets.get(context.params.get("SecretId") or "")
    (arn,) = resources_of(context, f"secretsmanager:{context.operation}")[:1]
    encryption = {"SecretARN": arn, "SecretVersionId": context.params.get("VersionId") or getattr(secret, "default_version_id", None) or "*"}
    yield from _use(context, "secretsmanager", _key(context, named or getattr(secret, "kms_key_id", None)), *actions, encryption=encryption)


def _secret_written(context: Context) -> Asked:
    """API secretsmanager:CreateSecret, PutSecretValue, UpdateSecret: kms:GenerateDataKey and kms:Decrypt for a customer's key."""
    if context.operation != "UpdateSecret" or {"SecretString", "SecretBinary", "KmsKeyId"} & context.params.keys():
        yield from _secret_key(context, "GenerateDataKey", "Decrypt")
    if context.params.get("AddReplicaRegions"):
        for resource in resources_of(context, "secretsmanager:ReplicateSecretToRegions"):
            yield demand(context, "secretsmanager:ReplicateSecretToRegions", resource)
        yield from _secret_replicated(context)


def _secret_replicated(context: Context) -> Asked:
    """API secretsmanager:ReplicateSecretToRegions: kms:Decrypt with a customer's key of the secret, kms:GenerateDataKey and kms:Encrypt with the replica's."""
    yield from _secret_key(context, "Decrypt")
    for replica in context.params.get("AddReplicaRegions") or ():
        yield from _use(context, "secretsmanager", _key(context, replica.get("KmsKeyId"), replica.get("Region")), "GenerateDataKey", "Encrypt")


def _secret_read(context: Context) -> Asked:
    """API secretsmanager:GetSecretValue: kms:Decrypt for a customer's key."""
    yield from _secret_key(context, "Decrypt")


def _secret_rotated(context: Context) -> Asked:
    """API secretsmanager:RotateSecret: "You also need lambda:InvokeFunction permissions on the rotation function"."""
    if context.params.get("RotationLambdaARN"):
        yield via(context, "secretsmanager", "lambda:InvokeFunction", context.params["RotationLambdaARN"])


def _parameter_written(context: Context) -> Asked:
    """UG kms/services-parameter-store.md: kms:Encrypt for a standard, kms:GenerateDataKey for an advanced parameter."""
    if context.params.get("Type") == "SecureString":
        action = "GenerateDataKey" if context.params.get("Tier") == "Advanced" else "Encrypt"
        yield from _use(context, "ssm", _key(context, context.params.get("KeyId")), action, encryption=_parameter(context, context.params.get("Name", "")))


def _parameter(context: Context, name: str) -> dict[str, str]:
    return {"PARAMETER_ARN": f"arn:aws:ssm:{context.region}:{context.account}:parameter/{name.lstrip('/')}"}


def _parameters_read(context: Context) -> Asked:
    """UG kms/services-parameter-store.md: kms:Decrypt."""
    if not context.params.get("WithDecryption"):
        return
    known, params = context.backend("ssm")._parameters, context.params
    named = {str(name).rpartition(":parameter")[2].partition(":")[0] for name in (params.get("Name"), *(params.get("Names") or ())) if name}
    if params.get("Path"):
        named = {name for name in list(known) if name.startswith(params["Path"].rstrip("/") + "/")}
    for name in sorted(named):
        stored = known[name][-1] if name in known else None
        if stored is not None and stored.parameter_type == "SecureString":
            yield from _use(context, "ssm", _key(context, stored.keyid), "Decrypt", encryption=_parameter(context, name))


def _message_sent(context: Context) -> Asked:
    """UG AWSSimpleQueueService/sqs-key-management.md, UG sns/sns-key-management.md: producers need kms:GenerateDataKey and kms:Decrypt."""
    if context.service == "sns":
        topic = context.backend("sns").topics.get(context.params.get("TopicArn") or context.params.get("TargetArn") or "")
        yield from _use(context, "sns", _key(context, getattr(topic, "kms_master_key_id", None)), "GenerateDataKey", "Decrypt")
        return
    queue = context.backend("sqs").queues.get(str(context.params.get("QueueUrl", "")).rpartition("/")[2])
    actions = ("Decrypt",) if context.operation == "ReceiveMessage" else ("GenerateDataKey", "Decrypt")
    yield from _use(context, "sqs", _key(context, getattr(queue, "kms_master_key_id", None)), *actions)


def _vault_made(context: Context) -> Asked:
    """UG aws-backup/access-control.md, API permissions: CreateBackupVault."""
    yield via(context, "backup", "backup-storage:MountCapsule", "*")
    key = _key(context, context.params.get("EncryptionKeyArn"))
    yield from _use(context, "backup", key, "CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey", "RetireGrant")


def _copied_into(context: Context) -> Asked:
    """UG aws-backup/access-control.md: copying needs backup:CopyIntoBackupVault on the vault that it goes to."""
    if context.params.get("DestinationBackupVaultArn"):
        yield demand(context, "backup:CopyIntoBackupVault", context.params["DestinationBackupVaultArn"], None, {})


def _key_made(context: Context) -> Asked:
    """API kms:CreateKey: kms:PutKeyPolicy for who gives a policy."""
    if context.params.get("Policy"):
        yield demand(context, "kms:PutKeyPolicy", f"arn:aws:kms:{context.region}:{context.account}:key/*")


# --- Instances


def _instances_run(context: Context) -> Asked:
    """UG AWSEC2/ExamplePolicies_EC2.md, RunInstances: what a launch template says is asked for like what the call says."""
    template = _template_data(context, context.params.get("LaunchTemplate"))
    yield from _run_instances(context, {**template, **context.params})
    yield from _profile_of_instances(context, context.params.get("IamInstanceProfile") or template.get("IamInstanceProfile"))
    yield from _encrypted_volumes(context, [*context.params.get("BlockDeviceMappings", []), *template.get("BlockDeviceMappings", [])])


def _run_instances(context: Context, params: Parameters) -> Asked:
    for resource in resources_of(context, "ec2:RunInstances", params):
        yield demand(context, "ec2:RunInstances", resource, None, params)
    yield from _ec2_tags(context, params, "RunInstances")


def _encrypted_volumes(context: Context, mappings: list[Parameters]) -> Asked:
    for mapping in mappings:
        yield from _use(context, "ec2", _key(context, (mapping.get("Ebs") or {}).get("KmsKeyId")), *_EBS_KEY)


def _template_data(context: Context, specification: Parameters | None) -> Parameters:
    """What a version of a launch template says."""
    backend, given = context.backend("ec2"), specification or {}
    identifier = given.get("LaunchTemplateId") or backend.launch_template_name_to_ids.get(given.get("LaunchTemplateName", ""))
    template = backend.launch_templates.get(identifier)
    if template is None:
        return {}
    version = str(given.get("Version") or "$Default")
    try:
        number = {"$Latest": len(template.versions), "$Default": int(template.default_version_number)}.get(version) or int(version)
        data = template.versions[number - 1].data
    except (ValueError, IndexError):
        return {}
    return {name: value for name, value in data.items() if value is not None}


def _group_launches(context: Context) -> Asked:
    """UG autoscaling/ec2/ec2-auto-scaling-launch-template-permissions.md: ec2:RunInstances, ec2:CreateTags and iam:PassRole are checked when a group is
    created or updated with a launch template."""
    from simulator.services.autoscaling import groups_of

    wanted = context.params.get("DesiredConfiguration") or context.params
    mixed = (wanted.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    specification = mixed.get("LaunchTemplateSpecification") or wanted.get("LaunchTemplate")
    if not specification:
        return
    template = _template_data(context, specification)
    group = groups_of(context).get(context.params.get("AutoScalingGroupName", ""))
    subnets = [subnet.strip() for subnet in str(context.params.get("VPCZoneIdentifier") or "").split(",") if subnet.strip()] or (group.subnets if group else [])
    yield from _run_instances(context, {**template, "LaunchTemplate": specification, **({"SubnetIds": subnets} if subnets else {})})
    yield from _profile_of_instances(context, template.get("IamInstanceProfile"))


# --- The rest


def _web_acl_associated(context: Context) -> Asked:
    """UG waf/security_iam_id-based-policy-examples.md, API wafv2:AssociateWebACL: elasticloadbalancing:SetWebAcl on a load balancer."""
    resource = str(context.params.get("ResourceArn", ""))
    if ":loadbalancer/" in resource:
        yield demand(context, "elasticloadbalancing:SetWebAcl", resource, None, {})


def _web_acl_logged(context: Context) -> Asked:
    """UG waf/logging-cw-logs.md, logging-s3.md, logging-kinesis.md: permissions to publish logs."""
    for destination in (context.params.get("LoggingConfiguration") or {}).get("LogDestinationConfigs", []):
        service = destination.split(":")[2] if destination.startswith("arn:") else ""
        if service in ("logs", "s3"):
            for action in ("CreateLogDelivery", "DeleteLogDelivery"):
                yield demand(context, f"logs:{action}", "*", None, {})
        if service == "logs":
            for action in ("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"):
                yield from (demand(context, f"logs:{action}", resource, None, {}) for resource in resources_of(context, f"logs:{action}", {}))
        if service == "s3":
            for action in ("PutBucketPolicy", "GetBucketPolicy"):
                yield demand(context, f"s3:{action}", destination, None, {})


def _access_log(context: Context) -> Asked:
    """UG apigateway/http-api-logging.md: who has an API write a log has to be allowed what API Gateway then does in their name."""
    if context.params.get("AccessLogSettings"):
        for action in ("CreateLogDelivery", "UpdateLogDelivery", "GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies"):
            yield demand(context, f"logs:{action}", "*", None, {})


def _vended_logs(context: Context) -> Asked:
    """UG logs/AWS-logs-and-resource-policy.md: the source's service asks for AllowVendedLogDeliveryForResource."""
    resource = str(context.params.get("resourceArn") or "")
    if resource.startswith("arn:"):
        service = resource.split(":")[2]
        yield demand(context, f"{service}:AllowVendedLogDeliveryForResource", resource, None, {})


def _flow_logs(context: Context) -> Asked:
    """UG vpc/flow-logs-s3-permissions.md: logs:CreateLogDelivery and logs:DeleteLogDelivery, except to CloudWatch Logs, which gets a role."""
    if context.params.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs":
        for action in ("CreateLogDelivery", "DeleteLogDelivery"):
            yield demand(context, f"logs:{action}", "*", None, {})


def _endpoint_names(context: Context) -> Asked:
    """Service Authorization Reference, ec2:CreateVpcEndpoint: an interface endpoint with private names is associated with a zone."""
    if context.params.get("VpcEndpointType") == "Interface" and context.params.get("PrivateDnsEnabled", True):
        yield demand(context, "route53:AssociateVPCWithHostedZone", "*", None, {})


def _private_zone(context: Context) -> Asked:
    """Service Authorization Reference, route53:CreateHostedZone and the like: ec2:DescribeVpcs for a private zone."""
    if context.params.get("VPC"):
        yield demand(context, "ec2:DescribeVpcs", "*", None, {})


def _session_made(context: Context) -> Asked:
    """UG iam/id_session-tags.md, id_credentials_temp_control-access_monitor.md: who passes tags or a source identity needs these too."""
    for given, action in (("Tags", "TagSession"), ("SourceIdentity", "SetSourceIdentity")):
        if context.params.get(given):
            for resource in resources_of(context, actions_of(context)[0]):
                yield demand(context, f"sts:{action}", resource)


_RULES: dict[tuple[str, str], tuple[Callable[[Context], Asked], ...]] = {
    ("apigatewayv2", "CreateStage"): (_access_log,),
    ("apigatewayv2", "UpdateStage"): (_access_log,),
    ("autoscaling", "CreateAutoScalingGroup"): (_group_launches,),
    ("autoscaling", "StartInstanceRefresh"): (_group_launches,),
    ("autoscaling", "UpdateAutoScalingGroup"): (_group_launches,),
    ("backup", "CreateBackupVault"): (_vault_made,),
    ("backup", "StartCopyJob"): (_copied_into,),
    ("ebs", "StartSnapshot"): (_uses("ec2", "KmsKeyArn", "CreateGrant", "DescribeKey", "GenerateDataKeyWithoutPlaintext"),),
    ("ec2", "AssociateIamInstanceProfile"): (_profile_of_instances,),
    ("ec2", "CopyImage"): (_uses("ec2", "KmsKeyId", *_EBS_KEY),),
    ("ec2", "CopySnapshot"): (_uses("ec2", "KmsKeyId", *_EBS_KEY),),
    ("ec2", "CreateFlowLogs"): (_flow_logs,),
    ("ec2", "CreateVolume"): (_uses("ec2", "KmsKeyId", *_EBS_KEY),),
    ("ec2", "CreateVpcEndpoint"): (_endpoint_names,),
    ("ec2", "ReplaceIamInstanceProfileAssociation"): (_profile_of_instances,),
    ("ec2", "RunInstances"): (_instances_run,),
    ("elasticache", "CreateReplicationGroup"): (_uses("elasticache", "KmsKeyId", "CreateGrant", "DescribeKey"),),  # UG elasticache/at-rest-encryption.md
    ("iam", "AddRoleToInstanceProfile"): (_role_in_profile,),
    ("kms", "CreateKey"): (_key_made,),
    ("logs", "PutDeliverySource"): (_vended_logs,),
    ("rds", "CopyDBClusterSnapshot"): (_RDS_KEY,),
    ("rds", "CopyDBSnapshot"): (_RDS_KEY,),
    ("rds", "CreateDBCluster"): (_RDS_KEY, _master_password),
    ("rds", "CreateDBInstance"): (_RDS_KEY, _master_password),
    ("rds", "CreateDBInstanceReadReplica"): (_RDS_KEY,),
    ("rds", "DeleteDBCluster"): (_final_snapshot,),
    ("rds", "DeleteDBInstance"): (_final_snapshot,),
    ("rds", "ModifyDBCluster"): (_master_password,),
    ("rds", "ModifyDBInstance"): (_master_password,),
    ("rds", "RestoreDBClusterFromSnapshot"): (_RDS_KEY,),
    ("route53", "AssociateVPCWithHostedZone"): (_private_zone,),
    ("route53", "CreateHostedZone"): (_private_zone,),
    ("route53", "DisassociateVPCFromHostedZone"): (_private_zone,),
    ("s3", "CopyObject"): (_object_copied,),
    ("s3", "CreateBucket"): (_bucket_made,),
    ("s3", "CreateMultipartUpload"): (_object_written,),
    ("s3", "DeleteObject"): (_governance_bypassed,),
    ("s3", "DeleteObjects"): (_objects_deleted,),
    ("s3", "GetObject"): (_object_read,),
    ("s3", "PutObject"): (_object_written,),
    ("s3", "PutObjectRetention"): (_governance_bypassed,),
    ("s3", "UploadPart"): (_object_written,),
    ("s3", "UploadPartCopy"): (_object_copied,),
    ("secretsmanager", "CreateSecret"): (_secret_written,),
    ("secretsmanager", "GetSecretValue"): (_secret_read,),
    ("secretsmanager", "PutSecretValue"): (_secret_written,),
    ("secretsmanager", "ReplicateSecretToRegions"): (_secret_replicated,),
    ("secretsmanager", "RotateSecret"): (_secret_rotated,),
    ("secretsmanager", "UpdateSecret"): (_secret_written,),
    ("sns", "Publish"): (_message_sent,),
    ("sqs", "ReceiveMessage"): (_message_sent,),
    ("sqs", "SendMessage"): (_message_sent,),
    ("ssm", "GetParameter"): (_parameters_read,),
    ("ssm", "GetParameters"): (_parameters_read,),
    ("ssm", "GetParametersByPath"): (_parameters_read,),
    ("ssm", "PutParameter"): (_parameter_written,),
    ("sts", "AssumeRole"): (_session_made,),
    ("wafv2", "AssociateWebACL"): (_web_acl_associated,),
    ("wafv2", "PutLoggingConfiguration"): (_web_acl_logged,),
}
