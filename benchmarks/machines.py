# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of a baked image on this machine, and what they find around them: network, metadata, AWS, a database and a cache that insist on TLS.

For programs that benchmarks/alone.py has started, and for no others: network and mounts are theirs.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.groundswell.aws.plugins.plugin_utils.boot_surroundings import CACHE, DATABASE, ROOT, SECTIONS, Surroundings
from ansible_collections.groundswell.aws.plugins.plugin_utils.metadata_service import MetadataService, instance

SUBNET = "10.77.0"
METADATA = "169.254.169.254"
BRIDGE = "vpc"
GROUP, LAUNCH_HOOK, TERMINATE_HOOK = "bench-web", "launch", "terminate"
REGION = "ap-southeast-1"
# As much as a t3.small has, which has two processors as well: the image works out its sizes from it.
MEMORY_MB = 2048
HEALTH_PORT = 8081
CLONE_NEWNET = 0x40000000  # linux/sched.h


def say(words: str) -> None:
    """A line for whoever measures."""
    print(json.dumps({"progress": words}), flush=True)


def answer(result: Any) -> None:
    """What was measured."""
    print(json.dumps({"result": result}), flush=True)


def task() -> dict[str, Any]:
    """What is to be measured."""
    found: dict[str, Any] = json.load(sys.stdin)
    return found


def run(*words: object) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stdout.strip()}")
    return done.stdout


def root_of(disk: Path) -> Path:
    """The root file system of a disk that was baked, to look at only."""
    start = int(run("partx", "--show", "--noheadings", "--output", "START", "--nr", "1", disk))
    root = Path("/run/image")
    root.mkdir()
    run("mount", "-t", "ext4", "-o", f"loop,ro,noload,offset={start * 512}", disk, root)
    return root


class Around(Surroundings):
    """The surroundings of the boot test, for servers instead of one: on the network, with a reader that can prove who it is.

    Of a region, in the network in which they are made; more than one take several networks.
    """

    def __init__(self, region: str = REGION, subnet: str = SUBNET) -> None:
        self.region, self.subnet, self.gateway = region, subnet, f"{subnet}.1"
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", f"{self.gateway}/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        work = Path("/run/around", region)
        work.mkdir(parents=True)
        super().__init__(work, self.gateway)

    def parameters(self) -> dict[str, str]:
        return {**super().parameters(), f"{ROOT}/database/reader-address": DATABASE}

    def completed(self, server: Server, hook: str) -> bool:
        """Whether a server has said that Auto Scaling may go on."""
        wanted = {"InstanceId": server.id, "LifecycleHookName": hook, "LifecycleActionResult": "CONTINUE", "AutoScalingGroupName": GROUP}
        return any(wanted.items() <= said.items() for said in self.hooks)


class Place:
    """Where a server can be: one address, and one hardware address, which the neighbours may remember from the server before."""

    def __init__(self, number: int, around: Around) -> None:
        self.name, self.address, self.around = f"server{number}", f"{around.subnet}.{10 + number}", around
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.launched = 0
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.name, "type", "veth", "peer", "name", "host0", "address", self.mac, "netns", self.name)
        self.connect()
        run("ip", "link", "set", self.name, "master", BRIDGE)
        # Metadata are reached another way than the network, as on EC2: they are there when that is not.
        beside = f"{self.name}-beside"
        run("ip", "netns", "add", beside)
        run("ip", "link", "add", "beside", "netns", self.name, "type", "veth", "peer", "name", "beside", "netns", beside)
        for network, device, address in (
            (self.name, "host0", f"{self.address}/24"),
            (self.name, "beside", f"{METADATA.rpartition('.')[0]}.1/24"),
            (beside, "beside", f"{METADATA}/24"),
        ):
            run("ip", "-n", network, "link", "set", "lo", "up")
            run("ip", "-n", network, "address", "add", address, "dev", device)
            run("ip", "-n", network, "link", "set", device, "up")
        self.network = Path("/run/netns", self.name).stat().st_ino
        with inside_network(beside):
            self.metadata = MetadataService((METADATA, 80), instance(around.region, "x86_64", self.mac, self.address), answer=around.answer)

    def connect(self, up: bool = True) -> None:
        """To the others, or not."""
        run("ip", "link", "set", self.name, "up" if up else "down")


