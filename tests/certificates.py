# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate that nobody but a test believes, to import it into ACM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(name: str) -> tuple[bytes, bytes]:
    """Certificate and key for a name, in PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(x509.random_serial_number())
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=30)).add_extension(names, critical=False)
    encoding = serialization.Encoding.PEM
    return made.sign(key, hashes.SHA256()).public_bytes(encoding), key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
