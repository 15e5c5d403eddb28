"""Accounts at the simulator as a flow has them, and requests as core makes them."""

from typing import Any
from uuid import uuid4

from core import clock
from core.contracts.payment_channel import AccountView, PaymentRequest, RefundRequest
from plugins.alipay.settings import AccountSettings
from tests.plugins.alipay.simulators import Sim

#: nobody listens there: the simulator's notices are fetched, or go nowhere
NOBODY = "http://127.0.0.1:9/v1/notify/token"


def shop(sim: Sim, role: str = "key", *, settings: dict[str, Any] | None = None, **more: Any) -> AccountView:
    """An account of an app of the cast. :param more: ``store``, ``notify_url``."""
    told = sim.merchant(role)
    terms = more.pop("store", next(iter(told["stores"].values()), {}))
    return AccountView(
        merchant_id=1,
        id=uuid4(),
        plugin="alipay",
        name="main",
        settings=AccountSettings().load({**told["settings"], **(settings or {})}),
        store=terms,
        notify_url=more.pop("notify_url", NOBODY),
    )


def asked(number: str, product: str = "precreate", amount: int = 4900, **more: Any) -> PaymentRequest:
    """An attempt. :param more: ``input``, ``expires_at``, ``description``."""
    return PaymentRequest(
        out_trade_no=number,
        order_number=f"SO{number}",
        amount=amount,
        currency="CNY",
        description=more.pop("description", "茶 A+B 100%"),
        product=product,
        expires_at=more.pop("expires_at", None),
        input=more.pop("input", {}),
        now=clock.now(),
    )


def back(number: str, refund: str, amount: int, paid: int = 4900) -> RefundRequest:
    """A refund."""
    return RefundRequest(number, None, refund, amount, paid, "CNY", "7天无理由", clock.now())
