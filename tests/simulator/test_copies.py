# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a running simulator has all that was in it, and from then on each is alone; calls that are held back change nothing."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
from pathlib import Path

import dns.message
import dns.query
import pytest
from botocore.exceptions import ClientError
from simulated import InProcess, Simulated, ended

from simulator import control
from simulator.registry import Refused
from simulator.request import Request


def keys(simulator: Simulated) -> set[str]:
    return {key["KeyName"] for key in simulator.client("ec2").describe_key_pairs()["KeyPairs"]}


def make(simulator: Simulated, name: str) -> str:
    try:
        return str(simulator.client("ec2").create_key_pair(KeyName=name)["KeyName"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


def test_each_goes_its_own_way(simulator: Simulated, tmp_path: Path) -> None:
    """Also a copy of a copy; names are answered by each, journals are kept by each, and all end with the one that they were made of."""
    with simulator.copy(tmp_path / "first.jsonl") as first:
        make(first, "before")
        copy = first.copy(tmp_path / "copy.jsonl")
        again = copy.copy(tmp_path / "again.jsonl")
        assert (make(first, "one"), make(copy, "two"), make(again, "three")) == ("one", "two", "three")
        assert [keys(each) for each in (first, copy, again)] == [{"before", "one"}, {"before", "two"}, {"before", "three"}]
        for each in (first, copy, again):
            assert [call["operation"] for call in each.calls(mutating=True)] == ["CreateKeyPair"] * (2 if each is first else 1)
            assert dns.query.udp(dns.message.make_query("example.org", "A"), "127.0.0.1", port=each.port, timeout=10).id
        assert len({each.door("health")["pid"] for each in (first, copy, again)}) == 3
        assert [(tmp_path / f"{name}.jsonl").read_text().count("CreateKeyPair") for name in ("first", "copy", "again")] == [2, 1, 1]
        copy.reset()
        assert [keys(each) for each in (first, copy)] == [{"before", "one"}, set()]
        copy.stop()
        assert ended(copy.endpoint)
        assert keys(first) == {"before", "one"}
        last = first.copy(tmp_path / "last.jsonl")
    assert ended(last.endpoint)
    assert ended(again.endpoint)


def test_whoever_hangs_up_or_goes_on(simulator: Simulated, tmp_path: Path) -> None:
    """Connections stay with the process that they were made to: a client sees their end, and a copy can serve its own."""
    with socket.create_connection(("127.0.0.1", simulator.port)) as kept:
        ask = b"GET /_simulator/health HTTP/1.1\r\nHost: here\r\n%s\r\n"
        kept.sendall(ask % b"")
        assert kept.recv(65536).startswith(b"HTTP/1.1 200")
        copy = simulator.copy(tmp_path / "copy.jsonl")
        kept.sendall(ask % b"Connection: close\r\n")
        answer = b"".join(iter(lambda: kept.recv(65536), b""))
        assert f'"pid": {simulator.door("health")["pid"]}'.encode() in answer
    copy.stop()


def test_copied_while_it_works(simulator: Simulated, tmp_path: Path) -> None:
    """What many threads are doing meanwhile is in a copy whole or not at all, and the copy works."""
    stop = threading.Event()
    made: list[str] = []

    def work(thread: int) -> None:
        number = 0
        while not stop.is_set():
            made.append(make(simulator, f"{thread}-{number}"))
            number += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            before = set(made)
            copy = simulator.copy(tmp_path / f"{number}.jsonl")
            assert before <= keys(copy)
            assert make(copy, "its own") == "its own"
            copy.stop()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert keys(simulator) == set(made)


def test_a_call_that_is_held_back(simulator: Simulated) -> None:
    """Reading goes on; what has waited never happens; and a reset lets go."""
    simulator.door("hold", {"after": 1})
    assert make(simulator, "through") == "through"
    said: list[str] = []
    waiting = [threading.Thread(target=lambda: said.append(make(simulator, "held"))) for _ in range(2)]
    for thread in waiting:
        thread.start()
    while simulator.door("hold")["waiting"] < 2:
        time.sleep(0.01)
    assert keys(simulator) == {"through"}
    assert simulator.door("hold", {"after": None})
    for thread in waiting:
        thread.join(timeout=30)
    assert said == ["AccessDenied"] * 2
    assert (keys(simulator), make(simulator, "held")) == ({"through"}, "held")
    assert [call["injected"] for call in simulator.calls(mutating=True)] == [None, "held", "held", None]

    simulator.door("hold", {"after": 0})
    thread = threading.Thread(target=lambda: said.append(make(simulator, "reset")))
    thread.start()
    while not simulator.door("hold")["waiting"]:
        time.sleep(0.01)
    simulator.reset()
    thread.join(timeout=30)
    assert make(simulator, "after") == "after"
    for nonsense in (-1, "one", True):
        with pytest.raises(urllib.error.HTTPError):
            simulator.door("hold", {"after": nonsense})


def test_one_that_is_part_of_another_process() -> None:
    """It cannot be copied by itself, and says so."""
    with pytest.raises(Refused, match="not served by a process of its own"):
        control.fork(InProcess().core, Request.from_primitives("POST", "http://127.0.0.1/_simulator/fork", {}, b"{}"))