@contextmanager
def inside_network(name: str) -> Iterator[None]:
    """What is opened meanwhile is in that network, and stays in it."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(path: str) -> None:
        with Path(path).open() as file:
            if libc.setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), path)

    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        enter(f"/run/netns/{name}")
        yield
    finally:
        enter(f"/proc/self/fd/{own}")
        os.close(own)


class Server:
    """A machine that systemd has booted from a root file system, which it shares with others and does not change."""

    def __init__(self, place: Place, root: Path, files: Mapping[str, str | bytes | None]) -> None:
        place.launched += 1
        self.place, self.id = place, f"i-{place.name}-{place.launched}"
        meta = place.metadata.tree["meta-data"]
        meta["instance-id"], meta["autoscaling"]["target-lifecycle-state"] = self.id, "InService"
        self.began = time.monotonic()
        self.folder = Path("/run/servers", self.id)
        upper, work, self.root = (self.folder / name for name in ("upper", "work", "root"))
        for path in (upper, work, self.root):
            path.mkdir(parents=True)
        run("mount", "-t", "overlay", "-o", f"lowerdir={root},upperdir={upper},workdir={work}", "overlay", self.root)
        for name, content in {**files, **self._identity()}.items():
            path = self.root / name
            # A link of the image leads out of it from here.
            if not path.parent.resolve().is_relative_to(self.root):
                raise RuntimeError(f"{name} is behind a link")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.connect()
        self.group = Path("/sys/fs/cgroup", self.id)
        self.group.mkdir()
        machine = [
            *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--resolv-conf=off", "--link-journal=no", "--console=pipe", "--boot"),
            *(f"--machine={place.name}", f"--directory={self.root}", f"--network-namespace-path=/run/netns/{place.name}"),
        ]
        with (self.folder / "console").open("wb") as console:
            self.process = subprocess.Popen(
                ["sh", "-euc", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "sh", str(self.group), *machine],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            )  # fmt: skip

    def _identity(self) -> dict[str, str]:
        """What is a server's own. The address is what DHCP would say."""
        return {
            "etc/systemd/network/10-host0.network": f"[Match]\nName=host0\n[Network]\nAddress={self.place.address}/24\nGateway={self.place.around.gateway}\n",
            # There is no disk, and nothing to be mounted.
            "etc/fstab": "",
            "etc/hosts": f"127.0.0.1 localhost\n{self.place.around.gateway} {DATABASE} {CACHE}\n",
            "var/lib/cloud/seed/nocloud/meta-data": json.dumps({"instance-id": self.id, "local-hostname": self.place.name}),
        }

    def first(self) -> int:
        """Its first process, as this side calls it; 0 where there is none."""
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = next(line for line in status.read_text().splitlines() if line.startswith("NSpid:")).split()[1:]
                if len(numbers) > 1 and numbers[-1] == "1" and (status.parent / "ns" / "net").stat().st_ino == self.place.network:
                    return int(numbers[0])
            except OSError:
                continue  # it has ended
        return 0

    def inside(self, *words: object) -> str:
        """The output of a command in it that must succeed."""
        return run("nsenter", "--all", "--target", self.first(), *words)

    def memory_mb(self, *names: str) -> float:
        """What its processes of these names take, each page that several share counted once."""
        own = Path("/proc", str(self.first()), "ns", "pid").readlink()
        taken = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "ns" / "pid").readlink() == own and (process / "comm").read_text().strip() in names:
                    taken += next(int(line.split()[1]) for line in (process / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            except OSError:
                continue  # it has ended
        return taken / 1024

    def cpu_seconds(self) -> float:
        """What all its processes have had of the processors."""
        return int((self.group / "cpu.stat").read_text().split()[1]) / 1e6

    def kill(self) -> None:
        """From one moment to the next."""
        if first := self.first():
            os.kill(first, signal.SIGKILL)
        self.process.wait()

    def remove(self) -> None:
        """Whatever is left of it."""
        self.kill()
        run("umount", self.root)
        shutil.rmtree(self.folder)


def baked(around: Around, port: int = 80) -> dict[str, str]:
    """What a server of the web image is told when it starts: user data as roles/fleets writes it, and where the surroundings are."""
    server = {
        "tier": "web",
        "region": around.region,
        "group_name": GROUP,
        "launch_hook": LAUNCH_HOOK,
        "terminate_hook": TERMINATE_HOOK,
        "parameter_root": ROOT,
        "parameter_sections": SECTIONS,
        "scheme": "http",
        "port": port,
        "health_path": "/health",
        "health_port": HEALTH_PORT,
    }
    told = {"write_files": [{"path": "/etc/groundswell/instance.json", "content": json.dumps(server)}]}
    return {
        "var/lib/cloud/seed/nocloud/user-data": f"#cloud-config\n{json.dumps(told)}\n",
        # Of a folder instead of EC2, whose firmware and DHCP are not here.
        "etc/cloud/cloud.cfg.d/99-bench.cfg": "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n",
        "etc/groundswell/authorities.pem": around.authority,
        "etc/systemd/system/groundswell-.service.d/endpoint.conf": f"[Service]\nEnvironment=AWS_ENDPOINT_URL=http://{METADATA}/\n",
        "etc/groundswell/meminfo": f"MemTotal: {MEMORY_MB * 1024} kB\n",
        "etc/systemd/system/groundswell-tune.service.d/memory.conf": "[Service]\nBindReadOnlyPaths=/etc/groundswell/meminfo:/proc/meminfo\n",
    }


def fill(site: str, entries: int = 20) -> None:
    """A page as full as it gets."""
    for number in range(entries):
        form = urllib.parse.urlencode({"author": f"Visitor {number}", "message": "What one writes into a guest book, and a little more. " * 3})
        urllib.request.urlopen(f"{site}/entries", form.encode(), timeout=20).close()
