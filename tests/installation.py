"""An installation of real processes with WeChat Pay's simulator among them, an application that looks in, a clock."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import create_app
from core import clock as core_clock
from core import migrations
from core.commands.db import wings
from core.db import across_merchants, db, reading
from core.models import Job
from tests.conftest import Clock, configuration
from tests.plugins.wechatpay.simulators import Wechat, lend_keys
from tests.told import moment
from tests.works import Works, wait_for


class Installation:
    """Real processes on PostgreSQL and Valkey, and an application of our own that looks into their database."""

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self.works = Works(folder, database, redis)
        self.app = create_app(configuration(database, folder) | {"SANDBOX": True})
        with self.app.app_context():
            migrations.upgrade(db.engine, wings())
        lend_keys(folder / "sandbox" / "wechatpay")
        self.works.start("dispatch")
        self.works.start("worker")
        place = self.works.plays()
        self.works.serves()
        self.control = Wechat((place / "url").read_text(), place)
        self.clock = CommonClock(self.app, self.control)

    def passes(self, delta: timedelta) -> None:
        """Move the clock of all processes, whatever they are doing."""
        core_clock.write_offset(self.works.folder / "clock", delta)

    def stop(self) -> None:
        """End them all."""
        self.control.close()
        self.works.stop()
        core_clock.use_offset_file(None)
        with self.app.app_context():
            db.engine.dispose()


class CommonClock(Clock):
    """The time of all processes: it runs, and is moved for all of them at once."""

    def __init__(self, app: Flask, control: Wechat) -> None:
        super().__init__(app)
        self._control = control

    def passes(self, **delta: float) -> None:
        """Let time pass at a stroke; what became due meanwhile is done late."""
        self.settles()
        core_clock.write_offset(Path(self._app.config["VAR"]) / "clock", timedelta(**delta))
        self.settles()

    def settles(self) -> int:
        """Wait until nothing is due, here and at WeChat Pay."""
        wait_for(self._is_quiet, told=self._left)
        return 0

    def _is_quiet(self) -> bool:
        if self._due():
            return False
        self._control.refunds()  # asked for them, it ends those whose time has come
        now = core_clock.now()
        return (
            not any(moment(one["due_at"]) <= now for one in self._control.notices() if not one["held"])
            and not self._due()
        )

    def _due(self) -> int:
        return len(self._due_rows())

    def _left(self) -> str:
        jobs = [f"{row.name} (tried {row.tries} times: {row.error})" for row in self._due_rows()]
        return f"due are {jobs}, and {self._control.notices()}"

    def _due_rows(self) -> list[Job]:
        query = select(Job).where(Job.status == "waiting", Job.due_at <= core_clock.now())
        with self._app.app_context(), across_merchants(), reading() as session:
            return list(session.scalars(query))
