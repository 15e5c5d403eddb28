"""Stalls for properties: one SQLite file is set up once and put back before every example."""

import atexit
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

from app import create_app
from core import clock, queue
from core.db import Base, across_merchants, db, reading
from core.models import Job
from core.periodic import KEY as PERIODIC
from tests.races.yard import Stall

MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TEST_KEY = "bWVyeG1lcnhtZXJ4bWVyeG1lcnhtZXJ4bWVyeG1lcng="
SETTINGS = (
    {"freight_flat": 700},
    {"settle_days": 3, "buyer_may_edit_receiver": True, "allow_zero_pay": True, "confirm_preset": "s2"},
    {"freight_flat": 1, "risk_hold_amount": 2000, "settle_days": 1, "confirm_reminder_days": 0},
    {"buyer_may_cancel_paid": False, "remind_unpaid_minutes": 0, "allow_zero_pay": True},
)
PRICES = {"tea": 333, "pot": 1000, "gift": 0, "song": 199}


class Street:
    """Several stalls with different settings on one database, which can be put back as it was at first."""

    def __init__(self, folder: Path) -> None:
        self._file, self._kept = folder / "street.db", folder / "kept.db"
        clock.freeze(MORNING)
        self.app = _app(self._file, folder)
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
            with db.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("BEGIN")
        self.stalls = [Stall(self.app, f"stall-{n}", settings=each) for n, each in enumerate(SETTINGS)]
        self.buyers = [stall.buyers(2) for stall in self.stalls]
        for stall in self.stalls:
            stall.staff("POST", "plugins/whims/enable", {})
            stall.sells("tea", PRICES["tea"], north=9, south=6)
            stall.sells("pot", PRICES["pot"], north=7, south=9)
            stall.sells("gift", PRICES["gift"], north=20)
            stall.sells("song", PRICES["song"])
        self._keep()

    def put_back(self) -> None:
        """The database as it was at first, and the clock too."""
        clock.freeze(MORNING)
        with self.app.app_context():
            db.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{self._file}{end}").unlink(missing_ok=True)
        shutil.copy(self._kept, self._file)

    def settles(self) -> None:
        """Run what is due until nothing is."""
        with self.app.app_context():
            while queue.run_due():
                pass

    def passes(self, delta: timedelta) -> None:
        """Let time pass; every job runs when it is due."""
        target = clock.now() + delta
        self.settles()
        while (due := self._next_due(target)) is not None:
            clock.freeze(due)
            self.settles()
        clock.freeze(target)
        self.settles()

    def _next_due(self, target: datetime) -> datetime | None:
        own = (Job.key.is_(None)) | (~Job.key.startswith(PERIODIC))
        query = select(func.min(Job.due_at)).where(Job.status == "waiting", own)
        query = query.where(Job.due_at > clock.now(), Job.due_at <= target)
        with self.app.app_context(), across_merchants(), reading() as session:
            return session.scalar(query)

    def _keep(self) -> None:
        with self.app.app_context():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
            db.engine.dispose()
        shutil.copy(self._file, self._kept)


def _app(file: Path, folder: Path) -> Flask:
    return create_app(
        {
            "DATABASE_URL": f"sqlite:///{file}",
            "VAR": str(folder / "var"),
            "SECRET_KEYS": [TEST_KEY],
            "REDIS_URL": "",
            # sessions do not end in the sandbox, however long an example lasts
            "SANDBOX": True,
            "PASSWORD_COST": 8,
            "TESTING": True,
            "EXTRA_PLUGINS": [("whims", "tests.properties.whims")],
        }
    )


@cache
def street() -> Street:
    """The stalls, made once."""
    folder = Path(tempfile.mkdtemp(prefix="merx-street-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Street(folder)
