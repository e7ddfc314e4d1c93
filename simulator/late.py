# SPDX-License-Identifier: GPL-3.0-or-later
"""Collections that are filled when somebody looks into them: what moto makes for every account and few calls ask for."""

from __future__ import annotations

from collections import UserDict, UserList
from collections.abc import Callable
from functools import cached_property
from typing import Any

from moto.moto_api._internal import mock_random


class _Late:
    """Identifiers of what the caller makes follow the seed, whether the collection is filled before or after."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def data(self) -> Any:
        """What is in it."""
        drawn = mock_random.getstate()
        try:
            return self._make()
        finally:
            mock_random.setstate(drawn)


class LateDict(_Late, UserDict[Any, Any]):
    """A dictionary, and what makes it."""

    def copy(self) -> dict[Any, Any]:
        """An ordinary dictionary."""
        return dict(self.data)


class LateList(_Late, UserList[Any]):
    """A list, and what makes it."""
