# SPDX-License-Identifier: GPL-3.0-or-later
"""What a visitor, a person on call and an attacker see of a server: verify.py <machine> <address> <port> <port of health checks>"""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.cookiejar
import json
import resource
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.auth import S3SigV4PostAuth
from botocore.credentials import Credentials

machine, address, port, health_port = sys.argv[1:]
SITE = f"http://{address}:{port}"
REGION = "ap-southeast-1"
ENTER = str(Path(__file__).with_name("enter"))
SOON = 60  # seconds that a state is waited for, which on an idle machine comes in two


class Visitor:
    """A browser: it keeps cookies and does not follow."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                return None

        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(SITE + path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.read(), dict(answer.headers)


def inside(*command: str, on: str = machine, check: bool = True) -> str:
    return subprocess.run([ENTER, "exec", f"groundswell-test-{on}", *command], capture_output=True, text=True, check=check, timeout=60).stdout


def mariadb(statement: str) -> str:
    return inside("mariadb", "--skip-column-names", "--execute", statement, on="data")


def valkey(*words: str) -> str:
    token = boto3.client("secretsmanager", region_name=REGION).get_secret_value(SecretId="book-cache")["SecretString"]
    return inside("valkey-cli", "--tls", "--cacert", "/etc/ca.pem", "--no-auth-warning", "-a", token, "-h", "cache.data.test", *words, on="data")


def health() -> None:
    assert machine != "web" or Visitor().ask("/health/deep", X_Forwarded_For="198.51.100.7, 130.176.0.5")[0] == 403, "not for visitors"
    status, body, _ = Visitor().ask("/health/deep")
    found = json.loads(body)
    assert status == 200, found
    assert {found["writer"]["cipher"], found["reader"]["cipher"]} <= {"TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"}, found
    assert found["cache"]["tls"] is True
    # A database that is reached without TLS would be one that anybody on the way can read.
    plain = inside("mariadb", "--skip-ssl", "--protocol=tcp", "-h", "writer.data.test", "-u", "book", "-pwrong", "-e", "SELECT 1", on="data", check=False)
    assert plain == ""


def entries() -> None:
    visitor, words = Visitor(), f"first words {secrets.token_hex(4)} <b>&"
    assert visitor.ask("/")[0] == 200
    assert not list(visitor.jar), "who only looks gets no cookie"
    assert visitor.ask("/entries", {"author": "Ada", "message": words})[0] == 303
    _, page, headers = visitor.ask("/")
    assert b"&lt;b&gt;&amp;" in page and words.split("<")[0].encode() in page
    assert b'value="Ada"' in page, "the session knows the visitor"
    assert "no-store" in headers["Cache-Control"]
    (cookie,) = visitor.jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.value in valkey("--scan", "--pattern", "session:*")
    assert b'value="Ada"' not in Visitor().ask("/")[1]
    # A name that a stranger has chosen for the visitor's session is not taken.
    chosen = Visitor().ask("/entries", {"author": "Eve", "message": "x"}, Cookie="visitor=chosen-by-eve")[2]["Set-Cookie"]
    assert "chosen-by-eve" not in chosen


def rows() -> None:
    """A database that is looked into as the application does, at another address, as playbooks/restore_database.yml has it done."""
    queries = base64.b64encode(json.dumps([{"name": "entries", "query": "SELECT COUNT(*) FROM entries", "at_least": 1}]).encode()).decode()
    found = json.loads(inside("/usr/local/sbin/groundswell-validate", "reader.data.test", queries, "60"))
    assert (found["verdict"], found["problems"]) == ("good", []), found
    assert found["rows_by_table"]["entries"] >= 1, found


def refusals() -> None:
    visitor = Visitor()
    assert visitor.ask("/entries", {"author": "Eve", "message": "x"}, Origin="https://elsewhere.test")[0] == 403
    assert visitor.ask("/entries", {"author": "", "message": "x"})[0] == 422
    assert visitor.ask("/entries", {"author": "Eve", "message": "x" * 1001})[0] == 422
    assert visitor.ask("/entries", {"author": "Eve", "message": "x", "picture": f"media/{'0' * 32}.png"})[0] == 422, "a picture of somebody else"
    assert visitor.ask("/uploads", {"type": "text/html"})[0] == 422
    assert visitor.ask("/nothing")[0] == 404
    assert visitor.ask("/.git/config")[0] in (403, 404)
    assert visitor.ask("/../src/Settings.php")[0] in (400, 403, 404)


def pictures() -> None:
    visitor = Visitor()
    status, body, _ = visitor.ask("/uploads", {"type": "image/png"})
    form = json.loads(body)
    assert status == 200, form
    assert form["url"] == f"https://book-uploads.s3.{REGION}.amazonaws.com/"
    fields = form["fields"]
    # Signed as botocore would with the credentials of the instance.
    key_id, day = fields["x-amz-credential"].split("/")[:2]
    signer = S3SigV4PostAuth(Credentials(key_id, "no-secret-of-any-account", fields["x-amz-security-token"]), "s3", REGION)
    signer_request = type("Request", (), {"context": {"timestamp": fields["x-amz-date"]}})()
    assert day == fields["x-amz-date"][:8]
    assert fields["x-amz-signature"] == signer.signature(fields["policy"], signer_request)
    conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    assert ["content-length-range", 1, 8 * 1024 * 1024] in conditions
    assert {"bucket": "book-uploads"} in conditions
    # That S3 takes the form is not seen here: the simulator has no uploads by form.
    assert visitor.ask("/entries", {"author": "Ada", "message": "with a picture", "picture": form["key"]})[0] == 303
    assert f'src="/{form["key"]}"'.encode() in visitor.ask("/")[1]


def addresses() -> None:
    """Lists are read from the reader, entries go to the writer."""
    hosts = inside("cat", "/etc/hosts")
    try:
        # Nothing listens there.
        inside("sh", "-c", "sed 's/^.*reader.data.test.*$/127.0.0.3 reader.data.test/' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts")
        valkey("DEL", "entries:latest")
        assert Visitor().ask("/")[0] == 503
        assert Visitor().ask("/entries", {"author": "Ada", "message": "goes to the writer"})[0] == 303
        # And now the list is in the cache.
        assert b"goes to the writer" in Visitor().ask("/")[1]
    finally:
        subprocess.run([ENTER, "exec", "-i", f"groundswell-test-{machine}", "tee", "/etc/hosts"], input=hosts, text=True, check=True, stdout=subprocess.DEVNULL)


def rotation() -> None:
    """A password changes, and nothing is started again."""
    service = {"web": "php8.4-fpm", "app": "groundswell-app"}[machine]
    process = inside("systemctl", "show", service, "--property=MainPID")
    new = secrets.token_hex(16)
    mariadb(f"ALTER USER book@'%' IDENTIFIED BY '{new}'")
    boto3.client("secretsmanager", region_name=REGION).put_secret_value(
        SecretId="book-database", SecretString=json.dumps({"username": "book", "password": new})
    )
    valkey("DEL", "entries:latest")
    started = time.monotonic()
    status, body, _ = Visitor().ask("/")
    assert status == 200, body
    print(f"{machine}: served {time.monotonic() - started:.1f} s after the password was changed")
    assert inside("systemctl", "show", service, "--property=MainPID") == process


def static() -> None:
    status, body, headers = Visitor().ask("/book.css", Accept_Encoding="gzip")
    assert status == 200
    assert "max-age=" in headers["Cache-Control"] and "public" in headers["Cache-Control"]
    if machine == "web":
        assert headers["Content-Encoding"] == "gzip" and b"font" in gzip.decompress(body)
        assert headers["Server"] == "Apache"


def listening() -> None:
    """No port but the service's and that of health checks; the metadata service of the test has one of its own."""
    lines = inside("ss", "--no-header", "--listening", "--tcp", "--numeric").splitlines()
    local = {line.split()[3] for line in lines}
    assert {one.rpartition(":")[2] for one in local if not one.startswith(("169.254.169.254:", "127."))} == {port, health_port}, local


