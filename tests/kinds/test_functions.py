# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions: what is declared is what the alias runs, and the same sources are the same package."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils import canary, packages
from ansible_collections.groundswell.aws.plugins.module_utils.invocation import invoke
from ansible_collections.groundswell.aws.plugins.module_utils.kinds.lambda_functions import Functions
from ansible_collections.groundswell.aws.plugins.module_utils.reconcile import Result
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import Module

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
CODE = "import os\n\ndef handler(event, context):\n    return [SAID, os.environ.get('GREETING', ''), context.function_version]\n"


def package(directory: Path, said: int) -> dict[str, str]:
    source = directory / f"app{said}"
    source.mkdir(exist_ok=True)
    (source / "app.py").write_text(CODE.replace("SAID", str(said)))
    built = packages.build(source, "python3.13", "arm64", directory / "builds")
    return {"package": built["path"], "code_sha256": built["code_sha256"]}


@pytest.fixture
def item(simulator: Any, tmp_path: Path) -> dict[str, Any]:
    role = simulator.client("iam").create_role(RoleName="acme-function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    return {
        "name": "acme-dev-api", "role_arn": role, "runtime": "python3.13", "handler": "app.handler", "architecture": "arm64", "memory_mb": 256,
        "timeout_seconds": 5, "environment": {"GREETING": "hello"}, "alias": "live", "tracing": True, "dead_letter_arn": "", "kms_key_arn": "",
        "layer_arns": [], "subnet_ids": [], "security_group_ids": [], "log_group": "/acme/dev/api", "reserved_concurrency": 5, **package(tmp_path, 1),
    }  # fmt: skip


def said(simulator: Any, qualifier: str = "live") -> Any:
    return json.load(simulator.client("lambda").invoke(FunctionName="acme-dev-api", Qualifier=qualifier)["Payload"])


def test_the_alias_runs_what_is_declared(simulator: Any, keep: Callable[..., Result], item: dict[str, Any], tmp_path: Path) -> None:
    assert keep(Functions, [item], check_mode=True).changes[0].action == "create"
    keep(Functions, [item])
    assert keep(Functions, [item]).changed is False
    assert said(simulator) == [1, "hello", "1"]
    lines = [event["message"] for event in simulator.client("logs").filter_log_events(logGroupName="/acme/dev/api")["events"]]
    assert lines[0].endswith("Version: 1")
    other = {
        **item,
        **package(tmp_path, 2),
        "environment": {"GREETING": "good day"},
        "memory_mb": 512,
        "reserved_concurrency": -1,
        "provisioned_concurrency": 1,
    }
    changed = keep(Functions, [other]).changes[0].options
    assert changed == ["code_sha256", "environment", "memory_mb", "provisioned_concurrency", "reserved_concurrency"]
    result = keep(Functions, [other])
    assert result.changed is False and result.resources["acme-dev-api"].outputs["version"] == "2"
    assert (said(simulator), said(simulator, "1")) == ([2, "good day", "2"], [1, "hello", "1"])
    # A run that was killed before it published, and somebody who shifted the alias: the next run goes on.
    simulator.client("lambda").update_function_configuration(FunctionName="acme-dev-api", Timeout=7)
    later = {**other, "timeout_seconds": 7}
    assert keep(Functions, [later]).changes[0].options == ["published"]
    assert said(simulator) == [2, "good day", "3"]
    simulator.client("lambda").update_alias(FunctionName="acme-dev-api", Name="live", FunctionVersion="1")
    assert keep(Functions, [later]).changed and said(simulator)[2] == "3"
    keep(Functions, [], remove=("acme-dev-api",))
    assert simulator.client("lambda").list_functions()["Functions"] == []


