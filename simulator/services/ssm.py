# SPDX-License-Identifier: GPL-3.0-or-later
"""Systems Manager's Parameter Store: what moto lacks."""

from __future__ import annotations

from typing import Any

from simulator.context import Context
from simulator.registry import Parameters, Refused, after, shows
from simulator.services._afterwards import lasts, still

IMAGE = "aws:ec2:image"
IMAGE_CHECK = 20.0  # seconds; "some minutes" at most (UG ssm/parameter-store-ec2-aliases.md)


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
    if context.params.get("Overwrite") is not True:
        lasts(context, name, IMAGE_CHECK)
    if not found:
        parameters = context.backend()._parameters
        parameters[name].remove(put)
        if not parameters[name]:
            del parameters[parameters.normalize_name(name)]


@after("ssm", "DescribeParameters", "GetParametersByPath")
def leave_out_what_is_being_checked(context: Context, response: Parameters) -> None:
    """A parameter whose image is being looked for is not there yet."""
    response["Parameters"] = [one for one in response.get("Parameters", []) if not still(context, one["Name"])]


@after("ssm", "GetParameters")
def do_not_know_what_is_being_checked(context: Context, response: Parameters) -> None:
    """As above, for names."""
    unseen = [one["Name"] for one in response.get("Parameters", []) if still(context, one["Name"])]
    response["Parameters"] = [one for one in response.get("Parameters", []) if one["Name"] not in unseen]
    response["InvalidParameters"] = response.get("InvalidParameters", []) + unseen


@after("ssm", "GetParameter")
def do_not_find_what_is_being_checked(context: Context, response: Parameters) -> None:
    """As above, for one name."""
    if still(context, response["Parameter"]["Name"]):
        raise Refused("ParameterNotFound", "")
