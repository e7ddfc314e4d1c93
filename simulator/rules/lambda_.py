# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of Lambda."""

from __future__ import annotations

import json
import re
import zipfile

from simulator.context import Context
from simulator.registry import Refused, rule
from simulator.rules._documents import admits_service
from simulator.services._afterwards import still
from simulator.services.lambda_ import aliases_of, extra, function_of, plain_name, unpacked_size, versions_of

CHANGES = ["UpdateFunctionCode", "UpdateFunctionConfiguration"]
# UG lambda/lambda-runtimes.md as of 2026-11: what can no more be created. AWS has moved these dates several times.
ENDED = """nodejs nodejs4.3 nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x python2.7 python3.6 python3.7 ruby2.5 ruby2.7 java8 go1.x provided
           dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1""".split()
MOST_DIRECT, MOST_UNPACKED = 50 * 1024 * 1024, 250 * 1024 * 1024  # bytes; UG lambda/gettingstarted-limits.md
MOST_ENVIRONMENT = 4096  # bytes
RESERVED = """_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE
              AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
              AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR""".split()
ACCOUNT_CONCURRENCY, KEPT_FREE = 1000, 100  # UG lambda/lambda-concurrency.md


def _wrong(message: str) -> Refused:
    return Refused("InvalidParameterValueException", message)


@rule("R-LAM-01", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="API lambda:CreateFunction, Role")
def role_admits_lambda(context: Context) -> None:
    """The role exists, trusts Lambda, and news of it has spread."""
    if not context.params.get("Role"):
        return
    refused = _wrong("The role defined for the function cannot be assumed by Lambda.")
    name = context.params["Role"].rpartition("/")[2]
    role = next((one for one in context.backend("iam").roles.values() if one.name == name), None)
    if role is None or context.simulator.lifecycles.state(context, "iam.role", name):
        raise refused
    document = role.assume_role_policy_document
    if not admits_service(document if isinstance(document, str) else json.dumps(document), "lambda.amazonaws.com"):
        raise refused


@rule("R-LAM-03", service="lambda", operations=[*CHANGES, "PublishVersion"], source="UG lambda/functions-states.md")
def one_change_at_a_time(context: Context) -> None:
    """While a function is being made or changed, it is not changed further."""
    name = plain_name(context.params["FunctionName"])
    arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{name}"
    words = "The operation cannot be performed at this time. "
    if still(context, f"pending/{name}"):
        raise Refused("ResourceConflictException", f"{words}The function is currently in the following state: Pending", 409)
    if still(context, f"updating/{name}"):
        raise Refused("ResourceConflictException", f"{words}An update is in progress for resource: {arn}", 409)


@rule("R-LAM-34", service="lambda", operations=["Invoke"], source="UG lambda/functions-states.md")
def ready_before_it_runs(context: Context) -> None:
    """A function runs when it is no more pending."""
    if still(context, f"pending/{plain_name(context.params['FunctionName'])}"):
        message = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        raise Refused("ResourceConflictException", message, 409)


