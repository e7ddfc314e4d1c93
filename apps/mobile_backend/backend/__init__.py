# SPDX-License-Identifier: GPL-3.0-or-later
"""A back end for mobile applications: profiles, items with media, devices, messages, synchronisation.

What is asked is judged and answered by functions that know nothing of AWS (api.py, sync.py); what AWS is asked stands in repository.py and services.py.
"""
