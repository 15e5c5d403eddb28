"""Stalls for properties: one SQLite file is set up once and put back before every example."""

import atexit
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app import create_app
from core import clock
from core.db import Base, db
from tests.conftest import MORNING, Clock, configuration
from tests.races.tills import PaidStall
from tests.snapshot import Snapshot
from tests.wire import HonestWire, register

SETTINGS: tuple[dict[str, Any], ...] = (
    {"freight_flat": 700},
    {"settle_days": 3, "buyer_may_edit_receiver": True, "allow_zero_pay": True, "confirm_preset": "s2"}
    | {"late_payment": "revive"},
    {"freight_flat": 1, "risk_hold_amount": 2000, "settle_days": 1, "confirm_reminder_days": 0},
    {"buyer_may_cancel_paid": False, "remind_unpaid_minutes": 0, "allow_zero_pay": True} | {"late_payment": "revive"},
)
PRICES = {"tea": 333, "pot": 1000, "gift": 0, "song": 199}


class Street:
    """Several stalls with different settings on one database, which can be put back as it was at first."""

    def __init__(self, folder: Path) -> None:
        file = folder / "street.db"
        clock.freeze(MORNING)
        # sessions do not end in the sandbox, however long an example lasts
        self.wire = HonestWire()
        extra = [("whims", "tests.properties.whims"), register(self.wire)]
        more = {"SANDBOX": True, "EXTRA_PLUGINS": extra}
        self.app = create_app(configuration(f"sqlite:///{file}", folder / "var") | more)
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
        self.stalls = [PaidStall(self.app, [self.wire], f"stall-{n}", **each) for n, each in enumerate(SETTINGS)]
        self.buyers = [stall.buyers(2) for stall in self.stalls]
        for stall in self.stalls:
            stall.staff("POST", "plugins/whims/enable", {})
            stall.sells("tea", PRICES["tea"], north=9, south=6)
            stall.sells("pot", PRICES["pot"], north=7, south=9)
            stall.sells("gift", PRICES["gift"], north=20)
            stall.sells("song", PRICES["song"])
        self._first = Snapshot(self.app, file)

    def put_back(self) -> None:
        """The database as it was at first, and the clock and the wire too."""
        clock.freeze(MORNING)
        self.wire.forget()
        self._first.put_back()

    def settles(self) -> None:
        """Run what is due until nothing is."""
        Clock(self.app).settles()

    def passes(self, delta: timedelta) -> None:
        """Let time pass; every job runs when it is due."""
        Clock(self.app).passes(seconds=delta.total_seconds())


@cache
def street() -> Street:
    """The stalls, made once."""
    folder = Path(tempfile.mkdtemp(prefix="merx-street-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Street(folder)
