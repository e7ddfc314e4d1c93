# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Access Analyzer, which moto lacks: analyzers of an account. They find nothing here."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation


def analyzers_of(context: Context) -> dict[str, Parameters]:
    """Those of the call's account and region, by name. Kept on IAM's neighbour in the region, EC2's backend."""
    found: dict[str, Parameters] = context.backend("ec2").__dict__.setdefault("simulator_analyzers", {})
    return found


@operation("accessanalyzer", "CreateAnalyzer")
def create_analyzer(context: Context) -> Parameters:
    """API accessanalyzer:CreateAnalyzer."""
    name = context.params["analyzerName"]
    arn = f"arn:aws:access-analyzer:{context.region}:{context.account}:analyzer/{name}"
    made = {"arn": arn, "name": name, "type": context.params["type"], "createdAt": context.now(), "status": "ACTIVE", "tags": context.params.get("tags", {})}
    analyzers_of(context)[name] = made | {member: context.params[member] for member in ("configuration",) if member in context.params}
    return {"arn": arn}


@operation("accessanalyzer", "ListAnalyzers")
def list_analyzers(context: Context) -> Parameters:
    """API accessanalyzer:ListAnalyzers."""
    wanted = context.params.get("type")
    return {"analyzers": [dict(one) for one in analyzers_of(context).values() if wanted in (None, one["type"])]}


@operation("accessanalyzer", "GetAnalyzer")
def get_analyzer(context: Context) -> Parameters:
    """API accessanalyzer:GetAnalyzer."""
    return {"analyzer": dict(_named(context))}


@operation("accessanalyzer", "DeleteAnalyzer")
def delete_analyzer(context: Context) -> None:
    """API accessanalyzer:DeleteAnalyzer."""
    del analyzers_of(context)[_named(context)["name"]]


@operation("accessanalyzer", "TagResource")
def tag_resource(context: Context) -> None:
    """API accessanalyzer:TagResource."""
    for one in analyzers_of(context).values():
        if one["arn"] == context.params["resourceArn"]:
            one["tags"] = {**one["tags"], **context.params["tags"]}


def _named(context: Context) -> Parameters:
    found = analyzers_of(context).get(context.params["analyzerName"])
    if found is None:
        raise Refused("ResourceNotFoundException", f"Analyzer {context.params['analyzerName']} does not exist", 404)
    return found
