# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot work of users and their ways in is said, all of it, and what can is let through."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.identity_plan import plan_problems

PLAN: dict[str, Any] = {
    "user_pool": {"name": "users", "tier": "ESSENTIALS", "password_minimum_length": 12, "recovery": ["verified_email"], "triggers": {}},
    "resource_servers": [{"name": "api", "scopes": [{"name": "read"}]}],
    "providers": [
        {"name": "Google", "type": "Google", "client_id": "1", "secret_name": "google", "scopes": ["openid"]},
        {"name": "Office", "type": "SAML", "metadata_url": "https://acme.test/metadata"},
    ],
    "clients": [
        {
            "name": "app",
            "oauth_flows": ["code"],
            "scopes": ["openid", "api/read"],
            "callback_urls": ["acme://signed-in", "https://acme.test/in", "http://localhost:8080/in"],
            "identity_providers": ["COGNITO", "Google", "Office"],
            "access_token_minutes": 60,
            "refresh_token_days": 30,
        },
        {"name": "backend", "generate_secret": True, "oauth_flows": ["client_credentials"], "scopes": ["api/read"]},
    ],
    "groups": [{"name": "providers"}],
    "domain": "acme-dev",
}


def changed(part: str, number: int | None = None, **options: Any) -> dict[str, Any]:
    if number is None:
        return {**PLAN, part: {**PLAN[part], **options}}
    return {**PLAN, part: [{**one, **options} if index == number else one for index, one in enumerate(PLAN[part])]}


def test_what_can_work_is_let_through() -> None:
    assert list(plan_problems(PLAN)) == []
    assert list(plan_problems({**PLAN, "domain": "auth.acme.test"})) == []


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (changed("user_pool", threat_protection="ENFORCED"), "needs the plan PLUS"),
        (changed("user_pool", tier="LITE", password_history=5), "at least the plan ESSENTIALS"),
        (changed("user_pool", password_minimum_length=5), "not between 6 and 99"),
        (changed("user_pool", username_attributes=["email"], alias_attributes=["email"]), "exclude each other"),
        (changed("user_pool", email_from="Acme <a@acme.test>"), "needs email_identity_arn"),
        (changed("user_pool", verification_message="Welcome"), "no place for the code"),
        (changed("user_pool", recovery=["admin_only", "verified_email"]), "stands alone"),
        (changed("user_pool", triggers={"after_lunch": "arn:aws:lambda:a:1:function:f"}), "no trigger after_lunch"),
        (changed("user_pool", triggers={"pre_sign_up": "f"}), "not the ARN of a function"),
        (changed("user_pool", custom_attributes=[{"name": "a"}, {"name": "a"}]), "a is declared more than once"),
        (changed("clients", 1, name="app"), "app client app is declared more than once"),
        (changed("clients", 0, callback_urls=["http://acme.test/in"]), "has to begin with https"),
        (changed("clients", 0, callback_urls=["https://acme.test/in#top"]), "without a fragment"),
        (changed("clients", 0, callback_urls=[]), "needs callback_urls"),
        (changed("clients", 0, scopes=["openid", "api/write"]), "no resource server has the scope api/write"),
        (changed("clients", 0, identity_providers=["Facebook"]), "no identity provider Facebook"),
        (changed("clients", 0, access_token_minutes=2), "not between 5 and 1440"),
        (changed("clients", 0, refresh_token_days=0), "not between 1 and 3650"),
        (changed("clients", 1, generate_secret=False), "needs generate_secret"),
        (changed("clients", 1, scopes=["openid"]), "scopes of people"),
        (changed("providers", 0, secret_name=None), "secret_name is missing"),
        (changed("providers", 0, type="Twitter"), "no type Twitter"),
        (changed("providers", 1, metadata_url="http://acme.test/metadata"), "metadata_url has to begin with https"),
        ({**PLAN, "domain": ""}, "app, backend: OAuth needs a domain"),
        ({**PLAN, "domain": "my-aws"}, "words aws, amazon or cognito"),
        ({**PLAN, "domain": "Acme"}, "letters in lower case"),
    ],
)
def test_what_cannot_is_said(plan: dict[str, Any], words: str) -> None:
    assert any(words in problem for problem in plan_problems(plan)), list(plan_problems(plan))


def test_all_of_it_at_once() -> None:
    plan = {**changed("user_pool", password_minimum_length=5), "domain": "my-aws", "groups": [{"name": "a"}, {"name": "a"}]}
    assert len(list(plan_problems(plan))) == 3
