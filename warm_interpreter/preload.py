# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server loads once, and how a child uses it.

Ansible sends a module together with all module utilities it imports, in a zip that comes first on sys.path. A child may use the
utilities that the server has loaded from disk only if they are what was sent: it compares every file in the zip with what was
loaded (size and CRC-32, which the zip's directory holds), and takes either all of them from the server or none. The module itself
is taken from disk if it is the same there, because that saves compiling it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import pkgutil
import ssl
import sys
import sysconfig
import time
import types
import typing as t
import zipfile
import zlib
from collections import deque
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = Path(sysconfig.get_path("purelib"))
# As ansible.cfg orders them: collections installed into the project come before those that `ansible` from PyPI carries.
COLLECTION_PATHS = (ROOT / "collections" / "ansible_collections", SITE / "ansible_collections")
COLLECTIONS = ("amazon.aws", "community.aws", "groundswell.aws")
# Modules of the standard library and of third parties that the wrapper around a module, the utilities or boto3 import late.
LIBRARIES = (
    "base64 concurrent.futures.thread datetime email.parser encodings.idna fcntl getpass glob grp hashlib http.client json logging "
    "multiprocessing.pool pwd queue runpy select selectors shlex shutil ssl subprocess syslog tempfile urllib.request uuid zipfile "
    "zipimport boto3 boto3.session boto3.s3.inject boto3.ec2.createtags boto3.ec2.deletetags boto3.dynamodb.transform "
    "botocore.awsrequest botocore.client botocore.config botocore.credentials botocore.endpoint_provider botocore.eventstream "
    "botocore.handlers botocore.httpsession botocore.paginate botocore.parsers botocore.regions botocore.retries.standard "
    "botocore.serialize botocore.session botocore.signers botocore.stub botocore.utils botocore.waiter s3transfer.manager "
    "dateutil.parser dateutil.tz jmespath yaml"
).split()
# Services whose models the blueprints use, most used first: they are loaded one by one while no task waits.
SERVICES = (
    "ec2 iam s3 sts kms rds elbv2 cloudwatch logs ssm secretsmanager autoscaling route53 acm cloudfront wafv2 elasticache sns "
    "application-autoscaling resourcegroupstaggingapi service-quotas backup budgets ce s3control events lambda dynamodb"
).split()
MODEL_KINDS = ("service-2", "endpoint-rule-set-1", "paginators-1", "waiters-2")
# Ansible's own utilities: these and all they import, and what its modules for files and commands use besides.
UTILITIES = (
    "basic urls datatag _internal._ansiballz._loader _internal._ansiballz._respawn common.dict_transformations common.file "
    "common.process common.sys_info common.text.formatters compat.version facts.timeout"
).split()
PROFILES = "ansible.module_utils._internal._json._profiles"
# Looks up the zip it came from, so it must come from there.
FROM_ZIP = ("ansible/module_utils/common/respawn.py",)
# Modules beside a playbook or in a role: Ansible tells them from its own by where its utilities lie.
LEGACY = "ansible/legacy/"
# Packages whose __init__ Ansible writes itself when it packs a module.
WRITTEN = ("ansible/__init__.py", "ansible/module_utils/__init__.py", "ansible/modules/__init__.py")


class Loaded(t.NamedTuple):
    module: types.ModuleType
    file: str
    size: int
    crc: int


# Modules that a file put into sys.modules under another name than its own, or without a file: name -> path in the zip, module.
put: dict[str, tuple[str, types.ModuleType]] = {}
stash: dict[str, Loaded] = {}  # path in the zip -> what the server loaded from the same path on disk
seen: dict[str, tuple[int, int]] = {}  # file or directory -> modification time and size when the server loaded it
models: deque[str] = deque(SERVICES)
looked_at = 0.0


def on_disk(path: str) -> Path | None:
    """The file that belongs to a path in the zip."""
    parts = path.split("/")
    if parts[0] == "ansible":
        return SITE.joinpath(*parts)
    if parts[0] == "ansible_collections" and len(parts) > 3:
        collection = collection_directory(parts[1], parts[2])
        return collection and collection.joinpath(*parts[3:])
    return None


def collection_directory(namespace: str, name: str) -> Path | None:
    return next((path / namespace / name for path in COLLECTION_PATHS if (path / namespace / name).is_dir()), None)


def load() -> None:
    """Import everything once, then hide Ansible's part of it: a child finds it again through its Finder."""
    let_settle()
    started = time.time()
    gc.disable()
    share_models()
    for name in LIBRARIES:
        importlib.import_module(name)
    share_handlers()
    # The first context of a process takes six milliseconds, in which OpenSSL reads its configuration.
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    load_utilities()
    for name, module in [item for item in sys.modules.items() if item[0].partition(".")[0] in ("ansible", "ansible_collections")]:
        del sys.modules[name]
        keep(name, module, started)
    remember()
    settle()


def let_settle() -> None:
    """Wait until no utility of our own is younger than two seconds: Python's compiled files tell edits apart by the second."""
    files = (ROOT / "collections").glob("ansible_collections/*/*/plugins/module_utils/**/*.py")
    youngest = max((file.stat().st_mtime for file in files), default=0.0)
    time.sleep(min(max(youngest + 2 - time.time(), 0), 2))


def settle() -> None:
    """Keep the collector away from what all children share: touching an object copies its page."""
    gc.enable()
    gc.collect()
    gc.freeze()


def load_utilities() -> None:
    """Import module_utils of Ansible and of the collections, with packages that look as in a module's zip."""
    package("ansible", SITE / "ansible").__file__ = str(SITE / "ansible" / "__init__.py")
    package("ansible.module_utils", SITE / "ansible" / "module_utils")
    for name in UTILITIES:
        attempt(f"ansible.module_utils.{name}")
    attempt_all(PROFILES, SITE.joinpath(*PROFILES.split(".")))
    package("ansible_collections", None)
    for collection in COLLECTIONS:
        namespace, name = collection.split(".")
        directory = collection_directory(namespace, name)
        if not directory:
            continue
        full = f"ansible_collections.{collection}"
        package(f"ansible_collections.{namespace}", None)
        for part, path in ((full, directory), (f"{full}.plugins", directory / "plugins")):
            package(part, path)
        attempt_all(f"{full}.plugins.module_utils", directory / "plugins" / "module_utils")


def package(name: str, path: Path | None) -> types.ModuleType:
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__path__ = [str(path)] if path else []
        sys.modules[name] = module
        parent, _, leaf = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], leaf, module)
    return sys.modules[name]


