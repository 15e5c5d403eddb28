"""The words of mixed payments: filling accounts, paying with several tenders, looking at what is held."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.db import db, reading
from core.models import Order, RefundPart, Share
from core.models import Payment as Row
from tests.core.by_wire.words import token_of
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import WORD, HonestWire, told

#: vector V1: three kinds of goods with their units
V1 = {"A": 1, "B": 2, "C": 3}


class Till:
    """Whoever stands at the till of *shop*."""

    def __init__(self, shop: Shop, wires: Mapping[str, HonestWire]) -> None:
        self.shop, self.wires = shop, wires

    # -- accounts
    def fills(self, buyer: BuyerActor, *, balance: int = 0, points: int = 0, card: int = 0, bonus: int = 0) -> None:
        """Money and points on the buyer's accounts."""
        for kind, change in {"balance": balance, "points": points}.items():
            if change:
                body = {"kind": kind, "change": change, "remark": "a gift", "reference": f"{kind}-{change}"}
                self.shop.asks("POST", f"balance_points/customers/{buyer.id}/adjustments", body)
        if card:
            body = {"customer_id": buyer.id, "principal": card, "bonus": bonus, "valid_days": 90, "remark": "a gift"}
            self.shop.asks("POST", "stored_value/cards", body)

    def has(self, buyer: BuyerActor) -> dict[str, tuple[int, int]]:
        """Account -> what is free, and what is held."""
        told = buyer.asks("GET", "balance_points/accounts")
        found = {row["kind"]: (row["available"], row["held"]) for row in told["data"]}
        cards = buyer.lists("stored_value/cards")
        free = sum(card["principal"] + card["bonus"] for card in cards)
        held = sum(card["held_principal"] + card["held_bonus"] for card in cards)
        return {**found, "cards": (free, held)}

    # -- paying
    def pays(self, buyer: BuyerActor, order: Told, *ways: str | tuple[str, int], expecting: int | None = None) -> Told:
        """Pay with these; a pair says how much."""
        tenders = [self._way(*((way,) if isinstance(way, str) else way)) for way in ways]
        who = buyer.is_refused(expecting) if expecting else buyer
        return who.asks("POST", f"orders/{order.number}/payments", {"tenders": tenders})

    def _way(self, name: str, amount: int | None = None) -> dict[str, Any]:
        product = {"product": "qr"} if name in self.wires else {}
        return {"channel": name, "amount": amount, **product}

    def cash_comes(self, payment: Told, **more: Any) -> None:
        """The payer pays at the channel, which tells us."""
        receipt = self.wires[payment.channel].pays(payment.out_trade_no, payment.amount, **more)
        assert receipt is not None, "the channel takes no money for it any more"
        url = f"/v1/notify/{token_of(self.shop, payment.channel)}"
        answer = self.shop.merchant.visitor.send("POST", url, headers={"X-Wire-Word": WORD}, content=told(receipt))
        assert answer.status == 204

    # -- looking
    def shares(self, order: Told) -> dict[str, list[int]]:
        """Adjustment layer, channel or tender -> what of it falls on each line, freight last."""
        with self.shop.merchant.inside(), reading() as session:
            row = session.scalars(select(Order).where(*self._mine(Order), Order.number == order.number)).one()
            lines = [line.id for line in row.lines]
            names: dict[Any, str] = {one.id: one.layer for one in row.adjustments}
            names |= {one.id: one.channel for one in row.payments if one.role != "adjustment"}
            found = {name: [0] * len(lines) for name in names.values()}
            for share in session.scalars(select(Share).where(*self._mine(Share), Share.order_id == row.id)):
                if name := names.get(share.adjustment_id or share.payment_id):
                    found[name][lines.index(share.line_id)] += share.amount
        return found

    def backs(self, order: Told, number: str) -> dict[str, int]:
        """Channel or tender -> what a refund gives back of it."""
        with self.shop.merchant.inside(), reading() as session:
            row = session.scalars(select(Order).where(*self._mine(Order), Order.number == order.number)).one()
            of = {one.id: one.channel for one in row.payments}
            refund = next(one for one in row.refunds if one.number == number)
            parts = session.scalars(
                select(RefundPart).where(*self._mine(RefundPart), RefundPart.refund_id == refund.id)
            )
            return {of[part.payment_id]: part.amount for part in parts if part.state != "withdrawn"}

    def states(self, order: Told) -> list[tuple[str, str, int]]:
        """Channel or tender, state and amount of every payment, oldest first."""
        with self.shop.merchant.inside(), reading():
            query = select(Row).where(*self._mine(Row)).order_by(Row.id)
            rows = db.session().scalars(query)
            return [(row.channel, row.state, row.amount) for row in rows if str(row.order_id) == order.id]

    def _mine(self, model: Any) -> tuple[Any, ...]:
        return (model.merchant_id == self.shop.merchant.id,)
