"""A showroom for properties: one stall that presells at four different terms, put back before every example."""

import atexit
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app import create_app
from core import clock
from core.db import Base, across_merchants, db, reading
from plugins.presale.checks import CHECKS
from tests.conftest import MORNING, Clock, configuration
from tests.properties.arcade import sets
from tests.races.tills import PaidStall
from tests.snapshot import Snapshot
from tests.wire import HonestWire, register

DAY = timedelta(days=1)
PRICE, DEPOSIT, QUOTA = 5000, 777, 6
#: SKU -> terms of its activity, and of its item
TERMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "lamp": ({"remind_hours": 3, "compensation_percent": 100}, {}),
    "rug": ({"return_deposit": True, "match_lower": True}, {"worth": 1500}),
    "vase": ({"deposit_after_final": False, "per_buyer": 3}, {"deposit": 1}),
    "desk": ({"type": "full", "final_starts_at": None, "final_ends_at": None}, {"deposit": None}),
}


class Showroom:
    """The stall, its wire, and what it says of itself."""

    def __init__(self, folder: Path) -> None:
        file = folder / "showroom.db"
        clock.freeze(MORNING)
        self.wire = HonestWire()
        # sessions do not end in the sandbox, however long an example lasts
        more = {"SANDBOX": True, "EXTRA_PLUGINS": [register(self.wire)]}
        self.app = create_app(configuration(f"sqlite:///{file}", folder / "var") | more)
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
        room = {"open_unpaid_limit": 100, "freight_flat": 301, "late_payment": "revive"}
        self.stall = PaidStall(self.app, [self.wire], "showroom", **room)
        sets(self.stall, "balance_points", password_required=False)
        for plugin in ("balance_points", "presale"):
            self.stall.staff("POST", f"plugins/{plugin}/enable", {})
        self.activities = {sku: self._presells(sku, *terms) for sku, terms in TERMS.items()}
        self.buyers = self.stall.buyers(2)
        self._first = Snapshot(self.app, file)

    def _presells(self, sku: str, more: dict[str, Any], item: dict[str, Any]) -> str:
        self.stall.sells(sku, PRICE + 1000, north=40)
        edges = {"deposit_starts_at": 0, "deposit_ends_at": 1, "final_starts_at": 1, "final_ends_at": 2, "ship_at": 4}
        body: dict[str, Any] = {name: (MORNING + days * DAY).isoformat() for name, days in edges.items()}
        line = {"variant_id": str(self.stall.variants[sku]), "price": PRICE, "deposit": DEPOSIT, "quota": QUOTA}
        body |= {"title": {"zh": sku, "en": sku}, "type": "deposit", "items": [line | item]}
        return str(self.stall.staff("POST", "presale/activities", body | more)["id"])

    def put_back(self) -> None:
        """Everything as it was at first."""
        clock.freeze(MORNING)
        self.wire.forget()
        self._first.put_back()

    def passes(self, delta: timedelta) -> None:
        """Let time pass; every job runs when it is due."""
        Clock(self.app).passes(seconds=delta.total_seconds())

    def counts(self, sku: str) -> tuple[int, int, int]:
        """Units placed, with the deposit paid, paid whole."""
        (item,) = self.stall.staff("GET", f"presale/activities/{self.activities[sku]}")["items"]
        return item["placed"], item["deposit_paid"], item["final_paid"]

    def sick(self) -> list[str]:
        """What the plugin's own checks find."""
        with self.app.app_context(), across_merchants(), reading():
            return [told for check in CHECKS for told in check.find()]


@cache
def showroom() -> Showroom:
    """The stall, made once."""
    folder = Path(tempfile.mkdtemp(prefix="merx-showroom-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Showroom(folder)