def agent() -> None:
    """What came as a package of its own was enabled, and so has started with the machine."""
    assert inside("systemctl", "is-active", "agent-of-a-test") == "active\n"
    assert "agent-of-a-test" not in inside("ls", "/var/cache")


def logs() -> None:
    if machine != "web":
        return
    # As CloudFront and a load balancer write it, after what the visitor has made up.
    Visitor().ask("/health", X_Forwarded_For="203.0.113.9, 198.51.100.7, 130.176.0.5", User_Agent='a "strange" \\ one \u00fc'.encode().decode("latin-1"))
    until = time.monotonic() + SOON
    while (last := json.loads(inside("tail", "-n", "1", "/var/log/apache2/access.log")))["client"] != "198.51.100.7":
        assert time.monotonic() < until, last
        time.sleep(0.2)
    assert last["status"] == 200, last
    assert 'a "strange" \\ one ' in last["agent"]
    assert not [line for line in inside("cat", "/var/log/apache2/access.log").splitlines() if not json.loads(line)]


def answered() -> tuple[int, str]:
    """What a load balancer is told now."""
    try:
        # A load balancer's patience.
        answer = urllib.request.urlopen(f"http://{address}:{health_port}/health", timeout=3)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode().strip()


def told(status: int, word: str) -> None:
    """What a load balancer is told, at most a few seconds from now: answers are shared for a moment."""
    until = time.monotonic() + 5
    while (found := answered()) != (status, word):
        assert time.monotonic() < until, found
        time.sleep(0.2)


