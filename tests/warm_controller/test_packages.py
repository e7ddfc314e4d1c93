# SPDX-License-Identifier: GPL-3.0-or-later
"""Packed modules are kept from run to run, and never longer than the files that they were packed of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = """
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.community.aws.plugins.module_utils.words import WORD
AnsibleModule({}).exit_json(msg=WORD)
"""
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - community.aws.say:
      register: said
    - ansible.builtin.debug:
        msg: "it says {{ said['msg'] | default('nothing') }}"
"""


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """One that stands where a collection is looked for first."""
    plugins = tmp_path / "collections/ansible_collections/community/aws/plugins"
    for folder in ("modules", "module_utils"):
        (plugins / folder).mkdir(parents=True)
    (plugins / "modules/say.py").write_text(MODULE)
    (plugins / "module_utils/words.py").write_text('WORD = "one"\n')
    return plugins


@pytest.fixture
def says(play: Callable[[str], list[str]], collection: Path) -> Callable[..., str]:
    """Run the play; returns what the module said."""
    return lambda tasks=PLAY: play(tasks)[0]


def packages(kept: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in kept.glob("*/packages/*"))


def test_kept_and_used(tmp_path: Path, collection: Path, says: Callable[[], str]) -> None:
    assert says() == "one"
    assert packages(tmp_path / "kept") == ["ansible_collections.community.aws.plugins.modules.say"]
    # Who packs it again finds another word, in a file that looks as it did.
    words = collection / "module_utils/words.py"
    before = words.stat()
    words.write_text('WORD = "new"\n')
    os.utime(words, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert says() == "one"


@pytest.mark.parametrize("file", ["module_utils/words.py", "modules/say.py"])
def test_an_edit_counts_at_once(collection: Path, says: Callable[[], str], file: str) -> None:
    assert says() == "one"
    text = (collection / file).read_text()
    (collection / file).write_text(text.replace('"one"', '"two"').replace("msg=WORD", "msg=WORD * 2"))
    assert says() in ("two", "oneone")
    (collection / file).write_text(text)
    assert says() == "one"


def test_states_do_not_pile_up(tmp_path: Path, collection: Path, says: Callable[[], str]) -> None:
    for number in range(4):
        (collection / "module_utils/words.py").write_text(f'WORD = "{number}"\n')
        assert says() == str(number)
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_cleared_away_meanwhile(tmp_path: Path, collection: Path, says: Callable[..., str]) -> None:
    """Another run needs the room while this one is under way."""
    assert says() == "one"
    clearing = PLAY.replace("  tasks:", f"  tasks:\n    - ansible.builtin.raw: rm -r {tmp_path / 'kept'}\n")
    words = collection / "module_utils/words.py"
    before = words.stat()
    words.write_text('WORD = "new"\n')
    os.utime(words, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert says(clearing) == "one", "it is the package that was handed out"


def test_a_directory_open_to_others_is_left_alone(tmp_path: Path, says: Callable[[], str]) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    kept.chmod(0o777)
    assert says() == "one"
    assert list(kept.iterdir()) == []


def test_covered_collections_are_the_dependencies() -> None:
    """What a package of ours may contain is what our collection may import."""
    import yaml
    from ansible_collections.groundswell.aws.plugins.callback.warm_controller import COLLECTIONS

    galaxy = yaml.safe_load((ROOT / "collections/ansible_collections/groundswell/aws/galaxy.yml").read_text())
    assert {"groundswell.aws", *galaxy["dependencies"]} <= set(COLLECTIONS)
