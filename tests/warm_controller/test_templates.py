# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates are kept from run to run, as long as they mean the same, and unless somebody encrypts them."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from pathlib import Path

Play = Callable[[str], list[str]]
TASKS = """
- hosts: localhost
  gather_facts: false
  vars:
    word: word
  tasks:
    - ansible.builtin.debug:
        msg: "it says {}"
    - ansible.builtin.debug:
        msg: "it says {}"
"""


def kept(folder: Path, words: str) -> list[Path]:
    """Templates in whose code there are these words."""
    return [path for path in folder.glob("kept/*/templates/*") if words.encode() in path.read_bytes()]


def test_kept_and_used(play: Play, tmp_path: Path) -> None:
    """Exchanged on the disk, they are exchanged in what the play says."""
    tasks = TASKS.format("the first {{ word }}", "the second {{ word }}")
    assert play(tasks) == ["the first word", "the second word"]
    (first,), (second,) = kept(tmp_path, "the first"), kept(tmp_path, "the second")
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)
    assert play(tasks) == ["the second word", "the first word"]


def test_what_cannot_be_read_is_compiled(play: Play, tmp_path: Path) -> None:
    tasks = TASKS.format("the first {{ word }}", "the second {{ word }}")
    said = play(tasks)
    (first,), (second,) = kept(tmp_path, "the first"), kept(tmp_path, "the second")
    first.write_bytes(first.read_bytes()[:40])
    second.write_bytes(marshal.dumps("something else"))
    assert play(tasks) == said


def test_a_filter_that_asks_for_more(play: Play, tmp_path: Path) -> None:
    """How Jinja calls a filter or test is part of a template's code."""
    plain = "def shout(value): return value.upper()\n"
    asking = "from jinja2 import pass_context\n@pass_context\ndef shout(context, value): return value.upper() + context['word']\n"
    module = "class FilterModule:\n    def filters(self): return {'shout': shout}\n"
    plugins = tmp_path / "filter_plugins"
    plugins.mkdir()
    tasks = TASKS.format("{{ 'one' | shout }}", "{{ word }}")
    for text, said in ((plain, "ONE"), (asking, "ONEword"), (plain, "ONE")):
        (plugins / "shouting.py").write_text(text + module)
        assert play(tasks) == [said, "word"]
        assert play(tasks) == [said, "word"]


def test_delimiters_of_a_file_are_its_own(play: Play, tmp_path: Path) -> None:
    """The same text means something else where other words begin a variable."""
    tasks = TASKS.format("{{ lookup('template', 'plain') }}", "{{ lookup('template', 'other') }}")
    (tmp_path / "plain").write_text("{{ word }} [[ word ]]")
    (tmp_path / "other").write_text("#jinja2: variable_start_string:'[[', variable_end_string:']]'\n{{ word }} [[ word ]]")
    for _ in range(2):
        assert play(tasks) == ["word [[ word ]]", "{{ word }} word"]


def test_nothing_of_a_vault(play: Play, ansible: Callable[..., str], tmp_path: Path) -> None:
    """Neither of a file that is encrypted nor of a value, which Ansible takes for no template at all."""
    alone = ansible("ansible-vault", "encrypt_string", "--stdin-name", "alone", stdin="canary of a value {{ word }}")
    (tmp_path / "vars.yml").write_text('filed: "canary of a file {{ word }}"\n')
    ansible("ansible-vault", "encrypt", "vars.yml")
    tasks = TASKS.format("{{ alone }}", "{{ filed }} in the open").replace("  vars:\n", f"  vars_files: [vars.yml]\n  vars:\n    {alone.strip()}\n")
    assert play(tasks) == ["canary of a value {{ word }}", "canary of a file word in the open"]
    assert kept(tmp_path, "in the open")
    assert kept(tmp_path, "canary") == []
