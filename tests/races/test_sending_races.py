"""Everybody sends at once, or gives back what is being sent: a unit leaves once, and never beside its money."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Said, Stall, together, trouble_in, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

_numbers = iter(range(1, 10_000))
UNITS = 2


def paid(stall: Stall) -> Any:
    """A paid order of two units of one thing, all there is of it."""
    sku = f"vase-{next(_numbers)}"
    stall.sells(sku, 4900, north=UNITS)
    (token,) = stall.buyers(1)
    return stall.paid(token, (sku, UNITS), total=4900 * UNITS)


def sends(stall: Stall, order: Any, units: int) -> Said:
    """Somebody hands so many units to a courier."""
    line = next(row for row in order["lines"] if row["kind"] == "goods")
    parcel = {"carrier": "SF", "tracking_no": f"SF{next(_numbers):010d}"}
    lines = [{"line_id": line["id"], "quantity": units}]
    return stall.admin("POST", f"orders/{order['number']}/shipments", {**parcel, "lines": lines})


def gives_back(stall: Stall, order: Any, units: int) -> Said:
    """Somebody gives the money of so many units back."""
    line = next(row for row in order["lines"] if row["kind"] == "goods")
    lines = [{"line_id": line["id"], "quantity": units}]
    return stall.admin("POST", f"orders/{order['number']}/refunds", {"reason": "damaged", "lines": lines})


def sent(stall: Stall, order: Any) -> int:
    """Units that are in parcels."""
    shipments = stall.staff("GET", f"orders/{order['number']}")["shipments"]
    return sum(units for row in shipments for parcel in row["parcels"] for units in parcel["contents"].values())


def many_send_the_last(stall: Stall) -> tuple[Counter[int], int]:
    """One unit has left, and several people send the other at once."""
    order = paid(stall)
    assert sends(stall, order, 1).good
    said = together([partial(sends, stall, order, 1)] * 5)
    return Counter(one.status for one in said), sent(stall, order)


def test_the_last_unit_is_sent_by_one_of_many_who_send_it(stall: Stall) -> None:
    for _ in range(4):
        assert many_send_the_last(stall) == ({201: 1, 409: 4}, UNITS)
    assert stall.broken_laws() == []


def test_without_the_lock_on_the_order_the_last_unit_leaves_several_times(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    # nor does a clock that is there already stop its double
    stall.execute("ALTER TABLE deadlines DROP CONSTRAINT uq_deadlines_merchant_id_order_id_kind")

    def sent_too_often() -> bool:
        return many_send_the_last(stall)[1] > UNITS

    assert until_broken(sent_too_often)


def sent_while_it_is_given_back(stall: Stall) -> tuple[Any, Said, list[Said]]:
    """One sends everything, others give everything back; the order then, and what the sender and they were told."""
    order = paid(stall)
    back = partial(gives_back, stall, order, UNITS)
    sender, *others = together([partial(sends, stall, order, UNITS), back, back])
    return stall.staff("GET", f"orders/{order['number']}"), sender, others


def test_what_is_given_back_first_is_not_sent_and_money_goes_back_once(stall: Stall) -> None:
    for _ in range(6):
        order, sender, others = sent_while_it_is_given_back(stall)
        assert trouble_in([sender, *others]) == []
        assert sorted(one.status for one in others) in ([201, 409], [201, 422]), others
        assert sender.status in (201, 409, 422)
        assert order["state"] == "refunding"
        moves = [row["move"] for row in stall.staff("GET", f"orders/{order['number']}/moves")["data"]]
        assert ("ship" in moves) == sender.good
        if sender.good:
            assert moves.index("ship") < moves.index("refund"), "what is being given back is never sent"
    assert stall.broken_laws() == []


def test_without_the_lock_on_the_order_units_are_sent_beside_their_money(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)

    def both() -> bool:
        sent_while_it_is_given_back(stall)
        return bool(stall.broken_laws())

    assert until_broken(both)
