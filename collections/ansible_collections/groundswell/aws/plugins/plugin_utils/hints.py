# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about an error, found by the words of its message. Also the source of docs/troubleshooting.md."""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Hint:
    """One family of errors.

    :param pattern: a regular expression that its messages match.
    :param means: what has happened.
    :param do: what to do about it.
    """

    pattern: str
    means: str
    do: str


# The first that matches is shown: the narrower ones stand above the wider.
HINTS = (
    Hint(
        r"is being changed by run|could not be released|taken over by run",
        "Each run has the lock of its environment until it has ended, and somebody else's has it.",
        "docs/operating.md: who it is stands in the message. Wait with -e run_lock_wait=600, or take over what is dead with playbooks/unlock.yml.",
    ),
    Hint(
        r"the lock of \S+ in s3://\S+ .* cannot be taken",
        "The bucket for the lock and the records of runs cannot be used.",
        "AccessDenied: s3:GetObject, PutObject, DeleteObject and ListBucket on it, and its KMS key, belong to whoever runs playbooks. "
        "For a region that does not answer the message has a way.",
    ),
    Hint(
        r"ExpiredToken|RequestExpired|token (included in the request )?(is|has) expired",
        "The credentials were good once and have expired.",
        "Sign in again (`aws sso login --profile <profile>`, or whatever issued them) and run the same command again: it goes on where it stopped.",
    ),
    Hint(
        r"Unable to locate credentials|NoCredentials|InvalidClientTokenId|UnrecognizedClientException|AuthFailure|SignatureDoesNotMatch",
        "AWS does not know these credentials, or there are none.",
        "`aws sts get-caller-identity` shows who you are. Set aws_profile in the environment's account.yml or AWS_PROFILE in the shell. "
        "To try things without an account: make demo.",
    ),
    Hint(
        r"Could not connect to the endpoint|EndpointConnectionError|Connection refused|ConnectTimeout|Connection was closed",
        "Nothing answers at the address of the service.",
        "With AWS_ENDPOINT_URL set, the simulator has to be running there (`tools/simulated <command>` starts one). Without, look at the network.",
    ),
    Hint(
        r"explicit deny|AccessDenied|UnauthorizedOperation|not authorized to perform",
        "The credentials are good, but may not do this.",
        "The run names what is missing, and the file that says what its playbook may do (docs/deployer.md). Where something denies it by name, a permissions "
        "boundary or a service control policy, no permission helps.",
    ),
    Hint(
        r"exists and is not ours",
        "Something else already has this name, and its tags do not say that this environment keeps it.",
        "Choose another project_name or environment_name. If it really is yours, give it the tags in the message, and the next run keeps it.",
    ),
    Hint(
        r"needs something that does not exist yet",
        "A layer was run before the layers it stands on.",
        "Run the whole of site.yml once. After that every layer runs alone.",
    ),
    Hint(
        r"not attachable",
        "A role was to be made before the permissions boundary that limits it.",
        "Run playbooks/access.yml (docs/access.md), or the whole of site.yml, which begins with it.",
    ),
    Hint(
        r"was not brought in",
        "A deployment failed. The version before is in service, and its image is pointed at again.",
        "The reasons are AWS's own and the alarms'; what new servers said is in their log groups. Mend the image and deploy it again.",
    ),
    Hint(
        r"instance refresh \S+ of \S+ is in progress",
        "Somebody deploys something else to these servers, or a run before this one did.",
        "Wait until it is over, join it by deploying the same image, or go back from it: playbooks/rollback.yml.",
    ),
    Hint(
        r"AWS cannot change",
        "The declaration changed something that is fixed when the resource is made.",
        'Declare it under a new name beside the old one, or allow the replacement once: -e \'{"replace_resources": ["<module>/<name>"]}\'. '
        "What the old one holds is lost.",
    ),
    Hint(
        r"LimitExceeded|QuotaExceeded|TooMany[A-Z]|VcpuLimit|InsufficientInstanceCapacity|AddressLimit",
        "A service quota of the account is used up, or AWS has no such machine free in the zone.",
        "Ask for more in the Service Quotas console and run again, or choose smaller sizes in the environment's sizes.yml.",
    ),
    Hint(
        r"Throttl|RequestLimitExceeded|Rate exceeded|SlowDown",
        "AWS asked for fewer calls a second, longer than the run was willing to wait.",
        "Run again. If it stays, something else in the account calls just as often: run one cell at a time with --limit.",
    ),
    Hint(
        r"not ready after \d+ s",
        "AWS is still at work on it.",
        "Run again: the wait goes on where it stopped. resource_wait_timeout is how long one task waits.",
    ),
    Hint(
        r"DependencyViolation|ResourceInUse|DeleteConflict|has dependent",
        "Something that was not made by this project still uses it.",
        "The message names what is to go. Find its user in the console (network interfaces above all), remove that, run again.",
    ),
    Hint(
        r"zonal shift is not enabled",
        "The load balancers of this site were rolled out before they could be told to turn away from a zone, or are told not to.",
        "Leave load_balancers_zonal_shift at its default, run playbooks/load_balancers.yml and playbooks/fleets.yml once, then again.",
    ),
    Hint(
        r"holds data",
        "Removing this loses what users stored in it.",
        "Name it: remove_undeclared takes <module>/<name>, playbooks/destroy.yml takes -e destroy_data_consent=<environment>.",
    ),
    Hint(
        r"not delegated|name servers",
        "The parent of the domain does not point at our hosted zone yet, so certificates cannot be issued.",
        "Set the name servers named in the message at the registrar or in the parent zone, then run again: it goes on from there.",
    ),
    Hint(
        r"Unimplemented|HTTP(Status)?(Code)?\W*501|not implemented",
        "The simulator does not know this call. AWS may.",
        "docs/simulator.md says what it knows and how to add a call.",
    ),
    Hint(
        r"is undefined|AnsibleUndefined",
        "A variable that the plays need is not set.",
        "Run playbooks/preflight.yml: it lists everything that the inventory lacks, with the file to put it in.",
    ),
)