def test_bad_input_is_refused_first(simulator: Any, keep: Callable[..., Result], item: dict[str, Any]) -> None:
    ec2 = simulator.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    before = simulator.calls(mutating=True)
    for change, words in (
        ({"alias": "7"}, "looks like the number of a version"),
        ({"name": "acme-" + "x" * 64}, "Lambda takes 64"),
        ({"subnet_ids": [subnet]}, "needs both subnet_ids and security_group_ids"),
        ({"subnet_ids": [subnet], "security_group_ids": ["sg-1"]}, "stand in one Availability Zone"),
        ({"provisioned_concurrency": 9}, "more than reserved_concurrency"),
    ):
        with pytest.raises(Problem, match=words):
            keep(Functions, [{**item, **change}])
    assert simulator.calls(mutating=True) == before


def test_the_same_sources_are_the_same_package(tmp_path: Path) -> None:
    first = package(tmp_path, 1)
    again = tmp_path / "elsewhere"
    again.mkdir()
    (tmp_path / "app1" / "__pycache__").mkdir()
    (tmp_path / "app1" / "__pycache__" / "app.pyc").write_bytes(b"whatever")
    assert package(again, 1)["code_sha256"] == first["code_sha256"] == package(tmp_path, 1)["code_sha256"]
    assert package(tmp_path, 2)["code_sha256"] != first["code_sha256"]
    with pytest.raises(Problem, match="flask==3.1.3 has to be pinned with == and its hashes"):
        packages.requirements("flask==3.1.3\n", "requirements.txt")
    assert packages.requirements("# nothing\n\n", "requirements.txt") == []


