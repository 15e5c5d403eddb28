"""The words of the stories: a shop, its staff and its buyers, each doing over HTTP what the word says."""

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Self
from uuid import UUID

from tests.actors import PASSWORD, Answer, Api, Buyer, Merchant, Staff
from tests.told import Told

RECEIVER = {"name": "Li Wei", "phone": "13800001234", "region": "310000", "address": "1 Long Road, Shanghai"}
BANK = {"bank": "ICBC", "holder": "Acme", "number": "6222000011112222"}
_numbers = count(1)
Units = Mapping[str, int]


class Person:
    """Somebody who asks the API for things; ``person.is_refused(409).does(...)`` gives the problem instead."""

    def __init__(self, api: Any) -> None:
        self.api: Api = api
        self.expected: int | None = None

    def comes_back(self) -> str:
        """Sign in again, for the session was too old; the new token."""
        raise NotImplementedError

    def is_refused(self, status: int) -> Self:
        """This person, for one word that must be refused with *status*."""
        twin = copy.copy(self)
        twin.expected = status
        return twin

    def asks(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """One request and what it told."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {"json": body} if body is not None else {}
        answer: Answer = self.api.send(method, path, headers=sent, **more)
        if answer.status == 401:
            self.api.token = self.comes_back()
            answer = self.api.send(method, path, headers=sent, **more)
        if self.expected is not None:
            assert answer.status == self.expected, f"{method} {path}: {answer.status} {answer.body}"
        else:
            assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body}"
        told = Told(answer.body, answer.headers.get("ETag"))
        told.status_code = answer.status
        return told

    def lists(self, path: str, **filters: Any) -> list[Any]:
        """All rows of a list."""
        self.asks("GET", path)
        return self.api.everything(path, **filters)

    def does(self, thing: Told, word: str, **body: Any) -> Told:
        """``POST orders/<number>/<word>``."""
        return self.asks("POST", f"orders/{thing.number}/{word}", body)

    def sees(self, order: Told) -> Told:
        """The order as it is now, to this person."""
        return self.asks("GET", f"orders/{order.number}")

    def receives(self, order: Told, **body: Any) -> Told:
        """It is here."""
        return self.does(order, "receive", **body)

    def receives_shipment(self, shipment: Told) -> Told:
        """One shipment of several is here."""
        return self.asks("POST", f"shipments/{shipment.id}/receive", {})

    def extends(self, order: Told, **body: Any) -> Told:
        """More time to receive."""
        return self.does(order, "extend", **body)


class BuyerActor(Person):
    """A buyer of one shop."""

    def __init__(self, buyer: Buyer, shop: "Shop") -> None:
        super().__init__(buyer)
        self.id, self.shop, self.email = buyer.id, shop, buyer.customer["email"]

    def comes_back(self) -> str:
        """Sign in again with mail and password."""
        told = self.shop.merchant.visitor.post("sessions", {"email": self.email, "password": PASSWORD})
        return str(told["token"])

    def wishes(self, units: Units, **more: Any) -> dict[str, Any]:
        """The body of a quote."""
        method = more.pop("by", "courier")
        receiver = more.pop("to", RECEIVER if method != "none" else None)
        delivery = {"method": method} | ({"receiver": receiver} if receiver else {})
        lines = [{"variant_id": self.shop.variants[sku], "quantity": many} for sku, many in units.items()]
        return {"lines": lines, "delivery": delivery, **more}

    def is_quoted(self, units: Units, **more: Any) -> Told:
        """What it would cost."""
        return self.asks("POST", "quotes", self.wishes(units, **more))

    def orders(self, units: Units, *, expecting: int | None = None, note: str | None = None, **more: Any) -> Told:
        """Order so many of each SKU for what they are quoted at, ``by`` courier ``to`` the usual receiver."""
        body = self.wishes(units, **more)
        total = expecting if expecting is not None else self.api.post("quotes", body)["payable"]
        return self.asks("POST", "orders", body | {"expected_total": total, "note": note})

    def starts_transfer(self, order: Told) -> Told:
        """Begin to pay by bank transfer; what comes back is the payment."""
        return self.does(order, "payments", tenders=[{"channel": "bank_transfer"}])

    def cancels(self, order: Told, reason: str = "changed_mind") -> Told:
        """Not wanted any more."""
        return self.does(order, "cancel", reason=reason)

    def hides(self, order: Told) -> Told:
        """Do not show it any more."""
        return self.does(order, "hide")

    def edits_receiver(self, order: Told, **changes: str) -> Told:
        """It should go elsewhere."""
        return self.does(order, "receiver", **RECEIVER | changes)

    def own_orders(self) -> list[str]:
        """The numbers in the buyer's list."""
        return [row["number"] for row in self.lists("orders")]

    def inbox(self) -> list[Any]:
        """The buyer's messages, newest first."""
        return self.lists("messages")


class StaffActor(Person):
    """A member of staff."""

    def __init__(self, staff: Staff, merchant: Merchant, login: str) -> None:
        super().__init__(staff)
        self.merchant, self.login = merchant, login

    def comes_back(self) -> str:
        """Sign in again with login and password."""
        return str(self.merchant.signs_in(self.login).token)

    def sees_money(self, order: Told, amount: int | None = None, reference: str | None = None, **more: Any) -> Told:
        """The bank's statement shows the money of the order: what is due, under a line of its own."""
        due = next((row["amount"] - row["paid"] for row in order.told["instalments"] if not row["settled_at"]), 0)
        line = reference or f"LINE-{next(_numbers)}"
        return self.does(
            order, "confirm-offline", amount=due if amount is None else amount, reference=line, note="seen", **more
        )

    def sends(
        self, order: Told, units: Units | None = None, tracking_no: str = "SF1000", carrier: str = "SF", **more: Any
    ) -> Told:
        """Hand a parcel to the courier: all that is left, or so many of each SKU."""
        lines = {"lines": _lines(order, units)} if units is not None else {}
        return self.does(order, "shipments", carrier=carrier, tracking_no=tracking_no, **lines, **more)

    def hands_over(self, order: Told, units: Units | None = None, **more: Any) -> Told:
        """Give the goods in person."""
        return self.does(order, "shipments", **({"lines": _lines(order, units)} if units is not None else {}), **more)

    def fixes_tracking(self, parcel: Told, tracking_no: str, reason: str = "mistyped") -> Told:
        """The number was wrong."""
        body = {"carrier": "SF", "tracking_no": tracking_no, "reason": reason}
        return self.asks("POST", f"parcels/{parcel.id}/tracking", body)

    def reprices(self, order: Told, goods: int = 0, freight: int = 0, remark: str = "for a regular") -> Told:
        """Change goods or freight by so many fen."""
        return self.does(order, "reprice", goods_delta=goods, freight_delta=freight, remark=remark)

    def closes(self, order: Told, reason: str = "out_of_stock") -> Told:
        """The shop cannot or will not sell."""
        return self.does(order, "close", reason=reason)

    def rejects(self, order: Told, note: str = "we cannot supply") -> Told:
        """Everything goes back."""
        return self.does(order, "reject", note=note)

    def edits_receiver(self, order: Told, etag: str | None = "*", **changes: str) -> Told:
        """Correct where it goes; *etag* is the version that was read."""
        headers = {"If_Match": etag} if etag else {}
        return self.asks("POST", f"orders/{order.number}/receiver", RECEIVER | changes, **headers)

    def refunds(
        self,
        order: Told,
        units: Units | None = None,
        amounts: Units | None = None,
        freight: int | None = None,
        reason: str = "damaged",
        **more: Any,
    ) -> Told:
        """Give money back: all that is left; or units of each SKU; or so many fen of each SKU."""
        body: dict[str, Any] = {"reason": reason, **more}
        if units is not None or amounts is not None:
            lines = _lines(order, units or {})
            lines += [{"line_id": order.line(sku).id, "amount": fen} for sku, fen in (amounts or {}).items()]
            body["lines"] = lines
        if freight is not None:
            body["freight"] = freight
        return self.does(order, "refunds", **body)

    def transfers_back(self, order: Told, refund: Told | None = None, reference: str | None = None) -> Told:
        """The money of a refund (the newest) was sent by hand."""
        number = (refund or order.refunds[-1]).number
        line = reference or f"OUT-{next(_numbers)}"
        return self.does(order, f"refunds/{number}/done", reference=line, note="sent")

    def withdraws_refund(self, order: Told, refund: Told | None = None) -> Told:
        """Take a refund (the newest) back."""
        return self.does(order, f"refunds/{(refund or order.refunds[-1]).number}/withdraw")

    def history(self, order: Told, kind: str | None = None) -> list[Told]:
        """What happened to the order and all that belongs to it, oldest first."""
        rows = self.lists(f"orders/{order.number}/moves")
        return [Told(row) for row in rows if kind in (None, row["subject_kind"])]

    def path(self, order: Told) -> list[str]:
        """The nodes the order went through."""
        nodes: list[str] = []
        for row in self.history(order, "order"):
            if not nodes or nodes[-1] != row.target_state:
                nodes.append(row.target_state)
        return nodes

    def cases(self, **filters: Any) -> list[Told]:
        """What needs a human, newest first."""
        return [Told(row) for row in self.lists("cases", **filters)]

    def inbox(self) -> list[Any]:
        """The merchant's messages, newest first."""
        return self.lists("messages")


class Shop(StaffActor):
    """A merchant that sells by bank transfer from the warehouse ``north``; its owner acts."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant.owner, merchant, "owner")
        self.variants: dict[str, str] = {}
        #: by variant, how many units ever came in
        self.brought_in: Counter[UUID] = Counter()
        self.api.post("accounts", {"plugin": "bank_transfer", "name": "main", "settings": BANK})
        self.turns_on("bank_transfer")
        self.opens_warehouse("north")

    def turns_on(self, plugin: str, **settings: Any) -> None:
        """Set and enable a plugin."""
        if settings:
            self.sets_plugin(plugin, **settings)
        self.api.post(f"plugins/{plugin}/enable", {})

    def sets_plugin(self, plugin: str, **settings: Any) -> None:
        """Change a plugin's settings."""
        etag = self.api.get(f"plugins/{plugin}").etag
        self.api.patch(f"plugins/{plugin}/settings", settings, etag)

    def sets(self, **settings: Any) -> None:
        """Change the shop's own settings."""
        self.api.patch("settings", settings, self.api.get("settings").etag)

    def opens_warehouse(self, code: str) -> None:
        """One more place to send from."""
        self.api.post("warehouses", {"code": code, "name": code.title(), "position": len(self.variants)})

    def sells(self, sku: str, price: int = 4900, stock: int = 10, **more: Any) -> None:
        """Put something on sale, so many of it in the north."""
        variant = {"sku": sku, "price": price, **more}
        product = self.api.post("products", {"code": sku, "title": sku.title(), "variants": [variant]})
        self.variants[sku] = product["variants"][0]["id"]
        if stock:
            self.stocks(sku, north=stock)

    def stocks(self, sku: str, **warehouses: int) -> None:
        """So many more came in at each warehouse."""
        for code, units in warehouses.items():
            self.brought_in[UUID(self.variants[sku])] += units
            self.api.post("stock/changes", {"warehouse": code, "sku": sku, "delta": units, "remark": "in"})

    def stock_of(self, sku: str) -> tuple[int, int]:
        """On the shelves, and of these promised to buyers."""
        rows = self.lists("stock", sku=sku)
        return sum(row["on_hand"] for row in rows), sum(row["reserved"] for row in rows)

    def buyer(self, name: str = "Mei") -> BuyerActor:
        """Somebody new."""
        return BuyerActor(self.merchant.buyer(name), self)

    def employs(self, *roles: str) -> StaffActor:
        """A new member of staff."""
        staff = self.merchant.staff(*roles)
        return StaffActor(staff, self.merchant, staff.name.lower())


def _lines(order: Told, units: Units) -> Sequence[dict[str, Any]] | Any:
    return [{"line_id": order.line(sku).id, "quantity": many} for sku, many in units.items()]
