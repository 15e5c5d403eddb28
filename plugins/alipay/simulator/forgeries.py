"""Notices that no shop must believe, each one wrong in its own way, sent at once and only once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from core import now
from plugins.alipay.simulator.faults import NOTICE_DISTORTIONS
from plugins.alipay.simulator.notices import Send, pack, record, refund_params, trade_params
from plugins.alipay.simulator.world import Delivery, Notice, Refund, Trade, World


@dataclass(frozen=True)
class Forgery:
    """What is wrong: parameters that Alipay itself has signed, or the signature."""

    changes: dict[str, str] = field(default_factory=dict)
    distortion: str = ""


FORGERIES = {
    "smaller_amount": Forgery({"total_amount": "0.01", "receipt_amount": "0.01"}),
    "wrong_app": Forgery({"app_id": "2021000000009999", "auth_app_id": "2021000000009999"}),
    "wrong_seller": Forgery({"seller_id": "2088101000009999"}),
    "wrong_number": Forgery({"out_trade_no": "SIMnobody"}),
    "other_money": Forgery({"trade_no": "2026010122001999999999999999"}),
    "waiting": Forgery({"trade_status": "WAIT_BUYER_PAY"}),
    "genuine": Forgery(),
    **{name: Forgery(distortion=name) for name in NOTICE_DISTORTIONS if name != "lost"},
}


def forge(world: World, about: Trade | Refund, kind: str, times: int, url: str, send: Send) -> list[Delivery]:
    """Send a forgery about a trade (as if it were paid) or a refund.

    :param times: as often, all at the same time, as one and the same notice. :param url: instead of its own.
    """
    forgery = FORGERIES[kind]
    with world.lock:
        notice = made(world, about, forgery.changes, url)
    packed = [pack(world, notice, forgery.distortion) for _ in range(times)]
    with ThreadPoolExecutor(times) as senders:
        answers = list(senders.map(lambda one: send(notice.url, *one), packed))
    with world.lock:
        return [record(world, notice, status, said) for status, said in answers]


def made(world: World, about: Trade | Refund, changes: dict[str, str], url: str = "") -> Notice:
    """A notice of a trade, as if it were paid, or of a refund, with *changes* that Alipay itself signs."""
    trade = about if isinstance(about, Trade) else about.trade
    if isinstance(about, Refund):
        params = refund_params(world, about)
    else:
        paid_at = trade.paid_at or now()
        params = trade_params(
            world, replace(trade, status="TRADE_SUCCESS", paid_at=paid_at, closed_at=None, refunds=[])
        )
    told = {name: value for name, value in changes.items() if name in params}
    return Notice(
        id=world.next_notify_id(),
        merchant=trade.merchant,
        url=url or trade.notify_url,
        params=params | told,
        due_at=now(),
        number=trade.number,
        refund_number=about.number if isinstance(about, Refund) else "",
    )