def test_requirements_are_installed_as_wheels_of_the_functions(tmp_path: Path) -> None:
    """For their architecture, not for this machine's."""
    wheel = tmp_path / "hello-1.0-cp313-cp313-manylinux2014_aarch64.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("hello.py", "WORD = 'hello'\n")
        archive.writestr("hello-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
        archive.writestr("hello-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: false\nTag: cp313-cp313-manylinux2014_aarch64\n")
        archive.writestr("hello-1.0.dist-info/RECORD", "")
    source = tmp_path / "app"
    source.mkdir()
    (source / "app.py").write_text("import hello\n")
    here = ("--no-index", "--find-links", str(tmp_path))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (source / "requirements.txt").write_text(f"hello==1.0 --hash=sha256:{digest}\n")
    built = packages.build(source, "python3.13", "arm64", tmp_path / "builds", here)
    names = zipfile.ZipFile(built["path"]).namelist()
    assert "hello.py" in names and "app.py" in names and "hello-1.0.dist-info/RECORD" not in names and "requirements.txt" not in names
    with pytest.raises(Problem, match="pip could not install for python3.13 on x86_64"):
        packages.build(source, "python3.13", "x86_64", tmp_path / "builds", here)


FAILS = "def handler(event, context):\n    raise ValueError('no luck')\n"


def live(simulator: Any) -> tuple[str, dict[str, float]]:
    alias = simulator.client("lambda").get_alias(FunctionName="acme-dev-api", Name="live")
    return alias["FunctionVersion"], (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def alarms(simulator: Any) -> list[str]:
    return [alarm["AlarmName"] for alarm in simulator.client("cloudwatch").describe_alarms()["MetricAlarms"]]


@pytest.fixture
def shared(item: dict[str, Any]) -> dict[str, Any]:
    # All but one in a hundred, so that the first call is its.
    return {**item, "canary_percent": 99, "canary_seconds": 2, "canary_errors": 1, "canary_alarms": []}


class Callers:
    """Whoever calls the alias while a new version is tried."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, simulator: Any) -> None:
        self.seen: list[tuple[str, dict[str, float]]] = []
        self.then: Callable[[], Any] = lambda: [said(simulator) for _ in range(4)]
        self._simulator, self._sleep = simulator, canary.time.sleep
        monkeypatch.setattr(canary.time, "sleep", self.call)

    def call(self, seconds: float) -> None:
        if not self.seen:
            self.seen.append(live(self._simulator))
            self.then()
        self._sleep(seconds)


@pytest.fixture
def callers(monkeypatch: pytest.MonkeyPatch, simulator: Any) -> Callers:
    return Callers(monkeypatch, simulator)


def test_a_new_version_is_tried(simulator: Any, keep: Callable[..., Result], shared: dict[str, Any], callers: Callers, tmp_path: Path) -> None:
    keep(Functions, [shared])
    assert live(simulator) == ("1", {}) and not callers.seen  # the first has nobody to share with
    second = {**shared, **package(tmp_path, 2)}
    planned = keep(Functions, [second], check_mode=True)
    assert planned.resources["acme-dev-api"].outputs["canary"] == "would have 99 % of live for 2 s first" and live(simulator) == ("1", {})
    told = keep(Functions, [second]).resources["acme-dev-api"].outputs["canary"]
    assert callers.seen == [("1", {"2": 0.99})] and live(simulator) == ("2", {}) and alarms(simulator) == []
    assert "version 2 had 99 % of live since" in told and "0 of them failed" in told
    assert keep(Functions, [second]).changed is False
    # What is no part of a version is not tried, and who never came is told.
    keep(Functions, [{**second, "reserved_concurrency": 7}])
    callers.then = lambda: None
    callers.seen.clear()
    trust = json.dumps(TRUST)
    other = simulator.client("iam").create_role(RoleName="acme-other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    result = keep(Functions, [{**second, "role_arn": other}])
    assert result.resources["acme-dev-api"].outputs["canary"].startswith("at once: versions with different roles") and not callers.seen
    second["role_arn"] = other
    assert "Nobody called, so nothing is proved" in keep(Functions, [{**second, "timeout_seconds": 6}]).resources["acme-dev-api"].outputs["canary"]


def test_a_version_that_fails_is_taken_back(simulator: Any, keep: Callable[..., Result], shared: dict[str, Any], callers: Callers, tmp_path: Path) -> None:
    keep(Functions, [shared])
    (tmp_path / "app9").mkdir()
    (tmp_path / "app9" / "app.py").write_text(FAILS)
    built = packages.build(tmp_path / "app9", "python3.13", "arm64", tmp_path / "builds")
    bad = {**shared, "package": built["path"], "code_sha256": built["code_sha256"], "canary_seconds": 60}
    callers.then = lambda: [simulator.client("lambda").invoke(FunctionName="acme-dev-api", Qualifier="live") for _ in range(3)]
    with pytest.raises(Problem, match=r"taken back, live leads to version 1 alone again.*2 had 99 %.*alarm acme-dev-api-canary is red"):
        keep(Functions, [bad])
    assert live(simulator) == ("1", {}) and alarms(simulator) == [] and said(simulator)[0] == 1
    # It is declared still, so the next run tries it again; what was before is there at once.
    assert keep(Functions, [bad], check_mode=True).changed
    callers.seen.clear()
    assert keep(Functions, [shared]).changed and not callers.seen
    assert keep(Functions, [shared]).changed is False and live(simulator)[0] == "1"


def test_a_run_that_was_killed_is_carried_on(simulator: Any, keep: Callable[..., Result], shared: dict[str, Any], callers: Callers, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    keep(Functions, [shared])
    second = {**shared, **package(tmp_path, 2)}
    callers.then = kill
    with pytest.raises(Killed):
        keep(Functions, [second])
    assert live(simulator) == ("1", {"2": 0.99}) and alarms(simulator) == ["acme-dev-api-canary"]
    # It failed while nobody looked, and is quiet again: the next run knows.
    cloudwatch = simulator.client("cloudwatch")
    for state in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="acme-dev-api-canary", StateValue=state, StateReason="tried")
    with pytest.raises(Problem, match="was red meanwhile"):
        keep(Functions, [{**second, "canary_seconds": 1}])
    assert live(simulator) == ("1", {}) and alarms(simulator) == []
    callers.seen.clear()
    with pytest.raises(Killed):
        keep(Functions, [second])
    since = simulator.client("lambda").get_alias(FunctionName="acme-dev-api", Name="live")["Description"]
    callers.then = lambda: said(simulator)
    told = keep(Functions, [second]).resources["acme-dev-api"].outputs["canary"]
    assert since.rpartition(" ")[2] in told and live(simulator) == ("2", {}) and alarms(simulator) == []


def test_somebody_moves_the_alias_meanwhile(simulator: Any, keep: Callable[..., Result], shared: dict[str, Any], callers: Callers, tmp_path: Path) -> None:
    keep(Functions, [shared])
    client = simulator.client("lambda")
    callers.then = lambda: client.update_alias(FunctionName="acme-dev-api", Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {}})
    with pytest.raises(Problem, match="somebody else has moved the alias live while version 2 was being tried: it leads to version 1"):
        keep(Functions, [{**shared, **package(tmp_path, 2)}])
    assert live(simulator) == ("1", {})


def test_canaries_that_cannot_be(simulator: Any, keep: Callable[..., Result], shared: dict[str, Any], tmp_path: Path) -> None:
    keep(Functions, [shared])
    cloudwatch = simulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="red", Namespace="AWS/Lambda", MetricName="Throttles", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="red", StateValue="ALARM", StateReason="tried")
    before = simulator.calls(mutating=True)
    for change, words in (
        ({"canary_percent": 100}, "canary_percent is 100; a share is from 1 to 99"),
        ({"canary_seconds": 0}, "canary_seconds says for how long"),
        ({"canary_errors": 0}, "canary_errors is 0"),
        ({"canary_alarms": ["red", "nobody"]}, "canary_alarms has nobody, which CloudWatch does not know here"),
        ({"canary_alarms": ["red"], "timeout_seconds": 9}, "tried while red is red already"),
    ):
        with pytest.raises(Problem, match=words):
            keep(Functions, [{**shared, **change}])
    assert keep(Functions, [{**shared, "canary_alarms": ["red"]}]).changed is False
    assert simulator.calls(mutating=True) == before


def test_what_this_python_has_goes_into_a_package(tmp_path: Path) -> None:
    """Nothing is fetched for it, and nothing that is for one processor is taken."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text("import pymysql")
    (tmp_path / "shared.py").write_text("SHARED = 1")
    beside = {"shared.py": str(tmp_path / "shared.py")}
    built = [packages.build(tmp_path / "app", "python3.13", "arm64", tmp_path / str(n), beside=beside, distributions=["PyMySQL"]) for n in range(2)]
    assert built[0]["code_sha256"] == built[1]["code_sha256"]
    with zipfile.ZipFile(built[0]["path"]) as archive:
        names = archive.namelist()
    assert {"app.py", "shared.py", "pymysql/__init__.py"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", "RECORD", "INSTALLER"))]
    with pytest.raises(Problem, match="nonsense is not installed for"):
        packages.build(tmp_path / "app", "python3.13", "arm64", tmp_path, distributions=["nonsense"])
    with pytest.raises(Problem, match="cryptography is not of Python alone"):
        packages.build(tmp_path / "app", "python3.13", "arm64", tmp_path, distributions=["cryptography"])


def test_an_answer_says_whether_something_has_changed(simulator: Any, keep: Callable[..., Result], item: dict[str, Any], tmp_path: Path) -> None:
    code = "def handler(event, _):\n    if event['step'] == 'fail':\n        raise ValueError('no way in')\n    return {'changed': event['step'] == 'first'}\n"
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text(code)
    built = packages.build(tmp_path / "app", "python3.13", "arm64", tmp_path / "builds")
    session = Session(Module(simulator.endpoint))

    def call(step: str, check_mode: bool = False) -> Any:
        session.check_mode = check_mode
        return invoke(session, {"function": "acme-dev-api:live", "payload": {"step": step}})

    assert call("first", check_mode=True) == {"changed": True, "answer": {}}
    keep(Functions, [{**item, "package": built["path"], "code_sha256": built["code_sha256"]}])
    assert call("first", check_mode=True) == {"changed": False, "answer": {}}
    assert [call(step)["changed"] for step in ("first", "second")] == [True, False]
    with pytest.raises(Problem, match="the function acme-dev-api:live failed: no way in"):
        call("fail")
