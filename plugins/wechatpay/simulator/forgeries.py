"""Notices that no shop must believe, each one wrong in its own way, sent at once and only once."""

import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from core import now
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.faults import DISTORTIONS
from plugins.wechatpay.simulator.notices import SUMMARIES, Send, pack, record
from plugins.wechatpay.simulator.resources import payment_resource, refund_notice
from plugins.wechatpay.simulator.world import Delivery, Notice, Order, Refund, World

Content = dict[str, Any]


@dataclass(frozen=True)
class Forgery:
    """What is wrong: the content, the signature, the key that seals it, or the kind of event."""

    change: Callable[[Content], Any] = lambda content: None
    distortion: str = ""
    wrong_key: bool = False
    event_type: str = ""


def _set(**members: Any) -> Callable[[Content], Any]:
    return lambda content: content.update({name: value for name, value in members.items() if name in content})


def _amount(**members: Any) -> Callable[[Content], Any]:
    return lambda content: content["amount"].update(members)


FORGERIES = {
    "wrong_amount": Forgery(lambda content: content["amount"].update(total=content["amount"]["total"] + 1)),
    "smaller_amount": Forgery(_amount(total=1, payer_total=1)),
    "wrong_refund": Forgery(lambda content: content["amount"].update(refund=content["amount"].get("refund", 0) + 1)),
    "wrong_currency": Forgery(_amount(currency="USD")),
    "wrong_merchant": Forgery(_set(mchid="1900009999", sp_mchid="1900009999")),
    "wrong_sub_merchant": Forgery(_set(sub_mchid="1900009998")),
    "wrong_app": Forgery(_set(appid="wxsim0000000000999", sp_appid="wxsim0000000000999")),
    "wrong_number": Forgery(_set(out_trade_no="SIMnobody", out_refund_no="SIMnobody")),
    "wrong_key": Forgery(wrong_key=True),
    "unknown_event": Forgery(event_type="SIMULATOR.UNKNOWN"),
    "genuine": Forgery(),
    **{name: Forgery(distortion=name) for name in DISTORTIONS},
}


def forge(world: World, about: Order | Refund, kind: str, times: int, url: str, send: Send) -> list[Delivery]:
    """Send a forgery about an order (as if it were paid) or a refund.

    :param times: as often, all at the same time, as one and the same notice. :param url: instead of its own.
    """
    forgery = FORGERIES[kind]
    with world.lock:
        notice = _notice(about, forgery, url)
    key = crypto.nonce(32) if forgery.wrong_key else None
    packed = [pack(world, notice, forgery.distortion, key) for _ in range(times)]
    with ThreadPoolExecutor(times) as senders:
        answers = list(senders.map(lambda one: send(notice.url, *one), packed))
    with world.lock:
        return [record(world, notice, status, said) for status, said in answers]


def _notice(about: Order | Refund, forgery: Forgery, url: str) -> Notice:
    order = about if isinstance(about, Order) else about.order
    content: Content = payment_resource(about, pretend_paid=True) if isinstance(about, Order) else refund_notice(about)
    params: Mapping[str, Any] = about.params
    if isinstance(about, Order):
        event, original, summary = "TRANSACTION.SUCCESS", "transaction", "支付成功"
    else:
        outcome = about.status if about.status in SUMMARIES else "SUCCESS"
        content["refund_status"] = outcome
        event, original, summary = f"REFUND.{outcome}", "refund", SUMMARIES[outcome]
    forgery.change(content)
    return Notice(
        id=str(uuid.uuid4()),
        merchant=order.merchant,
        url=url or str(params.get("notify_url", "")),
        event_type=forgery.event_type or event,
        original_type=original,
        summary=summary,
        content=content,
        created_at=now(),
        due_at=now(),
        number=about.number,
    )
