# SPDX-License-Identifier: GPL-3.0-or-later
"""ACM: a certificate is issued when DNS proves the domains, never because time has passed."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto import settings as moto_settings
from moto.acm.models import CertBundle

from simulator import dns
from simulator.context import Context
from simulator.latency_table import CERTIFICATE_RECORD, CERTIFICATE_VALIDATION
from simulator.moto_bridge import backends_of
from simulator.registry import Parameters, after, before
from simulator.services.elbv2 import serving

if TYPE_CHECKING:
    from simulator.api import Simulator


def install() -> None:
    """moto issues a certificate some seconds after the request, whatever DNS says: put that off for ever."""
    moto_settings.ACM_VALIDATION_WAIT = sys.maxsize
    describe = CertBundle.describe

    def describe_as_requested(self: CertBundle) -> dict[str, Any]:
        """moto makes an RSA key whatever algorithm was asked for."""
        shown = describe(self)
        shown["Certificate"]["KeyAlgorithm"] = getattr(self, "requested_algorithm", shown["Certificate"]["KeyAlgorithm"])
        return shown

    CertBundle.describe = describe_as_requested


def validation_record(account: str, domain: str) -> tuple[str, str]:
    """Name and value of the CNAME that proves a domain: the same in every region, another for every account and domain."""
    base = domain.removeprefix("*.").lower()
    digest = hashlib.sha256(f"{account}/{base}".encode()).hexdigest()
    return f"_{digest[:32]}.{base}.", f"_{digest[32:]}.{digest[:10]}.acm-validations.aws."


def validate_certificates(simulator: Simulator, account: str) -> None:
    """Issue what the public DNS proves; with latency some minutes after it first did."""
    for backend in backends_of("acm", account).values():
        for certificate in backend._certificates.values():
            if certificate.type == "AMAZON_ISSUED" and certificate.status == "PENDING_VALIDATION":
                _validate(simulator, account, certificate)


def _validate(simulator: Simulator, account: str, certificate: Any) -> None:
    if getattr(certificate, "validation_method", "EMAIL") != "DNS":
        return  # nobody reads the e-mail
    for domain in _domains(certificate):
        name, value = validation_record(account, domain)
        if value.rstrip(".") not in [found.rstrip(".") for found in dns.public_values(simulator, name, "CNAME")]:
            certificate.proven_at = None
            return
    now = simulator.clock()
    if getattr(certificate, "proven_at", None) is None:
        certificate.proven_at = now
    if now >= certificate.proven_at + simulator.lifecycles.scaled(CERTIFICATE_VALIDATION):
        certificate.status = "ISSUED"
        certificate.issued_at = datetime.fromtimestamp(now, UTC)


def _domains(certificate: Any) -> set[str]:
    return {*certificate.sans, *([certificate.common_name] if certificate.common_name else [])}


@after("acm", "RequestCertificate")
def remember_the_method(context: Context, response: Parameters) -> None:
    """moto does not keep how a certificate is to be validated; EMAIL unless DNS is asked for (API acm:RequestCertificate)."""
    certificate = context.backend()._certificates[response["CertificateArn"]]
    certificate.validation_method = context.params.get("ValidationMethod", "EMAIL")
    certificate.requested_algorithm = context.params.get("KeyAlgorithm", "RSA_2048")
    validate_certificates(context.simulator, context.account)


@before("acm", "DescribeCertificate", "GetCertificate", "ListCertificates")
def look_at_the_dns(context: Context) -> None:
    """The status is read now, so it is decided now."""
    validate_certificates(context.simulator, context.account)


@before("acm", "ListCertificates")
def list_rsa_only(context: Context) -> None:
    """API acm:Filters: without key types asked for, only RSA certificates of 1024 and 2048 bits are listed."""
    context.params.setdefault("Includes", {}).setdefault("keyTypes", ["RSA_1024", "RSA_2048"])


def in_use_by(context: Context, arn: str) -> list[str]:
    """ARNs of the load balancers and distributions that serve a certificate."""
    distributions = context.call("ListDistributions", service="cloudfront", region="us-east-1")["DistributionList"].get("Items", [])
    return serving(context, arn, arn.split(":")[3]) + [one["ARN"] for one in distributions if one["ViewerCertificate"].get("ACMCertificateArn") == arn]


@after("acm", "DescribeCertificate")
def show_who_uses_it(context: Context, response: Parameters) -> None:
    """moto remembers everyone who ever did, and listeners instead of load balancers. The algorithm is written with a hyphen here."""
    response["Certificate"]["InUseBy"] = in_use_by(context, response["Certificate"]["CertificateArn"])
    response["Certificate"]["KeyAlgorithm"] = response["Certificate"]["KeyAlgorithm"].replace("_", "-", 1)


@after("acm", "DescribeCertificate")
def show_the_records(context: Context, response: Parameters) -> None:
    """Records of their own for each domain; for some seconds after the request none yet (with latency)."""
    shown = response["Certificate"]
    certificate = context.backend()._certificates[shown["CertificateArn"]]
    if shown["Type"] == "AMAZON_ISSUED":
        shown["IssuedAt"] = getattr(certificate, "issued_at", None)  # moto shows the time of the request
    method = getattr(certificate, "validation_method", "EMAIL")
    age = (context.now() - certificate.created_at).total_seconds()
    for option in shown.get("DomainValidationOptions", ()):
        option["ValidationMethod"] = method
        if method != "DNS" or age < context.simulator.lifecycles.scaled(CERTIFICATE_RECORD):
            option.pop("ResourceRecord", None)
        else:
            name, value = validation_record(context.account, option["DomainName"])
            option["ResourceRecord"] = {"Name": name, "Type": "CNAME", "Value": value}
