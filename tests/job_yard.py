"""A tiny installation for tests of the queue: merchants, and jobs that leave a line in a file; also as real processes.

``python -m tests.job_yard embedded|dispatch|worker`` runs one process of it, told by the environment (YARD_DATABASE,
YARD_REDIS, YARD_TRACES, YARD_MARGIN).
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from core import carrier, queue, rounds
from core.clock import now
from core.contracts.checkout import JobSpec
from core.contracts.people import Actor, MerchantView
from core.current import acting, current_merchant
from core.db import Base, add, db, engine_options, in_transaction, transaction
from core.models import Job, Merchant

PATIENCE = 60.0


@dataclass
class Yard:
    """One app, its jobs, and what they left behind."""

    app: Flask
    traces: Path
    jobs: dict[str, JobSpec]
    off: set[str] = field(default_factory=set)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def acting(self, merchant_id: int = 1) -> Iterator[None]:
        """Inside a transaction of the merchant's."""
        with self.app.app_context(), transaction() as session:
            merchant = view(session.get_one(Merchant, merchant_id))
            with acting(merchant, Actor("system", None, "test", "job", "request-1")):
                yield

    def rows(self, merchant_id: int = 1) -> list[Job]:
        """All job rows of a merchant, oldest first."""
        with self.app.app_context(), transaction() as session:
            return list(session.scalars(select(Job).where(Job.merchant_id == merchant_id).order_by(Job.id)))

    def run_due(self, limit: int | None = None) -> int:
        """Run what is due in this process."""
        with self.app.app_context():
            return queue.run_due(limit)

    def left(self) -> list[str]:
        """The lines that jobs left, in the order in which they ended."""
        return self.traces.read_text().splitlines() if self.traces.exists() else []

    def trace(self, text: str) -> None:
        """Leave a line; many processes may."""
        with self.traces.open("a") as file:
            file.write(text + "\n")

    def wait_for(self, lines: int, patience: float = PATIENCE) -> list[str]:
        """Wait until jobs left so many lines."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            found = self.left()
            if len(found) >= lines:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{len(self.left())} lines after {patience} s instead of {lines}")


def view(row: Merchant) -> MerchantView:
    """A merchant without settings."""
    return MerchantView(row.id, row.code, row.name, row.currency, row.timezone, row.language, {}, row.plugin_version)


def make_yard(database: str, traces: Path, *, redis: str | None = None, margin: float = 60) -> Yard:
    """The app with its jobs; the tables are there already, see :func:`furnish`."""
    app = Flask("yard")
    app.config.update(SQLALCHEMY_DATABASE_URI=database, SQLALCHEMY_ENGINE_OPTIONS=engine_options(database))
    app.config["REDIS_URL"] = redis
    db.init_app(app)
    yard = Yard(app, traces, {})
    yard.jobs.update(_jobs(yard))
    rules = queue.Rules(
        find=yard.jobs.get,
        enter=view,
        is_on=lambda plugin: plugin not in yard.off,
        wanted=lambda: {name: spec for name, spec in yard.jobs.items() if name.partition(".")[0] not in yard.off},
        failed=lambda job, error: yard.failures.append((job.name, error)),
        margin=timedelta(seconds=margin),
        carry=carrier.Carrier(redis).carry_or_leave if redis else None,
    )
    queue.follow(app, rules)
    return yard


def furnish(yard: Yard, *timezones: str) -> None:
    """Make the tables, and a merchant for each zone (1, 2 ...)."""
    with yard.app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            for number, timezone in enumerate(timezones or ("UTC",), start=1):
                add(
                    Merchant(
                        id=number, code=f"m{number}", name=f"Merchant {number}", currency="CNY", timezone=timezone,
                        language="zh", settings={}, created_at=now(),
                    )
                )  # fmt: skip


def _jobs(yard: Yard) -> dict[str, JobSpec]:
    def mark(**args: Any) -> None:
        assert not in_transaction()
        said = " ".join(str(args[word]) for word in sorted(args))
        yard.trace(f"{current_merchant().code} {said}".strip())

    def write_then_fail() -> None:
        with transaction() as session:
            session.get_one(Merchant, current_merchant().id).name = "half done"
        with transaction() as session:
            session.get_one(Merchant, current_merchant().id).name = "never"
            raise RuntimeError("no")

    def hang() -> None:
        with transaction():
            time.sleep(600)

    def slow(seconds: float, **args: Any) -> None:
        yard.trace("began")
        time.sleep(seconds)
        mark(**args)

    def rearm(again: str) -> None:
        with transaction():
            queue.later("core.mark", now() + timedelta(hours=1), key=again, what="again")

    def touch(what_id: Any) -> None:
        yard.trace(type(what_id).__name__)

    return {
        "core.mark": JobSpec("mark", mark, limit=3),
        "core.fail": JobSpec("fail", write_then_fail, tries=3),
        "core.hang": JobSpec("hang", hang, limit=1, tries=1),
        "core.short": JobSpec("short", slow, limit=2),
        "core.rearm": JobSpec("rearm", rearm),
        "core.touch": JobSpec("touch", touch),
        "core.die": JobSpec("die", lambda: os._exit(9), limit=1, tries=2),
        "gift.mark": JobSpec("mark", mark, limit=3),
    }


def main(role: str) -> None:
    """One process of the yard."""
    yard = make_yard(
        os.environ["YARD_DATABASE"], Path(os.environ["YARD_TRACES"]),
        redis=os.environ.get("YARD_REDIS"), margin=float(os.environ["YARD_MARGIN"]),
    )  # fmt: skip
    if role == "worker":
        carrier.make_worker(yard.app, ["core", "gift"]).work(logging_level="WARNING")
    elif role == "dispatch":
        rounds.dispatch(yard.app, rounds.Stop().listen())
    else:
        rounds.work_embedded(yard.app, rounds.Stop().listen(), lambda _: None)


if __name__ == "__main__":
    main(sys.argv[1])
