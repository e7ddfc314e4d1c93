# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects arrive in the other region's bucket, later and only where all is as it must be."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

HERE, THERE = "eu-west-1", "us-east-1"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ACTIONS = {
    "arn:aws:s3:::source": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
    "arn:aws:s3:::source/*": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
    "arn:aws:s3:::target/*": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
}


PICTURE = bytes(range(256))


class Pair:
    """Two buckets that keep versions, and a role that may replicate from one to the other."""

    def __init__(self, simulator) -> None:
        self.simulator = simulator
        self.here, self.there = simulator.client("s3", HERE), simulator.client("s3", THERE)
        self.here.create_bucket(Bucket="source", CreateBucketConfiguration={"LocationConstraint": HERE})
        self.there.create_bucket(Bucket="target")
        for client, bucket in ((self.here, "source"), (self.there, "target")):
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.iam = simulator.client("iam")
        self.role = self.iam.create_role(RoleName="replication", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        self.grant(ACTIONS)

    def grant(self, actions) -> None:
        statements = [{"Effect": "Allow", "Action": these, "Resource": resource} for resource, these in actions.items()]
        self.iam.put_role_policy(RoleName="replication", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def replicate(self, **rule) -> None:
        whole = {"ID": "all", "Priority": 1, "Status": "Enabled", "Filter": {}, "DeleteMarkerReplication": {"Status": "Enabled"}} | rule
        whole.setdefault("Destination", {"Bucket": "arn:aws:s3:::target"})
        self.here.put_bucket_replication(Bucket="source", ReplicationConfiguration={"Role": self.role, "Rules": [whole]})

    def status(self, key: str) -> str | None:
        return self.here.head_object(Bucket="source", Key=key).get("ReplicationStatus")

    def arrived(self) -> list[str]:
        return [one["Key"] for one in self.there.list_objects_v2(Bucket="target").get("Contents", [])]

    def refused(self, call, **params) -> tuple[str, str]:
        with pytest.raises(ClientError) as raised:
            call(**params)
        return raised.value.response["Error"]["Code"], raised.value.response["Error"]["Message"].partition(" [")[0]


@pytest.fixture
def pair(simulator) -> Pair:
    return Pair(simulator)


def test_a_version_arrives_as_it_is(pair):
    """And what was there before stays alone."""
    pair.here.put_object(Bucket="source", Key="before", Body=b"old")
    pair.replicate(Destination={"Bucket": "arn:aws:s3:::target", "Metrics": {"Status": "Enabled"}})
    version = pair.here.put_object(Bucket="source", Key="a/picture", Body=PICTURE, ContentType="image/png", Metadata={"by": "somebody"})["VersionId"]
    replica = pair.there.get_object(Bucket="target", Key="a/picture")
    assert (replica["Body"].read(), replica["VersionId"], replica["ReplicationStatus"]) == (PICTURE, version, "REPLICA")
    assert (replica["ContentType"], replica["Metadata"]) == ("image/png", {"by": "somebody"})
    assert pair.here.head_object(Bucket="source", Key="a/picture")["ContentLength"] == replica["ContentLength"] == 256
    assert (pair.status("a/picture"), pair.status("before"), pair.arrived()) == ("COMPLETED", None, ["a/picture"])
    part = pair.there.get_object(Bucket="target", Key="a/picture", Range="bytes=250-")
    assert (part["ResponseMetadata"]["HTTPStatusCode"], part["Body"].read()) == (206, PICTURE[250:])
    (rule,) = pair.here.get_bucket_replication(Bucket="source")["ReplicationConfiguration"]["Rules"]
    assert (rule["DeleteMarkerReplication"]["Status"], rule["Destination"]["Metrics"]["Status"]) == ("Enabled", "Enabled")


def test_tags_go_along(pair):
    pair.replicate()
    pair.here.put_object(Bucket="source", Key="a", Body=PICTURE, Tagging="Project=acme&Layer=edge")
    pair.here.put_object(Bucket="source", Key="b", Body=PICTURE)
    tags = {key: pair.there.get_object_tagging(Bucket="target", Key=key)["TagSet"] for key in pair.arrived()}
    assert tags == {"a": [{"Key": "Project", "Value": "acme"}, {"Key": "Layer", "Value": "edge"}], "b": []}


def test_markers_go_along_and_deleted_versions_do_not(pair):
    pair.replicate()
    version = pair.here.put_object(Bucket="source", Key="kept", Body=b"1")["VersionId"]
    pair.here.put_object(Bucket="source", Key="marked", Body=b"1")
    assert pair.arrived() == ["kept", "marked"]
    pair.here.delete_object(Bucket="source", Key="marked")
    pair.here.delete_object(Bucket="source", Key="kept", VersionId=version)
    assert pair.arrived() == ["kept"]


def test_a_prefix_chooses(pair):
    pair.replicate(Filter={"Prefix": "uploads/"})
    for key in ("uploads/a", "other"):
        pair.here.put_object(Bucket="source", Key=key, Body=b"1")
    assert (pair.arrived(), pair.status("other")) == (["uploads/a"], None)


def test_a_role_that_lacks_an_action(pair):
    pair.replicate()
    pair.grant({resource: these for resource, these in ACTIONS.items() if "target" not in resource})
    pair.here.put_object(Bucket="source", Key="a", Body=b"1")
    assert (pair.arrived(), pair.status("a")) == ([], "FAILED")


def test_objects_under_a_key_are_selected(pair):
    """Those of the bucket's own key stay behind where nobody says under which key they lie there."""
    key = {region: pair.simulator.client("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (HERE, THERE)}
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key[HERE]}
    pair.replicate()
    pair.here.put_object(Bucket="source", Key="a", Body=b"1", **encrypted)
    assert (pair.arrived(), pair.status("a")) == ([], None)
    there = {"Bucket": "arn:aws:s3:::target", "EncryptionConfiguration": {"ReplicaKmsKeyID": key[THERE]}}
    pair.replicate(Destination=there, SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}})
    pair.here.put_object(Bucket="source", Key="b", Body=b"1", **encrypted)
    assert pair.there.head_object(Bucket="target", Key="b")["SSEKMSKeyId"] == key[THERE]


def test_it_takes_its_time(start_simulator):
    pair = Pair(start_simulator("--latency", "aws", "--time-scale", "300"))
    time.sleep(1)  # the role becomes known
    pair.replicate()
    pair.here.put_object(Bucket="source", Key="a", Body=b"1")
    assert (pair.status("a"), pair.arrived()) == ("PENDING", [])
    deadline = time.monotonic() + 30
    while not pair.arrived():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert pair.status("a") == "COMPLETED"


def test_what_is_refused(pair):
    def put(**rule):
        whole = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::target"}} | rule
        return pair.refused(pair.here.put_bucket_replication, Bucket="source", ReplicationConfiguration={"Role": pair.role, "Rules": [whole]})

    present = {"Filter": {}, "Priority": 1, "DeleteMarkerReplication": {"Status": "Disabled"}}
    assert put(**present, Destination={"Bucket": "arn:aws:s3:::nowhere"}) == ("InvalidRequest", "Destination bucket must exist.")
    assert "Priority and DeleteMarkerReplication" in put(Filter={})[1]
    assert "ReplicaKmsKeyID" in put(**present, SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}})[1]
    pair.there.put_bucket_versioning(Bucket="target", VersioningConfiguration={"Status": "Suspended"})
    assert "versioning enabled" in put(**present)[1]
    pair.there.put_bucket_versioning(Bucket="target", VersioningConfiguration={"Status": "Enabled"})
    pair.replicate()
    suspended = pair.refused(pair.here.put_bucket_versioning, Bucket="source", VersioningConfiguration={"Status": "Suspended"})
    assert suspended[0] == "InvalidBucketState"
