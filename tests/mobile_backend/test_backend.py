# SPDX-License-Identifier: GPL-3.0-or-later
"""The back end of mobile applications, against a table, a topic and a stream that answer."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from simulated import InProcess

sys.path.insert(0, str(Path(__file__).parents[2] / "apps" / "mobile_backend"))
sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible_collections.groundswell.aws.plugins.filter.openapi_routes import openapi_routes
from backend import api, changes, services
from backend.logs import Log
from backend.repository import Repository

APP = Path(api.__file__).parents[1]
ANNA, BEN, DOCTOR = "anna-0001", "ben-00001", "doctor-01"
NOW = datetime(2026, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)
TABLE = {
    "TableName": "app", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "changed")],
    "GlobalSecondaryIndexes": [{
        "IndexName": "by-change", "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "changed", "KeyType": "RANGE"}],
    }],
}  # fmt: skip


class World:
    """Two phones of Anna, and the back end they talk to."""

    def __init__(self) -> None:
        self.aws, self.now = InProcess(), NOW
        self.aws.client("dynamodb").create_table(**TABLE)
        self.environment = {"MEDIA_BUCKET": "media"}
        self.repository = Repository(self.aws.client("dynamodb"), "app")

    def ask(self, route: str, body: Any = None, sub: str = ANNA, groups: str = "[users]", **more: Any) -> tuple[int, Any]:
        claims = {"sub": sub, "cognito:groups": groups} if sub else {}
        event = {"routeKey": route, "requestContext": {"authorizer": {"jwt": {"claims": claims}}}, "body": json.dumps(body), **more}
        other = services.Services(self.environment, self.aws.client)
        answer = api.answer(event, "request-1", self.repository, other, self.now)
        assert answer["headers"]["x-request-id"] == "request-1"
        return answer["statusCode"], json.loads(answer["body"])

    def application(self) -> str:
        key = "-----BEGIN PRIVATE KEY-----"  # pragma: allowlist secret
        account = {"type": "service_account", "project_id": "acme", "client_email": "push@acme.example", "private_key": key}
        made = self.aws.client("sns").create_platform_application(Name="app", Platform="GCM", Attributes={"PlatformCredential": json.dumps(account)})
        return str(made["PlatformApplicationArn"])


@pytest.fixture
def world() -> World:
    return World()


def item(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": f"item-{number:04d}", "title": f"Item {number}", **more}


def test_a_profile_has_versions(world: World) -> None:
    assert world.ask("GET /profile") == (200, {"kind": "profile", "version": 0})
    status, profile = world.ask("PUT /profile", {"name": "Anna", "version": 0})
    assert (status, profile["name"], profile["version"]) == (200, "Anna", 1)
    assert world.ask("PUT /profile", {"name": "Anne", "version": 1})[1]["version"] == 2
    # The other phone knew version 1: it gets what is there now.
    status, refused = world.ask("PUT /profile", {"name": "Anja", "version": 1})
    assert (status, refused["error"], refused["current"]["name"]) == (409, "conflict", "Anne")
    assert world.ask("GET /profile")[1]["name"] == "Anne"
    assert world.ask("GET /profile", sub=BEN)[1]["version"] == 0


def test_items_are_their_owners(world: World) -> None:
    assert world.ask("POST /items", item())[0] == 201
    # Sent again, because the answer got lost: there once, as it was.
    status, again = world.ask("POST /items", item())
    assert (status, again["item"]["version"]) == (201, 1)
    assert world.ask("POST /items", {**item(), "title": "Another"})[0] == 409
    assert [one["title"] for one in world.ask("GET /items")[1]["items"]] == ["Item 1"]
    assert world.ask("GET /items", sub=BEN)[1]["items"] == []
    assert world.ask("DELETE /items/{id}", sub=BEN, pathParameters={"id": "item-0001"})[0] == 404
    assert world.ask("DELETE /items/{id}", pathParameters={"id": "item-0001"})[1]["deleted"] is True
    assert world.ask("GET /items")[1]["items"] == []


def test_pages_of_items(world: World) -> None:
    for number in range(103):
        world.ask("POST /items", item(number))
    _, first = world.ask("GET /items")
    _, second = world.ask("GET /items", queryStringParameters={"after": first["after"]})
    assert (len(first["items"]), len(second["items"]), second["after"]) == (100, 3, "")


def test_media_go_to_a_place_of_their_own(world: World) -> None:
    status, answer = world.ask("POST /items", item(media={"content_type": "image/png", "size": 1000}))
    assert (status, answer["item"]["media"]["key"]) == (201, f"media/{ANNA}/item-0001")
    policy = json.loads(base64.b64decode(answer["upload"]["fields"]["policy"]))["conditions"]
    assert ["content-length-range", 1000, 1000] in policy and {"key": f"media/{ANNA}/item-0001"} in policy
    assert world.ask("POST /items", item(2, media={"content_type": "text/html", "size": 1}))[0] == 400
    assert world.ask("POST /items", item(2, media={"content_type": "image/png", "size": 10**9}))[0] == 400


def test_devices_stay_in_step(world: World) -> None:
    world.ask("POST /items", item(1))
    _, first = world.ask("GET /changes")
    assert [one["id"] for one in first["changes"]] == ["item-0001"] and not first["more"]
    world.now += timedelta(minutes=1)
    sent = [{"id": "item-0001", "version": 1, "title": "From the train"}, {"id": "item-0002", "version": 0, "title": "New"}]
    assert [one["result"] for one in world.ask("POST /changes", {"changes": sent})[1]["results"]] == ["applied", "applied"]
    late = world.ask("POST /changes", {"changes": [{"id": "item-0001", "version": 1, "title": "From home"}]})[1]["results"]
    assert (late[0]["result"], late[0]["current"]["title"], late[0]["current"]["version"]) == ("conflict", "From the train", 2)
    merged = [{"id": "item-0001", "version": 2, "title": "From the train, and home"}, {"id": "item-0002", "version": 1, "deleted": True}]
    assert [one["result"] for one in world.ask("POST /changes", {"changes": merged})[1]["results"]] == ["applied", "applied"]
    _, second = world.ask("GET /changes", queryStringParameters={"since": first["since"]})
    told = {one["id"]: one for one in second["changes"]}
    assert told["item-0001"]["version"] == 3 and told["item-0002"]["deleted"] is True
    # The mark expires when no device needs it any more.
    assert world.repository.get(ANNA, "ITEM#item-0002")["expires"] == int((world.now + timedelta(days=90)).timestamp())
    world.now += timedelta(minutes=1)
    _, third = world.ask("GET /changes", queryStringParameters={"since": second["since"]})
    assert {one["version"] for one in third["changes"]} <= {2, 3}  # perhaps told twice, known by the version
    _, fourth = world.ask("GET /changes", queryStringParameters={"since": third["since"]})
    assert fourth["changes"] == []
    wrong = [{"id": "item-0001", "version": 3}]
    assert world.ask("POST /changes", {"changes": wrong})[0] == 400


def test_more_changes_than_a_page(world: World) -> None:
    for number in range(130):
        world.ask("POST /items", item(number))
        world.now += timedelta(seconds=1)
    seen, since, more = set(), "", True
    while more:
        _, page = world.ask("GET /changes", queryStringParameters={"since": since} if since else {})
        seen |= {one["id"] for one in page["changes"]}
        since, more = page["since"], page["more"]
    assert len(seen) == 130


def test_a_provider_reaches_a_consumer(world: World) -> None:
    message = {"to": ANNA, "title": "Your results are there"}
    provider = {"sub": DOCTOR, "groups": "[providers users]"}
    assert world.ask("POST /messages", message)[0] == 403
    assert world.ask("POST /messages", message, **provider)[0] == 404
    world.ask("PUT /profile", {"name": "Anna", "version": 0})
    device = {"id": "phone-0001", "platform": "fcm", "token": "token-of-the-phone"}
    assert world.ask("POST /devices", device) == (201, {"id": "phone-0001", "push": False})
    assert world.ask("POST /messages", message, **provider)[1]["devices"] == 0
    world.environment["FCM_APPLICATION_ARN"] = world.application()
    assert world.ask("POST /devices", device)[1]["push"] is True
    assert world.ask("POST /messages", message, **provider)[1]["devices"] == 1
    kinds = [one["kind"] for one in world.ask("GET /changes")[1]["changes"]]
    assert sorted(kinds) == ["message", "message", "profile"]
    # The application was removed from the phone: the platform says so, and the device is forgotten.
    sns = world.aws.client("sns")
    (endpoint,) = sns.list_endpoints_by_platform_application(PlatformApplicationArn=world.environment["FCM_APPLICATION_ARN"])["Endpoints"]
    sns.set_endpoint_attributes(EndpointArn=endpoint["EndpointArn"], Attributes={"Enabled": "false"})
    assert world.ask("POST /messages", message, **provider)[1]["devices"] == 0
    assert world.repository.beginning(ANNA, "DEVICE#")[0] == []


def test_a_phone_changes_hands(world: World) -> None:
    world.environment["FCM_APPLICATION_ARN"] = world.application()
    device = {"id": "phone-0001", "platform": "fcm", "token": "token-of-the-phone"}
    world.ask("POST /devices", device)
    assert world.ask("POST /devices", device, sub=BEN)[1]["push"] is True
    sns = world.aws.client("sns")
    (endpoint,) = sns.list_endpoints_by_platform_application(PlatformApplicationArn=world.environment["FCM_APPLICATION_ARN"])["Endpoints"]
    assert endpoint["Attributes"]["CustomUserData"] == BEN


def test_events_are_handed_over(world: World) -> None:
    events = {"events": [{"name": "opened", "at": "2026-05-01T11:59:59.000Z", "value": 1}]}
    assert world.ask("POST /events", events) == (202, {"accepted": 1})
    record = {"eventID": "e1", "eventName": "MODIFY", "dynamodb": {"Keys": {"pk": {"S": ANNA}, "sk": {"S": "ITEM#1"}}, "SequenceNumber": "7"}}
    assert changes.event_of(record) == {"id": "e1", "name": "item.modify", "user": ANNA, "at": None}

    class Full:
        def put_record_batch(self, **_: Any) -> dict[str, int]:
            return {"FailedPutCount": 1}

    other = services.Services({"EVENTS_STREAM": "events"}, lambda _: Full())
    assert changes.tell({"Records": [record]}, world.repository, other, Log("r"))["batchItemFailures"] == [{"itemIdentifier": "7"}]


def test_devices_hear_of_changes(world: World) -> None:
    """Each device of whose it is, once for a batch, and without a word; nobody else's. What cannot be told any more is passed over."""
    world.environment["FCM_APPLICATION_ARN"] = world.application()
    for number, sub in ((1, ANNA), (2, ANNA), (3, BEN)):
        world.ask("POST /devices", {"id": f"phone-000{number}", "platform": "fcm", "token": f"token-of-phone-{number}"}, sub=sub)
    sent: list[dict[str, Any]] = []

    class Sns:
        exceptions = world.aws.client("sns").exceptions

        def publish(self, **told: Any) -> None:
            if len(sent) == 1:
                raise self.exceptions.ClientError({"Error": {"Code": "EndpointDisabled"}}, "Publish")
            sent.append(told)

    keys = [(ANNA, "ITEM#item-0001"), (ANNA, "PROFILE"), (BEN, "MESSAGE#1")]
    records = [{"eventID": sk, "eventName": "INSERT", "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": sk}} for pk, sk in keys]
    assert changes.tell({"Records": records}, world.repository, services.Services({}, lambda _: Sns()), Log("r")) == {"batchItemFailures": []}
    (told,) = sent
    message = json.loads(told["Message"])
    assert json.loads(message["APNS"]) == {"aps": {"content-available": 1}, "changes": "1"} and "notification" not in message["GCM"]
    assert told["MessageAttributes"]["AWS.SNS.MOBILE.APNS.PRIORITY"]["StringValue"] == "5"


