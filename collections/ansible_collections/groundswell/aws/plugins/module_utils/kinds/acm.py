# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS certificates that ACM issues and renews by itself."""

from __future__ import annotations

import time
import typing as t

from ..compare import dict_to_tags, tags_to_dict
from ..resource import PLACEHOLDER, Item, Kind, Problem, Resource
from ..retries import tolerated

# ACM lists RSA 2048 only unless told otherwise.
_ALGORITHMS = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
_RECORDS_SHOW_UP = 60.0  # seconds after the request until ACM has made up the validation records


class Certificates(Kind):
    """Certificates by their tag Name.

    One that can never be used any more (validation timed out after 72 hours, expired, revoked) is known by another name, so that the
    declared one is missing and is requested again, and the dead one is reported as undeclared.
    """

    module, service, noun = "acm_certificates", "acm", "certificate"
    fixed = ("domain", "alternative_names", "key_algorithm")
    # What still serves a certificate lets go of it some minutes after it was told to.
    not_yet = ((r"ResourceInUseException", "", 900.0), (r"RequestInProgressException", "", 60.0))

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        listed = self.pages("list_certificates", "CertificateSummaryList", Includes={"keyTypes": _ALGORITHMS})
        arns = [one["CertificateArn"] for one in listed if one.get("Type") != "IMPORTED"]
        for arn, tags in zip(arns, self.session.each(self._tags, arns), strict=True):
            if all(tags.get(key) == value for key, value in self.tags.items()) or tags.get("Name") in names:
                found = self._resource(arn, tags)
                if found:
                    yield found

    def _tags(self, arn: str) -> dict[str, str]:
        with tolerated("ResourceNotFoundException"):
            return tags_to_dict(self.client.list_tags_for_certificate(CertificateArn=arn)["Tags"])
        return {}  # gone since it was listed

    def _resource(self, arn: str, tags: dict[str, str]) -> Resource | None:
        raw: dict[str, t.Any] = {}
        with tolerated("ResourceNotFoundException"):
            raw = self.client.describe_certificate(CertificateArn=arn)["Certificate"]
        if not raw:
            return None
        status = raw["Status"]
        name = tags.get("Name", arn)
        if status not in ("ISSUED", "PENDING_VALIDATION"):
            name = f"{name} {status} {arn.rpartition('/')[2]}"
        state = {
            "domain": raw["DomainName"],
            "alternative_names": sorted(set(raw.get("SubjectAlternativeNames", [])) - {raw["DomainName"]}),
            "key_algorithm": raw["KeyAlgorithm"].replace("-", "_"),  # ACM writes RSA-2048 in answers, RSA_2048 in requests
            "transparency_logging": raw.get("Options", {}).get("CertificateTransparencyLoggingPreference") != "DISABLED",
        }
        outputs = {
            "id": arn.rpartition("/")[2],
            "arn": arn,
            "issued": status == "ISSUED",
            "validation_records": _validation_records(raw),
            "expires": str(raw.get("NotAfter", "")),
            "renewal": raw.get("RenewalSummary", {}).get("RenewalStatus", ""),
        }
        return Resource(name, state, tags, outputs, status=status, ready=status == "ISSUED")

    def normalise(self, item: Item) -> Item:
        names = item.get("alternative_names")
        return item if names is None else {**item, "alternative_names": sorted(set(names) - {item["domain"]})}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        return [f"certificate {name}: {item['domain']} is longer than the 64 characters a common name may have"
                for name, item in items.items() if len(item["domain"]) > 64]  # fmt: skip

    def placeholder(self, name: str) -> Item:
        # As if issued: that is how check mode shows on an empty account what would follow.
        return {
            "id": PLACEHOLDER,
            "arn": f"arn:{self.session.partition}:acm:{self.session.region}:000000000000:certificate/{PLACEHOLDER}",
            "issued": True,
            "validation_records": [],
            "expires": "",
            "renewal": "",
        }

    def unpredicted(self, item: Item) -> str:
        return f"the DNS record that proves {item['domain']}: ACM makes up its name"

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        optional: dict[str, t.Any] = {}
        if item.get("alternative_names"):
            optional["SubjectAlternativeNames"] = item["alternative_names"]
        if item.get("key_algorithm"):
            optional["KeyAlgorithm"] = item["key_algorithm"]
        if item.get("transparency_logging") is not None:
            optional["Options"] = _options(item["transparency_logging"])
        arn = self.client.request_certificate(DomainName=item["domain"], ValidationMethod="DNS", Tags=dict_to_tags(tags), **optional)["CertificateArn"]
        self._await_records(arn)

    def _await_records(self, arn: str) -> None:
        """The validation records are made some seconds after the request; whoever asked wants to write them into DNS."""
        started = time.monotonic()
        while True:
            options = self.client.describe_certificate(CertificateArn=arn)["Certificate"].get("DomainValidationOptions", [])
            if options and all("ResourceRecord" in option for option in options):
                return
            if time.monotonic() - started > _RECORDS_SHOW_UP:
                raise Problem(f"ACM has no validation records for {arn} after {_RECORDS_SHOW_UP:.0f} s. Run again to go on")
            time.sleep(1)

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        if "transparency_logging" in changes:
            self.client.update_certificate_options(CertificateArn=resource.outputs["arn"], Options=_options(changes["transparency_logging"]))

    def delete(self, resource: Resource) -> None:
        with tolerated("ResourceNotFoundException"):
            self.client.delete_certificate(CertificateArn=resource.outputs["arn"])

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        self.client.add_tags_to_certificate(CertificateArn=resource.outputs["arn"], Tags=dict_to_tags(tags))


def _options(logging: bool) -> dict[str, str]:
    return {"CertificateTransparencyLoggingPreference": "ENABLED" if logging else "DISABLED"}


def _validation_records(raw: dict[str, t.Any]) -> list[Item]:
    """The records that prove control of the domain, each once: a domain and its wildcard are proved by the same one."""
    found = {}
    for option in raw.get("DomainValidationOptions", []):
        record = option.get("ResourceRecord")
        if record:
            found[record["Name"]] = {"name": record["Name"].rstrip("."), "type": record["Type"], "value": record["Value"].rstrip(".")}
    return [found[name] for name in sorted(found)]
