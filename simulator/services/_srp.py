# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of Secure Remote Password as Cognito speaks it: SRP 6a, RFC 5054's group of 3072 bits, a key drawn from the secret.

How numbers are padded, and what the key is drawn with, is as in Amazon's own client (github.com/amazon-archives/amazon-cognito-identity-js,
AuthenticationHelper.js).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from simulator.registry import Refused

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245"
    "E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9"
    "DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB31"
    "43DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2


def padded(number: int) -> bytes:
    """Whole bytes, with a zero before a first bit that would mean a negative number."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hashed(*parts: bytes) -> int:
    """SHA-256 as a number."""
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


K = hashed(padded(N), padded(G))


class Server:
    """One challenge. `salt` and `shown` are sent to the client."""

    def __init__(self, pool: str, user: str, password: str, client_value: str) -> None:
        self._named = f"{pool}{user}".encode()
        try:
            self._client = int(client_value, 16)
        except ValueError:
            self._client = 0
        if self._client % N == 0:
            raise Refused("InvalidParameterException", "SRP_A is not a number that can be used.")
        salt = secrets.randbits(128) | 1 << 127
        inner = hashlib.sha256(self._named + f":{password}".encode()).digest()
        self._verifier = pow(G, hashed(padded(salt), inner), N)
        self._private = secrets.randbits(1024)
        self._public = (K * self._verifier + pow(G, self._private, N)) % N
        self.salt, self.shown = f"{salt:x}", f"{self._public:x}"

    def proves(self, secret: str, timestamp: str, signature: str) -> bool:
        """Whether a signature could only be made by someone who knows the password."""
        scramble = hashed(padded(self._client), padded(self._public))
        known = pow(self._client * pow(self._verifier, scramble, N), self._private, N)
        drawn = hmac.new(padded(scramble), padded(known), hashlib.sha256).digest()
        key = hmac.new(drawn, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        try:
            said = self._named + base64.b64decode(secret, validate=True) + timestamp.encode()
            return hmac.compare_digest(hmac.new(key, said, hashlib.sha256).digest(), base64.b64decode(signature, validate=True))
        except ValueError:
            return False
