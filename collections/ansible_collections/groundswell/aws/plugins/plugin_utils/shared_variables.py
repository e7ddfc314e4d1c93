# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Ansible wraps around each variable of a host for each template anew, which need not be.

For every template, also those that other templates lead to, Ansible puts some hundreds of variables into a dictionary whose values are evaluated when they
are asked for. The wrappers cannot change, and are the same as long as the variables are.
"""

from __future__ import annotations

import functools
import typing as t

from ansible._internal._templating._lazy_containers import _AnsibleLazyTemplateDict, _LazyValue, _LazyValueSource

MANY = 50  # variables from which on it takes longer to wrap them than to see whether they are the same
KEPT = 4  # dictionaries: the variables of a host, those that Jinja has for all templates, and some to spare


def share_wrapped() -> None:
    """Do so in this process and those forked from it. Raises AttributeError where Ansible's inner parts are named otherwise."""
    wrap_anew = _AnsibleLazyTemplateDict._lazy_values
    kept: dict[int, Wrapped] = {}

    @functools.wraps(wrap_anew)
    def wrap_once(values: dict[str, t.Any], lazy_options: t.Any) -> t.Any:
        if len(values) < MANY:
            return wrap_anew(values, lazy_options)
        wrapped = kept.get(id(values))
        if wrapped is None or not wrapped.fits(values):
            if len(kept) >= KEPT:
                kept.pop(next(iter(kept)))
            wrapped = kept[id(values)] = Wrapped(values)
        source = wrap_anew({}, lazy_options)
        return _LazyValueSource(source=wrapped.values, templar=source.templar, lazy_options=source.lazy_options)

    _AnsibleLazyTemplateDict._lazy_values = staticmethod(wrap_once)


class Wrapped:
    """A dictionary as it was, and its values, wrapped. It holds them, so that nothing else gets their identity meanwhile."""

    def __init__(self, values: dict[str, t.Any]) -> None:
        self._names, self._identities = list(values), list(map(id, values.values()))
        self.values = dict(zip(values, map(_LazyValue, values.values()), strict=True))

    def fits(self, values: dict[str, t.Any]) -> bool:
        """Whether a dictionary has these very values under these names."""
        return self._identities == list(map(id, values.values())) and self._names == list(values)
