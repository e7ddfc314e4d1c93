# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: states that last (creating, modifying, deleting) and refusals meanwhile."""

from __future__ import annotations


class Lifecycles:
    def __init__(self, scale, clock):
        pass

    def refuse_busy(self, context):
        pass

    def departing(self, context):
        return None

    def rescue(self, context, refused):
        return None

    def concerns(self, context):
        return False

    def amend(self, context, response, departing):
        pass

    def reset(self):
        pass
