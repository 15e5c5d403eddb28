"""How every address of the API is called rightly: who may, on which thing of the village, with which whole body.

A new route that writes needs a line here; the tests of walls and of bad input fail until it has one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.routing import Rule

from tests.plugins.bulk_orders import house as bulk_orders
from tests.plugins.notifications import house as notifications
from tests.plugins.pickup import house as pickup
from tests.plugins.presale import house as presale
from tests.plugins.printers import house as printers
from tests.village import ON, PRICE, House
from tests.vocabulary import BANK, RECEIVER

Body = Callable[[House], Any]
PASSWORD = "correct horse battery"


def no_body(house: House) -> None:
    """Nothing is sent beside the address."""


@dataclass(frozen=True)
class Call:
    """One right call of a route that writes.

    :param who: ``owner``, ``buyer`` or ``visitor``. :param body: names every field once, so that each can be spoilt.
    :param order: which of the house's orders stands in the URL. :param without: fields that exclude those in the body.
    """

    method: str
    rule: str
    who: str
    body: Body = no_body
    order: str = "unpaid"
    status: int = 200
    without: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """Its method and address."""
        return f"{self.method} {self.rule}"

    def url(self, house: House, things: House | None = None) -> str:
        """Its address at *house*, naming *things* of another house if given."""
        return fill(self.rule, house, things, self.order)


def fill(rule: str, house: House, things: House | None = None, order: str = "unpaid") -> str:
    """The address *rule* at *house*, with its placeholders filled in with real things.

    :raises LookupError: nobody has said what the placeholder stands for.
    """
    owner = things or house

    def found(match: re.Match[str]) -> str:
        segment, name = match["segment"], match["name"]
        if name == "merchant":
            return f"{segment}/{house.code}"
        # a placeholder right behind the merchant's: what it is, its own name says
        key = f"{segment or name.removesuffix('_id') + 's'}/{name}"
        if key == "orders/number":
            return f"orders/{owner.orders[order].number}"
        value = owner.things.get(f"shop:{key}" if "/shop/" in rule else key) or owner.things.get(key)
        if value is None:
            raise LookupError(f"{rule}: tell tests/village.py what {key} is")
        return f"{segment}/{value}"

    return re.sub(r"(?P<segment>[\w-]*)/<(?:\w+:)?(?P<name>\w+)>", found, rule)


def names_a_thing(rule: str) -> bool:
    """Whether the address names a thing that belongs to one merchant alone."""
    return bool(set(re.findall(r"<(?:\w+:)?(\w+)>", rule)) - {"merchant", "name"})


def writing_rules(rules: Iterable[Rule]) -> list[tuple[str, str]]:
    """(method, rule) of all routes that write."""
    return sorted(
        (method, rule.rule)
        for rule in rules
        for method in (rule.methods or ())
        if method not in ("GET", "HEAD", "OPTIONS")
    )


def _wish(house: House) -> dict[str, Any]:
    return {
        "entry": "buy_now",
        "store": f"{house.code}-store",
        "lines": [{"variant_id": house.shop.variants[f"{house.code}-tea"], "quantity": 2}],
        "delivery": {
            "method": "courier",
            "receiver": {**RECEIVER, "postcode": "200000"},
            "store": f"{house.code}-store",
        },
        "options": {"good": {"member": False}, "stored_value": {"gift": False}},
    }


def _place(house: House) -> dict[str, Any]:
    return {**_wish(house), "expected_total": 2 * PRICE, "note": "by the door"}


def _on_behalf(house: House) -> dict[str, Any]:
    return {**_place(house), "customer_id": house.mei.id, "remark": "by telephone"}


def _line(order: str) -> Body:
    def lines(house: House) -> Any:
        return [{"line_id": house.orders[order].lines[0].id, "quantity": 1}]

    return lines


def _ship(house: House) -> dict[str, Any]:
    parcel = {"carrier": "SF", "tracking_no": "SF77", "remark": "fragile"}
    return {"shipment_id": house.orders["to_ship"].shipments[0].id, "lines": _line("to_ship")(house), **parcel}


def _refund(house: House) -> dict[str, Any]:
    lines = [{**_line("shipped")(house)[0], "amount": PRICE}]
    return {"reason": "damaged", "note": "wet", "lines": lines, "freight": 0, "destination": "origin"}


def _product(house: House) -> dict[str, Any]:
    product = {"code": "cup", "title": "Cup", "description": "white", "category": "china", "on_sale": True}
    return {**product, "pictures": ["https://pictures.example/cup.jpg"], "variants": [_variant(house)]}


def _variant(_: House) -> dict[str, Any]:
    numbers = {"price": 700, "weight_grams": 300, "position": 0}
    return {"sku": "cup-1", "title": "white", "virtual": False, "enabled": True, **numbers}


def _warehouse(house: House) -> dict[str, Any]:
    place = {"code": "west", "name": "West", "regions": ["31"], "latitude": 22.5, "longitude": 114.1}
    back = {**RECEIVER}
    return {**place, "return_address": back, "store": f"{house.code}-store", "enabled": True, "position": 3}


def _settings(_: House) -> dict[str, Any]:
    times = {"unpaid_minutes": 20, "remind_unpaid_minutes": 5, "confirm_preset": "s2", "confirm_days": {"courier": 9}}
    days = {
        "shorten_after_signed_hours": 48,
        "same_city_regions": ["3100"],
        "confirm_reminder_days": 1,
        "extend_days": 4,
        "settle_days": 2,
        "freight_flat": 500,
    }
    may = {"allow_zero_pay": True, "buyer_may_cancel_paid": False, "buyer_may_edit_receiver": True}
    more = {"late_payment": "revive", "cors_origins": ["https://shop.example"]}
    return {**times, **days, **may, **more, "risk_hold_amount": 90_000, "open_unpaid_limit": 5}


def _offline(house: House) -> dict[str, Any]:
    payment = house.orders["opened_payment"].out_trade_no
    seen = {"amount": 3 * PRICE, "reference": "LINE-77", "note": "seen", "out_trade_no": payment}
    return {"channel": "bank_transfer", **seen}


def _template(house: House) -> dict[str, Any]:
    """A kind of coupon that is given out."""
    title, times = {"zh": "九折", "en": "Ten off"}, {"ends_at": None}
    worth = {"kind": "percentage", "basis_points": 1000, "cap": 500, "threshold": 900}
    lines = {"scope": "categories", "scope_values": ["tea"]}
    limits = {"budget_count": 9, "budget_money": 9000, "per_buyer": 2, "valid_days": 7}
    flags = {"stackable": True, "first_order": False, "claimable": True, "enabled": True}
    return {"title": title, "issuing": "issued", **worth, **lines, **limits, **flags, **times}


def _template_change(house: House) -> dict[str, Any]:
    names = ("title", "enabled", "claimable", "ends_at", "budget_count", "budget_money", "per_buyer")
    return {name: _template(house)[name] for name in names}


def _rule_change(house: House) -> dict[str, Any]:
    title, times = {"zh": "会员", "en": "Members"}, {"ends_at": None}
    worth = {"basis_points": 500, "cap": 800, "threshold": 100, "level": "gold"}
    lines = {"scope": "categories", "scope_values": ["tea"]}
    return {"title": title, **worth, **lines, **times, "priority": 3, "exclusive": True, "enabled": True}


def _rule(house: House) -> dict[str, Any]:
    return {"kind": "member_percentage", **_rule_change(house)}


def _split_rule(house: House) -> dict[str, Any]:
    whom = {"kind": "merchant", "account": "1900000777", "name": "Partner"}
    return {**whom, "basis_points": 500, "store": f"{house.code}-store", "priority": 2, "enabled": False}


def _split_rule_change(house: House) -> dict[str, Any]:
    return {name: value for name, value in _split_rule(house).items() if name not in ("kind", "account")}


def _card_kind(house: House) -> dict[str, Any]:
    kind = {"title": "Card", "principal": PRICE, "bonus": 100, "valid_days": 30, "enabled": True}
    return {"sku": f"{house.code}-other-card", **kind}


def _card_kind_change(house: House) -> dict[str, Any]:
    return {name: value for name, value in _card_kind(house).items() if name != "sku"}


def _card(house: House) -> dict[str, Any]:
    return {"customer_id": house.mei.id, "principal": 100, "bonus": 20, "valid_days": 30, "remark": "sorry"}


def _card_code(house: House) -> dict[str, Any]:
    return {"number": house.things["given/number"], "code": house.things["given/code"]}


def _webhook(_: House) -> dict[str, Any]:
    return {"url": "http://127.0.0.1:9/hooks", "description": "The warehouse", "events": ["order.*", "order.paid"]}


def _freight_template(house: House) -> dict[str, Any]:
    step = {"first_units": 1, "first_price": 500, "more_units": 2, "more_price": 100}
    region = {"prefixes": ["31"], "served": True, **step, "free_from": 900, "free_by": "pieces"}
    goods = {"product_ids": [], "categories": ["china"], "store_id": house.store["id"]}
    return {"name": "South", "counts": "weight", **goods, "regions": [region], "enabled": True, "position": 2}


def _freight_wish(house: House) -> dict[str, Any]:
    line = {"variant_id": house.shop.variants[f"{house.code}-tea"], "quantity": 2}
    return {"lines": [line], "region": "310000", "store_id": house.store["id"]}


def _elsewhere(house: House) -> dict[str, Any]:
    return {"warehouse": f"{house.code}-south", "lines": _line("apart")(house), "remark": "a flood"}


def _together(house: House) -> dict[str, Any]:
    ids = [shipment.id for shipment in house.orders["apart"].shipments]
    return {"shipment_ids": ids, "warehouse": f"{house.code}-south", "remark": "one parcel"}


def _updates(house: House) -> dict[str, Any]:
    point = {"at": "2026-03-02T01:00:00Z", "text": "On its way", "status": "on_the_way", "place": "Shanghai"}
    told = {"carrier": "SF", "tracking_no": f"{house.canary}-shipped", "status": "on_the_way", "reason": "delayed"}
    return {"updates": [{**told, "points": [point]}]}


def _label(house: House) -> dict[str, Any]:
    place = {"province": "广东省", "city": "深圳市", "area": "福田区"}
    terms = {"quantity": 1, "pay_type": 3, "exp_type": "1", "weight_kg": 2, "remark": "fragile"}
    return {"order": house.orders["to_ship"].number, "carrier": "YTO", "receiver": place, **terms}


def _same(value: Any) -> Body:
    return lambda house: value


def _calls() -> list[Call]:
    shop, admin, one = "/v1/shop/<merchant>", "/v1/admin/<merchant>", "/orders/<number>"
    person = {"email": "new@example.com", "phone": "13900000000", "name": "Neu", "language": "en"}
    receiver = {**RECEIVER, "postcode": "200000", "remark": "moved"}
    staff = {"name": "Nils", "password": "another password", "roles": ["clerk"]}
    store = {"name": "New", "phone": "0215551234", "address": "2 Road", "region": "310000", "enabled": True}
    word = _same({"remark": "a word"})
    account = {"name": "second", "settings": BANK, "enabled": True}
    method = {"name": "bank_transfer", "enabled": True, "title": {"zh": "对公转账"}}
    tenders = [{"channel": "bank_transfer", "product": None, "input": {}}]
    seen = {"reference": "OUT-77", "note": "sent"}
    tracking = {"carrier": "YTO", "tracking_no": "YT88", "reason": "mistyped"}
    return [
        Call("POST", f"{shop}/customers", "visitor", _same({**person, "password": PASSWORD}), status=201),
        Call("POST", f"{shop}/sessions", "visitor", lambda h: {"email": h.mei.email, "password": PASSWORD}, status=201,
             without=frozenset({"/phone"})),
        Call("DELETE", f"{shop}/sessions", "buyer", status=204),
        Call("PATCH", f"{shop}/me", "buyer",
             _same({**person, "password": "another password", "current_password": PASSWORD})),
        Call("DELETE", f"{shop}/cart", "buyer", status=204),
        Call("POST", f"{shop}/cart/lines", "buyer", lambda h: {"sku": f"{h.code}-tea", "quantity": 1}, status=201,
             without=frozenset({"/variant_id"})),
        Call("PATCH", f"{shop}/cart/lines/<uuid:line_id>", "buyer", _same({"quantity": 3})),
        Call("DELETE", f"{shop}/cart/lines/<uuid:line_id>", "buyer"),
        Call("POST", f"{shop}/quotes", "buyer", _wish),
        Call("POST", f"{shop}/orders", "buyer", _place, status=201),
        Call("POST", f"{shop}{one}/payments", "buyer", _same({"tenders": tenders}), status=201),
        Call("POST", f"{shop}{one}/cancel", "buyer",
             _same({"reason": "changed_mind", "note": "sorry", "forfeit": False})),
        Call("POST", f"{shop}{one}/receiver", "buyer", _same(receiver)),
        Call("POST", f"{shop}{one}/receive", "buyer", _same({}), "shipped"),
        Call("POST", f"{shop}{one}/extend", "buyer", _same({}), "shipped"),
        Call("POST", f"{shop}{one}/hide", "buyer", _same({}), "closed"),
        Call("POST", f"{shop}/shipments/<uuid:shipment_id>/receive", "buyer", _same({})),
        Call("POST", f"{shop}/messages/<uuid:message_id>/read", "buyer"),
        Call("POST", f"{admin}/sessions", "visitor",
             _same({"login": "owner", "password": PASSWORD, "cookie": False}), status=201),
        Call("DELETE", f"{admin}/sessions", "owner", status=204),
        Call("POST", f"{admin}/staff", "owner",
             lambda h: {"login": "nils", **staff, "store_ids": [h.store["id"]]}, status=201),
        Call("PATCH", f"{admin}/staff/<uuid:staff_id>", "owner",
             lambda h: {**staff, "enabled": True, "store_ids": [h.store["id"]]}),
        Call("POST", f"{admin}/keys", "owner", _same({"name": "key", "scopes": ["stock.read"], "expires_at": None}),
             status=201),
        Call("DELETE", f"{admin}/keys/<uuid:key_id>", "owner"),
        Call("PATCH", f"{admin}/settings", "owner", _settings),
        Call("POST", f"{admin}/stores", "owner", _same({"code": "new", **store}), status=201),
        Call("PATCH", f"{admin}/stores/<uuid:store_id>", "owner", _same(store)),
        Call("POST", f"{admin}/products", "owner", _product, status=201),
        Call("PATCH", f"{admin}/products/<code>", "owner",
             lambda h: {name: value for name, value in _product(h).items() if name != "variants"}),
        Call("POST", f"{admin}/products/<code>/variants", "owner", _variant, status=201),
        Call("PATCH", f"{admin}/variants/<sku>", "owner", _variant),
        Call("POST", f"{admin}/warehouses", "owner", _warehouse, status=201),
        Call("PATCH", f"{admin}/warehouses/<code>", "owner", _warehouse),
        Call("POST", f"{admin}/stock/changes", "owner",
             lambda h: {"warehouse": f"{h.code}-south", "sku": f"{h.code}-tea", "delta": 1, "remark": "found"},
             without=frozenset({"/on_hand"})),
        Call("POST", f"{admin}/orders", "owner", _on_behalf, status=201),
        Call("POST", f"{admin}{one}/reprice", "owner",
             _same({"goods_delta": -100, "freight_delta": 0, "remark": "regular"})),
        Call("POST", f"{admin}{one}/confirm-offline", "owner", _offline, "opened"),
        Call("POST", f"{admin}{one}/close", "owner", _same({"reason": "out_of_stock", "remark": "a word"})),
        Call("POST", f"{admin}{one}/reject", "owner", _same({"reason": "rejected", "note": "no"}), "held"),
        Call("POST", f"{admin}{one}/receiver", "owner", _same(receiver)),
        Call("PUT", f"{admin}{one}/remark", "owner", word),
        Call("POST", f"{admin}{one}/hold", "owner", _same({"reason": "odd"}), "stamped"),
        Call("POST", f"{admin}{one}/free", "owner", word, "held"),
        Call("POST", f"{admin}{one}/receive", "owner", word, "shipped"),
        Call("POST", f"{admin}{one}/extend", "owner", _same({"days": 2}), "shipped"),
        Call("POST", f"{admin}{one}/remind", "owner", word, "shipped"),
        Call("POST", f"{admin}{one}/shipments", "owner", _ship, "to_ship", 201),
        Call("POST", f"{admin}/parcels/<uuid:parcel_id>/tracking", "owner", _same(tracking)),
        Call("POST", f"{admin}/shipments/<uuid:shipment_id>/receive", "owner", word),
        Call("POST", f"{admin}{one}/refunds", "owner", _refund, "shipped", 201),
        Call("POST", f"{admin}{one}/refunds/<refund_number>/withdraw", "owner", word, "part_refund"),
        # nothing of it has failed; what is wrong with the request is told before
        Call("POST", f"{admin}{one}/refunds/<refund_number>/redirect", "owner",
             _same({"destination": "balance"}), "part_refund", 409),
        Call("POST", f"{admin}{one}/refunds/<refund_number>/done", "owner",
             lambda h: {**seen, "file_id": h.things["files/file_id"]}, "part_refund"),
        Call("PATCH", f"{admin}/cases/<uuid:case_id>", "owner",
             lambda h: {"owner_id": h.things["staff/staff_id"], "remark": "asked"}),
        Call("POST", f"{admin}/cases/<uuid:case_id>/resolve", "owner", word),
        Call("POST", f"{admin}/jobs/<uuid:job_id>/retry", "owner"),
        Call("PUT", f"{admin}/plugins/order", "owner", _same({"names": ["good", *ON, "bank_transfer"]})),
        Call("PATCH", f"{admin}/plugins/<name>/settings", "owner", _same({"pay_days": 5, "four_eyes": True})),
        Call("POST", f"{admin}/plugins/<name>/enable", "owner"),
        Call("POST", f"{admin}/plugins/<name>/disable", "owner"),
        Call("POST", f"{admin}/plugins/<name>/check", "owner"),
        Call("PUT", f"{admin}/payment-methods", "owner", _same({"methods": [method]})),
        Call("POST", f"{admin}/payment-methods/<name>/test", "owner"),
        Call("POST", f"{shop}/balance_points/password", "buyer",
             _same({"password": "another one", "current_password": PASSWORD})),
        Call("POST", f"{shop}/balance_points/withdrawals", "buyer",
             _same({"amount": 500, "destination": "ICBC 6222", "password": PASSWORD}), status=201),
        Call("POST", f"{shop}/balance_points/withdrawals/<uuid:withdrawal_id>/cancel", "buyer"),
        Call("POST", f"{admin}/balance_points/customers/<uuid:customer_id>/adjustments", "owner",
             _same({"kind": "points", "change": -100, "remark": "a mistake", "reference": "ticket-7"}), status=201),
        Call("POST", f"{admin}/balance_points/customers/<uuid:customer_id>/password/reset", "owner", word),
        Call("POST", f"{admin}/balance_points/withdrawals/<uuid:withdrawal_id>/approve", "owner", word),
        Call("POST", f"{admin}/balance_points/withdrawals/<uuid:withdrawal_id>/refuse", "owner", word),
        Call("POST", f"{admin}/balance_points/withdrawals/<uuid:approved_id>/paid", "owner",
             _same({"reference": "OUT-9", "note": "sent"})),
        Call("POST", f"{shop}/stored_value/cards/<number>/code", "buyer"),
        Call("POST", f"{shop}/stored_value/cards/bind", "buyer", _card_code),
        Call("POST", f"{admin}/stored_value/kinds", "owner", _card_kind, status=201),
        Call("POST", f"{admin}/stored_value/kinds/<uuid:kind_id>", "owner", _card_kind_change),
        Call("POST", f"{admin}/stored_value/cards", "owner", _card, status=201),
        Call("POST", f"{admin}/stored_value/cards/<number>/code", "owner"),
        Call("POST", f"{admin}/stored_value/cards/<number>/freeze", "owner"),
        Call("POST", f"{admin}/stored_value/cards/<number>/unfreeze", "owner"),
        Call("POST", f"{admin}/stored_value/cards/<number>/extend", "owner", _same({"days": 5, "remark": "ill"})),
        Call("POST", f"{admin}/stored_value/cards/<number>/adjust", "owner",
             _same({"principal": 1, "bonus": 1, "remark": "a mistake"})),
        Call("POST", f"{admin}/accounts", "owner",
             lambda h: {"plugin": "bank_transfer", **account, "stores": {f"{h.code}-store": {}}}, status=201),
        Call("PATCH", f"{admin}/accounts/<uuid:account_id>", "owner",
             lambda h: {**account, "stores": {f"{h.code}-store": {}}}),
        Call("POST", f"{admin}/accounts/<uuid:account_id>/check", "owner"),
        Call("POST", f"{admin}/customers/tokens", "owner", _same({**person, "external_id": "u-1", "app_id": "wx"}),
             status=201),
        Call("POST", f"{admin}/messages/<uuid:message_id>/read", "owner"),
        Call("POST", f"{shop}/coupons/claims", "buyer", lambda h: {"template_id": h.things["templates/template_id"]},
             status=201),
        Call("POST", f"{admin}/coupons/templates", "owner", _template, status=201,
             without=frozenset({"/amount", "/code", "/starts_at"})),
        Call("POST", f"{admin}/coupons/templates/<uuid:template_id>", "owner", _template_change),
        Call("POST", f"{admin}/coupons/templates/<uuid:template_id>/issue", "owner",
             lambda h: {"customer_ids": [h.mei.id]}, status=201),
        Call("POST", f"{admin}/coupons/issued/<uuid:coupon_id>/withdraw", "owner", _same({"reason": "by mistake"})),
        Call("POST", f"{admin}/promotions/rules", "owner", _rule, status=201,
             without=frozenset({"/steps", "/prices", "/starts_at"})),
        Call("POST", f"{admin}/promotions/rules/<uuid:rule_id>", "owner", _rule_change,
             without=frozenset({"/steps", "/prices", "/starts_at"})),
        Call("DELETE", f"{admin}/promotions/rules/<uuid:rule_id>", "owner", status=204),
        Call("POST", f"{admin}/promotions/customers/<uuid:customer_id>/level", "owner", _same({"level": "gold"})),
        Call("DELETE", f"{admin}/promotions/customers/<uuid:customer_id>/level", "owner", status=204),
        Call("POST", f"{admin}/profit_sharing/rules", "owner", _split_rule, status=201),
        Call("POST", f"{admin}/profit_sharing/rules/<uuid:split_rule_id>", "owner", _split_rule_change),
        Call("DELETE", f"{admin}/profit_sharing/rules/<uuid:split_rule_id>", "owner", status=204),
        Call("POST", f"{admin}/reconciliation/batches", "owner",
             lambda h: {"account_id": h.things["accounts/account_id"], "day": "2026-02-28"}, status=202),
        Call("POST", f"{admin}/reconciliation/differences/<uuid:difference_id>/handle", "owner",
             _same({"basis": "platform", "remark": "a word"})),
        Call("POST", f"{admin}/manual_tracking/updates", "owner", _updates),
        Call("POST", f"{admin}/kdniao_logistics/labels", "owner", _label, status=201,
             without=frozenset({"/account_id"})),
        Call("POST", f"{admin}/kdniao_logistics/labels/<uuid:label_id>/void", "owner"),
        Call("POST", f"{admin}/webhooks/endpoints", "owner", _webhook, status=201),
        Call("POST", f"{admin}/webhooks/endpoints/<uuid:endpoint_id>", "owner", _webhook),
        Call("DELETE", f"{admin}/webhooks/endpoints/<uuid:endpoint_id>", "owner", status=204),
        *(Call("POST", f"{admin}/webhooks/endpoints/<uuid:endpoint_id>/{word}", "owner")
          for word in ("enable", "disable", "rotate")),
        Call("POST", f"{admin}/webhooks/endpoints/<uuid:endpoint_id>/test", "owner", status=202),
        Call("POST", f"{admin}/webhooks/endpoints/<uuid:endpoint_id>/replay", "owner",
             _same({"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z", "status": "failed"}), status=202),
        Call("POST", f"{admin}/webhooks/deliveries/<uuid:delivery_id>/replay", "owner", status=202),
        Call("POST", f"{shop}/notifications/channels", "buyer", _same({"channel": "sms", "wanted": False})),
        Call("POST", f"{admin}/notifications/templates", "owner", notifications.text),
        Call("POST", f"{admin}/notifications/templates/<uuid:text_id>/remove", "owner"),
        # nobody in the village sends anything; what is wrong with the request is told before
        Call("POST", f"{admin}/notifications/trials", "owner", notifications.trial, status=409),
        Call("POST", f"{admin}/notifications/deliveries/<uuid:notified_id>/retry", "owner"),
        Call("POST", f"{admin}/printers/devices", "owner", printers.device, status=201),
        Call("POST", f"{admin}/printers/devices/<uuid:device_id>", "owner", printers.device_change),
        Call("POST", f"{admin}/printers{one}/prints", "owner", printers.reprint, "shipped", 201),
        Call("POST", f"{admin}/presale/activities", "owner", presale.activity, status=201,
             without=frozenset({"/ship_days"})),
        Call("POST", f"{admin}/presale/activities/<uuid:presale_id>", "owner", presale.change),
        Call("POST", f"{shop}/pickup/orders/<pickup_number>/change", "buyer", pickup.elsewhere),
        Call("POST", f"{admin}/pickup/stores/<code>", "owner", pickup.terms),
        Call("POST", f"{admin}/pickup/stores/<code>/closures", "owner", pickup.closure, status=201),
        Call("POST", f"{admin}/pickup/closures/<uuid:closure_id>/lift", "owner"),
        Call("POST", f"{admin}/pickup{one}/preparation", "owner", pickup.prepared, "to_fetch"),
        Call("POST", f"{admin}/pickup{one}/renewal", "owner", no_body, "to_fetch"),
        Call("POST", f"{admin}/pickup{one}/returns", "owner", pickup.returned, "fetched", 201),
        Call("POST", f"{admin}/pickup/preview", "owner", pickup.shown),
        Call("POST", f"{admin}/pickup/redemptions", "owner", pickup.handed_over, status=201),
        Call("POST", f"{admin}/bulk_orders/batches/ship", "owner", bulk_orders.parcels, status=202),
        Call("POST", f"{admin}/bulk_orders/batches/close", "owner", bulk_orders.closing, status=202),
        Call("POST", f"{admin}/bulk_orders/batches/remark", "owner", bulk_orders.remarks, status=202),
        Call("POST", f"{admin}/bulk_orders/imports/<uuid:bulk_batch_id>/commit", "owner", status=202),
        Call("POST", f"{admin}/bulk_orders/imports/<uuid:bulk_batch_id>/cancel", "owner"),
        Call("POST", f"{admin}/bulk_orders/filters", "owner", bulk_orders.one_filter),
        Call("DELETE", f"{admin}/bulk_orders/filters/<code>", "owner", status=204),
        Call("POST", f"{shop}/freight_rules/preview", "buyer", _freight_wish),
        Call("POST", f"{admin}/freight_rules/preview", "owner", _freight_wish),
        Call("POST", f"{admin}/freight_rules/templates", "owner", _freight_template, status=201),
        Call("POST", f"{admin}/freight_rules/templates/<uuid:freight_template_id>", "owner", _freight_template),
        Call("DELETE", f"{admin}/freight_rules/templates/<uuid:freight_template_id>", "owner", status=204),
        Call("POST", f"{admin}/split_shipping/shipments/<uuid:waiting_id>/reallocate", "owner", _elsewhere),
        Call("POST", f"{admin}/split_shipping/shipments/<uuid:waiting_id>/split", "owner",
             lambda h: {"lines": _line("apart")(h), "remark": "by product"}),
        Call("POST", f"{admin}/split_shipping{one}/merge", "owner", _together, "apart"),
    ]  # fmt: skip


CALLS: Mapping[str, Call] = {call.name: call for call in _calls()}
WITH_BODY = tuple(call for call in CALLS.values() if call.body is not no_body)
#: not sent as JSON, see tests/core/test_files.py; or whatever a gateway sends, see tests/core/by_wire/
FORMS = frozenset(
    {
        "POST /v1/admin/<merchant>/files",
        "POST /v1/notify/<token>",
        # see tests/plugins/bulk_orders/
        "POST /v1/admin/<merchant>/bulk_orders/imports",
    }
)
