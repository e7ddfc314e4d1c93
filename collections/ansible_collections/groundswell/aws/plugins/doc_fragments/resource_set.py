# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of every module that keeps a set of resources."""


class ModuleDocFragment:
    """Shared by every set module of the collection."""

    DOCUMENTATION = r"""
options:
  remove:
    description:
      - Undeclared resources that may be removed, as C(module/name). C(module/*) stands for all of a kind, and C(*/*) for all
        of every kind, but never for kinds that hold data, which must be named.
      - Resources that carry our tags and are no longer declared are otherwise only reported, in RV(undeclared).
    type: list
    elements: str
    default: []
  replace:
    description:
      - Resources that may be removed and made again where an option changed that AWS cannot change, as C(module/name).
    type: list
    elements: str
    default: []
  wait:
    description:
      - Whether to wait until everything declared is ready to use. Without, the module submits and goes on; the same task again
        with O(wait=true) waits.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most.
    type: int
    default: 3600
notes:
  - Unset options are left alone, set options are made so.
  - A resource of a declared name that does not carry our tags is refused, never adopted.
  - In check mode the module takes the same path, changes nothing, and returns well-formed placeholders for what does not exist yet.
"""
