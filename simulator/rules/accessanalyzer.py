# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of IAM Access Analyzer."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.services.accessanalyzer import analyzers_of


@rule("R-AAN-01", service="accessanalyzer", operations=["CreateAnalyzer"], source="API accessanalyzer:CreateAnalyzer")
def names_are_taken_once(context: Context) -> None:
    """An analyzer's name is its own in a region."""
    name = context.params["analyzerName"]
    if name in analyzers_of(context):
        raise Refused("ConflictException", f"Analyzer {name} already exists", 409)


@rule("R-AAN-02", service="accessanalyzer", operations=["CreateAnalyzer"], source="UG IAM/access-analyzer-quotas.md", certain=False)
def one_of_a_type(context: Context) -> None:
    """A region has one analyzer of an account for each type of finding."""
    if any(one["type"] == context.params["type"] for one in analyzers_of(context).values()):
        raise Refused("ServiceQuotaExceededException", f"Maximum number of analyzers of type {context.params['type']} exceeded", 402)


@rule("R-AAN-03", service="accessanalyzer", operations=["CreateAnalyzer"], source="API accessanalyzer:UnusedAccessConfiguration")
def unused_since_days(context: Context) -> None:
    """Unused access is counted over 1 to 365 days."""
    if not 1 <= context.params.get("configuration", {}).get("unusedAccess", {}).get("unusedAccessAge", 90) <= 365:
        raise Refused("ValidationException", "unusedAccessAge must be between 1 and 365")
