# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of condition keys: what a request and the resource that it is about say for themselves.

Which keys there are for an action is in the Service Authorization Reference. Keys about who calls are in access.py, keys of every request
(aws:CurrentTime and the like) too; here is the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from simulator.context import Context
from simulator.registry import Parameters
from simulator.resource_tags import plain, tags_of
from simulator.service_reference import Kind

Values = dict[str, list[str]]

# Operations that make something, which therefore has no attributes but those that it is given.
_MAKING = ("Allocate", "Copy", "Create", "Import", "Put", "Register", "Request", "Restore", "Run", "Start")

# Keys whose value is a parameter (a path of members; lists give all their values).
_PARAMETERS = {
    "account:AlternateContactTypes": "AlternateContactType",
    "acm:KeyAlgorithm": "KeyAlgorithm",
    "acm:ValidationMethod": "ValidationMethod",
    "application-autoscaling:scalable-dimension": "ScalableDimension",
    "application-autoscaling:service-namespace": "ServiceNamespace",
    "arc-zonal-shift:ResourceIdentifier": "resourceIdentifier",
    "autoscaling:ForceDelete": "ForceDelete",
    "autoscaling:LaunchConfigurationName": "LaunchConfigurationName",
    "autoscaling:LoadBalancerNames": "LoadBalancerNames",
    "autoscaling:MaxSize": "MaxSize",
    "autoscaling:MinSize": "MinSize",
    "autoscaling:TargetGroupARNs": "TargetGroupARNs",
    "autoscaling:TrafficSourceIdentifiers": "TrafficSources.Identifier",
    "backup:ChangeableForDays": "ChangeableForDays",
    "backup:CopyTargets": "DestinationBackupVaultArn",
    "backup:MaxRetentionDays": "MaxRetentionDays",
    "backup:MinRetentionDays": "MinRetentionDays",
    "cloudwatch:AlarmActions": "AlarmActions",
    "cloudwatch:namespace": "Namespace",
    "ebs:Description": "Description",
    "ebs:ParentSnapshot": "ParentSnapshotId",
    "ebs:VolumeSize": "VolumeSize",
    "ec2:Attribute": "Attribute",
    "ec2:AssociatePublicIpAddress": "NetworkInterfaces.AssociatePublicIpAddress",
    "ec2:Domain": "Domain",
    "ec2:EbsOptimized": "EbsOptimized",
    "ec2:Encrypted": "Encrypted",
    "ec2:InstanceType": "InstanceType",
    "ec2:KeyPairName": "KeyName",
    "ec2:KmsKeyId": "KmsKeyId",
    "ec2:MetadataHttpEndpoint": "MetadataOptions.HttpEndpoint",
    "ec2:MetadataHttpPutResponseHopLimit": "MetadataOptions.HttpPutResponseHopLimit",
    "ec2:MetadataHttpTokens": "MetadataOptions.HttpTokens",
    "ec2:PlacementGroup": "Placement.GroupName",
    "ec2:VolumeIops": "Iops",
    "ec2:VolumeSize": "Size",
    "ec2:VolumeThroughput": "Throughput",
    "ec2:VolumeType": "VolumeType",
    "ec2:VpceServiceName": "ServiceName",
    "elasticache:AtRestEncryptionEnabled": "AtRestEncryptionEnabled",
    "elasticache:AutomaticFailoverEnabled": "AutomaticFailoverEnabled",
    "elasticache:CacheNodeType": "CacheNodeType",
    "elasticache:CacheParameterGroupName": "CacheParameterGroupName",
    "elasticache:EngineType": "Engine",
    "elasticache:EngineVersion": "EngineVersion",
    "elasticache:KmsKeyId": "KmsKeyId",
    "elasticache:MultiAZEnabled": "MultiAZEnabled",
    "elasticache:NumNodeGroups": "NumNodeGroups",
    "elasticache:ReplicasPerNodeGroup": "ReplicasPerNodeGroup",
    "elasticache:SnapshotRetentionLimit": "SnapshotRetentionLimit",
    "elasticache:TransitEncryptionEnabled": "TransitEncryptionEnabled",
    "elasticloadbalancing:ListenerProtocol": "Protocol",
    "elasticloadbalancing:SecurityGroup": "SecurityGroups",
    "elasticloadbalancing:SecurityPolicy": "SslPolicy",
    "elasticloadbalancing:Subnet": "Subnets",
    "events:TargetArn": "Targets.Arn",
    "iam:AWSServiceName": "AWSServiceName",
    "iam:PolicyARN": "PolicyArn",
    "kms:BypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
    "kms:EncryptionAlgorithm": "EncryptionAlgorithm",
    "kms:GrantOperations": "Operations",
    "kms:GranteePrincipal": "GranteePrincipal",
    "kms:MacAlgorithm": "MacAlgorithm",
    "kms:MessageType": "MessageType",
    "kms:ReplicaRegion": "ReplicaRegion",
    "kms:RetiringPrincipal": "RetiringPrincipal",
    "kms:RotationPeriodInDays": "RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays": "PendingWindowInDays",
    "kms:SigningAlgorithm": "SigningAlgorithm",
    "lambda:CodeSigningConfigArn": "CodeSigningConfigArn",
    "lambda:FunctionArn": "FunctionName",
    "lambda:FunctionUrlAuthType": "FunctionUrlAuthType",
    "lambda:Layer": "Layers",
    "lambda:Principal": "Principal",
    "lambda:SecurityGroupIds": "VpcConfig.SecurityGroupIds",
    "lambda:SubnetIds": "VpcConfig.SubnetIds",
    "logs:DeliveryDestinationResourceArn": "deliveryDestinationConfiguration.destinationResourceArn",
    "logs:LogGeneratingResourceArns": "resourceArn",
    "rds:DatabaseClass": "DBInstanceClass",
    "rds:DatabaseEngine": "Engine",
    "rds:DatabaseName": "DBName",
    "rds:ManageMasterUserPassword": "ManageMasterUserPassword",
    "rds:MultiAz": "MultiAZ",
    "rds:Piops": "Iops",
    "rds:PubliclyAccessible": "PubliclyAccessible",
    "rds:StorageEncrypted": "StorageEncrypted",
    "rds:StorageSize": "AllocatedStorage",
    "route53:ChangeResourceRecordSetsActions": "ChangeBatch.Changes.Action",
    "route53:ChangeResourceRecordSetsRecordTypes": "ChangeBatch.Changes.ResourceRecordSet.Type",
    "s3:delimiter": "Delimiter",
    "s3:locationconstraint": "CreateBucketConfiguration.LocationConstraint",
    "s3:max-keys": "MaxKeys",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "secretsmanager:AddReplicaRegions": "AddReplicaRegions.Region",
    "secretsmanager:BlockPublicPolicy": "BlockPublicPolicy",
    "secretsmanager:Description": "Description",
    "secretsmanager:ForceDeleteWithoutRecovery": "ForceDeleteWithoutRecovery",
    "secretsmanager:ForceOverwriteReplicaSecret": "ForceOverwriteReplicaSecret",
    "secretsmanager:KmsKeyId": "KmsKeyId",
    "secretsmanager:Name": "Name",
    "secretsmanager:RecoveryWindowInDays": "RecoveryWindowInDays",
    "secretsmanager:RotateImmediately": "RotateImmediately",
    "secretsmanager:RotationLambdaARN": "RotationLambdaARN",
    "secretsmanager:VersionId": "VersionId",
    "secretsmanager:VersionStage": "VersionStage",
    "servicequotas:service": "ServiceCode",
    "sns:Endpoint": "Endpoint",
    "sns:Protocol": "Protocol",
    "ssm:DocumentType": "DocumentType",
    "ssm:DocumentVersion": "DocumentVersion",
    "ssm:Overwrite": "Overwrite",
    "ssm:Policies": "Policies",
    "ssm:Recursive": "Recursive",
    "sts:DurationSeconds": "DurationSeconds",
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sts:SourceIdentity": "SourceIdentity",
    "sts:TransitiveTagKeys": "TransitiveTagKeys",
    "wafv2:LogDestinationResource": "LoggingConfiguration.LogDestinationConfigs",
    "wafv2:LogScope": "LoggingConfiguration.LogScope",
}

