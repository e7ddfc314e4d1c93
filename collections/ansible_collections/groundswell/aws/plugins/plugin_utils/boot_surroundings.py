# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server finds around it in an environment, for the boot test: a database and a cache that admit nobody without TLS, and the AWS
calls by which it learns where they are.

The reader of the database answers under a name that its certificate does not know: who connects to it has not verified anything.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import typing as t
import urllib.parse
from pathlib import Path

DATABASE, IMPOSTOR, CACHE = "database.boot-test", "impostor.boot-test", "cache.boot-test"
ROOT = "/boot-test"
SECTIONS = ["database", "cache"]
TOOLS = {"mariadbd": "mariadb-server-core", "mariadb-install-db": "mariadb-server-core", "redis-server": "redis-server", "openssl": "openssl"}


def tools_missing() -> list[str]:
    """Packages without which there are no surroundings."""
    return sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})


class Surroundings:
    """A database and a cache at one address, of a certificate authority of their own."""

    database_options: tuple[str, ...] = ()  # beyond what the boot test needs

    def __init__(self, work: Path, address: str = "127.0.0.1") -> None:
        self.work, self.address = work, address
        self.password, self.token = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.hooks: list[dict[str, str]] = []  # lifecycle hooks that were completed
        self.authority = self._certificates()
        self.processes = [self._new_database(), self._cache()]

    def close(self) -> None:
        """End both."""
        for process in self.processes:
            process.kill()
            process.wait()

    def failed(self) -> str:
        """What ended too early said last."""
        return "\n".join(
            (self.work / f"{name}.log").read_text(errors="replace")[-1000:]
            for name, process in zip(("database", "cache"), self.processes, strict=True)
            if process.poll() is not None
        )

    def answer(self, target: str, content: bytes) -> tuple[int, str]:
        """Status and body of an AWS call, as far as a server makes any when it starts."""
        if target == "AmazonSSM.GetParametersByPath":
            path = json.loads(content)["Path"].rstrip("/")
            found = [{"Name": name, "Type": "String", "Value": value} for name, value in self.parameters().items() if name.startswith(f"{path}/")]
            return 200, json.dumps({"Parameters": found})
        if target == "secretsmanager.GetSecretValue":
            name = json.loads(content)["SecretId"]
            return (200, json.dumps({"ARN": name, "SecretString": self.secrets()[name]})) if name in self.secrets() else (400, "{}")
        asked = dict(urllib.parse.parse_qsl(content.decode(errors="replace")))
        if asked.get("Action") == "CompleteLifecycleAction":
            self.hooks.append(asked)
            return 200, "<CompleteLifecycleActionResponse/>"
        return 400, json.dumps({"__type": "UnknownOperationException", "message": target})

    def parameters(self) -> dict[str, str]:
        """Parameter Store."""
        return {
            f"{ROOT}/database/writer-address": DATABASE,
            f"{ROOT}/database/reader-address": IMPOSTOR,
            f"{ROOT}/database/port": "3306",
            f"{ROOT}/database/name": "app",
            f"{ROOT}/database/secret-arn": "secret:database",
            f"{ROOT}/cache/engine": "valkey",
            f"{ROOT}/cache/primary-address": CACHE,
            f"{ROOT}/cache/port": "6379",
            f"{ROOT}/cache/tls": "true",
            f"{ROOT}/cache/secret-arn": "secret:cache",
        }

    def secrets(self) -> dict[str, str]:
        """Secrets Manager."""
        return {"secret:database": json.dumps({"username": "app", "password": self.password}), "secret:cache": self.token}

    def _certificates(self) -> str:
        """The authority's certificate as text."""

        def openssl(*words: str) -> None:
            subprocess.run(["openssl", *words], cwd=self.work, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")  # Python 3.13 and newer insist
        openssl("req", "-x509", *curve, *usage, "-subj", "/CN=Boot test authority", "-days", "2", "-keyout", "authority.key", "-out", "authority.pem")
        openssl("req", *curve, "-subj", f"/CN={DATABASE}", "-keyout", "server.key", "-out", "server.csr")
        (self.work / "names").write_text(
            f"subjectAltName=DNS:{DATABASE},DNS:{CACHE},IP:{self.address}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        )
        signing = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
        openssl("x509", "-req", "-in", "server.csr", *signing, "-out", "server.pem")
        return (self.work / "authority.pem").read_text()

    def _start(self, name: str, *command: t.Any) -> subprocess.Popen[bytes]:
        with (self.work / f"{name}.log").open("wb") as log:
            return subprocess.Popen([str(word) for word in command], cwd=self.work, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _new_database(self) -> subprocess.Popen[bytes]:
        self._empty_database()
        statements = ["CREATE DATABASE app", f"CREATE USER app@'%' IDENTIFIED BY '{self.password}'", "GRANT ALL ON app.* TO app@'%'"]
        (self.work / "init.sql").write_text("".join(f"{statement};\n" for statement in statements))
        return self._database(f"--init-file={self.work}/init.sql")

    def _empty_database(self) -> None:
        """The files of one that nobody has used."""
        install = ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={self.work}/database"]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _database(self, *options: str) -> subprocess.Popen[bytes]:
        """The one whose files are there."""
        return self._start(
            "database",
            *("mariadbd", "--no-defaults", "--user=root", f"--datadir={self.work}/database", f"--socket={self.work}/database.socket"),
            *(f"--bind-address={self.address}", "--port=3306", "--skip-name-resolve", "--require-secure-transport=ON", "--innodb-buffer-pool-size=32M"),
            *(f"--ssl-ca={self.work}/authority.pem", f"--ssl-key={self.work}/server.key", f"--ssl-cert={self.work}/server.pem"),
            *self.database_options,
            *options,
        )

    def _cache(self) -> subprocess.Popen[bytes]:
        return self._start(
            "cache",
            *("redis-server", "--bind", self.address, "--port", "0", "--tls-port", "6379", "--tls-auth-clients", "no"),
            *("--save", "", "--requirepass", self.token, "--tls-ca-cert-file", self.work / "authority.pem"),
            *("--tls-key-file", self.work / "server.key", "--tls-cert-file", self.work / "server.pem"),
        )
