# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images may go, and how: deprecated first, disabled later, deregistered with their snapshots last.

An image and its copies in other regions are one: they were made of one disk, carry its digest and the run that made it, and stay or go
together. What is in use stays, wherever that is, and so do the newest of every tier. A tier of which nothing is in use anywhere is left
alone altogether: most likely not everything was looked at.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .compare import dict_to_tags, tags_to_dict
from .kinds.ec2_images import moment
from .resource import Item, Session
from .retries import error_code

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

RETIRED_TAG = "Retired"  # since when nothing needs it
KEEP_TAG = "Keep"  # given by people: never to be retired
_SOON = datetime.timedelta(minutes=5)  # AWS deprecates nothing in the past
_GIB = 2**30
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclasses.dataclass
class Rules:
    """When an image goes."""

    keep: int
    disable_days: int
    deregister_days: int
    recent_days: int
    uses: list[Item]  # {"account", "region", "uses": {image: [reasons]}}
    unseen_unused: list[str]
    now: datetime.datetime = dataclasses.field(default_factory=lambda: datetime.datetime.now(datetime.UTC))


@dataclasses.dataclass
class Copy:
    """An image in one region."""

    region: str
    image: dict[str, t.Any]
    tags: dict[str, str]
    bytes: int = 0  # of its snapshots, each counted whole
    shared: list[str] = dataclasses.field(default_factory=list)

    @property
    def id(self) -> str:
        return t.cast(str, self.image["ImageId"])


@dataclasses.dataclass
class Generation:
    """An image with its copies, and what becomes of it."""

    name: str
    tier: tuple[str, ...]  # application, tier, architecture
    copies: list[Copy] = dataclasses.field(default_factory=list)
    reasons: list[str] = dataclasses.field(default_factory=list)
    action: str = "keep"  # keep | restore | deprecate | wait | disable | deregister
    due: str = ""

    @property
    def created(self) -> str:
        return min(copy.image["CreationDate"] for copy in self.copies)

    @property
    def retired(self) -> str:
        """Since when, empty if it is not."""
        return min((copy.tags[RETIRED_TAG] for copy in self.copies if copy.tags.get(RETIRED_TAG)), default="")

    @property
    def state(self) -> str:
        states = sorted({copy.image["State"] for copy in self.copies})
        return ", ".join(["deprecated" if self.retired and states == ["available"] else " and ".join(states)])


