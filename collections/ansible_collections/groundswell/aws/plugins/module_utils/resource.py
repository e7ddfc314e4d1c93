# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine needs to know of one kind of AWS resource, and of one resource of that kind."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import typing as t

from .retries import NotYet, RetryHandler

# The tags that say whose a resource is. There is no state file: these tags are the state.
OWNERSHIP = ("Project", "Environment", "Cell", "Layer", "ManagedBy")
PLACEHOLDER_ID = "00000000000000000"  # what follows the prefix of an EC2 id that does not exist yet
PLACEHOLDER = "placeholder"  # in every other identifier that does not exist yet
_THREADS = 8  # concurrent requests of one module; more only meets AWS's throttles (WAF: 1 write a second)

try:
    import botocore.config
except ImportError:
    pass  # AnsibleAWSModule says which package is missing

Item = dict[str, t.Any]
T = t.TypeVar("T")


@dataclasses.dataclass
class Resource:
    """One thing that exists in the account.

    :param name: what the declaration calls it.
    :param state: its settings, in the words of the module's item options. Only what AWS reports.
    :param tags: its tags.
    :param outputs: identifiers and addresses that others need (`id`, `arn`, `dns_name` ...). Never a secret.
    :param status: AWS's own word for where it stands, empty where it has none.
    :param ready: whether it can be used now.
    :param failure: why it never will be, empty while it may.
    """

    name: str
    state: Item
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    outputs: Item = dataclasses.field(default_factory=dict)
    status: str = ""
    ready: bool = True
    failure: str = ""


class Problem(Exception):
    """Something the user has to mend. The text says what and where."""


class Session:
    """The clients of one module run. Clients are shared between threads, which botocore allows; making them is not, hence the lock."""

    def __init__(self, module: t.Any) -> None:
        self._module = module
        self._clients: dict[tuple[str, str | None, tuple[NotYet, ...]], t.Any] = {}
        self._lock = threading.RLock()
        self._account = ""
        self.check_mode: bool = module.check_mode
        self.patient = False  # whether removals wait until nothing uses the resource any more (see RetryHandler)

    @property
    def region(self) -> str:
        """The region of the cell, for example `ap-southeast-1`."""
        return t.cast(str, self._module.region)

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return t.cast(str, self.client("sts").meta.partition)

    @property
    def account(self) -> str:
        """The caller's twelve-digit account id."""
        with self._lock:
            if not self._account:
                self._account = self.client("sts").get_caller_identity()["Account"]
            return self._account

    def client(self, service: str, not_yet: tuple[NotYet, ...] = (), region: str | None = None) -> t.Any:
        """The boto3 client of a service, with our retries instead of botocore's."""
        with self._lock:
            key = (service, region, not_yet)
            if key not in self._clients:
                config = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=_THREADS)
                extra = {"region": region} if region else {}
                client = self._module.client(service, config=config, **extra)
                client.meta.events.register(f"needs-retry.{client.meta.service_model.service_id.hyphenize()}", RetryHandler(not_yet, self.patient))
                self._clients[key] = client
            return self._clients[key]

    def each(self, function: t.Callable[[T], t.Any], things: t.Iterable[T]) -> list[t.Any]:
        """`function` of every thing, concurrently, in order. The first exception goes up after all have ended."""
        things = list(things)
        if len(things) < 2:
            return [function(thing) for thing in things]
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(function, things))


