"""A plugin that loads well and then raises in every hook it is asked."""

from typing import Any, NoReturn

from core import Plugin, hookimpl

#: stands for what a plugin's error may carry and nobody may see
SECRET = "sk_live_4711"
PLUGIN = Plugin(name="raises", title={"en": "Raises", "zh": "总出错"}, api=">=1,<2")


def _fail() -> NoReturn:
    raise RuntimeError(f"could not sign with {SECRET}")


@hookimpl
def add_adjustments(quote: Any, layer: str) -> NoReturn:
    _fail()


@hookimpl
def choose_freight(quote: Any) -> NoReturn:
    _fail()


@hookimpl
def check_checkout(quote: Any) -> NoReturn:
    _fail()


@hookimpl
def choose_allocation(quote: Any, stock: Any) -> NoReturn:
    _fail()


@hookimpl
def choose_instalments(quote: Any) -> NoReturn:
    _fail()


@hookimpl
def choose_deadline(order: Any, kind: str) -> NoReturn:
    _fail()


@hookimpl
def check_payment(order: Any) -> NoReturn:
    _fail()


@hookimpl
def check_move(move: Any) -> NoReturn:
    _fail()


@hookimpl
def add_hold_reasons(order: Any) -> NoReturn:
    _fail()


@hookimpl
def check_shipment(shipment: Any) -> NoReturn:
    _fail()


@hookimpl
def check_refund(refund: Any) -> NoReturn:
    _fail()


@hookimpl
def during_order_moved(move: Any) -> NoReturn:
    _fail()


@hookimpl
def after_order_moved(order_id: Any) -> NoReturn:
    _fail()


@hookimpl
def after_payment_settled(payment_id: Any) -> NoReturn:
    _fail()


@hookimpl
def after_refund_settled(refund_part_id: Any) -> NoReturn:
    _fail()


@hookimpl
def after_event(event_id: Any) -> NoReturn:
    _fail()
