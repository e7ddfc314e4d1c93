# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands where Ansible expects a Python: hands a module to the warm server, or becomes the plain interpreter.

It runs once per task, so it imports built-in modules only (`python -IS`: 10 ms to start, and 10 more with `os` and `socket`).
Whatever it does not understand, it leaves to the plain interpreter: the last thing it does is then exec, with standard input untouched.
"""

import posix
import sys

HERE = sys.argv[0].rpartition("/")[0] or "."
# A socket's path may have 107 bytes.
PATH_BYTES = 107 - len(".socket")
# The socket is answered as soon as the server has started; a request, when the server has loaded everything.
ANSWER_SECONDS = 5.0
LOAD_SECONDS = 60.0
# How long a server that could not start is not tried again.
RETRY_SECONDS = 300.0
# Variables that are read when an interpreter or a library starts: tasks that differ in one need servers that differ.
STARTUP = (b"HOME", b"LD_", b"GLIBC_", b"MALLOC_", b"OPENSSL_", b"BOTO_", b"PYTHONPATH", b"PYTHONWARNINGS")
# Other PYTHON* that may be set.
SUPPORTED = (b"PYTHON", b"PYTHONPATH", b"PYTHONWARNINGS", b"PYTHONDONTWRITEBYTECODE", b"PYTHONUNBUFFERED")


class Plain(Exception):
    """Why this task takes the plain interpreter."""


def directory():
    """The private directory of the sockets. A foreign or open one is not used."""
    path = posix.environ.get(b"WARM_INTERPRETER_DIRECTORY") or b"/tmp/groundswell-warm-%d" % posix.geteuid()
    try:
        posix.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise Plain("no directory for the socket") from error
    status = posix.lstat(path)
    if status.st_mode & 0o170077 != 0o040000 or status.st_uid != posix.geteuid():
        raise Plain("")  # nowhere to count it
    return path


def startup():
    """What a server must have been started with to stand for the interpreter of this task."""
    variables = [name + b"=" + value for name, value in posix.environ.items() if name.startswith(STARTUP)]
    return b"\n".join([b"%d" % sys.flags.utf8_mode, *sorted(variables)])


def key():
    """One server per virtual environment and checkout, which their inodes name, and way of starting."""
    number = int.from_bytes(startup(), "big") % (2**61 - 1)
    return b"%x-%x-%x" % (posix.stat(sys.executable.rpartition("/")[0]).st_ino, posix.stat(HERE).st_ino, number)


def connect(base):
    """A connection to the server, which is started if need be."""
    import _socket

    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(base + b".socket")
        return connection
    except OSError:
        pass  # no server, or one that is gone

    import time

    try:
        if time.time() - posix.stat(base + b".failed").st_mtime < RETRY_SECONDS:
            raise Plain("the server could not start a moment ago")
    except FileNotFoundError:
        pass
    start(base)
    limit = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < limit:
        time.sleep(0.01)
        try:
            connection.connect(base + b".socket")
            return connection
        except OSError:
            continue
    posix.close(posix.open(base + b".failed", posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC, 0o600))
    raise Plain("the server did not start")


def start(base):
    """Start the server away from this task: its own session, nothing inherited but the environment."""
    child = posix.fork()
    if child:
        posix.waitpid(child, 0)
        return
    try:
        posix.setsid()
        if posix.fork():
            posix._exit(0)
        posix.umask(0o077)
        posix.chdir("/")
        posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
        log = posix.open(base + b".log", posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND, 0o600)
        posix.dup2(log, 1)
        posix.dup2(log, 2)
        posix.closerange(3, 256)
        own = (b"PYTHONDONTWRITEBYTECODE", b"PYTHONUNBUFFERED")  # each task has its own
        environment = {name: value for name, value in posix.environ.items() if name not in own}
        posix.execve(sys.executable, [sys.executable, "-X", f"utf8={sys.flags.utf8_mode}", HERE + "/server.py", base, startup()], environment)
    finally:
        posix._exit(1)


def receive(connection, size):
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            return b""
        received += part
    return received


def offer(base, request, descriptors):
    """Hand the task over. Until the word "go" is sent, nothing has run and the plain interpreter may still be taken."""
    import _socket

    for _attempt in range(2):  # a server that finds itself out of date closes the connection, and a new one takes its place
        connection = connect(base)
        connection.settimeout(LOAD_SECONDS)
        try:
            rights = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in descriptors)
            sent = connection.sendmsg([request], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
            connection.sendall(request[sent:])
            answer = connection.recv(1)
        except TimeoutError as error:
            raise Plain("the server did not answer in time") from error
        except OSError:
            continue
        if answer == b"N":
            raise Plain("the server refused: it was started under other conditions")
        if answer == b"R":
            connection.settimeout(None)
            try:
                connection.sendall(b"G")
            except OSError:
                continue  # it is gone and cannot have read the word
            return connection
    raise Plain("the server went away twice")


def hand_over():
    """Run the task in a child of the server; returns its wait status. Raises Plain as long as nothing has run."""
    if sys.platform != "linux":
        raise Plain("")  # /proc and peer credentials are used throughout
    base = directory() + b"/" + key()
    try:
        if len(sys.argv) > 1:
            raise Plain("arguments")  # asynchronous tasks, kept files: a script named on the command line
        if len(base) > PATH_BYTES:
            raise Plain("path too long")
        if posix.isatty(0):
            raise Plain("terminal")
        environment = posix.environ
        for name in environment:
            if name.startswith(b"PYTHON") and name not in SUPPORTED:
                raise Plain("variable " + name.decode())
        if sys.stdout.encoding != "utf-8" or sys.getfilesystemencoding() != "utf-8":
            raise Plain("encoding")
        try:
            here = posix.open(".", posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC)
        except OSError as error:
            raise Plain("working directory") from error
        umask = posix.umask(0)
        posix.umask(umask)
        parts = [b"%o" % umask, startup(), sys.stdin.errors.encode()]
        parts += [name + b"=" + value for name, value in environment.items()]
        body = b"\0".join(parts)
        connection = offer(base, len(body).to_bytes(4, "big") + body, (0, 1, 2, here))
        answer = receive(connection, 5)
        if answer[:1] == b"F":
            raise Plain("the server could not fork")
    except Plain as reason:
        count(base, str(reason))
        raise
    return int.from_bytes(answer[1:], "big") if answer else None


def count(base, reason):
    """Falling back is silent, but not uncounted."""
    try:
        file = posix.open(base + b".count", posix.O_WRONLY | posix.O_CREAT | posix.O_APPEND | posix.O_CLOEXEC, 0o600)
        posix.write(file, b"plain: " + reason.encode() + b"\n")
        posix.close(file)
    except OSError:
        pass


def main():
    import _signal

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # die of it like any process, without a traceback
    try:
        status = hand_over()
    except (Plain, OSError):
        if _signal.getsignal(_signal.SIGPIPE) is _signal.SIG_IGN:
            _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)  # ignored by this Python, not by who started it
        posix.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    if status is None:
        posix.write(2, b"The warm interpreter ended while this task ran in it; whether the task took effect is unknown.\n")
        posix._exit(1)
    if posix.WIFSIGNALED(status):
        number = posix.WTERMSIG(status)
        if number not in (_signal.SIGKILL, _signal.SIGSTOP):
            _signal.signal(number, _signal.SIG_DFL)
        posix.kill(posix.getpid(), number)
    posix._exit(posix.WEXITSTATUS(status))


main()
