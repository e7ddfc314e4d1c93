# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compiled templates that outlive the process which compiled them.

Ansible evaluates the variables of each task in a process of its own, which compiles every template that they lead to anew.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import os
import shutil
import typing as t
from pathlib import Path
from types import CodeType

from ansible._internal._datatag._tags import Origin
from ansible._internal._templating import _jinja_bits
from ansible._internal._templating._jinja_bits import AnsibleEnvironment
from jinja2 import nodes

# What a template uses and how Jinja calls it, for that goes into its code: "filters" or "tests", a name, the first argument that it asks for.
Use = tuple[str, str, str]
MOST = 10_000  # templates in a directory, 3 kB each on average; each edit of one adds one
VAULT = b"$ANSIBLE_VAULT"


def keep_compiled(directory: Path) -> None:
    """Look up templates in a directory before they are compiled, and put them there afterwards; in this process and those forked from it.

    The directory belongs to one version of Ansible, of Jinja and of Python. Raises OSError where it cannot be made.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    if sum(1 for _ in directory.iterdir()) > MOST:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700, exist_ok=True)
    compile_anew = AnsibleEnvironment.compile

    @functools.wraps(compile_anew)
    def compile_once(environment: AnsibleEnvironment, source: t.Any, *arguments: t.Any, **named: t.Any) -> t.Any:
        # Expressions come as trees, files of the template module with names: both are few.
        if not isinstance(source, str) or arguments or named or environment._debuggable_template_source:
            return compile_anew(environment, source, *arguments, **named)
        file = directory / digest(environment, source)
        code = load(file, environment)
        if code is None:
            code = compile_anew(environment, source)
            if from_a_readable_file(source):
                save(file, code, list(uses(environment, source)))
        return code

    AnsibleEnvironment.compile = compile_once


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


def load(file: Path, environment: AnsibleEnvironment) -> CodeType | None:
    """What is kept under a name, if it still fits the filters and tests that are there."""
    try:
        used, code = marshal.loads(file.read_bytes())
    except (OSError, EOFError, TypeError, ValueError):
        return None
    return code if all(first_argument(environment, kind, name) == argument for kind, name, argument in used) else None


def save(file: Path, code: CodeType, used: list[Use]) -> None:
    """Keep it; it appears under its name when it is whole."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        half.write_bytes(marshal.dumps((used, code)))
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
