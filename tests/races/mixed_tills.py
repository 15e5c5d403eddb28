"""A stall that is paid with balance beside the wire: what buyers begin, what becomes of it, and what may not."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, bindparam

from core.db import across_merchants, reading
from plugins.balance_points import accounts
from plugins.balance_points.plugin import register_checks
from tests.races.tills import PRICE, Bill, PaidStall
from tests.races.yard import Said

#: what each buyer is given, and what of it pays a part of a tea
GIVEN, PART = 3000, 2000
CASH = PRICE - PART
#: as the plugin's own, without its condition
UNGUARDED_ACCOUNT = accounts._DONE.where(*accounts._THIS, bindparam("keep", type_=BigInteger) <= 0)


def opens(stall: PaidStall) -> PaidStall:
    """It keeps balance and points from now on."""
    settings = {"password_required": False, "points_cap": 100}
    assert stall.admin("PATCH", "plugins/balance_points/settings", settings, If_Match="*").good
    stall.staff("POST", "plugins/balance_points/enable", {})
    return stall


def somebody(till: PaidStall, kind: str = "balance", amount: int = GIVEN) -> str:
    """A buyer with something to spend; the token."""
    (token,) = till.buyers(1)
    body = {"kind": kind, "change": amount, "remark": "to begin with"}
    till.staff("POST", f"balance_points/customers/{till.shop(token, 'GET', 'me')['id']}/adjustments", body)
    return token


def account(till: PaidStall, token: str, kind: str = "balance") -> tuple[int, int]:
    """Free and set aside."""
    (row,) = [row for row in till.shop(token, "GET", "balance_points/accounts")["data"] if row["kind"] == kind]
    return row["available"], row["held"]


def begins(till: PaidStall, token: str, number: str, channel: str, part: int = PART) -> Said:
    """The buyer pays a part with balance and the rest through *channel*."""
    tenders = [{"channel": "balance", "amount": part}, {"channel": channel, "product": "qr"}]
    return till.shop(token, "POST", f"orders/{number}/payments", {"tenders": tenders})


def mixed(till: PaidStall, *channels: str) -> Bill:
    """An order that waits for its cash, by any of *channels* (the wire)."""
    token = somebody(till)
    order = till.placed(token, ("tea", 1), total=PRICE)
    said = {name: begins(till, token, order["number"], name) for name in channels or ("wire",)}
    assert all(one.good and one["amount"] == CASH for one in said.values()), said
    attempts = {name: str(one["out_trade_no"]) for name, one in said.items()}
    return Bill(token, order["number"], UUID(order["id"]), attempts)


def cash(till: PaidStall, bill: Bill, channel: str = "wire", **more: Any) -> Said | None:
    """The payer pays, if the channel still takes it, and it tells so."""
    if more.pop("at_closing", False):
        till.wires[channel].closing[bill.attempts[channel]].wait(20)
    receipt = till.wires[channel].pays(bill.attempts[channel], CASH, **more)
    return till.tells(receipt, channel=channel) if receipt else None


def paid(till: PaidStall) -> Bill:
    """An order that both have paid."""
    bill = mixed(till)
    assert cash(till, bill) is not None and till.seen(bill)["state"] == "awaiting_shipment"
    return bill


def held(till: PaidStall, bill: Bill) -> list[tuple[str, int]]:
    """State and amount of what balance ever held for the order, oldest first."""
    rows = till.execute(f"""
        SELECT string_agg(state || ' ' || amount, ',' ORDER BY id) FROM payments
         WHERE order_id = '{bill.order_id}' AND role = 'payable'""")
    return [(state, int(amount)) for state, amount in (row.split() for row in (rows or "").split(",") if row)]


def torn(till: PaidStall, bill: Bill) -> bool:
    """Whether the order, its hold and the account do not say the same."""
    ends = {
        "awaiting_shipment": ((GIVEN - PART, 0), "settled"),
        "closed": ((GIVEN, 0), "closed"),
        "refunded": ((GIVEN, 0), "settled"),
    }
    there, state = ends.get(till.seen(bill)["state"], (None, None))
    return account(till, bill.buyer) != there or held(till, bill)[-1] != (state, PART)


def breaches(till: PaidStall) -> list[str]:
    """Every law that does not hold: of the shop, and of the plugin."""
    with till.app.app_context(), across_merchants(), reading():
        found = [told for check in register_checks() for told in check.find()]
    return found + till.broken_laws() + till.kept_for_nothing()


def is_broken(till: PaidStall, bills: list[Bill]) -> bool:
    """Whether anything of it came out as it must not."""
    return any(torn(till, bill) for bill in bills) or bool(breaches(till))


def take_the_accounts_guards_out(till: PaidStall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts are changed without a condition, and as often as anybody likes; nor does the database mind."""
    monkeypatch.setattr(accounts, "CHANGE", UNGUARDED_ACCOUNT)
    for name in ("available", "held"):
        till.execute(f"ALTER TABLE balance_points_accounts DROP CONSTRAINT ck_balance_points_accounts_{name}")
    for name in unique_entries(till):
        till.execute(f"ALTER TABLE balance_points_entries DROP CONSTRAINT {name}")


def unique_entries(till: PaidStall) -> list[str]:
    """What keeps an entry from being written twice."""
    names = till.execute("""
        SELECT string_agg(conname, ',') FROM pg_constraint
         WHERE conrelid = 'balance_points_entries'::regclass AND contype = 'u' AND conname LIKE '%reference%'""")
    assert names, "nothing does"
    return str(names).split(",")
