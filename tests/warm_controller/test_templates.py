# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates are kept from run to run, as long as they mean the same, and unless somebody encrypts them."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from pathlib import Path

import pytest

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


def file(folder: Path) -> Path:
    """The one that holds all that is kept."""
    (found,) = folder.glob("kept/*/templates/*")
    return found


def kept(folder: Path) -> dict[str, tuple[object, bytes]]:
    """What is kept: what a template uses, and its code."""
    return dict(marshal.loads(file(folder).read_bytes()))


def names(folder: Path, words: str) -> list[str]:
    """Templates in whose code there are these words."""
    return [name for name, (_, code) in kept(folder).items() if words.encode() in code]


def test_kept_and_used(play: Play, tmp_path: Path) -> None:
    """Exchanged on the disk, they are exchanged in what the play says."""
    tasks = TASKS.format("the first {{ word }}", "the second {{ word }}")
    assert play(tasks) == ["the first word", "the second word"]
    (first,), (second,) = names(tmp_path, "the first"), names(tmp_path, "the second")
    templates = kept(tmp_path)
    templates[first], templates[second] = templates[second], templates[first]
    file(tmp_path).write_bytes(marshal.dumps(templates))
    assert play(tasks) == ["the second word", "the first word"]


@pytest.mark.parametrize("damage", [b"", marshal.dumps("something else"), marshal.dumps({"name": "something else"})])
def test_what_cannot_be_read_is_compiled(play: Play, tmp_path: Path, damage: bytes) -> None:
    tasks = TASKS.format("the first {{ word }}", "the second {{ word }}")
    said = play(tasks)
    file(tmp_path).write_bytes(damage)
    assert play(tasks) == said
    assert names(tmp_path, "the first")


def test_code_that_cannot_be_read_is_compiled(play: Play, tmp_path: Path) -> None:
    tasks = TASKS.format("the first {{ word }}", "the second {{ word }}")
    said = play(tasks)
    damaged = {name: (used, code[:40]) for name, (used, code) in kept(tmp_path).items()}
    file(tmp_path).write_bytes(marshal.dumps(damaged))
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
    assert names(tmp_path, "in the open")
    assert names(tmp_path, "canary") == []


def test_filters_of_a_directory_that_comes_later(play: Play, tmp_path: Path) -> None:
    """Whose filter was there first has the name, as without what is shared."""
    module = "class FilterModule:\n    def filters(self): return {{'shout': lambda value: value.upper() + '{}'}}\n"
    for directory, mark in (("filter_plugins", "!"), ("roles/loud/filter_plugins", "!!!")):
        (tmp_path / directory).mkdir(parents=True)
        (tmp_path / directory / "shouting.py").write_text(module.format(mark))
    role = tmp_path / "roles/loud/tasks/main.yml"
    role.parent.mkdir()
    role.write_text("- ansible.builtin.debug:\n    msg: \"it says {{ 'two' | shout }}\"\n")
    tasks = TASKS.format("{{ 'one' | shout }}", "{{ word }}") + "    - ansible.builtin.include_role:\n        name: loud\n"
    for _ in range(2):
        assert play(tasks) == ["ONE!", "word", "TWO!"]


MANY = """
- hosts: localhost
  gather_facts: false
  vars:
    word: "{{ other }}"
    other: first
FILLERS
  tasks:
    - ansible.builtin.debug:
        msg: "it says {{ word }} {{ item }} {{ inner }}"
      loop: [1, 2]
      vars:
        inner: "{{ item * 10 }}"
    - ansible.builtin.set_fact:
        other: second
    - ansible.builtin.debug:
        msg: "it says {{ word }} {{ lookup('ansible.builtin.vars', 'other') }}"
    - ansible.builtin.debug:
        msg: "it says {{ word }}"
      vars:
        other: third
"""


def test_variables_that_change(play: Play) -> None:
    """Among so many that their wrappers are shared."""
    tasks = MANY.replace("FILLERS", "\n".join(f"    filler_{number}: {number}" for number in range(200)))
    assert play(tasks) == ["first 1 10", "first 2 20", "second second", "second"]


def test_the_collections_own_lookup(play: Play, tmp_path: Path) -> None:
    """Gives what Ansible's gives."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "macros.j2").write_text("{% macro twice(text) %}{{ text }}{{ text }} {{ word }}{% endmacro %}")
    (tmp_path / "templates" / "text.j2").write_text("{% import 'macros.j2' as macros with context %}\n{{ macros.twice(more) }} {{ [1] | to_json }}\n")
    names = ("ansible.builtin.template", "groundswell.aws.template")
    words = [f"{{{{ lookup('{name}', 'text.j2', template_vars={{'more': word ~ '-'}}) | trim }}}}" for name in names]
    assert play(TASKS.format(*words)) == ["word-word- word [1]"] * 2
