"""What a merchant is told: sealed, signed afresh each time, and told again until it says yes or 24 hours are over."""

import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from core import now
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.answers import as_bytes, request_id, signature_headers
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.world import Delivery, Notice, World, beijing

log = logging.getLogger("merx.sandbox.wechatpay")

#: seconds after each try, see §9 of the manual; after the last one nobody tries again
PAUSES = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
#: seconds that a merchant has to answer
PATIENCE = 5.0
ACCEPTED = (200, 204)
#: what a refund's notice says in words
SUMMARIES = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}
#: sends bytes with headers to a URL: the status (0: no answer in time) and the first words of the answer
Send = Callable[[str, bytes, Mapping[str, str]], tuple[int, str]]


def tell(
    world: World,
    merchant: Merchant,
    url: str,
    event_type: str,
    original_type: str,
    summary: str,
    content: Mapping[str, Any],
    number: str,
) -> Notice:
    """Put a notice into the outbox; it is due at once."""
    notice = Notice(
        id=str(uuid.uuid4()),
        merchant=merchant,
        url=url,
        event_type=event_type,
        original_type=original_type,
        summary=summary,
        content=content,
        created_at=now(),
        due_at=now(),
        number=number,
        held=world.switches.hold_notices,
    )
    world.notices[notice.id] = notice
    world.news.set()
    return notice


def take_due(world: World) -> list[Notice]:
    """The notices that are due, now in the hands of who took them; ask :func:`deliver` for each."""
    with world.lock:
        due = [one for one in world.notices.values() if not (one.held or one.sending) and one.due_at <= now()]
        for notice in due:
            notice.sending = True
    return due


def deliver(world: World, notice: Notice, send: Send) -> Delivery:
    """Tell *notice* once, and plan the next try if it was not accepted."""
    with world.lock:
        distortion = world.faults.meet("notice").fault.distortion
        if world.switches.fresh_notice_ids and notice.tries:
            world.notices.pop(notice.id, None)
            notice.id = str(uuid.uuid4())
            world.notices[notice.id] = notice
    try:
        status, said = send(notice.url, *pack(world, notice, distortion))
    except Exception:
        # it counts as not accepted: the notice must not get lost in a thread of ours
        log.exception("a notice to %s could not be sent", notice.url)
        status, said = 0, "not sent"
    with world.lock:
        delivery = record(world, notice, status, said)
        notice.sending = False
        notice.tries += 1
        if delivery.accepted or notice.tries > len(PAUSES):
            world.notices.pop(notice.id, None)
        else:
            notice.due_at = now() + timedelta(seconds=PAUSES[notice.tries - 1])
    return delivery


def record(world: World, notice: Notice, status: int, said: str) -> Delivery:
    """Write down one try."""
    delivery = Delivery(
        notice.id, notice.event_type, notice.number, now().isoformat(), status, status in ACCEPTED, said
    )
    world.deliveries.append(delivery)
    return delivery


def pack(
    world: World, notice: Notice, distortion: str = "", apiv3_key: str | None = None
) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of *notice*, sealed and signed now.

    :param apiv3_key: another key than the merchant's, for a forgery.
    """
    text = as_bytes(notice.content).decode()
    sealed = crypto.seal(apiv3_key or notice.merchant.apiv3_key, text, notice.original_type)
    envelope = {
        "id": notice.id,
        "create_time": beijing(notice.created_at),
        "event_type": notice.event_type,
        "resource_type": "encrypt-resource",
        "summary": notice.summary,
        "resource": {"original_type": notice.original_type, **sealed},
    }
    body = as_bytes(envelope, world.switches.extra_field_every)
    key = notice.merchant.calling_key(world.switches.public_key_share)
    headers = {
        "Content-Type": "application/json",
        "Accept": "*/*",
        "User-Agent": "Mozilla/4.0",
        "Request-ID": request_id(0),
    }
    return body, headers | signature_headers(key, body, distortion)
