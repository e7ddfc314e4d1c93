# SPDX-License-Identifier: GPL-3.0-or-later
"""When a request is sent again."""

from __future__ import annotations

import types

import botocore.session
import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import retries
from ansible_collections.groundswell.aws.plugins.module_utils.retries import RetryHandler, lost_answer, repeatable
from botocore.exceptions import EndpointConnectionError

from .fakes import refusal

EC2 = botocore.session.get_session().get_service_model("ec2")


def ask(code, status=400, operation="CreateVpc", attempts=1, handler=None, request=None):
    handler = handler or RetryHandler()
    response = (types.SimpleNamespace(status_code=status), {"Error": {"Code": code, "Message": f"the {code} message"}})
    return handler(
        response=response,
        operation=EC2.operation_model(operation),
        attempts=attempts,
        caught_exception=None,
        request_dict={} if request is None else request,
    )


@pytest.mark.parametrize("code", ["Throttling", "Throttled", "RequestLimitExceeded", "SlowDown", "ThrottlingException"])
def test_a_throttled_request_is_sent_again_whatever_it_was(code):
    assert ask(code) > 0
    assert ask(code, status=503) > 0


def test_not_for_ever():
    assert ask("Throttling", attempts=retries.MOST_ATTEMPTS) is None


def test_a_lost_answer_is_asked_for_again_only_where_that_is_harmless():
    assert ask("InternalError", status=500, operation="DescribeVpcs") > 0
    assert ask("InternalError", status=500, operation="CreateVpc") is None


def test_an_idempotency_token_makes_creation_harmless():
    assert repeatable(EC2.operation_model("CreateNatGateway"))
    assert not repeatable(EC2.operation_model("AllocateAddress"))


def test_a_refusal_is_final():
    assert ask("InvalidVpc.Range") is None


def test_what_passes_by_itself_is_waited_out_for_a_limited_time(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(retries.time, "monotonic", lambda: clock[0])
    handler, request = RetryHandler([("DependencyViolation", "", 60.0)]), {}
    assert ask("DependencyViolation", operation="DeleteSubnet", handler=handler, request=request) > 0
    clock[0] += 59
    assert ask("DependencyViolation", operation="DeleteSubnet", handler=handler, request=request) > 0
    clock[0] += 2
    assert ask("DependencyViolation", operation="DeleteSubnet", handler=handler, request=request) is None


def test_not_found_is_news_that_spreads_only_for_a_request_that_builds_on_it():
    handler = RetryHandler([(r"Invalid\w+\.NotFound", "", 60.0)])
    assert ask("InvalidVpcID.NotFound", operation="CreateSubnet", handler=handler) > 0
    assert ask("InvalidSubnetID.NotFound", operation="DeleteSubnet", handler=handler) is None


def test_a_broken_connection_counts_as_a_lost_answer():
    assert lost_answer(EndpointConnectionError(endpoint_url="http://nowhere"))
    assert lost_answer(refusal("InternalFailure", 500))
    assert not lost_answer(refusal("Throttling", 503))
    assert not lost_answer(refusal("ValidationError"))


def test_an_answer_without_error_is_an_answer():
    handler = RetryHandler()
    response = (types.SimpleNamespace(status_code=200), {})
    assert handler(response=response, operation=EC2.operation_model("CreateVpc"), attempts=1, caught_exception=None) is None


def test_a_rollout_does_not_wait_long_for_what_uses_a_thing(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(retries.time, "monotonic", lambda: clock[0])
    handler, request = RetryHandler([("DependencyViolation", "", 900.0)], patient=False), {}
    assert ask("DependencyViolation", operation="DeleteSecurityGroup", handler=handler, request=request) > 0
    clock[0] = 30
    assert ask("DependencyViolation", operation="DeleteSecurityGroup", handler=handler, request=request) is None
