# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose tokens the roles of a CI take, in an account that enforces its policies."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rollouts import play
from simulated import Simulated

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "shop@1234/site@5678"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with Simulated(tmp_path_factory.mktemp("ci") / "journal.jsonl", "--enforce-iam") as simulator:
        enabled = json.dumps({"ci_access_enabled": True, "ci_access_repository": REPOSITORY, "permissions_boundary_arn": ""})
        play(simulator, "-e", enabled, playbook="playbooks/ci_access.yml", AWS_ACCESS_KEY_ID="ROOT").succeeded()
        yield simulator


def token(**claims: str) -> str:
    """As GitHub would sign one."""
    parts = ({"alg": "RS256"}, {"iss": ISSUER, "aud": "sts.amazonaws.com", **claims})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".signature"


def assume(account: Simulated, workflow: str, bearer: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::123456789012:role/groundswell-sandbox-ci-{workflow}"
    return dict(account.client("sts").assume_role_with_web_identity(RoleArn=arn, RoleSessionName="ci", WebIdentityToken=bearer)["Credentials"])


def refused(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(*arguments, **parameters)
    return str(error.value.response["Error"]["Code"])


def test_whose_tokens(account: Simulated) -> None:
    """One repository, for what it is about, and nobody who looks alike."""
    subjects = {
        "check": f"repo:{REPOSITORY}:pull_request",
        "bake": f"repo:{REPOSITORY}:ref:refs/heads/main",
        "promote": f"repo:{REPOSITORY}:environment:sandbox",
        "deploy": f"repo:{REPOSITORY}:environment:sandbox",
    }
    strangers = [
        "repo:shop/site:pull_request",
        f"repo:{REPOSITORY}:ref:refs/heads/feature",
        f"repo:{REPOSITORY}:environment:prod",
        f"repo:{REPOSITORY}x:environment:sandbox",
        f"REPO:{REPOSITORY}:environment:sandbox",
    ]
    for workflow, subject in subjects.items():
        assert assume(account, workflow, token(sub=subject))["AccessKeyId"]
        for other in {*strangers, *subjects.values()} - {subject}:
            assert refused(assume, account, workflow, token(sub=other)) == "AccessDenied", (workflow, other)
        assert refused(assume, account, workflow, token(sub=subject, aud="somebody")) == "InvalidIdentityToken"
        assert refused(assume, account, workflow, token(sub=subject, iss="https://tokens.example")) == "InvalidIdentityToken"
        assert refused(assume, account, workflow, token()) == "AccessDenied"


def test_what_a_pull_request_may(account: Simulated) -> None:
    """Look, and neither change anything nor read what is kept."""
    keys = assume(account, "check", token(sub=f"repo:{REPOSITORY}:pull_request"))

    def client(service: str) -> Any:
        return account.client(service, "ap-southeast-1", keys["AccessKeyId"], keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])

    assert client("ec2").describe_vpcs()["Vpcs"]
    assert client("iam").list_roles()["Roles"]
    assert refused(client("ec2").create_vpc, CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
    assert refused(client("s3").get_object, Bucket="groundswell-sandbox-123456789012-ap-southeast-1-uploads", Key="k").startswith("AccessDenied")
    assert refused(client("kms").create_key).startswith("AccessDenied")
    assert refused(client("ssm").put_parameter, Name="/groundswell/sandbox/images/web", Value="x", Type="String").startswith("AccessDenied")
    assert refused(client("logs").filter_log_events, logGroupName="/groundswell/sandbox/web").startswith("AccessDenied")


def test_no_patterns(simulator: Simulated) -> None:
    """A repository is one."""
    for repository in ("", "shop/*"):
        run = play(simulator, "-e", json.dumps({"ci_access_enabled": True, "ci_access_repository": repository}), playbook="playbooks/ci_access.yml")
        assert run.code != 0 and "It names one repository" in " ".join(run.output.split())
        assert run.mutating == []