def attempt_all(name: str, directory: Path) -> None:
    if not directory.is_dir():
        return
    package(name, directory)
    for info in pkgutil.iter_modules([str(directory)]):
        attempt(f"{name}.{info.name}")
        if info.ispkg and f"{name}.{info.name}" in sys.modules:
            attempt_all(f"{name}.{info.name}", directory / info.name)


def attempt(name: str) -> None:
    """Import what can be imported; what a module needs and this machine lacks is for the module to report.

    A file that warns when it is imported stays out: each module that imports it must warn anew.
    """
    before = set(sys.modules)
    try:
        importlib.import_module(name)
    except Exception:
        warned = True
    else:
        warnings = sys.modules["ansible.module_utils.common.warnings"]
        warned = bool(warnings._global_warnings or warnings._global_deprecations)
        warnings._global_warnings.clear()
        warnings._global_deprecations.clear()
    if warned:
        for new in set(sys.modules) - before:
            if new.startswith("ansible"):
                del sys.modules[new]


def keep(name: str, module: types.ModuleType, started: float) -> None:
    path = name.replace(".", "/") + ("/__init__.py" if hasattr(module, "__path__") else ".py")
    file = on_disk(path)
    if path in WRITTEN or getattr(module, "__spec__", module) is None:
        return
    if getattr(module, "__file__", None) != str(file):
        # ansible.module_utils.distro becomes the installed distro, ansible.module_utils.six.moves is in no file.
        owner = path if file and file.exists() else name.partition(".moves")[0].replace(".", "/") + "/__init__.py"
        put[name] = owner, module
        return
    size, crc = measure(file)
    if file.stat().st_mtime > started - 1:
        # Changed meanwhile, so it may not be what was imported: like nothing that is sent, and soon to be loaded anew.
        size = -1
        seen[str(file)] = (0, 0)
    stash[path] = Loaded(module, str(file), size, crc)


