# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as others get it: built, installed into an empty path, used from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from simulated import ROOT, Simulated

BIN = Path(sys.executable).parent
SOURCE = ROOT / "collections" / "ansible_collections" / "groundswell" / "aws"
TAGS = {"Project": "acme", "Environment": "dev", "Cell": "dev-1", "ManagedBy": "groundswell"}


def _run(folder: Path, *words: str, **environment: str) -> str:
    # No ansible.cfg of ours is in reach, and HOME is empty: nothing but the tarball can serve.
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AWS_"))}
    done = subprocess.run(words, cwd=folder, env={**kept, "HOME": str(folder), **environment}, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    galaxy = str(BIN / "ansible-galaxy")
    _run(folder, galaxy, "collection", "build", "--output-path", str(folder), str(SOURCE))
    (tarball,) = folder.glob("groundswell-aws-*.tar.gz")
    _run(folder, galaxy, "collection", "install", "--no-deps", "--offline", "-p", str(folder), str(tarball))
    return folder


def test_a_module_runs_from_the_tarball(installed: Path, simulator: Simulated) -> None:
    arguments = {"tags": TAGS, "layer": "network", "region": "eu-west-1", "items": [{"name": "acme-dev", "cidr": "10.9.0.0/16"}]}
    _run(
        installed,
        str(BIN / "ansible"), "localhost", "-m", "groundswell.aws.ec2_vpcs", "-a", json.dumps(arguments),
        "-e", json.dumps({"ansible_python_interpreter": sys.executable}),
        ANSIBLE_COLLECTIONS_PATH=str(installed), AWS_ENDPOINT_URL=simulator.endpoint,
        AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="no-secret-of-any-account",
    )  # fmt: skip
    filters = [{"Name": "tag:Cell", "Values": ["dev-1"]}]
    assert [vpc["CidrBlock"] for vpc in simulator.client("ec2").describe_vpcs(Filters=filters)["Vpcs"]] == ["10.9.0.0/16"]


def test_everything_can_be_read_about(installed: Path) -> None:
    """It is as ansible-doc reads and shows it, which fails at the first page that is not."""
    told = json.loads(_run(installed, str(BIN / "ansible-doc"), "--metadata-dump", "groundswell.aws", ANSIBLE_COLLECTIONS_PATH=str(installed)))["all"]
    for kind in ("module", "callback", "filter", "inventory", "lookup"):
        files = (SOURCE / "plugins" / ("modules" if kind == "module" else kind)).glob("*.py")
        assert sorted(told[kind]) == sorted(f"groundswell.aws.{file.stem}" for file in files)
        for name, entry in told[kind].items():
            assert entry["doc"]["short_description"], name
            assert kind != "module" or (entry["examples"] and entry["return"]), name


def test_nothing_but_the_collection_is_in_the_tarball(installed: Path) -> None:
    (tarball,) = installed.glob("groundswell-aws-*.tar.gz")
    with tarfile.open(tarball) as archive:  # not what is installed: running from there leaves byte code behind
        files = {Path(name).parts for name in archive.getnames()}
    assert ("galaxy.yml",) not in files
    assert ("MANIFEST.json",) in files
    assert not {parts for parts in files if "__pycache__" in parts or parts[:2] == ("tests", "output")}