def status_within(seconds: float, path: str) -> int | None:
    """Status of an answer that comes in time."""
    try:
        with socket.create_connection((address, int(port)), timeout=seconds) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            return int(connection.recv(12).split()[1])
    except TimeoutError:
        return None


@contextlib.contextmanager
def locked_entries() -> Iterator[None]:
    """Whoever reads or writes the database's entries waits."""
    command = [ENTER, "exec", "-i", "groundswell-test-data", "mariadb", "--unbuffered", "--skip-column-names", "book"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lock:
        assert lock.stdin is not None and lock.stdout is not None
        lock.stdin.write("LOCK TABLES entries WRITE; SELECT 'locked';\n")
        lock.stdin.flush()
        assert lock.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            lock.communicate("UNLOCK TABLES;\n", timeout=30)


def busy() -> None:
    """The database hangs, all pages wait for it, and nobody takes the server for dead."""
    sizes = dict(line.split("=", 1) for line in inside("cat", "/run/groundswell/tuning.env").splitlines())
    visitors: list[socket.socket] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    def more(number: int) -> None:
        assert len(visitors) < 1000, "nothing fills it"
        for _ in range(number):
            visitors.append(socket.create_connection((address, int(port)), timeout=30))
            visitors[-1].sendall(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())

    with locked_entries():
        valkey("DEL", "entries:latest")
        # The path that is asked needs no database, only somebody who has time. No answer in a second can also mean that this machine is slow.
        full = {"web": (200, "ok"), "app": (200, "busy")}[machine]
        while status_within(1, "/health") == 200 or answered() != full:
            more(int(sizes["PHP_MAX_CHILDREN"]) if machine == "web" else 64)
        told(*full)
        if machine == "web":
            assert status_within(1, "/book.css") == 200
            # As many as Apache has threads: some are told that there is no room.
            more(int(sizes["APACHE_MAX_REQUEST_WORKERS"]))
            until = time.monotonic() + SOON
            while (status := status_within(10, "/")) != 503:
                # Apache takes them up one after the other, and a machine that does other things too is slower at that.
                assert status is None and time.monotonic() < until, status
            assert status_within(1, "/book.css") == 200
            told(200, "ok")
        print(f"{machine}: healthy with {len(visitors)} that wait")
    assert {int(one.recv(12).split()[1]) for one in visitors} <= {200, 503}
    told(200, "ok")


def down() -> None:
    service = {"web": "apache2", "app": "groundswell-app"}[machine]
    inside("systemctl", "stop", service)
    told(503, "down")
    inside("systemctl", "start", service)
    told(200, "ok")
    assert "ok -> down: " in inside("journalctl", "--unit=groundswell-health", "--output=cat")


def draining() -> None:
    """Who is being served when the server leaves is served to the end; stays last, for it stops the tier."""
    service = {"web": "apache2", "app": "groundswell-app"}[machine]
    answers: list[int] = []
    visitor = Visitor()
    waiting = threading.Thread(target=lambda: answers.append(visitor.ask("/")[0]))
    # As the server's own agent does it before it tells Auto Scaling that it may go.
    leave = "import runpy; runpy.run_path('/usr/local/sbin/groundswell-instance')['leave']()"
    leaving = threading.Thread(target=lambda: inside("python3", "-c", leave))
    with locked_entries():
        valkey("DEL", "entries:latest")
        waiting.start()
        until = time.monotonic() + SOON
        while "metadata lock" not in mariadb("SHOW PROCESSLIST"):
            assert time.monotonic() < until, "nobody waits for the entries"
            time.sleep(0.2)
        leaving.start()
        while inside("systemctl", "is-active", service, check=False).strip() != "deactivating":
            assert time.monotonic() < until, f"{service} is not leaving"
            time.sleep(0.2)
        assert leaving.is_alive(), "it waits for nobody"
    waiting.join()
    leaving.join()
    assert answers == [200]
    for one in (port, health_port):
        try:
            socket.create_connection((address, int(one)), timeout=5).close()
        except ConnectionRefusedError:
            continue
        raise AssertionError(f"{one} should have been closed")


for check in (health, entries, rows, refusals, pictures, addresses, rotation, static, listening, agent, logs, busy, down, draining):
    check()
    print(f"{machine}: {check.__name__}", flush=True)
