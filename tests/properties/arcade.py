"""An arcade for properties: stalls that take two wires, balance, cards and points, with coupons and promotions."""

import atexit
import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app import create_app
from core import clock
from core.commands import doctor
from core.db import Base, all_of, db, reading
from core.models import LedgerEntry, Payment, RefundPart
from tests.conftest import MORNING, Clock, configuration
from tests.races.tills import PaidStall
from tests.races.yard import Said
from tests.snapshot import Snapshot
from tests.wire import HonestWire, register

SETTINGS: tuple[dict[str, Any], ...] = (
    {"freight_flat": 700, "allow_zero_pay": True},
    {"late_payment": "revive", "allow_zero_pay": True},
    {"freight_flat": 1, "late_payment": "revive", "settle_days": 1},
)
PRICES = {"tea": 333, "pot": 1999, "cup": 1}
CODES = ("OFF", "PERCENT", "BIG")
#: what every buyer is given at first
GIVEN = {"balance": 3001, "points": 1777, "stored_value": 2503}
TITLE = {"zh": "减", "en": "Off"}


class Arcade:
    """Stalls with different settings on one database, which can be put back as it was at first."""

    def __init__(self, folder: Path) -> None:
        file = folder / "arcade.db"
        clock.freeze(MORNING)
        self.wires = {name: HonestWire(name) for name in ("wire", "cable")}
        extra = [("whims", "tests.properties.whims"), *(register(wire) for wire in self.wires.values())]
        # sessions do not end in the sandbox, however long an example lasts
        more = {"SANDBOX": True, "EXTRA_PLUGINS": extra}
        self.app = create_app(configuration(f"sqlite:///{file}", folder / "var") | more)
        with self.app.app_context():
            Base.metadata.create_all(db.engine)
        self.stalls = [
            PaidStall(self.app, list(self.wires.values()), f"arcade-{n}", open_unpaid_limit=100, **each)
            for n, each in enumerate(SETTINGS)
        ]
        self.buyers = [self._opens(stall) for stall in self.stalls]
        self._first = Snapshot(self.app, file)

    def _opens(self, stall: PaidStall) -> str:
        """Goods on the shelves, every plugin on, and one buyer who was given something; the token."""
        for sku, price in PRICES.items():
            stall.sells(sku, price, north=40)
        sets(stall, "balance_points", password_required=False, points_cap=100, earn_rate=0)
        for plugin in ("whims", "balance_points", "stored_value", "coupons", "promotions"):
            stall.staff("POST", f"plugins/{plugin}/enable", {})
        worth: tuple[dict[str, Any], ...] = (
            {"kind": "fixed", "amount": 301, "stackable": True},
            {"kind": "percentage", "basis_points": 1700, "stackable": True},
            {"kind": "threshold", "threshold": 3000, "amount": 999},
        )
        for code, more in zip(CODES, worth, strict=True):
            stall.staff("POST", "coupons/templates", {"title": TITLE, "issuing": "code", "code": code, **more} | ON)
        steps = [{"threshold": 2500, "amount": 203}]
        stall.staff("POST", "promotions/rules", {"title": TITLE, "kind": "steps", "steps": steps} | ON)
        (token,) = stall.buyers(1)
        person = stall.shop(token, "GET", "me")["id"]
        for kind in ("balance", "points"):
            body = {"kind": kind, "change": GIVEN[kind], "remark": "to begin with"}
            stall.staff("POST", f"balance_points/customers/{person}/adjustments", body)
        for principal, bonus in ((GIVEN["stored_value"] - 900, 100), (700, 100)):
            body = {"customer_id": person, "principal": principal, "bonus": bonus, "valid_days": 300, "remark": "gift"}
            stall.staff("POST", "stored_value/cards", body)
        return token

    def put_back(self) -> None:
        """The database as it was at first, and the clock and the wires too."""
        clock.freeze(MORNING)
        for wire in self.wires.values():
            wire.forget()
        self._first.put_back()

    def settles(self) -> None:
        """Run what is due until nothing is."""
        Clock(self.app).settles()

    def passes(self, delta: timedelta) -> None:
        """Let time pass; every job runs when it is due."""
        Clock(self.app).passes(seconds=delta.total_seconds())


ON = {"enabled": True}


def sets(stall: PaidStall, plugin: str, **settings: Any) -> Said:
    """The settings of a plugin."""
    return stall.admin("PATCH", f"plugins/{plugin}/settings", settings, If_Match="*")


def accounts(stall: PaidStall, token: str) -> dict[str, tuple[int, int]]:
    """By tender, what of the buyer's is free and what is set aside."""
    rows = stall.shop(token, "GET", "balance_points/accounts")["data"]
    cards = stall.shop(token, "GET", "stored_value/cards")["data"]
    free = sum(card["principal"] + card["bonus"] for card in cards)
    held = sum(card["held_principal"] + card["held_bonus"] for card in cards)
    return {row["kind"]: (row["available"], row["held"]) for row in rows} | {"stored_value": (free, held)}


def owed(stall: PaidStall) -> dict[str, tuple[int, int]]:
    """By tender, what its one buyer must have free and set aside: what they were given less what is still paid."""
    with stall.inside(), reading():
        payments = [row for row in all_of(Payment, stall.id) if row.channel in GIVEN]
        credited = [row for row in all_of(RefundPart, stall.id) if row.tender and row.state == "done"]
        found = {}
        for name, given in GIVEN.items():
            mine = [row for row in payments if row.channel == name]
            held = sum(row.amount for row in mine if row.state == "open")
            spent = sum(row.settled_amount - row.refunded for row in mine)
            # captured only when it is concluded, which a job may still do
            waits = sum(row.amount for row in mine if row.state == "settled" and row.concluded_at is None)
            more = sum(part.amount for part in credited if part.tender == name)
            found[name] = (given - held - spent + more, held + waits)
        return found


def sick(stall: PaidStall) -> list[str]:
    """What `merx doctor` finds wrong, and whether the trial balance does not come to nothing."""
    with stall.app.app_context():
        found = [told for one in doctor.examine({}, None, 20) for told in [*one.sentences, one.trouble] if told]
    with stall.inside(), reading():
        total = db.session().scalar(select(func.sum(LedgerEntry.amount)).where(LedgerEntry.merchant_id == stall.id))
    rows = stall.staff("GET", "reports/trial-balance")
    closing = sum(row["closing"] for row in rows["books"])
    return found + [f"the books come to {total}, the trial balance to {closing}"] * bool(total or closing)


@cache
def arcade() -> Arcade:
    """The stalls, made once."""
    folder = Path(tempfile.mkdtemp(prefix="merx-arcade-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Arcade(folder)
