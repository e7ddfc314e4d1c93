# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of resources, spans of time and what tasks say, in words."""

from __future__ import annotations

import collections.abc
import typing as t

# What stands before the kind in a module's name, and what of it people want to read.
_SERVICES = {
    "acm": "",
    "apigatewayv2": "",
    "application_autoscaling": "",
    "autoscaling": "Auto Scaling",
    "budgets": "",
    "ce": "",
    "cloudfront": "CloudFront",
    "cloudtrail": "CloudTrail",
    "cloudwatch": "",
    "cloudwatchlogs": "",
    "cognito": "",
    "config": "Config",
    "ebs": "EBS",
    "ec2": "",
    "elasticache": "cache",
    "elbv2": "",
    "events": "event",
    "iam": "IAM",
    "kms": "KMS",
    "lambda": "",
    "logs": "log",
    "rds": "database",
    "route53": "DNS",
    "s3": "S3",
    "secretsmanager": "",
    "sns": "SNS",
    "sqs": "",
    "ssm": "",
    "wafv2": "",
}
_SPELLINGS = {one.lower(): one for one in ("ACL", "ACLs", "ACM", "API", "APIs", "DNS", "IP", "IPs", "NAT", "VPC", "VPCs")}
_PAST = {"create": "created", "update": "changed", "change": "changed", "replace": "replaced", "remove": "removed"}
_PLAIN = {"create": "create", "update": "change", "change": "change", "replace": "replace", "remove": "remove"}


def noun(module: str, count: int) -> str:
    """`ec2_nat_gateways`, 1 -> `NAT gateway`."""
    service = next((name for name in sorted(_SERVICES, key=len, reverse=True) if module.startswith(f"{name}_")), "")
    words = module.removeprefix(f"{service}_").split("_")
    if count == 1:
        words[-1] = singular(words[-1])
    label = _SERVICES.get(service, "")
    return " ".join([label] * bool(label) + [_SPELLINGS.get(word, word) for word in words])


def singular(word: str) -> str:
    """`policies` -> `policy`."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "iases")):
        return word[:-2]
    return word.removesuffix("s")


def span(seconds: float) -> str:
    """`93` -> `1 min 33 s`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"


def told(changes: collections.abc.Iterable[dict[str, t.Any]], planned: bool) -> str:
    """Changes counted by action and kind: `created 9 subnets, 1 VPC; changed 1 route table`."""
    counted: dict[str, dict[str, int]] = {}
    for change in changes:
        kinds = counted.setdefault(change["action"], {})
        kinds[change["kind"]] = kinds.get(change["kind"], 0) + 1
    words = _PLAIN if planned else _PAST
    sentences = []
    for action in sorted(counted, key=list(words).index):
        sentences.append(f"{words[action]} " + ", ".join(f"{count} {noun(kind, count)}" for kind, count in counted[action].items()))
    return ("would " if planned and sentences else "") + "; ".join(sentences)


def progress(name: str, what: str, count: int, total: int, unit: int, seconds: float) -> str:
    """How far something is, at what rate, and how long it may still take: `disk.raw: 412 of 1246 MB sent, 41.2 MB/s, 20 s to go`.

    :param unit: bytes in one of what is counted.
    :param seconds: what it took so far.
    """
    line = f"{name}: {count * unit / 1e6:.0f} of {total * unit / 1e6:.0f} MB {what}"
    if not count:
        return line
    return f"{line}, {count * unit / seconds / 1e6:.1f} MB/s, {span((total - count) * seconds / count)} to go"


def text(message: t.Any) -> str:
    """A message of a task; of a list, a line each."""
    if not isinstance(message, list):
        return str(message).rstrip()
    # A first line that ends with a colon is the others' heading.
    return "\n".join(line if not number and str(line).endswith(":") else f"- {line}" for number, line in enumerate(message))


def message_of(result: t.Mapping[str, t.Any]) -> str:
    """What a failed task has to say; of a loop, what its failed rounds have."""
    if result.get("problems"):
        return text(result["problems"])
    failed = [part for part in result.get("results") or [] if isinstance(part, dict) and (part.get("failed") or part.get("unreachable"))]
    if failed:
        return "\n".join(dict.fromkeys(message_of(part) for part in failed))
    message = text(result.get("msg") or result.get("censored") or "no message")
    details = text(result.get("module_stderr") or "")
    return f"{message}\n{details}".strip() if message.startswith("MODULE FAILURE") else message


def bare(name: t.Any) -> str:
    """A task's name without the role and the file that Ansible and ansible-lint put before it."""
    return str(name).rpartition(" : ")[2].rpartition(" | ")[2].strip()
