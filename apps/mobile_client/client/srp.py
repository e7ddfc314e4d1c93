# SPDX-License-Identifier: GPL-3.0-or-later
"""An app's side of a sign-in by USER_SRP_AUTH: the password never leaves the device. After RFC 5054 and Amazon's client for browsers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime


def _prime() -> int:
    """RFC 3526's group of 3072 bits by its formula: 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314)."""
    bits = 2942 + 64
    # pi = 16 arctan(1/5) - 4 arctan(1/239), in fixed point.
    one = 1 << bits

    def arctan(inverse: int) -> int:
        power = total = one // inverse
        for odd in range(3, 2 * bits, 2):
            power //= -inverse * inverse
            if power in (0, -1):
                break
            total += power // odd
        return total

    pi = 16 * arctan(5) - 4 * arctan(239)
    return 2**3072 - 2**3008 - 1 + 2**64 * ((pi >> 64) + 1690314)


N, G = _prime(), 2


def _hex(number: int) -> bytes:
    text = f"{number:x}"
    text = text if len(text) % 2 == 0 else f"0{text}"
    return bytes.fromhex(f"00{text}" if text[0] in "89abcdef" else text)


def _number(data: bytes) -> int:
    return int(hashlib.sha256(data).hexdigest(), 16)


class App:
    """One sign-in: `value` goes out, `respond` answers the challenge."""

    def __init__(self, pool_id: str, password: str) -> None:
        self._pool, self._password = pool_id.split("_")[1], password
        self._a = secrets.randbits(1024)
        self._value = pow(G, self._a, N)
        self.value = f"{self._value:x}"

    def respond(self, asked: dict[str, str]) -> dict[str, str]:
        """ChallengeResponses for the challenge PASSWORD_VERIFIER."""
        server, salt, user = int(asked["SRP_B"], 16), int(asked["SALT"], 16), asked["USER_ID_FOR_SRP"]
        scramble = _number(_hex(self._value) + _hex(server))
        secret = _number(_hex(salt) + hashlib.sha256(f"{self._pool}{user}:{self._password}".encode()).digest())
        multiplier = _number(_hex(N) + _hex(G))
        shared = pow(server - multiplier * pow(G, secret, N), self._a + scramble * secret, N)
        drawn = hmac.new(_hex(scramble), _hex(shared), hashlib.sha256).digest()
        key = hmac.new(drawn, b"Caldera Derived Key" + bytes([1]), hashlib.sha256).digest()[:16]
        moment = datetime.now(UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
        said = self._pool.encode() + user.encode() + base64.b64decode(asked["SECRET_BLOCK"]) + moment.encode()
        return {
            "USERNAME": user,
            "TIMESTAMP": moment,
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode(),
        }
