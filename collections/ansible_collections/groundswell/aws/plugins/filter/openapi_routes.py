# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes of an HTTP API, from an OpenAPI document."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: openapi_routes
short_description: Routes of an HTTP API, from an OpenAPI document
version_added: 0.1.0
description:
  - Makes one dict per operation, with what API Gateway looks at. Bodies and answers are the application's matter, for an HTTP API judges neither.
  - C(security) of an operation, or of the document, says whether a token is asked for and with which scopes. An empty one opens the operation to everybody,
    and none at all is refused, so that nothing is open because somebody forgot.
  - C(x-function) of an operation, or of the document, names the function that answers, C(x-throttle) with C(rate) and C(burst) how often.
options:
  _input:
    description: The document.
    type: dict
    required: true
author: Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
# [{'key': 'GET /items', 'operation': 'listItems', 'function': 'api', 'token': true, 'scopes': [], 'rate': 0, 'burst': 0}]
routes: "{{ lookup('ansible.builtin.file', 'openapi.yml') | from_yaml | groundswell.aws.openapi_routes }}"
"""

RETURN = r"""
_value:
  description: The routes. C(rate) and C(burst) are 0 where nothing is said.
  type: list
  elements: dict
"""

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[A-Za-z0-9_]+\+?\}))+|/")


def _operations(document: dict[str, t.Any]) -> t.Iterator[tuple[str, str, dict[str, t.Any]]]:
    for path, item in (document.get("paths") or {}).items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method] or {}


def _shape(path: str) -> str:
    """API Gateway takes paths that differ in nothing but the names of variables for one."""
    return re.sub(r"\{[^}+]*(\+?)\}", r"{\1}", path)


def openapi_routes(document: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The routes. Raises AnsibleFilterError with every problem found."""
    problems, routes = [], []
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise AnsibleFilterError("this is no OpenAPI document of version 3")
    for path, method, operation in _operations(document):
        key = f"{method.upper()} {path}"
        security = operation.get("security", document.get("security"))
        throttle = operation.get("x-throttle") or {}
        routes.append(
            {
                "key": key,
                "operation": operation.get("operationId", ""),
                "function": operation.get("x-function", document.get("x-function", "")),
                "token": bool(security),
                "scopes": sorted({scope for one in security or [] for scopes in one.values() for scope in scopes}),
                "rate": throttle.get("rate", 0),
                "burst": throttle.get("burst", 0),
            }
        )
        if security is None:
            problems.append(f"{key} does not say whether it needs a token: security, of the operation or the document, and [] for everybody")
        if not _PATH.fullmatch(path) or "+" in path.rpartition("/")[0]:
            problems.append(f"{key}: API Gateway takes no such path")
        if not routes[-1]["operation"]:
            problems.append(f"{key} has no operationId")
        if not routes[-1]["function"]:
            problems.append(f"{key} names no function that answers: x-function, of the operation or the document")
        if bool(throttle) and not (throttle.get("rate", 0) > 0 and throttle.get("burst", 0) > 0):
            problems.append(f"{key}: x-throttle has a rate and a burst above 0")
    if not routes:
        problems.append("it has no operations")
    for what, values in (
        ("operationId", [route["operation"] for route in routes]),
        ("route", [f"{method.upper()} {_shape(path)}" for path, method, _ in _operations(document)]),
    ):
        problems += [f"the {what} {value} is there twice" for value in sorted({value for value in values if value and values.count(value) > 1})]
    if problems:
        raise AnsibleFilterError("; ".join(problems))
    return routes


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filter name -> function."""
        return {"openapi_routes": openapi_routes}
