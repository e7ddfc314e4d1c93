# SPDX-License-Identifier: GPL-3.0-or-later
"""Every policy template, with made-up values, before a linter that knows the actions, resources and condition keys of all services."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from render import ROLES, _environment, _used

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it asks setuptools where its own files are
    from parliament import analyze_policy_string

ACCOUNT, REGION = "210987654321", "eu-west-1"
BUCKET = "arn:aws:s3:::made-up"
# What a variable is, by the end of its name.
MADE_UP: list[tuple[str, Any]] = [
    (r"bucket_arn$", BUCKET),
    (r"provider_arn$", f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"),
    (r"_arn$", "*"),
    (r"_arns$", ["*"]),
    (r"account_id$", ACCOUNT),
    (r"_accounts$", [ACCOUNT]),
    (r"partition$", "aws"),
    (r"region$", REGION),
    (r"_(path|root|prefix)$", "/made-up"),
    (r"issuer$", "token.actions.githubusercontent.com"),
    (r"organizations$", [f"arn:aws:organizations::{ACCOUNT}:organization/o-abcdefghij"]),
    (r"_(services|names|tiers|repositories|branches|groups|replicated)$", ["made-up"]),
    (r"objects$", ["made-up/*"]),
    (r"sources$|_paths$", ["/made-up"]),
]
# What is of another kind.
KINDS: dict[str, Any] = {
    **{name: {"app": ["*"]} for name in ("fleets_secret_arns", "fleets_cache_connect_arns")},
    "fleets_parameter_sections": {"app": ["database"]},
    "network_endpoint_objects": [],
    "__network_aws_objects": [f"{BUCKET}/*"],
    "__network_service": "s3",
    "__account_baseline_trail_arn": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/made-up",
    "__access_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/made-up",
    "access_record_key_tags": {"Layer": "made-up"},
    "__identity_more": [],
    "__fleets_tier": "app",
    "__functions_one": {
        "name": "api",
        "statements": [],
        "triggers": [{"source_arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/made-up/stream/1"}, {"source_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:made-up"}],
    },
    "__functions_dead_letter_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:made-up",
    "__object_storage_elb_accounts": {REGION: "156460612806"},
    "__object_storage_delivery_arns": [f"arn:aws:logs:{REGION}:{ACCOUNT}:*"],
    "__database_service": "rds.amazonaws.com",
    "__database_user_secrets": {"app_a": "made-up"},
    "__database_application_secret": "made-up",
    "__database_secret_pattern": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!*",
}
# What the linter says though it is meant, or though it is wrong: template, finding, words, and why.
MEANT = [
    (".*", "RESOURCE_STAR", ".*", "the values are made up here, and a key's policy is about that key; other tests look at resources"),
    (".*", "UNKNOWN_CONDITION_FOR_ACTION", "kms:ResourceAliases", "it does not know it (KMS guide, conditions-kms.html)"),
    (".*", "UNKNOWN_CONDITION_FOR_ACTION", "s3:TlsVersion", "said of all actions, to deny them; two of them have no such key"),
    ("run/runs", "UNKNOWN_CONDITION_FOR_ACTION", "s3:if-none-match", "of 2024, newer than what it knows (conditional-writes-enforce.html)"),
    (".*", "UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext", "said of kms:Describe* too, as AWS has it (encrypt-log-data-kms.html)"),
    (".*", "MISMATCHED_TYPE", "s3:TlsVersion requires", "as AWS has it (amazon-s3-policy-keys.html); it takes whole numbers only"),
    ("keys/(logs|messaging)", "MISMATCHED_TYPE", "ArnLike requires", "contexts are text, these ARNs (encrypt-log-data-kms.html)"),
    (".*", "UNKNOWN_CONDITION_FOR_ACTION", "ssm:SessionDocumentAccessCheck", "it does not know it (getting-started-sessiondocumentaccesscheck.html)"),
    ("access/boundary", "MISMATCHED_TYPE_BUT_USABLE", "StringNotEquals", "a negated condition on an ARN that may be missing"),
    ("access/member", "UNKNOWN_ACTION", "signin:", "of 2025, newer than what it knows"),
    ("access/(database|network)", "RESOURCE_MISMATCH", "(rds|pi|ec2):", "what an action takes is in several statements, each with its own condition"),
    ("(ci_access|deployer)/trust", "UNKNOWN_(CONDITION_FOR_ACTION|FEDERATION_SOURCE)", "githubusercontent", "it knows the providers of years ago"),
    ("identity/user", "RESOURCE_MISMATCH", "s3:", "it takes the colon in a policy variable for one of the ARN"),
    ("(ci_access|image_builder)/.*", "RESOURCE_MISMATCH", "s3:GetObjectAttributes", "it knows access points alone of s3:GetObject*'s resources"),
]


TEMPLATES = [path for path in sorted(ROLES.glob("*/templates/*.j2")) if '"Statement"' in path.read_text()]


def value_of(name: str) -> Any:
    if name in KINDS:
        return KINDS[name]
    return next((value for pattern, value in MADE_UP if re.search(pattern, name)), "made-up")


def rendered(path: Path) -> dict[str, Any]:
    environment = _environment(path.parents[1].name)
    policy = json.loads(environment.get_template(path.name).render({name: value_of(name) for name in _used(environment, path.name)}))
    for statement in policy["Statement"]:
        # Who may take a role on says nothing of resources: it is the role's.
        if "sts:Assume" in json.dumps(statement.get("Action", "")) and "Principal" in statement:
            statement["Resource"] = "*"
    return dict(policy)


def meant(name: str, issue: str, detail: str) -> bool:
    return any(re.fullmatch(template, name) and re.fullmatch(one, issue) and re.search(words, detail) for template, one, words, _ in MEANT)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parents[1].name}/{path.stem}")
def test_what_the_linter_says(path: Path) -> None:
    name = f"{path.parents[1].name}/{path.name.partition('.')[0]}"
    found = {(one.issue, json.dumps(one.detail, default=str)) for one in analyze_policy_string(json.dumps(rendered(path))).findings}
    assert [one for one in sorted(found) if not meant(name, *one)] == []


def test_the_linter_sees() -> None:
    """An action that does not exist, and one on what it is not done to."""
    wrong = [{"Effect": "Allow", "Action": action, "Resource": BUCKET} for action in ("s3:GetObjekt", "s3:GetObject")]
    found = {one.issue for one in analyze_policy_string(json.dumps({"Version": "2012-10-17", "Statement": wrong})).findings}
    assert found == {"UNKNOWN_ACTION", "RESOURCE_MISMATCH"}
