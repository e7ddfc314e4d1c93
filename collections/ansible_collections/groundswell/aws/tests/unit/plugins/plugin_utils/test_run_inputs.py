# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a run's variables is written down."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.groundswell.aws.plugins.plugin_utils.run_inputs import told_inputs

SPEC = """
argument_specs:
  main:
    options:
      shop_size: {type: int}
      shop_words: {type: list, elements: str}
      shop_hidden: {type: str, no_log: true}
      shop_password_name: {type: str}
"""


def test_values_that_are_known(tmp_path: Path) -> None:
    """Names always, values of what a role knows and what cannot be secret."""
    (tmp_path / "shop/meta").mkdir(parents=True)
    (tmp_path / "shop/meta/argument_specs.yml").write_text(SPEC)
    given = {"shop_size": "3", "shop_words": ["a"], "shop_hidden": "canary", "shop_password_name": "canary", "other": "canary", "shop_wordy": "canary"}
    told = told_inputs(given, [tmp_path])
    assert (told["shop_size"], told["shop_words"]) == ("3", ["a"])
    assert list(told) == list(given)
    assert "canary" not in str(told)
    assert told_inputs({"shop_words": "$ANSIBLE_VAULT;1.1;AES256 canary"}, [tmp_path]) == {"shop_words": "(may be secret: not kept)"}
