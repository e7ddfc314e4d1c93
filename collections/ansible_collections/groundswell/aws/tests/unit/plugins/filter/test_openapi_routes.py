# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes of an OpenAPI document, and documents that leave open what is open."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundswell.aws.plugins.filter.openapi_routes import openapi_routes

DOCUMENT = {
    "openapi": "3.0.3",
    "x-function": "api",
    "security": [{"token": ["read"]}],
    "paths": {
        "/items/{id}": {
            "parameters": [],
            "get": {"operationId": "getItem"},
            "delete": {"operationId": "deleteItem", "security": [{"token": ["write", "admin"]}], "x-throttle": {"rate": 1, "burst": 2}},
        },
        "/health": {"get": {"operationId": "health", "security": [], "x-function": "other"}},
    },
}


def test_each_operation_is_a_route():
    routes = {route["key"]: route for route in openapi_routes(DOCUMENT)}
    assert routes == {
        "GET /items/{id}": {
            "key": "GET /items/{id}", "operation": "getItem", "function": "api", "token": True, "scopes": ["read"], "rate": 0, "burst": 0,
        },
        "DELETE /items/{id}": {
            "key": "DELETE /items/{id}", "operation": "deleteItem", "function": "api", "token": True, "scopes": ["admin", "write"], "rate": 1, "burst": 2,
        },
        "GET /health": {"key": "GET /health", "operation": "health", "function": "other", "token": False, "scopes": [], "rate": 0, "burst": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"openapi": "2.0"}, "no OpenAPI document"),
        ({"paths": {}}, "no operations"),
        ({"security": None}, "GET /items/{id} does not say whether it needs a token"),
        ({"x-function": ""}, "GET /items/{id} names no function"),
        ({"paths": {"/a": {"get": {}}}}, "GET /a has no operationId"),
        ({"paths": {"/a": {"get": {"operationId": "a"}, "put": {"operationId": "a"}}}}, "operationId a is there twice"),
        ({"paths": {"/{a}": {"get": {"operationId": "a"}}, "/{b}": {"get": {"operationId": "b"}}}}, "route GET /{} is there twice"),
        ({"paths": {"/a b": {"get": {"operationId": "a"}}}}, "takes no such path"),
        ({"paths": {"/{a+}/b": {"get": {"operationId": "a"}}}}, "takes no such path"),
        ({"paths": {"/a": {"get": {"operationId": "a", "x-throttle": {"rate": 5}}}}}, "a rate and a burst"),
    ],
)
def test_what_a_document_may_not_leave_open(change, words):
    with pytest.raises(AnsibleFilterError) as raised:
        openapi_routes({**DOCUMENT, **change})
    assert words in str(raised.value)
