# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of both tiers, made of the server roles and the sample applications, booted, and made again."""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
from typing import Any

import pytest
from bakery import Bakery
from rollouts import ROOT, Run
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

# Seconds of processors, for other tests run beside this one: what a quiet machine takes by the clock.
AGAIN_WITHIN = 10


@pytest.fixture(scope="module")
def commit(bakery: Bakery) -> str:
    """The application servers' application comes from a repository."""
    repository = bakery.path / "repository"
    somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@shop.example"]
    repository.mkdir()
    for words in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "--message=Samples"]):
        subprocess.run(["git", *somebody, f"--work-tree={ROOT / 'apps'}", f"--git-dir={repository / '.git'}", *words], check=True)
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module", params=[pytest.param("web", marks=pytest.mark.long), "app"])
def tier(request: pytest.FixtureRequest, bakery: Bakery, commit: str) -> str:
    """A tier whose image has been made."""
    bake(bakery, request.param).succeeded()
    return str(request.param)


def bake(bakery: Bakery, tier: str, *arguments: str, **variables: Any) -> Run:
    """As the first time."""
    return bakery.bake(tier, *arguments, app_application_source=f"git+file://{bakery.path}/repository@main#subdirectory=python", **variables)


def papers(bakery: Bakery, tier: str, name: str) -> Any:
    """What lies beside the disk."""
    return json.loads((bakery.image(tier) / name).read_text())


def test_manifest(bakery: Bakery, tier: str, commit: str) -> None:
    """Says what the image is, and that the disk is the one it speaks of."""
    bakery.clean(tier)
    manifest = papers(bakery, tier, "manifest.json")
    disk = bakery.image(tier) / "disk.raw"
    assert manifest["disk"]["size"] == disk.stat().st_size
    with disk.open("rb") as file:
        assert manifest["disk"]["sha256"] == hashlib.file_digest(file, "sha256").hexdigest()
    assert manifest["tier"] == tier
    assert manifest["application"]["revision"] == (commit if tier == "app" else "")
    assert set(manifest["seconds"]) == {"base", "contents", "disk", "boot test"}
    assert any(package.startswith("cloud-init=") for package in manifest["packages"])
    assert any(package.startswith("flask==") for package in manifest["python_packages"]) == (tier == "app")
    assert len(manifest["digest"]) == 64


def test_tests_passed(bakery: Bakery, tier: str) -> None:
    """All of them, nothing was left out, and the manifest names them."""
    found = papers(bakery, tier, "tests.json")
    assert [check for check in found["checks"] if not check["passed"]] == []
    assert found["left_out"] == []
    assert papers(bakery, tier, "manifest.json")["tests_passed"] == [check["name"] for check in found["checks"]]
    assert "a database that cannot prove who it is is refused" in [check["name"] for check in found["checks"]]


def test_bill_of_materials(bakery: Bakery, tier: str) -> None:
    """Is SPDX, as the SPDX project's own tools judge it, and lists what is installed."""
    document = parse_file(str(bakery.image(tier) / "sbom.spdx.json"))
    assert validate_full_spdx_document(document) == []
    listed = {f"{package.name}={package.version}" for package in document.packages}
    manifest = papers(bakery, tier, "manifest.json")
    assert set(manifest["packages"]) <= listed
    assert {package.replace("==", "=") for package in manifest["python_packages"]} <= listed


@pytest.mark.long
def test_the_roles_find_nothing_to_change(bakery: Bakery, tier: str) -> None:
    """What was booted is what the server roles say, to the last file, and looking leaves nothing behind."""
    run = bake(bakery, tier, image_compare=True).succeeded()
    assert "changed=0 " in run.output, run.output
    bakery.clean(tier)


def test_nothing_different(bakery: Bakery, tier: str) -> None:
    """Ends in seconds, says why, and leaves every file alone."""
    looked = bake(bakery, tier, "--check").succeeded()
    if f"{tier}: would bake, for this is different: package_archive\n" in looked.output:
        bake(bakery, tier).succeeded()  # Debian has published something since the first bake
    before = {path.name: path.stat().st_mtime_ns for path in bakery.image(tier).iterdir()}
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = bake(bakery, tier).succeeded()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    assert f"{tier}: nothing to bake: the image of " in run.output
    assert {path.name: path.stat().st_mtime_ns for path in bakery.image(tier).iterdir()} == before
    assert seconds < AGAIN_WITHIN
