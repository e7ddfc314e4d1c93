# SPDX-License-Identifier: GPL-3.0-or-later
"""Systems Manager's Parameter Store: what moto lacks."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, shows

IMAGE = "aws:ec2:image"


def latest(context: Context, name: str) -> Any:
    """The newest version of a parameter as moto keeps it, None where there is none."""
    parameters = context.backend("ssm")._parameters
    return parameters[name][-1] if name in parameters else None


@after("ssm", "PutParameter")
@shows("R-SSM-03b")
def look_for_the_image(context: Context, response: Parameters) -> None:
    """AWS answers before it has looked for the image; if there is none, the version never appears (API ssm:PutParameter, DataType)."""
    name = context.params["Name"]
    put = latest(context, name)
    if put is None or put.data_type != IMAGE:
        return
    try:
        found = context.call("DescribeImages", {"ImageIds": [put.value]}, service="ec2")["Images"]
    except Refused:
        found = []
    if not found:
        parameters = context.backend()._parameters
        parameters[name].remove(put)
        if not parameters[name]:
            del parameters[parameters.normalize_name(name)]