class Retention:
    """A look at all images of ours in an account's regions, a verdict, and its execution."""

    def __init__(self, session: Session, tags: dict[str, str], regions: list[str], rules: Rules) -> None:
        self._session, self._tags, self._regions, self._rules = session, tags, regions, rules

    def _ec2(self, region: str) -> t.Any:
        return self._session.client("ec2", region=region)

    # Looking ----------------------------------------------------------------------------------------------------------

    def generations(self) -> list[Generation]:
        """Newest first."""
        found: dict[str, Generation] = {}
        for copies in self._session.each(self._in_region, self._regions):
            for copy in copies:
                tier = (copy.tags.get("Application", ""), copy.tags.get("Tier", ""), copy.image.get("Architecture", ""))
                found.setdefault(copy.image["Name"], Generation(copy.image["Name"], tier)).copies.append(copy)
        return sorted(found.values(), key=lambda one: one.created, reverse=True)

    def _in_region(self, region: str) -> list[Copy]:
        ec2 = self._ec2(region)
        filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in self._tags.items()]
        pages = ec2.get_paginator("describe_images").paginate(Owners=["self"], IncludeDisabled=True, Filters=filters)
        images = [image for page in pages for image in page["Images"] if image["State"] in ("available", "disabled")]
        snapshots = [one["Ebs"]["SnapshotId"] for image in images for one in image.get("BlockDeviceMappings", []) if one.get("Ebs", {}).get("SnapshotId")]
        sizes: dict[str, int] = {}
        for page in ec2.get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters) if snapshots else ():
            for one in page["Snapshots"]:
                sizes[one["SnapshotId"]] = one.get("FullSnapshotSizeInBytes") or one["VolumeSize"] * _GIB
        copies = []
        for image in images:
            own = {one["Ebs"]["SnapshotId"] for one in image.get("BlockDeviceMappings", []) if one.get("Ebs", {}).get("SnapshotId")}
            permissions = ec2.describe_image_attribute(ImageId=image["ImageId"], Attribute="launchPermission").get("LaunchPermissions", [])
            shared = [next(iter(one.values())) for one in permissions]
            copies.append(Copy(region, image, tags_to_dict(image.get("Tags")), sum(sizes.get(one, 0) for one in own), shared))
        return copies

    # Judging ----------------------------------------------------------------------------------------------------------

    def judge(self, generations: list[Generation]) -> None:
        """Say of each why it stays, or what is due."""
        for generation in generations:
            generation.reasons += self._in_use(generation)
        for tier in {generation.tier for generation in generations}:
            of_tier = [generation for generation in generations if generation.tier == tier]
            if not any(generation.reasons for generation in of_tier):
                for generation in of_tier:
                    generation.reasons.append("nothing of this tier is in use anywhere that was looked at")
            for generation in of_tier[: self._rules.keep]:
                generation.reasons.append(f"one of the newest {self._rules.keep}")
        for generation in generations:
            self._decide(generation)

    def _in_use(self, generation: Generation) -> list[str]:
        reasons, looked = [], {(entry["account"], entry["region"]) for entry in self._rules.uses}
        for copy in generation.copies:
            for entry in self._rules.uses:
                reasons += [f"{why} ({entry['region']})" for why in entry["uses"].get(copy.id, [])]
            if (self._session.account, copy.region) not in looked:
                reasons.append(f"{copy.region} was not looked at")
            known = set(self._rules.unseen_unused)
            blind = sorted(account for account in set(copy.shared) - known if (account, copy.region) not in looked)
            if blind:
                reasons.append(f"shared with {', '.join(blind)}, which could not be looked at")
            launched = copy.image.get("LastLaunchedTime")
            if launched and self._rules.now - moment(launched) < datetime.timedelta(days=self._rules.recent_days):
                reasons.append(f"launched on {launched[:10]} ({copy.region})")
            if copy.tags.get(KEEP_TAG):
                reasons.append(f"tagged {KEEP_TAG}")
        return list(dict.fromkeys(reasons))

    def _decide(self, generation: Generation) -> None:
        rules = self._rules
        if generation.reasons:
            generation.action = "restore" if generation.retired else "keep"
            return
        if not generation.retired:
            generation.action = "deprecate"
            return
        age = rules.now - moment(generation.retired)
        disabled = all(copy.image["State"] == "disabled" for copy in generation.copies)
        if age >= datetime.timedelta(days=rules.deregister_days) and disabled:
            generation.action = "deregister"
        elif age >= datetime.timedelta(days=rules.disable_days) and not disabled:
            generation.action = "disable"
        else:
            generation.action = "wait"
            days = rules.deregister_days if disabled else rules.disable_days
            generation.due = (moment(generation.retired) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")

    # Doing ------------------------------------------------------------------------------------------------------------

    def carry_out(self, generation: Generation) -> None:
        """What is due, in every region. Done again after a failure it does what is missing."""
        work = {"restore": self._restore, "deprecate": self._deprecate, "disable": self._disable, "deregister": self._deregister}.get(generation.action)
        if work:
            self._session.each(work, generation.copies)

    def _deprecate(self, copy: Copy) -> None:
        ec2, now = self._ec2(copy.region), self._rules.now
        deprecated = copy.image.get("DeprecationTime")
        if not deprecated or moment(deprecated) > now:
            ec2.enable_image_deprecation(ImageId=copy.id, DeprecateAt=now + _SOON)
        ec2.create_tags(Resources=[copy.id], Tags=dict_to_tags({RETIRED_TAG: now.strftime(_STAMP)}))

    def _disable(self, copy: Copy) -> None:
        ec2 = self._ec2(copy.region)
        # Now, so that a cool-down has passed when it is deregistered.
        if copy.image.get("DeregistrationProtection", "disabled").startswith("enabled"):
            ec2.disable_image_deregistration_protection(ImageId=copy.id)
        if copy.image["State"] != "disabled":
            ec2.disable_image(ImageId=copy.id)

    def _restore(self, copy: Copy) -> None:
        """Somebody took it into use again. Whom it was shared with before it was disabled, AWS has forgotten: publishing it again shares it."""
        ec2 = self._ec2(copy.region)
        if copy.image["State"] == "disabled":
            ec2.enable_image(ImageId=copy.id)
        if copy.image.get("DeprecationTime"):
            ec2.disable_image_deprecation(ImageId=copy.id)
        ec2.delete_tags(Resources=[copy.id], Tags=[{"Key": RETIRED_TAG}])

    def _deregister(self, copy: Copy) -> None:
        try:
            self._ec2(copy.region).deregister_image(ImageId=copy.id, DeleteAssociatedSnapshots=True)
        except botocore.exceptions.ClientError as error:
            if error_code(error) not in ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"):
                raise


def row(generation: Generation) -> Item:
    """A line of the table."""
    return {
        "name": generation.name,
        "tier": " ".join(filter(None, generation.tier)),
        "created": generation.created[:10],
        "regions": sorted(copy.region for copy in generation.copies),
        "images": {copy.region: copy.id for copy in generation.copies},
        "state": generation.state,
        "action": generation.action,
        "due": generation.due,
        "reasons": generation.reasons,
        "gib": round(sum(copy.bytes for copy in generation.copies) / _GIB, 2),
    }
