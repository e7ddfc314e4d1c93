# SPDX-License-Identifier: GPL-3.0-or-later
"""Systems Manager: service settings, which moto lacks. Of the account and region, kept on the backend."""

from __future__ import annotations

from simulator.context import Context
from simulator.registry import Parameters, Refused, operation

# API ssm:UpdateServiceSetting lists them with what they may be; the first is the one that an account begins with.
KNOWN = {
    "/ssm/documents/console/public-sharing-permission": ("Enable", "Disable"),
    "/ssm/parameter-store/default-parameter-tier": ("Standard", "Advanced", "Intelligent-Tiering"),
    "/ssm/parameter-store/high-throughput-enabled": ("false", "true"),
}


def _id(context: Context) -> str:
    """The setting's id: a call may name it by its ARN, which ends with it."""
    return context.params["SettingId"].partition(":servicesetting")[2] or context.params["SettingId"]


@operation("ssm", "GetServiceSetting")
def get_service_setting(context: Context) -> Parameters:
    """API ssm:GetServiceSetting."""
    name = _id(context)
    if name not in KNOWN:
        raise Refused("ServiceSettingNotFound", f"Setting {name} does not exist.")
    kept = context.backend().__dict__.setdefault("simulator_service_settings", {})
    status = "Customized" if name in kept else "Default"
    arn = f"arn:aws:ssm:{context.region}:{context.account}:servicesetting{name}"
    return {"ServiceSetting": {"SettingId": name, "SettingValue": kept.get(name, KNOWN[name][0]), "ARN": arn, "Status": status}}


@operation("ssm", "UpdateServiceSetting")
def update_service_setting(context: Context) -> None:
    """API ssm:UpdateServiceSetting."""
    name, value = _id(context), context.params["SettingValue"]
    get_service_setting(context)
    if value not in KNOWN[name]:
        raise Refused("ValidationException", f"Value {value} is not valid for {name}.")
    context.backend().__dict__.setdefault("simulator_service_settings", {})[name] = value


@operation("ssm", "ResetServiceSetting")
def reset_service_setting(context: Context) -> Parameters:
    """API ssm:ResetServiceSetting."""
    context.backend().__dict__.setdefault("simulator_service_settings", {}).pop(_id(context), None)
    return get_service_setting(context)
