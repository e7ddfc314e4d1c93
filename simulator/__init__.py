# SPDX-License-Identifier: GPL-3.0-or-later
"""An AWS that runs on this machine: moto, plus the rules, faults and delays of a real account that moto leaves out."""

VERSION = "0.1.0"
