# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications from wherever they are: directories, archives, S3, Git; and what is not there."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

from accounts import REGION
from rollouts import Run, play
from simulated import Simulated

FILES = {"public/index.php": b"<?php echo 'here';\n", "shop/app.py": b"application = None\n"}


def find(base: Path, *locations: str, simulator: Simulated | None = None, arguments: tuple[str, ...] = ()) -> tuple[list[dict[str, str]], Run]:
    """What the role says of each; whatever it finds, it has changed nothing."""
    given = json.dumps({"locations": locations, "base": str(base)})
    run = play(simulator, "-e", given, *arguments, playbook="tests/application_source/find.yml").succeeded()
    assert re.search("chang(ed|e)=0 ", run.output)
    return json.loads((base / "findings.json").read_text()), run


def held(outputs: dict[str, str]) -> dict[str, bytes]:
    root = Path(outputs["path"])
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts}


def tar(files: dict[str, bytes] = FILES) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return packed.getvalue()


class Repository:
    """A bare repository, and somebody who commits to it."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.work = folder / "shop.git", folder / "work"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare)], check=True)
        subprocess.run(["git", "clone", "--quiet", str(self.bare), str(self.work)], check=True, stderr=subprocess.DEVNULL)
        self.commit(FILES)

    def git(self, *words: str) -> str:
        somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@shop.example"]
        done = subprocess.run(["git", *somebody, *words], cwd=self.work, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, bytes]) -> str:
        for name, content in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_bytes(content)
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "As it is")
        self.git("push", "--quiet", "origin", "HEAD:main")
        return self.git("rev-parse", "HEAD")


def test_files(tmp_path: Path) -> None:
    """Directories as they are. An archive is known by its content, so that another one under its name is another one."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "app.py").write_text("")
    (tmp_path / "shop.tar.gz").write_bytes(tar())
    part = f"{tmp_path}#subdirectory=shop"
    (directory, same, first), _ = find(tmp_path, "shop", part, "shop.tar.gz", arguments=("--check",))
    assert directory == {"path": str(tmp_path / "shop"), "revision": "", "location": "shop"}
    assert same == {**directory, "location": part}
    assert held(first) == FILES
    assert re.fullmatch("sha256:[0-9a-f]{64}", first["revision"])
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("app.py", b"")
    (again, other), _ = find(tmp_path, "shop.tar.gz", "other.zip")
    assert again == first and held(other) == {"app.py": b""}
    (tmp_path / "other.zip").replace(tmp_path / "shop.tar.gz")
    (another,), _ = find(tmp_path, "shop.tar.gz")
    assert held(another) == {"app.py": b""} and another["revision"] == other["revision"] != first["revision"]


def test_git(tmp_path: Path) -> None:
    """Branches move, tags and commits do not; what was fetched before is in nobody's way."""
    repository = Repository(tmp_path)
    url = f"git+file://{repository.bare}"
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1")
    repository.git("push", "--quiet", "origin", "v1")
    (whole,), _ = find(tmp_path, url)
    assert (held(whole), whole["revision"]) == (FILES, first)
    second = repository.commit({"public/index.php": b"new\n"})
    part = "#subdirectory=public"
    (branch, tag, commit, no_tag, no_repository, no_part), _ = find(
        tmp_path, f"{url}@main{part}", f"{url}@v1{part}", f"{url}@{second}{part}", f"{url}@v2", f"{url}x@main", f"{url}@main#subdirectory=nothing"
    )
    assert [one["revision"] for one in (branch, tag, commit)] == [second, first, second]
    # All are in one place, which holds what was asked for last.
    assert held(branch) == {"index.php": b"new\n"}
    assert no_tag["refused"].startswith(f"web_application_source is {url}@v2, which git does not find")
    assert no_repository["refused"].startswith(f"web_application_source is {url}x@main, which git does not find")
    assert no_part["refused"] == f"web_application_source is {url}@main#subdirectory=nothing, and nothing is no directory in it"


def test_s3(simulator: Simulated, tmp_path: Path) -> None:
    """The newest version, or the one that is named. What was fetched is not fetched again."""
    s3 = simulator.client("s3", REGION)
    s3.create_bucket(Bucket="shop-releases", CreateBucketConfiguration={"LocationConstraint": REGION})
    place = {"Bucket": "shop-releases", "Key": "web/shop.tar.gz"}
    location = "s3://shop-releases/web/shop.tar.gz"
    s3.put_object(**place, Body=tar())
    (plain,), _ = find(tmp_path, location, simulator=simulator)
    assert held(plain) == FILES and plain["revision"].startswith("ETag ")
    s3.put_bucket_versioning(Bucket="shop-releases", VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(**place, Body=tar({"app.py": b"old"}))["VersionId"]
    new = s3.put_object(**place, Body=tar({"app.py": b"new"}))["VersionId"]
    lacking = ("s3://shop-releases/web/nothing.tar.gz", "s3://nowhere-at-all/shop.tar.gz", f"{location}?versionId={old[:-1]}x")
    (newest, named, *refused), _ = find(tmp_path, location, f"{location}?versionId={old}", *lacking, simulator=simulator)
    assert (held(newest), newest["revision"]) == ({"app.py": b"new"}, f"version {new}")
    assert (held(named), named["revision"]) == ({"app.py": b"old"}, f"version {old}")
    assert [one["refused"].partition(": ")[0] for one in refused] == [f"web_application_source is {one}, which S3 does not hand out" for one in lacking]
    (again,), run = find(tmp_path, location, simulator=simulator)
    assert again == newest and run.mutating == []
    assert "GetObject" not in {call["operation"] for call in run.calls}
    assert simulator.door("unimplemented") == []


def test_what_leads_nowhere(tmp_path: Path) -> None:
    """All that is understood is named, and nothing is left; a password is neither used nor told."""
    (tmp_path / "torn.tar.gz").write_bytes(tar()[:40])
    told = "https://somebody:open-sesame@shop.example/shop.tar.gz"  # pragma: allowlist secret
    odd = (told, "git@shop.example:shop.git", "git+http://shop.example/shop.git", "s3://shop-releases")
    (missing, torn, password, *refused), run = find(tmp_path, "nowhere/at/all", "torn.tar.gz", "git+https://somebody:open-sesame@shop.example/shop.git", *odd)
    assert missing["refused"].endswith(f"what the image is made from is missing: {tmp_path}/nowhere/at/all")
    assert "which cannot be unpacked" in torn["refused"]
    assert password["refused"].startswith("web_application_source has a password in its URL")
    assert "open-sesame" not in run.output
    assert ["which is none of: a directory, an archive, s3://bucket/key" in one["refused"] for one in refused] == [True] * len(odd)
    assert list((tmp_path / "copies").iterdir()) == []