class Kind:
    """One kind of AWS resource: how to find, make, change and remove it. The engine does the rest.

    A kind says what is peculiar to it and nothing else. States are in the words of the module's options, so that the engine can
    compare them and show a difference.
    """

    module = ""  # the module's name: "ec2_subnets"
    service = ""  # boto3's name of the service
    noun = ""  # for messages: "subnet"
    fixed: tuple[str, ...] = ()  # options that AWS cannot change on an existing resource
    policies: tuple[str, ...] = ()  # options that hold policy documents, compared by meaning
    ordered: tuple[str, ...] = ()  # options whose lists mean something by their order
    unreported: tuple[str, ...] = ()  # options that AWS does not show again: they count when something else is done
    holds_data = False  # removing or replacing one loses what users stored in it
    disposable = False  # holds nothing, and nothing refers to it: what AWS cannot change of it is made anew without asking
    not_yet: tuple[NotYet, ...] = ()  # (error code, message, seconds): refusals that pass by themselves, as dependants go or news spreads
    show_up = 60.0  # seconds until what was created must be listed (EC2 and IAM are eventually consistent)
    create_then_update = False  # whether `create` makes the bare thing and `update` gives it its settings

    def __init__(self, session: Session, options: Item, tags: dict[str, str]) -> None:
        self.session = session
        self.options = options  # module options besides items, such as `final_snapshot`
        self.tags = tags  # what ours carry
        # The declared items, for kinds that need several calls to see a resource whole: what is not declared is only found and looked
        # up, never compared, so its addresses are enough.
        self.wanted: dict[str, Item] = {}

    @property
    def client(self) -> t.Any:
        """The boto3 client of this kind's service."""
        return self.session.client(self.service, self.not_yet)

    @property
    def tag_filters(self) -> list[dict[str, t.Any]]:
        """EC2 filters that match ours."""
        return [{"Name": f"tag:{key}", "Values": [self.tags[key]]} for key in OWNERSHIP if key in self.tags]

    @property
    def prefix(self) -> str:
        """What the names of ours begin with, for services that cannot filter by tag: `groundswell-prod`, which may also be all of a name.

        A wider net than needed (another environment's `groundswell-production` is in it): the tags decide.
        """
        return f"{self.tags.get('Project', '')}-{self.tags.get('Environment', '')}"

    def pages(self, operation: str, result: str, **parameters: t.Any) -> list[t.Any]:
        """Everything a paginated operation returns under `result` (a JMESPath)."""
        # A page without any yields None.
        return [one for one in self.client.get_paginator(operation).paginate(**parameters).search(result + "[]") if one is not None]

    def tags_by_arn(self, arns: t.Collection[str], ask: t.Callable[[str], dict[str, str] | None]) -> dict[str, dict[str, str]]:
        """The tags of each ARN, where the service itself tells those of one at a time.

        The tagging API tells those of a hundred of ours at once, but hears of news late: what it does not list, new or not ours, is
        asked for one by one.

        :param ask: the service's own answer for one ARN; None for what has just gone, which is left out.
        """
        known: dict[str, dict[str, str]] = {}
        if len(arns) > 1:
            # Of every layer: names are not searched by layer either, and what others of ours carry need not be asked for one by one.
            filters = [{"Key": key, "Values": [self.tags[key]]} for key in OWNERSHIP if key != "Layer" and self.tags.get(key)]
            pages = self.session.client("resourcegroupstaggingapi").get_paginator("get_resources")
            found = pages.paginate(ResourceTypeFilters=[self.service], TagFilters=filters, ResourcesPerPage=100).search("ResourceTagMappingList[]")
            known = {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in found}
        unknown = [arn for arn in arns if arn not in known]
        asked = dict(zip(unknown, self.session.each(ask, unknown), strict=True))
        return known | {arn: tags for arn, tags in asked.items() if tags is not None}

    # What a kind implements -------------------------------------------------------------------------------------------

    def describe(self, names: t.Collection[str]) -> t.Iterable[Resource]:
        """Everything that carries our tags, and anything else that has one of these names where names are unique."""
        raise NotImplementedError

    def create(self, name: str, item: Item, tags: dict[str, str]) -> None:
        """Make it, tagged from its first moment."""
        raise NotImplementedError

    def update(self, resource: Resource, item: Item, changes: Item) -> None:
        """Bring the options in `changes` to the values given there."""
        raise Problem(f"{self.noun} {resource.name}: {', '.join(changes)} cannot be changed")

    def delete(self, resource: Resource) -> None:
        """Remove it. Not being there any more is no error."""
        raise NotImplementedError

    def set_tags(self, resource: Resource, tags: dict[str, str]) -> None:
        """Add these tags or give them these values."""
        raise NotImplementedError

    # What a kind may adjust -------------------------------------------------------------------------------------------

    def normalise(self, item: Item) -> Item:
        """The item with its values as AWS will report them (lower case, sorted, filled in)."""
        return item

    def displaced(self, undeclared: dict[str, Resource]) -> t.Collection[str]:
        """Names of what is declared no more and what AWS would not have beside what is (`wanted`): they give way without a consent."""
        return ()

    def stage(self, item: Item) -> int:
        """When it is made or changed, where others of the set must be before it: those of a lower stage first, those of one stage together."""
        return 0

    def same(self, option: str, wanted: t.Any, current: t.Any) -> bool | None:
        """Whether an option is as declared where comparing the values does not tell. None leaves it to the comparison."""
        return None

    def placeholder(self, name: str) -> Item:
        """Well-formed outputs for something that does not exist yet."""
        return {"id": PLACEHOLDER, "name": name}

    def refuse(self, items: dict[str, Item]) -> list[str]:
        """What is wrong with these items, found before anything is touched."""
        return []

    def forbid(self, resource: Resource, item: Item, changes: Item) -> list[str]:
        """Which of these changes cannot be made, nor by a replacement, found before anything is touched. `fixed` needs no mention here."""
        return []

    def hand_over(self, name: str) -> str:
        """What the user does to give us something that exists, for messages."""
        return f"tag it {', '.join(f'{key}={value}' for key, value in self.tags.items())} to hand it over"

    def predict(self, resource: Resource | None, item: Item) -> Item:
        """Outputs after a change that check mode did not make."""
        return {}

    def unpredicted(self, item: Item) -> str:
        """What a run does because of a new one that check mode cannot foretell, in words for people. Empty for nothing."""
        return ""


def owned(tags: dict[str, str], by: dict[str, str]) -> bool:
    """True where the tags say that the resource is ours."""
    return all(tags.get(key) == by[key] for key in OWNERSHIP if key in by)
