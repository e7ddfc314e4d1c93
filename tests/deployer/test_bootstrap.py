# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator makes once: who may be a deployer, and what deployers may where policies are enforced. The dearer ones: test_enforced.py."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from deployers import bootstrap
from rollouts import Run, play
from simulated import Simulated

NAME = "groundswell-sandbox"
ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "repo:shop@1234/site@5678"
SUBJECTS = {"plan": f"{REPOSITORY}:pull_request", "site": f"{REPOSITORY}:environment:sandbox", "deploy": f"{REPOSITORY}:ref:refs/heads/main"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    directory = tmp_path_factory.mktemp("bootstrap")
    trusted = [{"role": role, "subject": subject} for role, subject in SUBJECTS.items()]
    with Simulated(directory / "journal.jsonl", "--enforce-iam") as simulator:
        bootstrap(simulator, directory / "record.json", "sandbox", "-e", json.dumps({"deployer_oidc_subjects": trusted}))
        yield simulator


def token(**claims: str) -> str:
    """As GitHub would sign one."""
    parts = ({"alg": "RS256"}, {"iss": ISSUER, "aud": "sts.amazonaws.com", **claims})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".signature"


def assumed(account: Simulated, role: str, **claims: str) -> dict[str, str]:
    """What a job of the CI gets, and finds in its environment."""
    arn = f"arn:aws:iam::123456789012:role/{NAME}-deployer-{role}"
    given = account.client("sts").assume_role_with_web_identity(RoleArn=arn, RoleSessionName="job", WebIdentityToken=token(**claims))["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


def refused(account: Simulated, role: str, **claims: str) -> str:
    with pytest.raises(ClientError) as error:
        assumed(account, role, **claims)
    return str(error.value.response["Error"]["Code"])


def said(run: Run) -> str:
    return " ".join(run.output.split())


def test_whose_tokens(account: Simulated) -> None:
    """One repository, and in it what is named for the role."""
    strangers = {
        "repo:shop/site:environment:sandbox",
        f"{REPOSITORY}x:environment:sandbox",
        f"{REPOSITORY}:environment:prod",
        f"{REPOSITORY}:ref:refs/heads/feature",
        f"{REPOSITORY}:*",
    }
    for role, subject in SUBJECTS.items():
        assert assumed(account, role, sub=subject)
        for other in {*strangers, *SUBJECTS.values()} - {subject}:
            assert refused(account, role, sub=other) == "AccessDenied", (role, other)
        assert refused(account, role, sub=subject, aud="somebody") == "InvalidIdentityToken"
        assert refused(account, role, sub=subject, iss="https://tokens.example") == "InvalidIdentityToken"
        assert refused(account, role) == "AccessDenied"
    assert refused(account, "destroy", sub=SUBJECTS["site"]) == "AccessDenied"


def test_a_job_of_the_ci(account: Simulated) -> None:
    """It takes the lock, makes a layer, and leaves a record that whoever plans can read."""
    run = play(account, playbook="playbooks/network.yml", **assumed(account, "site", sub=SUBJECTS["site"])).succeeded()
    assert {call["principal"] for call in run.calls} == {f"arn:aws:sts::123456789012:assumed-role/{NAME}-deployer-site/job"}
    assert [call["operation"] for call in run.calls if call["status"] == 403] == []
    assert "ec2:CreateVpc" in run.mutating
    history = play(account, playbook="playbooks/history.yml").succeeded()
    assert "network" in history.output and f"{NAME}-deployer-site/job" in said(history)


def test_what_is_missing_is_named(account: Simulated) -> None:
    """The action, and the file that would give it: whoever deploys makes no zone."""
    run = play(account, playbook="playbooks/domain.yml", **assumed(account, "deploy", sub=SUBJECTS["deploy"]))
    assert run.code != 0
    assert "Missing: route53:CreateHostedZone" in said(run) and "roles/deployer/templates/domain.json.j2" in said(run)


def test_what_protects_the_account(account: Simulated) -> None:
    """Whoever rolls out finds it as it is declared, or says who has to bring it back; and cannot switch it off."""
    site = assumed(account, "site", sub=SUBJECTS["site"])
    assert play(account, playbook="playbooks/baseline.yml", **site).succeeded().mutating == []
    iam = account.client("iam", "us-east-1")
    iam.update_account_password_policy(MinimumPasswordLength=6)
    run = play(account, playbook="playbooks/baseline.yml", **site)
    assert run.code != 0
    assert "Missing: iam:UpdateAccountPasswordPolicy" in said(run) and "an administrator has to run playbooks/baseline.yml first" in said(run)
    trail = account.client("cloudtrail", "us-east-1", site["AWS_ACCESS_KEY_ID"], site["AWS_SECRET_ACCESS_KEY"], aws_session_token=site["AWS_SESSION_TOKEN"])
    with pytest.raises(ClientError, match="explicit deny in a permissions boundary"):
        trail.stop_logging(Name=f"arn:aws:cloudtrail:us-east-1:123456789012:trail/{NAME}-global-account-trail")


def test_tokens_that_say_too_little(simulator: Simulated) -> None:
    """All of them at once, before anything is touched."""
    wrong = {
        "repo:shop/*:environment:dev": "site",
        "repo:shop/site:pull_request": "site",
        "repo:shop/site": "plan",
        "repo:shop/site:ref:refs/heads/*": "plan",
    }
    given = json.dumps({"deployer_oidc_subjects": [{"role": role, "subject": subject} for subject, role in wrong.items()]})
    run = play(simulator, "-e", given, playbook="playbooks/bootstrap.yml")
    assert run.code != 0 and run.mutating == []
    assert [subject for subject, role in wrong.items() if f"{role} for {subject}" not in said(run)] == []
