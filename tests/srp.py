# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in with boto3's client, by the arithmetic of the sample app, which knows nothing of the simulator's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "apps" / "mobile_client"))

from client.srp import App


def sign_in(cognito: Any, pool_id: str, client_id: str, name: str, password: str) -> dict[str, Any]:
    """What Cognito answers to the right or wrong password: tokens, or what it asks next."""
    app = App(pool_id, password)
    asked = cognito.initiate_auth(ClientId=client_id, AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": name, "SRP_A": app.value})
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    answer: dict[str, Any] = cognito.respond_to_auth_challenge(
        ClientId=client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=app.respond(asked["ChallengeParameters"])
    )
    return answer
