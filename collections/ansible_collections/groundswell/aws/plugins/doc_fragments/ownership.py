# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that say whose resources a module deals with."""


class ModuleDocFragment:
    """Shared by every module of the collection."""

    DOCUMENTATION = r"""
options:
  tags:
    description:
      - Tags that everything carries. C(Project), C(Environment), C(Cell) and C(ManagedBy) say whose a resource is.
      - Tags are only added or corrected, never taken away.
    type: dict
    required: true
  layer:
    description:
      - The layer a resource belongs to, the name of the role that keeps it. Becomes the tag C(Layer) and part of the ownership.
    type: str
    required: true
"""