# What these operations leave unsaid counts as what they then do.
_DEFAULTS = {
    "elasticloadbalancing:Scheme": "internet-facing",
    "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    "rds:MultiAz": "false",
    "rds:StorageEncrypted": "false",
    "secretsmanager:ForceDeleteWithoutRecovery": "false",
    "ssm:Overwrite": "false",
    "ssm:Recursive": "false",
}

# Keys of requests that come another way than ours: through access points, access grants, an enclave, or with the token of an identity provider.
_NEVER = (
    "accounts.google.com:",
    "cognito-identity.amazonaws.com:",
    "graph.facebook.com:",
    "kms:RecipientAttestation:",
    "lambda:InvokedVia",
    "s3:AccessGrant",
    "s3:AccessPoint",
    "s3:DataAccessPoint",
    "s3:ExistingJob",
    "s3:Job",
    "s3:RequestJob",
    "saml:",
    "www.amazon.com:",
)

# Keys that only come with a request that the simulator itself makes up (authorization_dependents.py), and are absent from a caller's own.
_GIVEN = {
    "ec2:CreateAction",
    "elasticloadbalancing:CreateAction",
    "iam:AssociatedResourceArn",
    "iam:PassedToService",
    "kms:EncryptionContext:",
    "kms:EncryptionContextKeys",
    "kms:GrantIsForAWSResource",
    "kms:ViaService",
}


