# SPDX-License-Identifier: GPL-3.0-or-later
"""Who uses which image in one account and region. Reads only, whatever carries whose tags: a user is a user."""

from __future__ import annotations

import collections
import collections.abc
import typing as t

from .resource import Session
from .retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

_IMAGE = "aws:ec2:image"
_REFERENCE = "resolve:ssm:"  # how a launch template names a parameter instead of an image
_HISTORY = 50  # versions of a parameter in an answer

Found = collections.abc.Iterator[tuple[str, str]]  # image, why


class Uses:
    """One look at an account and region."""

    def __init__(self, session: Session, rollback_depth: int) -> None:
        self._session, self._depth = session, rollback_depth
        self.unseen: list[str] = []

    def find(self) -> dict[str, list[str]]:
        """Reasons by image id."""
        looks = {
            "pointers": self._pointers,
            "launch templates": self._templates,
            "launch configurations": self._configurations,
            "instances": self._instances,
        }
        found: dict[str, list[str]] = collections.defaultdict(list)
        for answers in self._session.each(lambda what: list(self._guarded(what, looks[what])), looks):
            for image, why in answers:
                if why not in found[image]:
                    found[image].append(why)
        return dict(found)

    def _guarded(self, what: str, look: collections.abc.Callable[[], Found]) -> Found:
        """What one may not look at is said; whoever decides must not take it for nothing."""
        try:
            yield from look()
        except botocore.exceptions.ClientError as error:
            if error_code(error) not in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"):
                raise
            self.unseen.append(f"{what}: {error}")

    def _pages(self, service: str, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        return [one for one in self._session.client(service).get_paginator(operation).paginate(**parameters).search(f"{result}[]") if one is not None]

    def _pointers(self) -> Found:
        """What a parameter says now, and what it said before: the way back from a deployment."""
        listed = self._pages("ssm", "describe_parameters", "Parameters", ParameterFilters=[{"Key": "Type", "Option": "Equals", "Values": ["String"]}])
        for name in [one["Name"] for one in listed if one.get("DataType") == _IMAGE]:
            versions = self._pages("ssm", "get_parameter_history", "Parameters", Name=name, PaginationConfig={"PageSize": _HISTORY})
            # What deployments have labelled: failed ones may lie between, however many.
            for one in versions:
                yield from ((one["Value"], f"parameter {name}, {label}") for label in one.get("Labels", ()))
            newest_first = [one["Value"] for one in sorted(versions, key=lambda one: one["Version"], reverse=True)]
            values = list(dict.fromkeys(newest_first))
            for distance, value in enumerate(values[: self._depth + 1]):
                yield value, f"parameter {name}" if not distance else f"parameter {name} before ({distance} back)"

    def _templates(self) -> Found:
        """Every version that there is: any may be what a group returns to."""
        for template in self._pages("ec2", "describe_launch_templates", "LaunchTemplates"):
            versions = self._pages("ec2", "describe_launch_template_versions", "LaunchTemplateVersions", LaunchTemplateId=template["LaunchTemplateId"])
            for version in versions:
                image = version["LaunchTemplateData"].get("ImageId", "")
                if image.startswith(_REFERENCE):
                    image = self._resolved(image.removeprefix(_REFERENCE))
                if image:
                    yield image, f"launch template {template['LaunchTemplateName']}, version {version['VersionNumber']}"

    def _resolved(self, name: str) -> str:
        try:
            return t.cast(str, self._session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        except botocore.exceptions.ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return ""

    def _configurations(self) -> Found:
        for one in self._pages("autoscaling", "describe_launch_configurations", "LaunchConfigurations"):
            yield one["ImageId"], f"launch configuration {one['LaunchConfigurationName']}"

    def _instances(self) -> Found:
        living = [{"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]}]
        for instance in self._pages("ec2", "describe_instances", "Reservations[].Instances", Filters=living):
            yield instance["ImageId"], f"instance {instance['InstanceId']}"
