# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 did not allow: it says that in a message which has to be decoded, and which not everybody may have decoded."""

from __future__ import annotations

import json
import re
import typing as t

from .retries import error_code

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_ENCODED = re.compile(r"\s*Encoded authorization failure message: (\S+)")


def explained(error: t.Any, sts: t.Callable[[], t.Any]) -> str:
    """The message of an error, with what AWS wrapped up in it in the words that other services use.

    :param sts: makes a client of STS.
    """
    message = str(error)
    found = _ENCODED.search(message)
    if error_code(error) != "UnauthorizedOperation" or not found:
        return message
    bare = _ENCODED.sub("", message)
    try:
        decoded = json.loads(sts().decode_authorization_message(EncodedMessage=found[1])["DecodedMessage"])
        action, resource = decoded["context"]["action"], decoded["context"].get("resource", "")
    except (BotoCoreError, ClientError, ValueError, KeyError):
        return f"{bare} (sts:DecodeAuthorizationMessage, which says what, was not allowed either)"
    # UG iam/troubleshoot_access-denied.html: how other services say it.
    why = "with an explicit deny in a policy" if decoded.get("explicitDeny") else f"because no policy allows the {action} action"
    told = (
        ""
        if "not authorized to perform:" in bare
        else f" It is not authorized to perform: {action}" + (f" on resource: {resource}" if resource else "") + f" {why}"
    )
    return bare + told