def values(context: Context, action: str, resource: str, kind: Kind | None, wanted: frozenset[str], params: Parameters) -> tuple[Values, frozenset[str]]:
    """The values of those of the wanted keys that the request has, and which of them cannot be told."""
    found: Values = {}
    untold = set()
    for key in sorted(wanted):
        told = _value(context, action, resource, key, params, found)
        if told:
            continue
        attribute = kind is not None and key in kind.attributes
        if key not in _PARAMETERS or (attribute and not context.operation.startswith(_MAKING)):
            untold.add(key)
    return found, frozenset(untold)


def _value(context: Context, action: str, resource: str, key: str, params: Parameters, found: Values) -> bool:
    """Add what the key has for a value; False when that cannot be told from here."""
    if key.startswith("aws:"):
        _tags(context, resource, key, params, found)
        return True
    if key.endswith(("-tag/", "Tag/")):
        _tags(context, resource, key, params, found)
        return True
    computed = _COMPUTED.get(key)
    if computed is not None:
        given = computed(context, resource, params)
        if given is not None:
            found.update({key: [*given]} if not isinstance(given, dict) else given)
        return True
    if key.startswith("s3:"):
        return _s3(context, key, params, found)
    if key in _GIVEN or key.startswith(_NEVER):
        return True
    path = _PARAMETERS.get(key)
    given = [_text(value) for value in _at(params, path.split("."))] if path else []
    if key.startswith("ec2:") and not given:
        return _ec2(context, resource, key, params, found)
    if not given and key in _DEFAULTS and context.operation.startswith(_MAKING):
        given = [_DEFAULTS[key]]
    if given:
        found[key] = given
    return bool(given)


def request_tags(params: Parameters, resource: str = "") -> dict[str, str]:
    """The tags in a request, for EC2 those of the kind that the resource is of."""
    if "TagSpecifications" in params:
        kind = resource.partition("/")[0].rpartition(":")[2]
        specified = [entry for entry in params["TagSpecifications"] if entry.get("ResourceType") == kind]
        return {key: value for entry in specified for key, value in plain(entry.get("Tags")).items()}
    for name in ("Tags", "tags", "TagList", "AddTags", "BackupVaultTags", "BackupPlanTags", "RecoveryPointTags", "HostedZoneTags", "TagsList", "ResourceTags"):
        if params.get(name):
            return plain(params[name])
    for path in ("CreateBucketConfiguration.Tags", "DistributionConfigWithTags.Tags", "Tagging.TagSet"):
        if tags := plain(_at_one(params, path.split("."))):
            return tags
    return {}


def _tag_keys(params: Parameters, resource: str) -> list[str]:
    named = next((params[name] for name in ("TagKeys", "tagKeys", "TagKeyList", "RemoveTagKeys") if params.get(name)), [])
    named = named.get("Items", []) if isinstance(named, dict) else named
    plain_names = [tag for tag in params.get("Tags") or () if isinstance(tag, str)]
    return [*map(str, named), *plain_names] or list(request_tags(params, resource))


