# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: one JSON line per API call. It never holds parameters or answers, hence no secrets, but for the name of
an S3 bucket: of what a call demands it holds ARNs and the values of condition keys, which are names, tags and sizes."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

# An operation reads when its name begins with one of these words ...
READING = re.compile(
    r"(Describe|List|Get|Head|Lookup|Search|BatchGet|BatchDescribe|Test|Check|Simulate|Validate|Query|Scan|Select|Estimate|Filter|Preview|Discover|Detect|Count|Verify)"
    r"(?=[A-Z0-9]|$)"
)
# ... except these, which change something in spite of their names ...
MUTATING_IN_SPITE = {
    ("apigateway", "TestInvokeMethod"),  # calls the integration for real
    ("cloudformation", "DetectStackDrift"),  # starts a detection and stores its result
    ("cloudformation", "DetectStackResourceDrift"),
    ("cloudformation", "DetectStackSetDrift"),
    ("cognito-idp", "GetUserAttributeVerificationCode"),  # sends a message
    ("cognito-idp", "VerifyUserAttribute"),
    ("cognito-idp", "VerifySoftwareToken"),
    ("dms", "TestConnection"),  # opens a connection and stores its result
    ("elasticache", "TestFailover"),  # fails a node over
    ("elasticache", "TestMigration"),
    ("redshift", "GetClusterCredentials"),  # may create the database user
    ("ses", "VerifyDomainDkim"),
    ("ses", "VerifyDomainIdentity"),
    ("ses", "VerifyEmailAddress"),
    ("ses", "VerifyEmailIdentity"),
    ("servicediscovery", "DiscoverInstancesRevision"),
}
# ... and these, which change nothing although their names do not say so.
READING_IN_SPITE = {
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "TransactGetItems"),
    ("iam", "GenerateCredentialReport"),
    ("iam", "GenerateServiceLastAccessedDetails"),
    ("kms", "Decrypt"),
    ("kms", "DeriveSharedSecret"),
    ("kms", "Encrypt"),
    ("kms", "GenerateDataKey"),
    ("kms", "GenerateDataKeyPair"),
    ("kms", "GenerateDataKeyPairWithoutPlaintext"),
    ("kms", "GenerateDataKeyWithoutPlaintext"),
    ("kms", "GenerateMac"),
    ("kms", "GenerateRandom"),
    ("kms", "ReEncrypt"),
    ("kms", "Sign"),
    ("lambda", "Invoke"),  # what a function changes it changes by calls of its own, which are lines of their own
    ("logs", "StartQuery"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "AssumeRoot"),
    ("sts", "DecodeAuthorizationMessage"),
}


def is_mutating(service: str, operation: str, params: dict[str, Any] | None = None) -> bool:
    """Whether a call can change the account. An EC2 or Lambda dry run changes nothing."""
    if (service, operation) in MUTATING_IN_SPITE:
        return True
    if (service, operation) in READING_IN_SPITE or READING.match(operation):
        return False
    dry_run = bool(params) and (params.get("DryRun") is True or params.get("InvocationType") == "DryRun")
    return not dry_run


@dataclass(frozen=True)
class Entry:
    """One line of the journal."""

    time: str
    service: str
    operation: str
    region: str
    account: str
    principal: str
    mutating: bool
    status: int
    error: str | None
    duration_ms: float
    request_id: str
    bucket: str | None = None  # of calls to S3
    injected: str | None = None
    demands: list[dict[str, Any]] | None = None  # what the call demanded of its caller's permissions, where that was looked at


class Journal:
    """Writes the lines to a file when there is one, and keeps the newest in memory for GET /_simulator/journal."""

    KEPT = 50_000

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._file: IO[str] | None = None
        self.move(path)
        self._recent: deque[Entry] = deque(maxlen=self.KEPT)
        self._unimplemented: Counter[tuple[str, str, str]] = Counter()
        self._unjudged: Counter[tuple[str, str]] = Counter()

    def move(self, path: Path | None) -> None:
        """Write into another file, or none, from now on."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def write(self, entry: Entry) -> None:
        """Append one call; the line is in the file before the client has its answer."""
        line = json.dumps({name: value for name, value in asdict(entry).items() if value is not None or name == "error"})
        with self._lock:
            self._recent.append(entry)
            if self._file is not None:
                self._file.write(line + "\n")

    def record_unimplemented(self, service: str, operation: str, reason: str) -> None:
        """Remember a call that the simulator could not carry out."""
        with self._lock:
            self._unimplemented[service, operation, reason] += 1

    def unimplemented(self) -> list[dict[str, Any]]:
        """What could not be carried out: service, operation, reason, and how often it was asked."""
        with self._lock:
            found = sorted(self._unimplemented.items())
        return [{"service": service, "operation": operation, "reason": reason, "calls": calls} for (service, operation, reason), calls in found]

    def record_unjudged(self, action: str, key: str) -> None:
        """Remember a condition key that a policy asked for and the simulator could not tell."""
        with self._lock:
            self._unjudged[action, key] += 1

    def unjudged(self) -> list[dict[str, Any]]:
        """Which condition keys could not be told for which actions, and how often a policy asked."""
        with self._lock:
            found = sorted(self._unjudged.items())
        return [{"action": action, "key": key, "asked": asked} for (action, key), asked in found]

    def recent(self, mutating: bool | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """The newest entries, oldest first."""
        with self._lock:
            entries = [entry for entry in self._recent if mutating is None or entry.mutating == mutating]
        return [asdict(entry) for entry in (entries if limit is None else entries[len(entries) - min(limit, len(entries)) :])]

    def reset(self) -> None:
        """Forget what is kept in memory; the file stays a complete record."""
        with self._lock:
            self._recent.clear()
            self._unimplemented.clear()
            self._unjudged.clear()


def timestamp() -> str:
    """Now, as the journal writes it: UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
