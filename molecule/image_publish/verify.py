# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3. Called with the region, the project, the pointer, and the folder of the disk."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3

BLOCK = 524288
region, project, pointer, folder = sys.argv[1:]
account = boto3.client("sts", region_name=region).get_caller_identity()["Account"]
text = (Path(folder) / "manifest.json").read_bytes()
manifest, disk = json.loads(text), (Path(folder) / "disk.raw").read_bytes()
named, ids = set(), {}

for where in (region, "us-east-1"):
    ec2, ebs = boto3.client("ec2", region_name=where), boto3.client("ebs", region_name=where)
    (image,) = ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag:Project", "Values": [project]}])["Images"]
    tags = {tag["Key"]: tag["Value"] for tag in image["Tags"]}
    named.add(image["Name"])
    ids[where] = image["ImageId"]
    assert (image["State"], image["Architecture"], image["BootMode"], image["EnaSupport"], image["ImdsSupport"], image["TpmSupport"]) == (
        "available",
        "arm64",
        "uefi",
        True,
        "v2.0",
        "v2.0",
    ), image
    assert (image["DeregistrationProtection"], "DeprecationTime" in image) == ("enabled-without-cooldown", True), image
    assert {"Application": project, "Tier": "web", "Layer": "images", "ManagedBy": "groundswell", "Base": "trixie"}.items() <= tags.items(), tags
    assert (tags["Digest"], tags["Manifest"], tags["Home"]) == (manifest["digest"], hashlib.sha256(text).hexdigest(), region), tags
    assert "Environment" not in tags
    permissions = ec2.describe_image_attribute(ImageId=image["ImageId"], Attribute="launchPermission")["LaunchPermissions"]
    assert {"UserId": "210987654321"} in permissions and len(permissions) == 2, permissions
    ((device, ebs_device),) = [(one["DeviceName"], one["Ebs"]) for one in image["BlockDeviceMappings"]]
    assert (device, ebs_device["VolumeType"], ebs_device["DeleteOnTermination"]) == ("/dev/xvda", "gp3", True), image
    (snapshot,) = ec2.describe_snapshots(SnapshotIds=[ebs_device["SnapshotId"]])["Snapshots"]
    aliases = {one["AliasName"]: one for one in boto3.client("kms", region_name=where).list_aliases()["Aliases"]}
    key = aliases[f"alias/{project}-images"]["TargetKeyId"]
    assert snapshot["KmsKeyId"].endswith(f":{where}:{account}:key/{key}"), snapshot
    assert "Expires" not in {tag["Key"] for tag in snapshot["Tags"]}, snapshot
    shared = ec2.describe_snapshot_attribute(SnapshotId=snapshot["SnapshotId"], Attribute="createVolumePermission")["CreateVolumePermissions"]
    assert shared == [{"UserId": "210987654321"}], shared
    read = bytearray(len(disk))
    blocks = ebs.list_snapshot_blocks(SnapshotId=snapshot["SnapshotId"])["Blocks"]
    assert [block["BlockIndex"] for block in blocks] == [0, 2, 3, 15], blocks
    for block in blocks:
        at = block["BlockIndex"] * BLOCK
        data = ebs.get_snapshot_block(SnapshotId=snapshot["SnapshotId"], BlockIndex=block["BlockIndex"], BlockToken=block["BlockToken"])
        read[at : at + BLOCK] = data["BlockData"].read()
    assert bytes(read) == disk, f"{where}: the snapshot is not the disk"
    if where == region:
        assert boto3.client("ssm", region_name=where).get_parameter(Name=pointer)["Parameter"]["Value"] == image["ImageId"]

(name,) = named
s3 = boto3.client("s3", region_name=region)
bucket = f"{project}-images-{account}-{region}"
assert s3.get_object(Bucket=bucket, Key=f"{name}/manifest.json")["Body"].read() == text
keys = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
assert keys == {f"{name}/{paper}" for paper in ("manifest.json", "sbom.spdx.json", "tests.json", "signature.json")}, keys
signed = json.loads(s3.get_object(Bucket=bucket, Key=f"{name}/signature.json")["Body"].read())
statement = json.loads(signed["statement"])
assert statement["images"] == ids and statement["papers"]["manifest.json"] == hashlib.sha256(text).hexdigest(), statement
statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
assert "AccountsReadManifests" in {statement["Sid"] for statement in statements}, statements
kms = boto3.client("kms", region_name=region)
# By a program that knows nothing of KMS.
with tempfile.TemporaryDirectory() as scratch:
    public, signature = Path(scratch, "public.der"), Path(scratch, "signature")
    public.write_bytes(kms.get_public_key(KeyId=f"alias/{project}-image-signing")["PublicKey"])
    signature.write_bytes(base64.b64decode(signed["signature"]))
    verify = ["openssl", "dgst", "-sha256", "-verify", str(public), "-keyform", "DER", "-signature", str(signature)]
    subprocess.run(verify, input=signed["statement"].encode(), check=True, stdout=subprocess.DEVNULL)
key = kms.describe_key(KeyId=f"alias/{project}-images")["KeyMetadata"]["KeyId"]
policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"]
assert {"AccountsUse", "AccountsGrant", "OrganizationsUse", "OrganizationsGrant"} <= {statement["Sid"] for statement in policy}, policy
