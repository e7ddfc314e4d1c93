# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the lock of a run from beside it, and writes the run's record when it has ended, however it did.

A process of its own, started by the callback groundswell.aws.run_record, in a session of its own, so that what ends the run does not end it. It hears of
the run through a pipe, and sees that it is the child of somebody else when the run was killed. It starts without site packages (`python -IS`: 20 ms); what
has to be asked of AWS is asked by another Python, which is handed module_utils/run_store.py.

    run       a line of JSON: settings; then, at each play, {"record": ..., "doing": ...}; at the end the same with "ended"
    keeper    a line of JSON: {"lost": who has the lock now}; at the end {"recorded": key} or {"problem": why, "kept": file}
"""

import json
import os
import select
import subprocess
import time

TRIES = 4  # of what has to be done in the end
BETWEEN = 1.0  # seconds between two looks whether the run is there
LONGEST = 120.0  # seconds that a question to AWS may take


class Keeper:
    """One run.

    :param settings: pid (of the run), python and store (who asks AWS, by which script), place (of the lock), lock and etag (both empty where there is
        none), every (seconds between two renewals), root (of the project), kept_as (a file for the record that S3 does not take).
    """

    def __init__(self, settings):
        self.settings = settings
        self.lock, self.etag = settings["lock"], settings["etag"]
        self.record, self.ended, self.lost = settings["record"], False, ""
        self.due = time.monotonic() + settings["every"]
        self.asking = None
        self.heard = b""
        # Which state of the project is run: it may be another one when the run has ended.
        self.git = self._start(["git", "-C", settings["root"], "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"])

    @staticmethod
    def _start(command):
        environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        try:
            pipe = subprocess.PIPE
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        except OSError:
            return None

    def listen(self):
        """Until the run has ended, renew the lock."""
        while True:
            doors = [0] + ([self.asking.stdout] if self.asking else [])
            ready, _, _ = select.select(doors, [], [], BETWEEN)
            if 0 in ready:
                said = os.read(0, 65536)
                if not said:
                    return
                self.hear(said)
            elif os.getppid() != self.settings["pid"]:
                return  # killed; a worker of it may hold the pipe open for good
            if self.asking and self.asking.stdout in ready:
                self.renewed()
            elif self.etag and not self.asking and time.monotonic() >= self.due:
                self.asking = self.ask({"lock": self.lock, "etag": self.etag})

    def hear(self, said):
        *lines, self.heard = (self.heard + said).split(b"\n")
        for line in lines:
            told = json.loads(line)
            self.record = told["record"]
            self.ended = told.get("ended", False)
            if self.lock:
                self.lock["doing"] = told.get("doing", "")

    def ask(self, request):
        """Start a Python that asks AWS."""
        with open(self.settings["store"], encoding="utf-8") as file:
            script = file.read()
        request = {**request, "place": self.settings["place"]}
        asking = subprocess.Popen([self.settings["python"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.settings["root"])
        asking.stdin.write(f"{script}\n\nmain({request!r})\n".encode())
        asking.stdin.close()
        asking.stdin = None
        return asking

    @staticmethod
    def answer(asking):
        try:
            said, wrong = asking.communicate(timeout=LONGEST)
            return json.loads(said)
        except subprocess.TimeoutExpired:
            asking.kill()
            asking.communicate()
            return {"problem": f"no answer after {LONGEST:.0f} seconds"}
        except ValueError:
            return {"problem": wrong.decode(errors="replace").strip()[-500:] or "no answer"}

    def renewed(self):
        answer = self.answer(self.asking)
        self.asking = None
        # What fails may well succeed a moment later: the lock holds for some renewals more.
        self.due = time.monotonic() + (self.settings["every"] if "etag" in answer else min(self.settings["every"], 15.0))
        self.etag = answer.get("etag", self.etag)
        if "lost" in answer:
            self.lost, self.etag = answer["lost"], ""
            say({"lost": self.lost})

    def end(self):
        """Write the record, release the lock. What came of it."""
        if self.asking:
            self.renewed()
        if not self.ended:
            now = time.time()
            self.record["result"] = "ended early"
            self.record["ended"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            self.record["seconds"] = round(now - self.settings["started"], 1)
        if self.lost:
            self.record["result"], self.record["lock"] = "lost the lock", {**self.record.get("lock", {}), "lost_to": self.lost}
        if self.git:
            try:
                self.record["commit"] = self.git.communicate(timeout=10)[0].decode().strip()
            except subprocess.TimeoutExpired:
                self.git.kill()
        answer = {"problem": self.settings["place"].get("why", "")}
        until = time.monotonic() + LONGEST
        for attempt in range(TRIES if self.settings["place"].get("bucket") else 0):
            time.sleep(attempt**2)
            answer = self.answer(self.ask({"lock": self.lock, "etag": self.etag, "record": self.record}))
            # Somebody waits for this at a prompt.
            if "problem" not in answer or answer.get("gone") or time.monotonic() > until:
                break
        if "recorded" not in answer:
            answer["kept"] = self.keep()
        return answer

    def keep(self):
        """Here, where S3 does not take it."""
        path = self.settings["kept_as"]
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(self.record, file, indent=1)
        except OSError as error:
            return f"nowhere ({error})"
        return path


def say(what):
    """Tell the run, if it is there still."""
    try:
        os.write(1, json.dumps(what).encode() + b"\n")
    except OSError:
        pass


def main():
    """Hear the settings, listen, end."""
    heard = b""
    while b"\n" not in heard:
        said = os.read(0, 65536)
        if not said:
            return
        heard += said
    line, _, rest = heard.partition(b"\n")
    keeper = Keeper(json.loads(line))
    keeper.hear(rest)
    keeper.listen()
    say(keeper.end())


if __name__ == "__main__":
    main()
