# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Boots a disk as EC2 would and finds out whether it may be trusted. Run by action plugin image_boot, in namespaces of its own.

The task comes as JSON on standard input; one JSON object a line goes out: {"progress": "..."} while it boots, {"result": {...}} at the end.
It takes the addresses it wants, for the network namespace is its own: loopback is what the virtual machine sees of its surroundings.
"""

from __future__ import annotations

import base64
import email.mime.multipart
import email.mime.text
import json
import re
import shutil
import subprocess
import sys
import time
import typing as t
import urllib.error
from pathlib import Path

from ansible.module_utils.urls import open_url
from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_surroundings import CACHE, DATABASE, IMPOSTOR, ROOT, SECTIONS, Surroundings, tools_missing
from ansible_collections.groundswell.aws.plugins.plugin_utils.metadata_service import MetadataService, instance

METADATA = ("127.0.0.1", 80)  # the machine knows it as 169.254.169.254
FORWARDED = 8080  # port here -> the service's port in the machine
MAC = "02:00:00:00:00:01"
ADDRESS = "169.254.169.10"
GROUP, LAUNCH_HOOK = "boot-test", "launch"
SAID_EVERY = 15  # seconds
ANSWERS_WITHIN = 20  # seconds, once everything has come up
SERIAL_TAIL = 40  # lines
REPORTER = Path(__file__).with_name("boot_report.py")

QEMU = {
    "x86_64": ["qemu-system-x86_64", "-machine", "q35"],
    "arm64": ["qemu-system-aarch64", "-machine", "virt"],
}
FIRMWARE = {
    "x86_64": [("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")],
    "arm64": [("/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd")],
}


def say(**words: t.Any) -> None:
    """A line for whoever started this."""
    print(json.dumps(words), flush=True)


class Machine:
    """A virtual machine with UEFI, the disk as its NVMe root, and a serial console that is kept."""

    def __init__(self, task: dict[str, t.Any], work: Path) -> None:
        self.serial = Path(task["serial_log"])
        self.serial.write_text("")
        architecture = task["architecture"]
        code, variables = next((Path(code), Path(variables)) for code, variables in FIRMWARE[architecture] if Path(code).exists())
        shutil.copy(variables, work / "firmware-variables")
        # The disk itself stays as it is. A larger one, as a launch template asks for, shows whether the root file system grows.
        overlay = work / "disk.qcow2"
        size = Path(task["disk"]).stat().st_size + 1024**3
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(Path(task["disk"]).resolve()), "-F", "raw", str(overlay), str(size)], check=True)
        accelerator = ["-accel", "kvm", "-cpu", "host"] if task["kvm"] else ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem"]
        network = "net=169.254.169.0/24,host=169.254.169.254,dns=169.254.169.253,dhcpstart=" + ADDRESS
        command = [
            *QEMU[architecture], *accelerator, "-smp", "2", "-m", str(task["memory"]), "-nodefaults", "-display", "none", "-no-reboot",
            # By these cloud-init knows EC2.
            "-smbios", "type=0,vendor=Amazon EC2",
            "-smbios", "type=1,manufacturer=Amazon EC2,serial=ec2e1916-9099-7caf-fd21-012345abcdef,uuid=ec2e1916-9099-7caf-fd21-012345abcdef",
            "-drive", f"if=pflash,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,file={work / 'firmware-variables'}",
            "-drive", f"if=none,id=root,format=qcow2,file={overlay}", "-device", "nvme,drive=root,serial=vol00000000000000001",
            "-netdev", f"user,id=net,{network},hostfwd=tcp:127.0.0.1:{FORWARDED}-:{task['port']}", "-device", f"virtio-net-pci,netdev=net,mac={MAC}",
            "-device", "virtio-rng-pci",
            "-serial", f"file:{self.serial}",
        ]  # fmt: skip
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def last_words(self, lines: int = 1) -> list[str]:
        """The end of what it wrote on its console."""
        plain = re.sub(r"\x1b\[[0-9;?=]*[A-Za-z]|\x1bc|\r", "", self.serial.read_text(errors="replace"))
        return [line.rstrip() for line in plain.splitlines() if line.strip()][-lines:]

    def ended(self) -> str | None:
        """Why there is no machine any more."""
        if self.process.poll() is None:
            return None
        said = self.process.stdout.read().decode(errors="replace").strip() if self.process.stdout else ""
        return f"the machine stopped by itself (exit code {self.process.returncode}) {said}".strip()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def user_data(task: dict[str, t.Any], around: Surroundings | None) -> str:
    """What a fleet tells its servers (roles/fleets), where the surroundings are, and the reporter."""
    server = {
        "tier": task["tier"],
        "region": task["region"],
        "group_name": GROUP if around else "",
        "launch_hook": LAUNCH_HOOK,
        "terminate_hook": "terminate",
        "parameter_root": ROOT if around else "",
        "parameter_sections": SECTIONS,
        "scheme": "http",
        "port": task["port"],
        "health_path": task["health_path"],
        "health_port": task["health_port"],
    }
    files = [{"path": "/etc/groundswell/instance.json", "content": json.dumps(server)}]
    told: dict[str, t.Any] = {"write_files": files}
    if around:
        names = f"169.254.169.254 {DATABASE} {IMPOSTOR} {CACHE}\n"
        endpoint = "[Service]\nEnvironment=AWS_ENDPOINT_URL=http://169.254.169.254/\n"
        files += [
            {"path": "/etc/hosts", "content": names, "append": True},
            {"path": "/etc/groundswell/authorities.pem", "content": around.authority},
        ]
        # Before the units that read it start, which wait for the network.
        directory = "/run/systemd/system/groundswell-.service.d"
        told["bootcmd"] = [["sh", "-c", f"mkdir -p {directory} && printf '%s' '{endpoint}' >{directory}/endpoint.conf && systemctl daemon-reload"]]
    asked = json.dumps({"report": "http://169.254.169.254/report", "probes": {probe["name"]: probe["command"] for probe in task["probes"]}})
    program = base64.b64encode(REPORTER.read_bytes()).decode()
    script = (
        f"#!/bin/sh\nmkdir -p /run/boot-test\necho {program} | base64 -d >/run/boot-test/report.py\n"
        f"cat >/run/boot-test/asked.json <<'END'\n{asked}\nEND\n"
        # It waits for cloud-init, which waits for its scripts.
        'exec systemd-run --quiet --no-block --unit=boot-report python3 /run/boot-test/report.py "$(cat /run/boot-test/asked.json)"\n'
    )
    parts = email.mime.multipart.MIMEMultipart()
    parts.attach(email.mime.text.MIMEText(f"#cloud-config\n{json.dumps(told)}\n", "cloud-config"))
    parts.attach(email.mime.text.MIMEText(script, "x-shellscript"))
    return parts.as_string()


def health(path: str) -> tuple[int, str]:
    """Status and body of the health page; 0 where nothing answers."""
    try:
        answer = open_url(f"http://127.0.0.1:{FORWARDED}{path}", timeout=20, use_proxy=False)
        return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def exposed(listening: str) -> list[str]:
    """Sockets that somebody outside could reach, as `protocol/port program`."""
    found = set()
    for line in listening.splitlines():
        fields = line.split()
        if len(fields) < 5:
            continue
        host, _, port = fields[4].rpartition(":")
        host = host.strip("[]").split("%")[0]
        if host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1"):
            continue
        program = re.search(r'\(\("([^"]+)"', line)
        found.add(f"{fields[0]}/{port} {program[1] if program else '?'}")
    return sorted(found)


def judge(task: dict[str, t.Any], report: dict[str, t.Any], refused: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """What was looked at inside: name, whether it is as it must be, and what was found."""
    checks: list[dict[str, t.Any]] = []

    def check(name: str, passed: bool, found: t.Any) -> None:
        checks.append({"name": name, "passed": bool(passed), "found": found})

    status = report["cloud_init"] if isinstance(report["cloud_init"], dict) else {"status": report["cloud_init"]}
    flaws = {key: status[key] for key in ("errors", "recoverable_errors") if status.get(key)}
    check("cloud-init ended without errors", status.get("status") == "done" and not flaws, flaws or status.get("status"))
    check("cloud-init knew EC2", report["cloud_id"] == "aws", report["cloud_id"])
    check("no unit failed", report["failed_units"] == "", report["failed_units"] or report["system"])
    wanted, allowed = {f"tcp/{task['port']}", f"tcp/{task['health_port']}"}, {"udp/68", "udp/546"}  # the DHCP client
    found = exposed(report["listening"])
    sockets = {socket.split()[0] for socket in found}
    check("the service and its health checks listen, and nothing else", wanted <= sockets <= wanted | allowed, found)
    shells = [unit for unit, state in report["ssh"].items() if state.splitlines()[-1:] in (["enabled"], ["static"], ["alias"])]
    check("there is no SSH daemon", not shells and "sshd" not in report["processes"].split(), shells)
    check("metadata without a token is refused", report["metadata_without_token"] == 401, report["metadata_without_token"])
    # The reporter's own attempt is the only one there may be.
    others = [request for request in refused if request["agent"] != "boot-report"]
    check("nothing in the image asks without a token", not others, others)
    root = report["root"]["filesystems"][0] if isinstance(report["root"], dict) else {"source": report["root"], "size": 0}
    check("the root file system is on NVMe", str(root["source"]).startswith("/dev/nvme"), root["source"])
    grown = Path(task["disk"]).stat().st_size
    check("the root file system grew with its volume", int(root["size"]) > grown, f"{int(root['size']) >> 20} MiB")
    check("it was started by UEFI", "efi" in report["firmware"].split(), report["firmware"])
    for probe in task["probes"]:
        said = report["probes"][probe["name"]]
        missing = [pattern for pattern in probe["expect"] if not re.search(pattern, said, re.MULTILINE)]
        check(probe["name"], not missing, {"missing": missing, "said": said[-2000:]} if missing else said.splitlines()[0] if said else "")
    return checks


def judge_surroundings(path: str, around: Surroundings) -> list[dict[str, t.Any]]:
    """What the server made of its surroundings: what it was told, whom it trusts, whether it said that it is ready."""
    _, body = health(path)
    try:
        deep = json.loads(body)
    except ValueError:
        deep = {}
    found = {name: deep.get(name) or {"status": body[:200]} for name in ("writer", "reader", "cache")}
    done = [hook for hook in around.hooks if hook.get("LifecycleHookName") == LAUNCH_HOOK and hook.get("LifecycleActionResult") == "CONTINUE"]

    def check(name: str, passed: bool, found: t.Any) -> dict[str, t.Any]:
        return {"name": name, "passed": bool(passed), "found": found}

    return [
        check("the database is reached by TLS", found["writer"]["status"] == "ok" and found["writer"].get("cipher"), found["writer"]),
        check("a database that cannot prove who it is is refused", found["reader"]["status"] == "failed", found["reader"]),
        check("the cache is reached by TLS", found["cache"]["status"] == "ok" and found["cache"].get("tls") is True, found["cache"]),
        check("Auto Scaling was told that the server is ready", len(done) == 1, around.hooks),
    ]


def boot(task: dict[str, t.Any], work: Path) -> dict[str, t.Any]:
    """The whole test."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    around = Surroundings(work) if task["deep_health_path"] and not tools_missing() else None
    tree = instance(task["region"], task["architecture"], MAC, ADDRESS)
    service = MetadataService(METADATA, tree, user_data(task, around), around.answer if around else None)
    started = time.monotonic()
    machine = Machine(task, work)
    try:
        seconds: dict[str, int] = {}
        status, body, why = 0, "", None
        spoken = 0.0
        reported_at = None
        while True:
            elapsed = time.monotonic() - started
            why = machine.ended()
            if not why and elapsed > task["timeout"]:
                missing = [what for what, there in (("the health page", status == 200), ("the report from inside", service.reported.is_set())) if not there]
                why = f"after {task['timeout']} seconds {' and '.join(missing)} had not come"
            if why:
                break
            if status != 200:
                status, body = health(task["health_path"])
                if status == 200:
                    seconds["health"] = round(elapsed)
                    say(progress=f"{elapsed:.0f} s: {task['health_path']} answers")
            if service.reported.is_set() and reported_at is None:
                reported_at = time.monotonic()
                seconds["report"] = round(elapsed)
                say(progress=f"{elapsed:.0f} s: everything has come up")
            if reported_at is not None and (status == 200 or time.monotonic() - reported_at > ANSWERS_WITHIN):
                break
            if elapsed - spoken >= SAID_EVERY:
                spoken = elapsed
                say(progress=f"{elapsed:.0f} s: {(machine.last_words() or ['no word on the console yet'])[-1][:100]}")
            time.sleep(1)
        if around and around.failed():
            why = f"the database or the cache of the test ended: {around.failed()}"
        page = {"name": f"{task['health_path']} answers on port {task['port']}", "passed": status == 200, "found": status or body}
        checks = [page, *(judge(task, service.reports[0], service.refused) if service.reports else [])]
        checks += judge_surroundings(task["deep_health_path"], around) if around and status == 200 else []
        failed = [check for check in checks if not check["passed"]]
        return {
            "passed": not why and not failed,
            "why": why,
            "checks": checks,
            "seconds": seconds,
            "accelerator": "kvm" if task["kvm"] else "tcg",
            "report": service.reports[0] if service.reports else None,
            "left_out": [f"TLS to database and cache: not installed: {', '.join(tools_missing())}"] if task["deep_health_path"] and not around else [],
            "console": machine.last_words(SERIAL_TAIL),
        }
    finally:
        machine.stop()
        if around:
            around.close()
        service.close()


def main() -> None:
    """The task from standard input, the result to standard output."""
    task = json.load(sys.stdin)
    say(result=boot(task, Path(task["work"])))


if __name__ == "__main__":
    main()
