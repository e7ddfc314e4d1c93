# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose device it is: signing up, in and out at the user pool. Its API takes these calls without AWS credentials."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from .srp import App
from .web import Refused, ask

# A token that ends while it is on its way is refused.
_EARLY_SECONDS = 30


class Account:
    """A user of the pool, on one device.

    `configuration` is what playbooks/client_configuration.yml writes. Raises web.Refused where Cognito says no.
    """

    def __init__(self, configuration: dict[str, str]) -> None:
        region = configuration["region"]
        self._url, self._through = f"https://cognito-idp.{region}.amazonaws.com/", configuration.get("endpoint", "")
        self._pool, self._client = configuration["user_pool_id"], configuration["client_id"]
        self._tokens: dict[str, str] = {}
        self._ends = 0.0

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
        answer = ask("POST", self._url, headers, json.dumps({"ClientId": self._client, **parameters}).encode(), self._through)
        if answer.status != 200:
            raise Refused(operation, answer)
        found: dict[str, Any] = answer.json() or {}
        return found

    def sign_up(self, email: str, password: str) -> None:
        """A new user, whom Cognito sends a code to."""
        self._call("SignUp", Username=email, Password=password, UserAttributes=[{"Name": "email", "Value": email}])

    def confirm(self, email: str, code: str) -> None:
        """The code came: the address is theirs."""
        self._call("ConfirmSignUp", Username=email, ConfirmationCode=code)

    def sign_in(self, email: str, password: str) -> None:
        """By proof of the password (SRP), which is not sent. Raises NotImplementedError where a second factor is asked for."""
        app = App(self._pool, password)
        asked = self._call("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": email, "SRP_A": app.value})
        given = self._call("RespondToAuthChallenge", ChallengeName=asked["ChallengeName"], ChallengeResponses=app.respond(asked["ChallengeParameters"]))
        if "AuthenticationResult" not in given:
            raise NotImplementedError(f"this sample does not know how to answer {given['ChallengeName']}")
        self._keep(given["AuthenticationResult"])

    def _keep(self, result: dict[str, Any]) -> None:
        self._tokens.update({"id": result["IdToken"], "access": result["AccessToken"]})
        if "RefreshToken" in result:
            self._tokens["refresh"] = result["RefreshToken"]
        self._ends = time.monotonic() + result["ExpiresIn"] - _EARLY_SECONDS

    @property
    def token(self) -> str:
        """What shows the API who asks; a new one where the last is about to end."""
        if time.monotonic() > self._ends:
            self.renew()
        return self._tokens["id"]

    def renew(self) -> None:
        """Fresh tokens, for example after somebody has joined a group."""
        self._keep(self._call("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": self._tokens["refresh"]})["AuthenticationResult"])

    def sign_out(self) -> None:
        """The device forgets, and Cognito takes nothing more that it had."""
        self._call("RevokeToken", Token=self._tokens["refresh"])
        self._tokens.clear()

    @property
    def sub(self) -> str:
        """By what the back end knows this user. Read, not judged: that is the API's business."""
        payload = self.token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["sub"])
