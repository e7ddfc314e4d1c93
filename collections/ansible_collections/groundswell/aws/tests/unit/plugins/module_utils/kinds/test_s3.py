# SPDX-License-Identifier: GPL-3.0-or-later
"""What is peculiar to buckets."""

from __future__ import annotations

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.kinds import s3
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import differences

from ..fakes import OURS, FakeSession

LIFECYCLE = [
    {"name": "a", "transitions": [{"days": 180, "storage_class": "GLACIER"}], "expire_days": 730},
    {"name": "b", "prefix": "tmp/", "expire_noncurrent_days": 30, "noncurrent_versions_kept": 3, "abort_upload_days": 7},
    {"name": "c", "expire_delete_markers": True, "noncurrent_transitions": [{"days": 30, "storage_class": "GLACIER_IR"}]},
]
TIERING = [{"name": "a", "archive_days": 180}, {"name": "b", "prefix": "x/", "archive_days": 90, "deep_archive_days": 200}]
CORS = [{"origins": ["https://b", "https://a"], "methods": ["PUT", "GET"], "headers": ["*"], "max_age_seconds": 60}, {"origins": ["*"], "methods": ["GET"]}]


@pytest.fixture
def buckets():
    return s3.Buckets(FakeSession(), {}, OURS)


@pytest.mark.parametrize(
    ("option", "values", "to_aws", "from_aws"),
    [
        ("lifecycle_rules", LIFECYCLE, s3._lifecycle_to_aws, s3._lifecycle_from_aws),
        ("intelligent_tiering", TIERING, s3._tiering_to_aws, s3._tiering_from_aws),
        ("cors_rules", CORS, s3._cors_to_aws, s3._cors_from_aws),
    ],
)
def test_what_is_declared_survives_the_way_to_aws_and_back(buckets, option, values, to_aws, from_aws):
    item = buckets.normalise({"name": "b", option: values})
    state = {option: [from_aws({"Status": "Enabled", **to_aws(one)}) for one in item[option]]}
    assert differences(buckets, item, state) == {}


@pytest.mark.parametrize("left_out", ["transitions", "expire_days"])
def test_what_is_taken_out_of_a_rule_is_a_difference(buckets, left_out):
    state = buckets.normalise({"lifecycle_rules": LIFECYCLE[:1]})
    shorter = {key: value for key, value in LIFECYCLE[0].items() if key != left_out}
    assert differences(buckets, buckets.normalise({"lifecycle_rules": [shorter]}), state)


def test_a_rule_that_somebody_disabled_is_a_difference(buckets):
    item = buckets.normalise({"lifecycle_rules": LIFECYCLE[:1]})
    disabled = {**s3._lifecycle_to_aws(item["lifecycle_rules"][0]), "Status": "Disabled"}
    assert differences(buckets, item, {"lifecycle_rules": [s3._lifecycle_from_aws(disabled)]})


def test_only_what_is_declared_is_asked_for(buckets):
    buckets.wanted = {"one": {"versioning": True, "log_prefix": "x/", "policy": None}}
    assert [read.__name__ for read in buckets._reads("one")] == ["_tags", "_versioning", "_logging"]
    assert [read.__name__ for read in buckets._reads("undeclared")] == ["_tags"]
