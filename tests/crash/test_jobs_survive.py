"""Real processes on PostgreSQL and Valkey: kill, flush and hang them, and every job is still done."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from core import queue
from core.db import db
from core.processes import die_with_parent
from tests.job_yard import Yard, furnish, make_yard
from tests.servers import Postgres, Valkey

ROOT = Path(__file__).parents[2]


class Site:
    """A yard whose work is done by processes of its own."""

    def __init__(self, yard: Yard, environment: dict[str, str]) -> None:
        self.yard = yard
        self._environment = os.environ | environment | {"PYTHONPATH": str(ROOT)}
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, role: str) -> "subprocess.Popen[bytes]":
        me = os.getpid()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.job_yard", role], cwd=ROOT, env=self._environment,
            preexec_fn=lambda: die_with_parent(me),
        )  # fmt: skip
        self._processes.append(process)
        return process

    def order(self, *whats: object, job: str = "core.mark", **args: object) -> None:
        with self.yard.acting():
            for what in whats:
                queue.soon(job, what=what, **args)

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def site(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Site]:
    name = f"crash_{uuid4().hex[:8]}"
    postgres.create_database(name)
    valkey.flush()
    # jobs are written by a process that does not send them: the dispatcher has to
    yard = make_yard(postgres.url(name), tmp_path / "traces", margin=1)
    furnish(yard)
    environment = {
        "YARD_DATABASE": postgres.url(name),
        "YARD_REDIS": valkey.url,
        "YARD_TRACES": str(tmp_path / "traces"),
        "YARD_MARGIN": "1",
    }
    site = Site(yard, environment)
    yield site
    site.stop()
    with yard.app.app_context():
        db.engine.dispose()


def wait_until_idle(yard: Yard) -> None:
    until = time.monotonic() + 60
    while rows := yard.rows():
        assert time.monotonic() < until, [(row.name, row.args, row.tries, row.error) for row in rows]
        time.sleep(0.1)


def test_two_dispatchers_and_two_workers_do_each_of_200_jobs_once(site: Site) -> None:
    for role in ("dispatch", "dispatch", "worker", "worker"):
        site.start(role)
    for start in range(0, 200, 50):
        site.order(*range(start, start + 50))
    lines = site.yard.wait_for(200)
    wait_until_idle(site.yard)
    assert Counter(lines) == Counter(f"m1 {number}" for number in range(200))


def test_the_process_that_writes_a_job_sends_it_at_once_without_a_dispatcher(
    site: Site, postgres: Postgres, valkey: Valkey
) -> None:
    site.start("worker")
    with site.yard.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    sender = make_yard(url, site.yard.traces, redis=valkey.url)
    with sender.acting():
        queue.soon("core.mark", what="sent")
    assert site.yard.wait_for(1) == ["m1 sent"]
    wait_until_idle(site.yard)
    with sender.app.app_context():
        db.engine.dispose()


def test_without_redis_a_job_is_still_written_and_the_caller_does_not_notice(site: Site, tmp_path: Path) -> None:
    with site.yard.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    cut_off = make_yard(url, site.yard.traces, redis=f"unix://{tmp_path}/nobody.sock", margin=1)
    began = time.monotonic()
    with cut_off.acting():
        queue.soon("core.short", seconds=0, what="late")
    assert time.monotonic() - began < 2
    site.start("dispatch")
    site.start("worker")
    assert site.yard.wait_for(2) == ["began", "m1 late"], "once its lease is over"
    with cut_off.app.app_context():
        db.engine.dispose()


def test_a_worker_killed_in_the_middle_of_a_job_loses_nothing(site: Site) -> None:
    site.start("dispatch")
    victim = site.start("worker")
    site.order("slow", job="core.short", seconds=1.5)
    site.order(*range(5))
    while "began" not in site.yard.left():
        time.sleep(0.02)
    victim.kill()
    victim.wait()
    time.sleep(1)
    assert "m1 slow" not in site.yard.left(), "its horse died with it"
    site.start("worker")
    wait_until_idle(site.yard)
    done = Counter(site.yard.left())
    assert done.pop("began") == 2
    assert done == Counter([*(f"m1 {number}" for number in range(5)), "m1 slow"])


def test_redis_may_forget_everything_again_and_again(site: Site, valkey: Valkey) -> None:
    site.start("dispatch")
    for number in range(60):
        site.order(number, job="core.short", seconds=0.02)
    time.sleep(1)
    valkey.flush()  # nobody has worked yet: all that was sent is gone
    site.start("worker")
    for _ in range(3):
        time.sleep(0.7)
        valkey.flush()
    wait_until_idle(site.yard)
    done = Counter(line for line in site.yard.left() if line != "began")
    assert set(done) == {f"m1 {number}" for number in range(60)}


def test_a_job_that_hangs_or_kills_its_worker_hurts_only_itself(site: Site) -> None:
    site.start("dispatch")
    site.start("worker")
    site.order("a", "b")
    with site.yard.acting():
        queue.soon("core.hang")
        queue.soon("core.die")
    site.order("c", "d")
    site.yard.wait_for(4)
    assert sorted(site.yard.left()) == ["m1 a", "m1 b", "m1 c", "m1 d"]


def test_the_embedded_worker_needs_no_redis_and_ends_after_the_job_in_hand(site: Site) -> None:
    worker = site.start("embedded")
    site.order("slow", job="core.short", seconds=1)
    site.order("never")
    while "began" not in site.yard.left():
        time.sleep(0.02)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert site.yard.left() == ["began", "m1 slow"]
    site.start("embedded")
    assert site.yard.wait_for(3, patience=5) == ["began", "m1 slow", "m1 never"], "it was given back, not kept"


@pytest.mark.parametrize("role", ["dispatch", "worker"])
def test_idle_processes_end_when_they_are_asked(site: Site, valkey: Valkey, role: str) -> None:
    process = site.start(role)
    site.order("x")
    redis = Redis.from_url(valkey.url)
    until = time.monotonic() + 60
    while not (redis.scard("rq:workers") or any(row.lease for row in site.yard.rows())):
        assert time.monotonic() < until, "it never came up"
        time.sleep(0.1)
    redis.close()
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
