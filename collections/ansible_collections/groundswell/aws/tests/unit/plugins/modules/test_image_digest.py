# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a digest of inputs differ, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundswell.aws.plugins.modules.image_digest import Missing, of_files, of_value


@pytest.fixture
def role(tmp_path: Path) -> Path:
    """A directory as roles have it."""
    role = tmp_path / "here" / "role"
    (role / "tasks").mkdir(parents=True)
    (role / "tasks" / "main.yml").write_text("one\n")
    (role / "run").write_text("#!/bin/sh\n")
    (role / "link").symlink_to("run")
    return role


def test_place_does_not_matter(role: Path, tmp_path: Path) -> None:
    """The same files elsewhere are the same."""
    before = of_files([str(role)])
    (tmp_path / "there").mkdir()
    moved = role.rename(tmp_path / "there" / "role")
    assert of_files([str(moved)]) == before


def test_byte_code_and_readme_do_not_matter(role: Path) -> None:
    """Nothing of them gets into an image."""
    before = of_files([str(role)])
    (role / "README.md").write_text("words")
    (role / "__pycache__").mkdir()
    (role / "__pycache__" / "x.pyc").write_bytes(b"\0")
    assert of_files([str(role)]) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "added"])
def test_everything_else_matters(role: Path, change: str) -> None:
    """Content, name, whether it can be run, where a link leads to."""
    before = of_files([str(role)])
    if change == "content":
        (role / "tasks" / "main.yml").write_text("two\n")
    elif change == "name":
        (role / "tasks" / "main.yml").rename(role / "tasks" / "other.yml")
    elif change == "mode":
        (role / "run").chmod(0o755)
    elif change == "link":
        (role / "link").unlink()
        (role / "link").symlink_to("tasks")
    else:
        (role / "tasks" / "more.yml").write_text("")
    assert of_files([str(role)]) != before


def test_missing_file_is_named(tmp_path: Path) -> None:
    """An application that is not there is no empty application."""
    with pytest.raises(Missing, match="nowhere"):
        of_files([str(tmp_path / "nowhere")])


def test_order_of_keys_does_not_matter() -> None:
    """A dict is the same however it was written."""
    assert of_value({"a": 1, "b": [1, 2]}) == of_value({"b": [1, 2], "a": 1})
    assert of_value({"a": [1, 2]}) != of_value({"a": [2, 1]})
