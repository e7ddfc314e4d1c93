# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled templates that outlive the process which compiled them.

Ansible evaluates the variables of each task in a process of its own, which compiles every template that they lead to anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import marshal
import os
import typing as t
from pathlib import Path
from types import CodeType

from ansible._internal._datatag._tags import Origin
from ansible._internal._templating import _jinja_bits
from ansible._internal._templating._errors import AnsibleTemplatePluginLoadError
from ansible._internal._templating._jinja_bits import AnsibleEnvironment
from ansible._internal._templating._jinja_plugins import JinjaPluginIntercept
from ansible.plugins.loader import filter_loader
from jinja2 import nodes

# What a template uses and how Jinja calls it, for that goes into its code: "filters" or "tests", a name, the first argument that it asks for.
Use = tuple[str, str, str]
Kept = tuple[list[Use], bytes]  # what a template uses, its code
ALL = "all"
DIGEST_LENGTH = 64
MOST = 5_000  # templates that are kept, 3 kB each on average; each edit of one adds one
VAULT = b"$ANSIBLE_VAULT"


class KeptTemplates:
    """Templates in a directory, which are looked up before they are compiled, and put there afterwards.

    Each has a file of its own until the end of a run, when all go into one, which the next run reads once, before it forks a process for each task.
    The directory belongs to one version of Ansible, of Jinja and of Python.
    """

    def __init__(self, directory: Path) -> None:
        """Read what is kept. Raises OSError where the directory cannot be made."""
        directory.mkdir(mode=0o700, exist_ok=True)
        self._directory = directory
        self._known = read(directory / ALL)

    def use(self) -> None:
        """In this process and those forked from it."""
        share_plugins({(kind, name) for used, _ in self._known.values() for kind, name, _ in used})
        compile_anew = AnsibleEnvironment.compile

        @functools.wraps(compile_anew)
        def compile_once(environment: AnsibleEnvironment, source: t.Any, *arguments: t.Any, **named: t.Any) -> t.Any:
            # Expressions come as trees, files of the template module with names: both are few.
            if not isinstance(source, str) or arguments or named or environment._debuggable_template_source:
                return compile_anew(environment, source, *arguments, **named)
            name = digest(environment, source)
            code = fitting(self._known.get(name) or read(self._directory / name).get(name), environment)
            if code is None:
                code = compile_anew(environment, source)
                if from_a_readable_file(source):
                    save(self._directory / name, {name: (list(uses(environment, source)), marshal.dumps(code))})
            return code

        AnsibleEnvironment.compile = compile_once

    def gather(self) -> None:
        """Put what was compiled since into the one file."""
        single = [file for file in self._directory.iterdir() if len(file.name) == DIGEST_LENGTH]
        if not single:
            return
        added = {name: kept for file in single for name, kept in read(file).items()}
        save(self._directory / ALL, added if len(self._known) + len(added) > MOST else {**self._known, **added})
        for file in single:
            file.unlink(missing_ok=True)


def share_plugins(used: t.Iterable[tuple[str, str]]) -> None:
    """Let all environments of this process find filters and tests that one of them has found, and find these at once.

    Each has its own otherwise, and asks the loaders again. A directory that is added to the loaders starts anew, because its plugins go before others.
    """

    def places(loader: t.Any) -> tuple[str, ...]:
        return (loader.type, *loader._extra_dirs)

    places(filter_loader)  # fails here, or in no task
    prepare = JinjaPluginIntercept.__init__
    found: dict[tuple[str, ...], dict[str, t.Callable[..., t.Any]]] = {}

    @functools.wraps(prepare)
    def prepare_with_found(self: t.Any, builtins: t.Any, loader: t.Any) -> None:
        prepare(self, builtins, loader)
        self._wrapped_funcs = found.setdefault(places(loader), self._wrapped_funcs)

    JinjaPluginIntercept.__init__ = prepare_with_found
    environment = AnsibleEnvironment()
    for kind, name in used:
        with contextlib.suppress(AnsibleTemplatePluginLoadError):
            getattr(environment, kind).get(name)


def digest(environment: AnsibleEnvironment, source: str) -> str:
    """Name of what becomes of a template in this environment."""
    context = _jinja_bits._TemplateCompileContext.current(optional=True)
    surroundings = (
        bool(context and context.escape_backslashes),
        _jinja_bits._TemplateConfig.allow_embedded_templates,
        [getattr(environment, name) for name in _jinja_bits._TEMPLATE_OVERRIDE_FIELD_NAMES],
        sorted(environment.extensions),
    )
    return hashlib.sha256(f"{surroundings}\n{source}".encode(errors="surrogatepass")).hexdigest()


def fitting(kept: Kept | None, environment: AnsibleEnvironment) -> CodeType | None:
    """The code of what is kept, if it fits the filters and tests that are there."""
    try:
        used, code = kept or ((), b"")
        if not code or any(first_argument(environment, kind, name) != argument for kind, name, argument in used):
            return None
        return marshal.loads(code)
    except (EOFError, TypeError, ValueError):
        return None


def read(file: Path) -> dict[str, Kept]:
    """What is kept in a file, by its name; nothing where it cannot be read."""
    try:
        return {name: (used, code) for name, (used, code) in marshal.loads(file.read_bytes()).items()}
    except (OSError, EOFError, AttributeError, TypeError, ValueError):
        return {}


def save(file: Path, kept: dict[str, Kept]) -> None:
    """Keep it; it appears under its name when it is whole."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        half.write_bytes(marshal.dumps(kept))
        half.replace(file)
    except OSError:  # another run has cleared the directory away, or the disk is full: the template was compiled all the same
        half.unlink(missing_ok=True)


def uses(environment: AnsibleEnvironment, source: str) -> t.Iterator[Use]:
    """The filters and tests of a template."""
    for node in environment._parse(source, None, None).find_all((nodes.Filter, nodes.Test)):
        kind = "filters" if isinstance(node, nodes.Filter) else "tests"
        yield kind, node.name, first_argument(environment, kind, node.name)


def first_argument(environment: AnsibleEnvironment, kind: str, name: str) -> str:
    """What Jinja passes to a filter or test before its value: the context, the environment, or nothing."""
    return str(getattr(getattr(environment, kind).get(name), "jinja_pass_arg", ""))


def from_a_readable_file(source: str) -> bool:
    """Whether somebody who reads this user's files finds the template there anyway: nothing of a vault may lie around in clear.

    A value that is encrypted by itself never is a template.
    """
    origin = Origin.get_tag(source)
    return bool(origin and origin.path) and not is_vault(Path(origin.path))


@functools.cache
def is_vault(path: Path) -> bool:
    """Whether a file is encrypted as a whole, or cannot be looked at."""
    try:
        with path.open("rb") as file:
            return file.read(len(VAULT)) == VAULT
    except OSError:
        return True