@pytest.mark.parametrize(
    ("route", "body", "status", "words"),
    [
        ("GET /elsewhere", None, 404, "no such route"),
        ("PUT /profile", {"name": "A", "version": 0, "admin": True}, 400, "admin is not known"),
        ("PUT /profile", {"name": 7, "version": True}, 400, "name has to be a text .*; version has to be a whole number"),
        ("PUT /profile", ["name"], 400, "has to be an object"),
        ("PUT /profile", {"name": "a\0b", "version": 0}, 400, "control characters"),
        ("POST /items", {"id": "ITEM#1", "title": "x"}, 400, "8 to 64 letters"),
        ("POST /items", item(text="x" * 70_000), 413, "65536 bytes"),
        ("POST /events", {"events": []}, 400, "a list of 1 to 100"),
        ("POST /devices", {"id": "phone-0001", "platform": "pager", "token": "12345678"}, 400, "one of fcm, apns"),
    ],
)  # fmt: skip
def test_what_is_not_taken(world: World, route: str, body: Any, status: int, words: str) -> None:
    code, answer = world.ask(route, body)
    assert code == status
    assert re.search(words, answer["message"]), answer


def test_bodies_that_are_no_json(world: World) -> None:
    for raw in ("{", "NaN", '{"name": Infinity}'):
        event = {"routeKey": "PUT /profile", "requestContext": {"authorizer": {"jwt": {"claims": {"sub": ANNA}}}}, "body": raw}
        assert api.answer(event, "r", world.repository, services.Services({}), NOW)["statusCode"] == 400
    assert world.ask("PUT /profile", isBase64Encoded=True)[0] == 400
    assert world.ask("GET /profile", sub="")[0] == 403
    assert world.ask("GET /health", sub="")[0] == 200


def test_what_is_ours_goes_up_and_no_value_is_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.aws.client("dynamodb").delete_table(TableName="app")
    device = {"id": "phone-0001", "platform": "fcm", "token": "a-token-that-is-nobodys-business"}
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        world.ask("POST /devices", device)
    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (line["level"], line["request_id"], line["route"], line["code"]) == ("ERROR", "request-1", "POST /devices", "ResourceNotFoundException")
    assert "nobodys" not in json.dumps(line) and ANNA not in json.dumps(line)


def test_it_is_small() -> None:
    """Without what the runtime has, and boto3 is not imported before it is needed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in APP.rglob("*.py"):
            archive.write(path, path.relative_to(APP))
    assert len(packed.getvalue()) < 100_000
    loaded = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(APP)!r}); import backend.api, backend.changes; print('boto3' in sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert loaded.stdout == "False\n"


def test_the_api_opens_what_the_back_end_answers() -> None:
    document = yaml.safe_load((APP / "openapi.yml").read_text())
    routes = {route["key"]: route for route in openapi_routes(document)}
    assert set(routes) == {*api.ROUTES, "GET /health"}
    assert [key for key, route in routes.items() if not route["token"]] == ["GET /health"]
    assert {route["function"] for route in routes.values()} == {"api"}
