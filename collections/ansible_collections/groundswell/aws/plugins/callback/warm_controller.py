# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does once what Ansible would do again in every run, or again in the process of every task."""

from __future__ import annotations

DOCUMENTATION = r"""
name: warm_controller
type: aggregate
short_description: Saves a run what an earlier one, or its own first process, has done
version_added: 0.1.0
description:
  - Ansible packs a module with all the utilities it imports, having parsed each of them, and forgets the package when the run ends. This
    callback keeps the packages of C(ansible.builtin), C(groundswell.aws), C(amazon.aws) and C(community.aws), until one of their files, the
    version of Ansible or that of Python changes. It halves the processor time of a run that has nothing to change.
  - Compiled templates are kept likewise, and read before the processes of tasks are forked. Only those that stand in files that are not encrypted, so
    that nothing of a vault is kept in clear.
  - Filters and tests are loaded before that too, so that no process has to load them for itself, and found once. The variables of a host are made ready
    for templates once, and not for each template that another one leads to. Nor do garbage collectors go over what is inherited.
  - It changes nothing that a task sees. Where the directory cannot be used, every run does all of the work, as without it.
requirements:
  - listed in C(callbacks_enabled) of C(ansible.cfg)
options:
  directory:
    description:
      - Where packages and templates are kept, some tens of megabytes in all. Made for its user alone.
      - One that belongs to somebody else, or that others may write to, is not used, because what is read from it is run.
    type: path
    default: ~/.ansible/groundswell/modules
    env:
      - name: WARM_CONTROLLER_DIRECTORY
"""

import gc
import hashlib
import os
import shutil
import stat
import sys
import typing as t
from pathlib import Path

import ansible
import jinja2
from ansible import constants as C
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader, test_loader
from ansible.release import __version__
from ansible.utils.collection_loader import AnsibleCollectionConfig

# A package contains files of these and of Ansible itself, and no others.
COLLECTIONS = ("groundswell.aws", "amazon.aws", "community.aws")
PREFIXES = ("ansible.modules.", *(f"ansible_collections.{name}.plugins." for name in COLLECTIONS))
KEPT_STATES = 3  # states of the files that packages are kept of: branches that somebody goes to and fro between
YOUNG = 50_000  # objects between two looks for garbage, of which a process that lives for one task makes next to none


class CallbackModule(CallbackBase):
    """Prepares the controller when the first playbook starts, and keeps what was made when the run ends."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "groundswell.aws.warm_controller"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: t.Any = None, options: t.Any = None) -> None:
        super().__init__(display=display, options=options)
        self._kept: Path | None = None
        self._templates: t.Any = None
        # As ansible.executor.module_common names it; were it named otherwise, nothing would be found there, and nothing kept.
        self._packages = Path(C.DEFAULT_LOCAL_TMP, "ansiballz_cache")

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        if self._kept:  # several playbooks, one run
            return
        # Asked for one, a loader loads them all.
        filter_loader.get("default")
        test_loader.get("defined")
        try:
            state = state_directory(Path(self.get_option("directory")))
            hand_out(state / "packages", self._packages)
            self._kept = state / "packages"
            self._templates = kept_templates(state / "templates")
        except (ImportError, AttributeError, OSError) as error:
            self._display.vvv(f"warm_controller: not everything is kept ({error})")
        # What is there now stays until the end, and a page that is not looked at is not copied for each process.
        gc.freeze()
        gc.set_threshold(YOUNG)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        if self._kept is None:
            return
        try:
            keep(self._packages, self._kept)
            if self._templates:
                self._templates.gather()
        except OSError as error:
            self._display.vvv(f"warm_controller: nothing is kept ({error})")


def kept_templates(directory: Path) -> t.Any:
    """Those that are kept, in use from now on, in this Ansible, whose inner parts they take. Raises ImportError or AttributeError where those are named
    otherwise.
    """
    from ansible_collections.groundswell.aws.plugins.plugin_utils.kept_templates import KeptTemplates
    from ansible_collections.groundswell.aws.plugins.plugin_utils.shared_variables import share_wrapped

    share_wrapped()
    kept = KeptTemplates(directory)
    kept.use()
    return kept


def state_directory(top: Path) -> Path:
    """Directory of what fits the files as they are. Raises OSError where it would not be private."""
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = os.lstat(top)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{top} is not private")
    directory = top / fingerprint()
    (directory / "packages").mkdir(mode=0o700, parents=True, exist_ok=True)
    os.utime(directory)
    for old in sorted(top.iterdir(), key=os.path.getmtime, reverse=True)[KEPT_STATES:]:
        shutil.rmtree(old, ignore_errors=True)
    return directory


def fingerprint() -> str:
    """Digest of all that a package depends on: who packs it, and every file that may be in it. Templates depend on less."""
    digest = hashlib.sha256(f"{__version__} {jinja2.__version__} {sys.version} {ansible.__file__}".encode())
    for directory in source_directories():
        for file in sorted(file for pattern in ("**/*.py", "**/*.yml") for file in directory.glob(pattern)):
            status = file.stat()
            digest.update(f"{file} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()[:32]


def source_directories() -> list[Path]:
    """Of Ansible and of each collection, as Ansible would find it: modules, their utilities, and what leads from one name to another."""
    package = Path(ansible.__file__).parent
    found = [package / "modules", package / "module_utils", package / "_internal" / "ansible_collections", package / "config"]
    for name in COLLECTIONS:
        places = [Path(root, "ansible_collections", *name.split(".")) for root in AnsibleCollectionConfig.collection_paths]
        collection = next((place for place in places if place.is_dir()), None)
        if collection:
            found += [collection / "plugins" / "modules", collection / "plugins" / "module_utils", collection / "meta"]
    return found


def hand_out(kept: Path, packages: Path) -> None:
    """Let Ansible find what is kept among the packages that it has made itself.

    As files of their own, where the file system allows: a run that starts meanwhile may clear the directory away, and a task that has just seen
    its package must not find it gone.
    """
    packages.mkdir(exist_ok=True)
    for package in kept.iterdir():
        try:
            os.link(package, packages / package.name)
        except OSError:
            shutil.copyfile(package, packages / package.name)


def keep(packages: Path, kept: Path) -> None:
    """Copy what is not kept yet; a file appears under its name when it is whole."""
    for package in packages.iterdir():
        wanted = package.name.startswith(PREFIXES) and not package.name.endswith((".lock", "-part"))
        if wanted and not (kept / package.name).exists():
            half = kept / f".{package.name}.{os.getpid()}"
            shutil.copyfile(package, half)
            half.replace(kept / package.name)