def hint_for(message: str) -> Hint | None:
    """The hint for a message, if there is one."""
    return next((hint for hint in HINTS if re.search(hint.pattern, message)), None)


@dataclasses.dataclass(frozen=True)
class Denial:
    """What AWS did not allow.

    :param resource: empty where AWS does not say.
    :param by: what denies it by name, in AWS's words; empty where it is only allowed by nothing.
    """

    action: str
    resource: str = ""
    by: str = ""


# UG iam/troubleshoot_access-denied.html has the forms. EC2 says it in a message that has to be decoded; module_utils/denials.py puts it in these words.
_DENIED = re.compile(r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>\S+))?")


def denial_in(message: str) -> Denial | None:
    """What a message says was denied, if it does."""
    found = _DENIED.search(message)
    if not found:
        return None
    by = re.search(r"explicit deny in (?:an? |the )?([\w -]+?)(?:[.:,]|$)", message)
    return Denial(found["action"], (found["resource"] or "").strip("\"'.,"), by[1].strip() if by else "")


def remedy(denial: Denial, file: str, playbook: str = "") -> str:
    """What is missing, and where it would be given.

    :param file: what says what the playbook may do; empty where nothing does.
    :param playbook: its path, where deployers may only look whether all is as it says.
    """
    missing = f"Missing: {denial.action}" + (f" on {denial.resource}" if denial.resource else "")
    if denial.by:
        missing += f", which a {denial.by} denies by name"
    if playbook:
        return f"{missing}. Deployers only look whether this is as declared. It is not, so an administrator has to run {playbook} first."
    if denial.by or not file:
        return f"{missing}."
    return f"{missing}. What this playbook may do is in {file}, which tools/policies writes and playbooks/bootstrap.yml brings to the account."