@rule("R-LAM-04", service="lambda", operations=["CreateFunction"], source="UG lambda/lambda-runtimes.md")
def runtime_that_is_alive(context: Context) -> None:
    """A runtime whose end has come makes no new function."""
    runtime = context.params.get("Runtime")
    if runtime in ENDED:
        raise _wrong(f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions.")


@rule("R-LAM-05", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="UG lambda/gettingstarted-limits.md", certain=False)
def sizes_within_bounds(context: Context) -> None:
    """128 to 10240 MB, 1 to 900 seconds. The model's bounds are wider, for another kind of functions."""
    for member, least, most in (("MemorySize", 128, 10240), ("Timeout", 1, 900)):
        value = context.params.get(member)
        if value is not None and not least <= value <= most:
            raise _wrong(f"'{member}' value failed to satisfy constraint: Member must have value between {least} and {most}")


@rule("R-LAM-06", service="lambda", operations=["CreateFunction"], source="API lambda:CreateFunction, Handler, Runtime")
def packages_name_their_handler(context: Context) -> None:
    """A function of a zip file names runtime and handler."""
    params = context.params
    if params.get("PackageType", "Zip") == "Zip" and not (params.get("Runtime") and params.get("Handler")):
        raise _wrong("Runtime and Handler are mandatory parameters for functions created with deployment packages.")


@rule("R-LAM-12", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="UG lambda/configuration-envvars.md")
def environment_within_bounds(context: Context) -> None:
    """4 KB in all, and none of the runtime's own names."""
    variables = (context.params.get("Environment") or {}).get("Variables") or {}
    taken = sorted(set(variables) & set(RESERVED))
    if taken:
        raise _wrong(
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are "
            f"currently not supported for modification. Reserved keys used in this request: {', '.join(taken)}"
        )
    size = len(json.dumps(variables, separators=(",", ":")))
    if size > MOST_ENVIRONMENT:
        raise _wrong(f"Lambda was unable to configure your environment variables because the environment variables exceeded the 4KB limit. Measured: {size}")


@rule("R-LAM-14", service="lambda", operations=["CreateFunction", "UpdateFunctionCode"], source="UG lambda/gettingstarted-limits.md")
def packages_are_small_zips(context: Context) -> None:
    """50 MB sent directly, 250 MB unpacked, and a zip."""
    code = (context.params.get("Code") or context.params).get("ZipFile")
    if code is None:
        return
    code = code if isinstance(code, bytes) else code.encode()
    if len(code) > MOST_DIRECT:
        raise Refused("RequestEntityTooLargeException", f"Request must be smaller than {MOST_DIRECT} bytes for the {context.operation} operation", 413)
    try:
        size = unpacked_size(code)
    except zipfile.BadZipFile as problem:
        raise _wrong("Could not unzip uploaded file. Please check your file, then try to upload again.") from problem
    if size >= MOST_UNPACKED:
        raise _wrong(f"Unzipped size must be smaller than {MOST_UNPACKED} bytes")


@rule("R-LAM-08", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="API lambda:VpcConfig", certain=False)
def network_that_is_there(context: Context) -> None:
    """Subnets and security groups exist, in one VPC, and there are both or neither."""
    network = context.params.get("VpcConfig") or {}
    subnets, groups = network.get("SubnetIds") or [], network.get("SecurityGroupIds") or []
    if bool(subnets) != bool(groups):
        raise _wrong("The VPC configuration needs both subnets and security groups, or neither")
    backend = context.backend("ec2")
    known = {subnet.id: subnet.vpc_id for zone in backend.subnets.values() for subnet in zone.values()}
    held = {group.id: vpc for vpc, of_vpc in backend.groups.items() for group in of_vpc.values()}
    missing = [one for one in subnets if one not in known] + [one for one in groups if one not in held]
    if missing:
        raise _wrong(f"Error occurred while DescribeSubnets or DescribeSecurityGroups: {', '.join(missing)} does not exist")
    if len({known[one] for one in subnets} | {held[one] for one in groups}) > 1:
        raise _wrong("Security Groups and subnets are required to be in the same VPC.")


@rule("R-LAM-09", service="lambda", operations=["CreateFunction", "UpdateFunctionConfiguration"], source="UG lambda/configuration-vpc.md")
def role_makes_interfaces(context: Context) -> None:
    """The role of a function in a VPC may make network interfaces."""
    if not (context.params.get("VpcConfig") or {}).get("SubnetIds"):
        return
    function = function_of(context) if context.operation != "CreateFunction" else None
    arn = context.params.get("Role") or (function.role if function else "")
    role = next((one for one in context.backend("iam").roles.values() if one.arn == arn), None)
    documents = [] if role is None else [*role.policies.values(), *(policy.document for policy in role.managed_policies.values())]
    if not any("ec2:CreateNetworkInterface" in str(document) or re.search(r'"ec2:\*"|"\*"', str(document)) for document in documents):
        raise _wrong("The provided execution role does not have permissions to call CreateNetworkInterface on EC2")


@rule("R-LAM-15", service="lambda", operations=["PutFunctionConcurrency"], source="API lambda:PutFunctionConcurrency")
def some_concurrency_is_everybodys(context: Context) -> None:
    """100 of an account's thousand are kept for functions without a reservation."""
    name = plain_name(context.params["FunctionName"])
    latest = context.backend()._lambdas.latest()
    others = sum(int(one.reserved_concurrency or 0) for one in latest if one.function_name != name)
    if ACCOUNT_CONCURRENCY - others - context.params["ReservedConcurrentExecutions"] < KEPT_FREE:
        raise _wrong(
            f"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{KEPT_FREE}]."
        )


@rule("R-LAM-18", service="lambda", operations=["CreateAlias", "UpdateAlias"], source="API lambda:AliasRoutingConfiguration")
def weights_of_published_versions(context: Context) -> None:
    """One further version with a weight from 0 to 1; both published, with one role and one dead letter queue (UG lambda/configuring-alias-routing)."""
    params = context.params
    weights = (params.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    if not weights or function_of(context) is None:
        return
    published = {str(version.version) for version in versions_of(context, params["FunctionName"])}
    alias = aliases_of(context, params["FunctionName"]).get(params["Name"])
    main = params.get("FunctionVersion") or (alias.function_version if alias else "")
    if len(weights) > 1:
        raise _wrong("Number of items in AdditionalVersionWeights cannot be greater than 1. Number of items: " + str(len(weights)))
    if any(not 0 <= weight <= 1 for weight in weights.values()):
        raise _wrong("The weights of AdditionalVersionWeights are between 0.0 and 1.0")
    if main == "$LATEST" or "$LATEST" in weights:
        raise _wrong("$LATEST is not supported for an alias pointing to more than 1 version")
    if not set(weights) <= published:
        raise Refused("ResourceNotFoundException", f"Function not found: version {', '.join(sorted(set(weights) - published))}", 404)
    held = [version for version in versions_of(context, params["FunctionName"]) if str(version.version) in {main, *weights}]
    if len({(version.role, json.dumps(extra(version).get("DeadLetterConfig"))) for version in held}) > 1:
        raise _wrong("The versions that an alias points to must have the same execution role and the same dead-letter queue configuration")


@rule("R-LAM-20", service="lambda", operations=["DeleteFunction"], source="unsourced")
def version_that_nobody_names(context: Context) -> None:
    """A version that an alias names stays."""
    qualifier = context.params.get("Qualifier")
    if not qualifier or function_of(context) is None:
        return
    for alias in aliases_of(context, context.params["FunctionName"]).values():
        if qualifier in {alias.function_version, *((alias.routing_config or {}).get("AdditionalVersionWeights") or {})}:
            raise Refused("ResourceConflictException", f"Unable to delete version because the following aliases reference it: [{alias.name}]", 409)


@rule("R-LAM-21", service="lambda", operations=["PutProvisionedConcurrencyConfig"], source="API lambda:PutProvisionedConcurrencyConfig")
def provisioned_for_a_version(context: Context) -> None:
    """Provisioned concurrency is an alias's or a published version's."""
    params = context.params
    if function_of(context) is None:
        return
    known = {*aliases_of(context, params["FunctionName"]), *(str(version.version) for version in versions_of(context, params["FunctionName"]))}
    if params["Qualifier"] == "$LATEST":
        raise _wrong("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    if params["Qualifier"] not in known:
        raise Refused("ResourceNotFoundException", f"Cannot find alias or version: {params['Qualifier']}", 404)