def _tags(context: Context, resource: str, key: str, params: Parameters, found: Values) -> None:
    if key == "aws:TagKeys":
        if keys := _tag_keys(params, resource):
            found[key] = keys
        return
    if not key.endswith("/"):
        return
    asked = key in ("aws:RequestTag/", "rds:req-tag/", "s3:RequestObjectTag/")
    for name, value in (request_tags(params, resource) if asked else tags_of(context, resource)).items():
        found[f"{key}{name}"] = [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(params: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path of members, through lists."""
    if isinstance(params, (list, tuple)):
        for entry in params:
            yield from _at(entry, path)
    elif not path:
        if params is not None and not isinstance(params, dict):
            yield params
    elif isinstance(params, dict):
        yield from _at(params.get(path[0]), path[1:])


def _at_one(params: Any, path: list[str]) -> Any:
    for name in path:
        params = params.get(name) if isinstance(params, dict) else None
    return params


def _s3(context: Context, key: str, params: Parameters, found: Values) -> bool:
    """S3's keys are its headers and query parameters: UG s3/amazon-s3-policy-keys.md."""
    headers = context.wire.request.headers
    name = key.removeprefix("s3:")
    if key == "s3:object-lock-remaining-retention-days":
        return False
    header = {"if-match": "If-Match", "if-none-match": "If-None-Match"}.get(name) or (f"x-amz-{name}" if name.startswith("object-lock") else name)
    if header in headers and not name.startswith("prefix"):
        found[key] = [headers[header]]
    elif key in _PARAMETERS:
        given = [_text(value) for value in _at(params, _PARAMETERS[key].split("."))]
        if given:
            found[key] = given
    elif name == "authType":
        found[key] = ["REST-QUERY-STRING" if "X-Amz-Signature" in context.wire.request.args else "REST-HEADER"]
    elif name == "signatureversion":
        found[key] = ["AWS4-HMAC-SHA256"]
    return True


def _ec2(context: Context, resource: str, key: str, params: Parameters, found: Values) -> bool:
    """What a resource of EC2 is. A resource that is not there yet has no id, and of what it is only what the request says."""
    name = resource.rpartition("/")[2]
    if key == "ec2:Region":
        found[key] = [context.region]
        return True
    if key == "ec2:InstanceProfile" and (profile := _profile(context, params.get("IamInstanceProfile") or {})):
        found[key] = [profile]
        return True
    if name == "*":
        return context.operation.startswith(_MAKING)
    if key.lower() == f"ec2:{resource.rpartition(':')[2].rpartition('/')[0].replace('-', '')}id":
        found[key] = [name]
        return True
    thing = _thing(context.backend("ec2"), name)
    if thing is None:
        return False
    if key in ("ec2:Vpc", "ec2:Subnet"):
        identifier = getattr(thing, key[4:].lower() + "_id", None) or getattr(getattr(thing, "subnet", None), "vpc_id", None)
        if identifier:
            found[key] = [f"arn:aws:ec2:{context.region}:{context.account}:{key[4:].lower()}/{identifier}"]
        return bool(identifier)
    attribute = _EC2_ATTRIBUTES.get(key)
    value = getattr(thing, attribute, None) if attribute else None
    if value is not None and isinstance(value, (str, int, bool)):
        found[key] = [_text(value)]
        return True
    return False


def _profile(context: Context, named: Parameters) -> str | None:
    profiles = context.backend("iam").instance_profiles.values()
    return named.get("Arn") or next((str(profile.arn) for profile in profiles if profile.name == named.get("Name")), None)


_EC2_ATTRIBUTES = {
    "ec2:AvailabilityZone": "availability_zone",
    "ec2:EbsOptimized": "ebs_optimized",
    "ec2:Encrypted": "encrypted",
    "ec2:InstanceType": "instance_type",
    "ec2:Owner": "owner_id",
    "ec2:Tenancy": "instance_tenancy",
    "ec2:VolumeSize": "size",
    "ec2:VolumeType": "volume_type",
}


def _thing(backend: Any, identifier: str) -> Any:
    """moto's object of an id."""
    look = {
        "vpc": lambda: backend.vpcs.get(identifier),
        "subnet": lambda: backend.get_subnet(identifier),
        "sg": lambda: backend.get_security_group_from_id(identifier),
        "rtb": lambda: backend.route_tables.get(identifier),
        "acl": lambda: backend.network_acls.get(identifier),
        "eni": lambda: backend.enis.get(identifier),
        "nat": lambda: backend.nat_gateways.get(identifier),
        "i": lambda: backend.get_instance(identifier),
        "vol": lambda: backend.volumes.get(identifier),
        "snap": lambda: backend.snapshots.get(identifier),
        "ami": lambda: backend.amis.get(identifier),
    }.get(identifier.partition("-")[0])
    with suppress(Exception):
        return look() if look else None
    return None


def _boundary(context: Context, resource: str, params: Parameters) -> list[str] | None:
    """The boundary that a new entity or a changed one is to have, else the one that the entity has (UG iam/reference_policies_iam-condition-keys.md)."""
    if params.get("PermissionsBoundary"):
        return [params["PermissionsBoundary"]]
    backend = context.backend("iam")
    kind, _, path = resource.rpartition(":")[2].partition("/")
    entities = backend.users.values() if kind == "user" else backend.roles.values() if kind == "role" else ()
    entity = next((found for found in entities if found.name == path.rpartition("/")[2]), None)
    if context.operation in ("CreateRole", "CreateUser") or entity is None:
        return None
    held = getattr(entity, "permissions_boundary_arn", None)
    return [held] if held else None


def _kms_key(context: Context, resource: str) -> Any:
    from simulator.services.kms import key_named

    region = resource.split(":")[3] if resource.startswith("arn:") else None
    return key_named(context, resource, region) if ":key/" in resource else None


def _of_key(attribute: str, parameter: str, default: str) -> Callable[[Context, str, Parameters], list[str] | None]:
    """A property of the key, or of the one that is to be made."""

    def read(context: Context, resource: str, params: Parameters) -> list[str] | None:
        key = _kms_key(context, resource)
        if key is not None:
            return [_text(getattr(key, attribute))]
        return [_text(params.get(parameter, default))]

    return read


def _aliases(context: Context, resource: str, params: Parameters) -> list[str] | None:
    key = _kms_key(context, resource)
    return list(key.aliases) or None if key is not None else None


def _request_alias(context: Context, resource: str, params: Parameters) -> list[str] | None:
    name = str(params.get("KeyId", ""))
    alias = name.rpartition(":")[2]
    return [alias] if alias.startswith("alias/") else None


def _encryption_context(context: Context, resource: str, params: Parameters) -> Any:
    pairs = params.get("EncryptionContext") or {}
    return {f"kms:EncryptionContext:{name}": [value] for name, value in pairs.items()}


def _given_names(params: Parameters) -> list[str]:
    names = [change["ResourceRecordSet"]["Name"] for change in (params.get("ChangeBatch") or {}).get("Changes", [])]
    return [name.lower().rstrip(".") for name in names]


def _shared_with(change: str, whom: str) -> Callable[[Context, str, Parameters], list[str] | None]:
    """Whom an image or a snapshot is given to, or taken from."""

    def read(context: Context, resource: str, params: Parameters) -> list[str] | None:
        paths = ([permission, change, whom] for permission in ("LaunchPermission", "CreateVolumePermission"))
        return [str(value) for path in paths for value in _at(params, path)] or None

    return read


_COMPUTED: dict[str, Callable[[Context, str, Parameters], Any]] = {
    "acm:DomainNames": lambda context, resource, params: [params.get("DomainName", ""), *params.get("SubjectAlternativeNames", [])],
    "autoscaling:LaunchTemplateVersionSpecified": lambda context, resource, params: (
        [_text((params.get("LaunchTemplate") or {}).get("Version", "").isdigit())] if "LaunchTemplate" in params else None
    ),
    "autoscaling:VPCZoneIdentifiers": lambda context, resource, params: (
        params.get("VPCZoneIdentifier", "").split(",") if params.get("VPCZoneIdentifier") else None
    ),
    "ec2:Add/group": _shared_with("Add", "Group"),
    "ec2:Add/userId": _shared_with("Add", "UserId"),
    "ec2:IsLaunchTemplateResource": lambda context, resource, params: [_text("LaunchTemplate" in params)],
    "ec2:LaunchTemplate": lambda context, resource, params: (
        [f"arn:aws:ec2:{context.region}:{context.account}:launch-template/{identifier}"]
        if (identifier := (params.get("LaunchTemplate") or {}).get("LaunchTemplateId"))
        else None
    ),
    "ec2:Remove/group": _shared_with("Remove", "Group"),
    "ec2:Remove/userId": _shared_with("Remove", "UserId"),
    "elasticloadbalancing:Scheme": lambda context, resource, params: [params.get("Scheme", "internet-facing")],
    "events:creatorAccount": lambda context, resource, params: [context.account],
    "iam:PermissionsBoundary": _boundary,
    "kms:CallerAccount": lambda context, resource, params: [context.account],
    "kms:EncryptionContext:": _encryption_context,
    "kms:EncryptionContextKeys": lambda context, resource, params: list(params.get("EncryptionContext") or {}) or None,
    "kms:KeyOrigin": _of_key("origin", "Origin", "AWS_KMS"),
    "kms:KeySpec": _of_key("key_spec", "KeySpec", "SYMMETRIC_DEFAULT"),
    "kms:KeyUsage": _of_key("key_usage", "KeyUsage", "ENCRYPT_DECRYPT"),
    "kms:MultiRegion": _of_key("multi_region", "MultiRegion", "false"),
    "kms:RequestAlias": _request_alias,
    "kms:ResourceAliases": _aliases,
    "route53:ChangeResourceRecordSetsNormalizedRecordNames": lambda context, resource, params: _given_names(params) or None,
    "s3:ResourceAccount": lambda context, resource, params: [context.account],
    "secretsmanager:SecretId": lambda context, resource, params: [resource],
    "secretsmanager:SecretPrimaryRegion": lambda context, resource, params: [context.region],
}
