# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of AWS Certificate Manager."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.acm import in_use_by

LONGEST_COMMON_NAME = 64  # octets, RFC 5280


@rule("R-ACM-01", service="acm", operations=["DeleteCertificate"], source="API acm:DeleteCertificate")
def not_while_in_use(context: Context) -> None:
    """A certificate that something serves cannot be deleted."""
    users = in_use_by(context, context.params["CertificateArn"])
    if users:
        raise Refused("ResourceInUseException", f"Certificate {context.params['CertificateArn']} in account {context.account} is in use by {users[0]}.")


@rule("R-ACM-03", service="acm", operations=["RequestCertificate"], source="API acm:RequestCertificate")
def common_name_length(context: Context) -> None:
    """The first domain name becomes the common name, which has at most 64 octets."""
    if len(context.params["DomainName"].encode()) > LONGEST_COMMON_NAME:
        raise Refused("ValidationException", "The first domain name can be no longer than 64 characters.")
