# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of one API call: identify, authenticate, inject faults, validate, check the rules, let moto act, amend, journal."""

from __future__ import annotations

import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

from botocore.serialize import create_serializer
from moto.core.utils import get_service_model

from simulator import access, answer, moto_bridge, policies, registry, request, service_reference, validation
from simulator.answer import Answer
from simulator.context import Context
from simulator.faults import Fault, Faults
from simulator.journal import Entry, Journal, is_mutating, timestamp
from simulator.latency import Lifecycles, Prepared
from simulator.latency_table import KINDS
from simulator.registry import REGISTRY, Parameters, Refused, Unimplemented
from simulator.request import Call, Request


@dataclass(frozen=True)
class Settings:
    """How the simulator was started. Rates are shares of calls; time_scale divides real durations; latency "aws" or None."""

    port: int = 0
    journal: Path | None = None
    seed: int | None = None
    throttle: float = 0.0
    error: float = 0.0
    latency: str | None = None
    time_scale: float = 1.0
    enforce_iam: bool = False
    journal_demands: bool = False
    undelegated: tuple[str, ...] = ()
    preload: bool = False


class Simulator:
    """One simulated AWS: moto's state, and what surrounds it. `handle` may be called from many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.journal = Journal(settings.journal)
        self.faults = Faults(settings.seed or 0, settings.throttle, settings.error)
        self.lifecycles = Lifecycles(settings.time_scale if settings.latency == "aws" else None, self.clock, KINDS)
        self.undelegated: set[str] = set(settings.undelegated)
        self.replica_lag: dict[str, float] = {}  # seconds, by region/identifier
        self.copy: Callable[[Path | None], dict[str, int]] | None = None  # what serves it can
        self.host = "127.0.0.1"  # where it is served, for functions, which call it
        self.nearest = ""  # the region that is nearest to whoever asks the DNS
        # moto's state is not made for threads: whatever looks at it or changes it holds this lock. Reading, checking and writing
        # messages, and injected errors, happen outside. Re-entrant, because a hook may call another operation.
        self.lock = threading.RLock()
        self._request_ids = Random(settings.seed)
        policies.install()
        registry.discover()
        if settings.seed is not None:
            moto_bridge.seed(settings.seed)

    def clock(self) -> float:
        """Seconds since the epoch in the simulated account."""
        return time.time()

    def handle(self, http: Request) -> Answer:
        """Answer one API call."""
        began = time.perf_counter()
        call = request.identify(http)
        request_id = self._request_id()
        account, principal = access.account_and_principal(self, call)
        context = Context(self, call, account, principal)
        policies.JUDGED.set(self.settings.enforce_iam)
        fault: Fault | None = None
        try:
            if call.operation is None:
                raise Unimplemented(f"{call.service} has no operation for {http.method} {http.path} {call.operation_name}")
            access.refuse_test_doors(call)
            request.parse(call)
            fault = self.faults.draw(call, is_mutating(call.service, call.operation_name, call.params))
            if fault is not None and not fault.after:
                raise fault.refused
            if self.settings.enforce_iam or self.settings.journal_demands:
                self._authorize(context)
            validation.validate(call)
            with self.lock:
                for rule in REGISTRY.rules.get((call.service, call.operation_name), ()):
                    self._check(rule, context)
                result = self._carry_out(context, request_id)
            if fault is not None:
                raise fault.refused
        except Refused as refused:
            result = answer.error_answer(call, refused, request_id)
        except Unimplemented as gap:
            result = self._gap(call, "NotImplemented", str(gap), request_id)
        except Exception as problem:
            result = self._failure(call, problem, request_id)
        self._finish(call, result, request_id)
        self.journal.write(
            Entry(
                time=timestamp(),
                service=call.service,
                operation=call.operation_name,
                region=call.region,
                account=account,
                principal=principal,
                mutating=is_mutating(call.service, call.operation_name, call.params),
                status=result.status,
                error=self._error_code(call, result) if result.failed else None,
                duration_ms=round((time.perf_counter() - began) * 1000, 2),
                request_id=request_id,
                bucket=call.params.get("Bucket") if call.service == "s3" else None,
                injected=fault.kind if fault else None,
                demands=[answered.shown() for answered in context.demanded] or None,
            )
        )
        return result

    def inner_call(self, outer: Context, service: str, operation: str, params: Parameters, region: str) -> Parameters:
        """A call that a hook makes while it holds the lock: hooks run, rules, faults and the journal do not."""
        call = Call(outer.wire.request, service, region, outer.wire.access_key, get_service_model(service).operation_model(operation), {}, params)
        call.request = self._request_for(call, outer.wire.request)
        call.uri_params = request.identify(call.request).uri_params
        result = self._carry_out(Context(self, call, outer.account, outer.principal), self._request_id())
        if result.failed:
            raise answer.refused_from(call, result)
        return answer.parse_answer(call, result)

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """While a call waits for something that calls the simulator itself. What it knew before may be otherwise afterwards."""
        held = self.lock._release_save()  # type: ignore[attr-defined]
        try:
            yield
        finally:
            self.lock._acquire_restore(held)  # type: ignore[attr-defined]

    def preload(self) -> None:
        """Load what the first call of each service would have to, so that copies of this process find it there."""
        if self.settings.enforce_iam or self.settings.journal_demands:
            service_reference.load()
        for service in sorted({service for table in (REGISTRY.rules, REGISTRY.operations, REGISTRY.after) for service, _ in table}):
            request.get_service_router(service)
            moto_bridge.load(service)

    def look(self, account: str, service: str, operation: str, params: Parameters, region: str) -> Parameters:
        """What a reading call would be answered in an account, for what happens without anybody's call. Holds the lock."""
        nobody = Request.from_primitives("POST", "http://127.0.0.1/", {}, b"")
        return self.inner_call(Context(self, Call(nobody), account, account), service, operation, params, region)

    def reset(self) -> None:
        """Back to an empty account: state, journal counters, clocks, faults and delegation as at the start."""
        with self.lock:
            moto_bridge.reset()
            for forget in REGISTRY.resets:
                forget()
            self.lifecycles.reset()
            self.faults.hold(None)
            self.faults = Faults(self.settings.seed or 0, self.settings.throttle, self.settings.error)
            self.journal.reset()
            self.undelegated = set(self.settings.undelegated)
            self.replica_lag.clear()
            self.nearest = ""
            if self.settings.seed is not None:
                moto_bridge.seed(self.settings.seed)
                self._request_ids.seed(self.settings.seed)

    def _authorize(self, context: Context) -> None:
        try:
            with self.lock:
                (access.authorize if self.settings.enforce_iam else access.record)(context)
        except (Refused, Unimplemented):
            raise
        except Exception:
            validation.validate(context.wire)  # what is malformed is refused for that
            raise

    def _check(self, rule: registry.Rule, context: Context) -> None:
        try:
            rule.check(context)
        except Refused as refused:
            note = "" if rule.certain else " The rule is documented, this error code is our best assignment."
            raise Refused(
                refused.code, f"{refused.message} [simulator rule {rule.id}{'.' + note if note else ''}]", refused.status, **refused.members
            ) from refused

    def _carry_out(self, context: Context, request_id: str) -> Answer:
        """The call itself, between its hooks. Holds the lock."""
        call = context.wire
        key = (call.service, call.operation_name)
        self.lifecycles.refuse_busy(context)
        amendments = REGISTRY.before.get(key, ())
        for amend in amendments:
            amend(context)
        prepared = self.lifecycles.prepare(context)
        if amendments or prepared.params_changed:
            call.request = self._request_for(call, call.request)
        response: Parameters | None
        try:
            if key in REGISTRY.operations:
                response = REGISTRY.operations[key](context) or {}
                moto_answer = None
            else:
                moto_answer = moto_bridge.dispatch(call)
                if moto_answer.failed:
                    raise answer.refused_from(call, moto_answer)
                response = None
        except Refused as refused:
            response = self._rescue(context, refused)
            if response is None:
                raise
            moto_answer = None
        return self._amended(context, moto_answer, response, prepared, request_id)

    def _rescue(self, context: Context, refused: Refused) -> Parameters | None:
        response = self.lifecycles.rescue(context, refused)
        if response is not None:
            return response
        for mend in REGISTRY.rescue.get((context.service, context.operation), ()):
            response = mend(context, refused)
            if response is not None:
                return response
        return None

    def _amended(self, context: Context, moto_answer: Answer | None, response: Parameters | None, prepared: Prepared, request_id: str) -> Answer:
        call = context.wire
        hooks = REGISTRY.after.get((call.service, call.operation_name), ())
        if response is None and (hooks or self.lifecycles.concerns(context)):
            assert moto_answer is not None
            response = answer.parse_answer(call, moto_answer)
        if response is None:
            assert moto_answer is not None
            return moto_answer
        for amend in hooks:
            replaced = amend(context, response)
            response = response if replaced is None else replaced
        self.lifecycles.amend(context, response, prepared)
        written = answer.result_answer(call, response, request_id)
        if moto_answer is not None:
            # Names of headers differ in case, and a client takes two for a list.
            # A checksum is that of what moto wrote; a client that finds another asks again.
            anew = {"content-type", "content-length", "x-amz-crc32", *(name.lower() for name in written.headers)}
            kept = {name: value for name, value in moto_answer.headers.items() if name.lower() not in anew}
            written.headers = {**kept, **written.headers}
        return written

    def _request_for(self, call: Call, original: Request) -> Request:
        """A request with call.params, in the wire format that moto reads."""
        assert call.operation is not None
        model = call.operation.service_model
        protocol = call.protocol if call.service == request.identify(original).service else str(model.resolved_protocol)
        written = create_serializer(protocol, include_validation=False).serialize_to_request(call.params, call.operation)
        query = written["query_string"]
        if isinstance(query, dict):
            pairs = [(name, item) for name, value in query.items() for item in (value if isinstance(value, (list, tuple)) else [value])]
        else:
            pairs = list(query or [])
        url = f"http://{original.host}{quote(written['url_path'], safe='/%~')}"
        literal = str(written["url_path"]).partition("?")
        if literal[1]:
            url = f"http://{original.host}{quote(literal[0], safe='/%~')}?{literal[2]}"
        if pairs:
            url += ("&" if "?" in url else "?") + urlencode(pairs)
        body = written["body"]
        if isinstance(body, dict):
            body = urlencode(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        elif hasattr(body, "read"):
            body = body.read()
        scope = f"Credential={call.access_key or 'AKIAEXAMPLE'}/20000101/{call.region}/{model.signing_name}/aws4_request"
        headers = {str(name): value.decode() if isinstance(value, bytes) else str(value) for name, value in written["headers"].items()}
        headers["Authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"
        headers["Content-Length"] = str(len(body or b""))
        for name in ("X-Amz-Security-Token", "X-Moto-Account-Id"):
            if name in original.headers:
                headers[name] = original.headers[name]
        return Request.from_primitives(written["method"], url, headers, body or b"")  # type: ignore[return-value]

    def _failure(self, call: Call, problem: Exception, request_id: str) -> Answer:
        """moto's own refusal, met by a rule or hook of ours, is an answer; any other exception is a fault of the simulator."""
        refused = moto_bridge.refused_by_moto(problem)
        if refused is not None:
            return answer.error_answer(call, refused, request_id)
        traceback.print_exception(problem, limit=-8, file=sys.stderr)
        reason = str(problem) if isinstance(problem, moto_bridge.Fault) else str(moto_bridge.Fault(problem))
        return self._gap(call, "SimulatorFault", reason, request_id)

    def _gap(self, call: Call, code: str, reason: str, request_id: str) -> Answer:
        self.journal.record_unimplemented(call.service, call.operation_name, reason)
        return answer.error_answer(call, Refused(code, f"{call.service}:{call.operation_name} is not simulated: {reason}", 501), request_id)

    def _error_code(self, call: Call, result: Answer) -> str:
        if call.operation is None or not result.body:
            return str(result.status)
        return answer.refused_from(call, result).code

    def _finish(self, call: Call, result: Answer, request_id: str) -> None:
        result.headers = {name: value for name, value in result.headers.items() if name.lower() not in ("x-amzn-requestid", "server", "date", "connection")}
        result.headers["x-amzn-RequestId"] = request_id
        if call.service == "s3":
            result.headers["x-amz-request-id"] = request_id

    def _request_id(self) -> str:
        return str(uuid.UUID(int=self._request_ids.getrandbits(128), version=4))