def measure(file: Path) -> tuple[int, int]:
    """What the directory of a zip says of a file: its size and CRC-32."""
    data = file.read_bytes()
    return len(data), zlib.crc32(data)


def remember() -> None:
    """Note the state of every file that was loaded, and of the directories where a new one would matter."""
    files = {module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)}
    kept = {loaded.module.__file__ for loaded in stash.values()}
    own = {str(path) for path in Path(__file__).resolve().parent.glob("*.py")}
    directories = {str(Path(file).parent) for file in kept} | {str(SITE)}
    for path in files | kept | own | directories:
        with contextlib.suppress(OSError):
            seen.setdefault(path, state(path))


def state(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def out_of_date() -> bool:
    """True when code on disk is newer than what is loaded. Looks at most once a second."""
    global looked_at
    if time.monotonic() - looked_at < 1:
        return False
    try:
        newer = any(state(path) != before for path, before in seen.items())
    except OSError:
        newer = True
    looked_at = time.monotonic()
    return newer


def share_models() -> None:
    """Let botocore keep the parsed JSON of the files it ships, which it only reads, and the list of them."""
    import botocore.loaders

    loader = botocore.loaders
    shipped = (os.path.dirname(loader.__file__), os.path.join(SITE, "boto3"))
    files: dict[tuple[str, type], t.Any] = {}
    lists: dict[tuple[str, ...], list[str]] = {}
    load_file = loader.JSONFileLoader.load_file
    list_services = loader.Loader.list_available_services

    def load_file_once(self: t.Any, file_path: str) -> t.Any:
        if not file_path.startswith(shipped):
            return load_file(self, file_path)
        if file_path not in files:
            files[file_path] = load_file(self, file_path)
        return files[file_path]

    def list_services_once(self: t.Any, type_name: str) -> list[str]:
        paths = [path for path in self.search_paths if os.path.isdir(path)]
        if not all(path.startswith(shipped) for path in paths):
            return list_services(self, type_name)
        key = (type_name, *paths)
        if key not in lists:
            lists[key] = list_services(self, type_name)
        return list(lists[key])

    loader.JSONFileLoader.load_file = load_file_once
    loader.Loader.list_available_services = list_services_once


def share_handlers() -> None:
    """Let botocore keep what it finds out about the handlers that each session registers, the same two hundred every time: by what other name their
    event goes, and whether they take any argument.
    """
    import botocore.hooks
    import botocore.session

    hooks = botocore.hooks
    names: dict[str, str] = {}
    answers: dict[types.FunctionType, t.Any] = {}
    prepare, accepts = hooks.EventAliaser.__init__, hooks.accepts_kwargs

    def prepare_with_names(self: t.Any, *arguments: t.Any, **options: t.Any) -> None:
        prepare(self, *arguments, **options)
        if self._event_aliases == hooks.EVENT_ALIASES:
            self._alias_name_cache = names

    def accepts_once(handler: t.Any) -> t.Any:
        function = getattr(handler, "__func__", handler)
        if not isinstance(function, types.FunctionType):
            return accepts(handler)
        if function not in answers:
            answers[function] = accepts(handler)
        return answers[function]

    hooks.EventAliaser.__init__ = prepare_with_names
    hooks.accepts_kwargs = accepts_once
    botocore.session.Session()  # registers them, and has neither read credentials nor settings when it goes


def pending() -> bool:
    return bool(models)


def load_next() -> None:
    """Load the models of one more service."""
    import botocore.exceptions
    import botocore.loaders

    loader = botocore.loaders.Loader()
    loader.search_paths.append(str(SITE / "boto3" / "data"))  # as boto3's session does
    service = models.popleft()
    for kind in MODEL_KINDS:
        with contextlib.suppress(botocore.exceptions.DataNotFoundError):
            loader.load_service_model(service, kind)
    if not models:
        for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
            with contextlib.suppress(botocore.exceptions.DataNotFoundError):
                loader.load_data(name)
        settle()


class StashLoader(SourceFileLoader):
    """Gives out the first of the modules that the server has loaded, and makes all that were sent known with it."""

    finder: Finder

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return spec.loader_state

    def exec_module(self, module: types.ModuleType) -> None:
        self.finder.admit()


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Finder(MetaPathFinder):
    """In a child: finds what the module's zip holds in the server's memory or on disk, provided that all of it is the same there."""

    def __init__(self, count: str) -> None:
        self.count = count
        self.payload: str | None = None  # the zip, once there is one
        self.names: dict[str, str] = {}  # path in the zip -> file on disk

    def find_spec(self, name: str, path: t.Sequence[str] | None, target: types.ModuleType | None = None) -> ModuleSpec | None:
        if name.partition(".")[0] not in ("ansible", "ansible_collections"):
            return None
        if self.payload is None and not self.open():
            return None
        stem = name.replace(".", "/")
        for inside, is_package in ((f"{stem}.py", False), (f"{stem}/__init__.py", True)):
            if inside not in self.names:
                continue
            loader = (StashLoader if inside in stash else SourceFileLoader)(name, self.names[inside])
            places = [f"{self.payload}/{stem}"] if is_package else None
            spec = importlib.util.spec_from_file_location(name, self.names[inside], loader=loader, submodule_search_locations=places)
            if inside in stash:
                spec.loader_state, loader.finder = stash[inside].module, self
            return spec
        return None

    def admit(self) -> None:
        """Put what was sent and is loaded into sys.modules, as importing it would."""
        for inside in sorted(self.names, key=lambda name: name.count("/")):
            if inside not in stash:
                continue
            module = stash[inside].module
            name = module.__name__
            parent, _, leaf = name.rpartition(".")
            if parent not in sys.modules:
                importlib.import_module(parent)
            sys.modules[name] = module
            setattr(sys.modules[parent], leaf, module)
            if hasattr(module, "__path__"):
                module.__path__ = [f"{self.payload}/{name.replace('.', '/')}"]
        for name, (owner, module) in put.items():
            if owner in self.names:
                sys.modules[name] = module
                parent, _, leaf = name.rpartition(".")
                setattr(sys.modules[parent], leaf, module)

    def open(self) -> bool:
        """Look at the zip that the wrapper has put first on sys.path."""
        if not sys.path or not sys.path[0].endswith("_payload.zip"):
            return False
        self.payload = sys.path[0]
        self.names = self.same()
        word = "warm" if self.names else "warm without utilities"
        with contextlib.suppress(OSError), open(self.count, "a", opener=private) as file:
            file.write(f"{word}\n")
        return True

    def same(self) -> dict[str, str]:
        """The zip's files that are the same on disk, which may be taken from there; none if the server holds another one."""
        names = {}
        with zipfile.ZipFile(self.payload) as payload:
            entries = payload.infolist()
        for entry in entries:
            if entry.filename in (*WRITTEN, *FROM_ZIP):
                continue
            if entry.filename.startswith(LEGACY):
                return {}
            sent = (entry.file_size, entry.CRC)
            if loaded := stash.get(entry.filename):
                if (loaded.size, loaded.crc) != sent:
                    return {}
                names[entry.filename] = loaded.file
            elif file := on_disk(entry.filename):
                with contextlib.suppress(OSError):
                    if measure(file) == sent:
                        names[entry.filename] = str(file)
        return names
