"""The private servers of the test suite: they start, answer, stop, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text

from tests.servers import Postgres, Valkey, start_postgres, start_valkey

ROOT = Path(__file__).resolve().parents[2]


def gone(pid: int) -> bool:
    """True once the process has ended; a zombie that nobody has collected yet counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def memory_folders() -> set[Path]:
    return set(Path("/dev/shm").glob("merx-*"))


def soon(happens, patience=20.0) -> bool:
    deadline = time.monotonic() + patience
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    server = start_postgres(tmp_path_factory.mktemp("pg"))
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path):
    server = start_valkey(tmp_path)
    yield server
    server.stop()


def ask(server: Postgres, database: str, statement: str):
    engine = create_engine(server.url(database))
    try:
        with engine.begin() as connection:
            answer = connection.execute(text(statement))
            return answer.scalar() if answer.returns_rows else None
    finally:
        engine.dispose()


def test_postgres_is_version_18_and_listens_on_no_port(postgres):
    assert ask(postgres, "postgres", "show server_version").startswith("18.")
    assert ask(postgres, "postgres", "show listen_addresses") == ""
    assert ask(postgres, "postgres", "show fsync") == "off"
    assert ask(postgres, "postgres", "show max_connections") == "200"
    assert len(str(postgres.folder / postgres.socket)) < 100


def test_a_database_made_from_a_template_has_its_rows_and_is_its_own(postgres):
    postgres.create_database("first")
    ask(postgres, "first", "create table things as select 7 as size")
    postgres.create_database("second", template="first")
    ask(postgres, "second", "delete from things")
    assert ask(postgres, "first", "select size from things") == 7
    assert ask(postgres, "second", "select count(*) from things") == 0
    for name in ("first", "second", "never there"):
        postgres.drop_database(name)
    assert ask(postgres, "postgres", "select count(*) from pg_database where datname in ('first', 'second')") == 0


def test_a_database_can_be_dropped_while_somebody_is_connected(postgres):
    postgres.create_database("busy")
    engine = create_engine(postgres.url("busy"))
    with engine.connect():
        postgres.drop_database("busy")
    engine.dispose()


def test_text_is_unicode_and_sorts_the_same_on_every_machine(postgres):
    assert ask(postgres, "postgres", "show server_encoding") == "UTF8"
    assert ask(postgres, "postgres", "select upper('é') || length('订单')") == "É2"
    assert ask(postgres, "postgres", "select 'Z' < 'a'") is True


def test_a_durable_postgres_flushes_to_disk(tmp_path):
    server = start_postgres(tmp_path, durable=True)
    try:
        assert ask(server, "postgres", "show fsync") == "on"
        assert ask(server, "postgres", "show synchronous_commit") == "on"
    finally:
        server.stop()


def test_valkey_answers_and_forgets(valkey):
    with redis.Redis.from_url(valkey.url) as client:
        assert client.ping()
        client.set("a", 1)
        valkey.flush()
        assert client.get("a") is None
        assert client.config_get("port") == {"port": "0"}


def test_two_servers_of_a_kind_live_side_by_side(valkey, tmp_path):
    other = start_valkey(tmp_path / "other")
    try:
        redis.Redis.from_url(valkey.url).set("a", 1)
        assert redis.Redis.from_url(other.url).get("a") is None
    finally:
        other.stop()


@pytest.mark.parametrize("start", [start_postgres, start_valkey])
def test_a_stopped_server_leaves_no_process_and_no_folder(start, tmp_path):
    before = memory_folders()
    server: Postgres | Valkey = start(tmp_path)
    pid, folder = server.pid, server.folder
    assert folder.is_dir()
    server.stop()
    server.stop()  # harmless
    assert gone(pid)
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
    assert memory_folders() <= before


def test_starting_a_server_changes_no_mode_outside_its_folder(tmp_path):
    before = [(path, path.stat().st_mode) for path in (tmp_path, *tmp_path.parents)]
    start_postgres(tmp_path).stop()
    assert [(path, path.stat().st_mode) for path in (tmp_path, *tmp_path.parents)] == before


def test_when_a_program_ends_without_stopping_its_servers_they_are_gone_all_the_same(tmp_path):
    story = f"""
from pathlib import Path
from tests.servers import start_postgres, start_valkey
for server in (start_postgres(Path({str(tmp_path)!r})), start_valkey(Path({str(tmp_path)!r}))):
    print(server.pid, server.folder)
"""
    done = subprocess.run([sys.executable, "-c", story], cwd=ROOT, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        pid, folder = line.split(" ", 1)
        assert gone(int(pid))
        assert not Path(folder).exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux signals children when a parent dies")
def test_servers_die_with_a_parent_killed_by_kill_9(tmp_path):
    story = f"""
import time
from pathlib import Path
from tests.servers import start_postgres, start_valkey
for server in (start_postgres(Path({str(tmp_path)!r})), start_valkey(Path({str(tmp_path)!r}))):
    print(server.pid, server.folder, flush=True)
time.sleep(100)
"""
    with subprocess.Popen([sys.executable, "-c", story], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        servers = [parent.stdout.readline().strip().split(" ", 1) for _ in range(2)]
        parent.send_signal(signal.SIGKILL)
    for pid, _ in servers:
        assert soon(lambda pid=pid: gone(int(pid)))
    start_postgres(tmp_path / "next").stop()  # the next start clears away what the killed one could not
    for _, folder in servers:
        assert not Path(folder).exists() or Path(folder).is_relative_to(tmp_path)


def test_a_server_that_cannot_start_says_what_its_log_says(tmp_path, monkeypatch):
    monkeypatch.setattr(Valkey, "socket", "no/such/folder/valkey.sock")
    with pytest.raises(RuntimeError, match="valkey did not come up"):
        start_valkey(tmp_path)
    assert list(tmp_path.iterdir()) == []
