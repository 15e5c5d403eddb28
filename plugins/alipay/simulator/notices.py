"""What a merchant is told: a signed form, told again until it says success or a day is over."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.world import Delivery, Notice, Refund, Trade, World, beijing, yuan

log = logging.getLogger("merx.sandbox.alipay")

#: seconds after each try; after the last one nobody tries again: 24 hours and 24 minutes in all
PAUSES = (240, 600, 600, 3600, 7200, 21600, 54000)
#: seconds that a merchant has to answer
PATIENCE = 5.0
#: what codes tell of where products differ
ONLY_PAID = ("TRADE_SUCCESS",)
#: sends bytes with headers to a URL: the status (0: no answer in time) and the first words of the answer
Send = Callable[[str, bytes, Mapping[str, str]], tuple[int, str]]


def tell_trade(world: World, trade: Trade) -> None:
    """The trade was paid, closed unpaid, or has finished."""
    _put(world, trade, trade_params(world, trade))


def tell_refund(world: World, found: Refund) -> None:
    """A refund is done: the payment's own address is told, in the words of a payment."""
    _put(world, found.trade, refund_params(world, found), found.number)


def trade_params(world: World, trade: Trade) -> dict[str, str]:
    """The parameters of a notice about a trade as it is, but for what is added when it is sent."""
    told = _common(world, trade)
    if trade.is_paid and trade.status != "TRADE_CLOSED":
        paid = yuan(trade.amount - trade.coupon)
        told |= dict.fromkeys(("receipt_amount", "invoice_amount", "buyer_pay_amount"), paid)
        told |= {"point_amount": "0.00", "fund_bill_list": f'[{{"amount":"{paid}","fundChannel":"ALIPAYACCOUNT"}}]'}
    if trade.refunded:
        told["refund_fee"] = yuan(trade.refunded)
    if trade.closed_at is not None:
        told["gmt_close"] = beijing(trade.closed_at)
    return told


def refund_params(world: World, found: Refund) -> dict[str, str]:
    """The same about a refund: the sum of all, and which one it is."""
    trade, done = found.trade, found.done_at or now()
    told = _common(world, trade) | {
        "gmt_refund": f"{beijing(done)}.{done.microsecond // 1000:03d}",
        "refund_fee": yuan(trade.refunded),
        "out_biz_no": found.number,
    }
    if trade.closed_at is not None:
        told["gmt_close"] = beijing(trade.closed_at)
    if world.switches.refunds_say_amounts:
        told |= {"send_back_fee": yuan(found.amount), "receipt_amount": yuan(trade.amount - trade.coupon)}
    return told


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
    try:
        status, said = (0, "lost") if distortion == "lost" else send(notice.url, *pack(world, notice, distortion))
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
    """Write down one try. Only the seven letters are a yes."""
    delivery = Delivery(
        notice.id,
        notice.params.get("trade_status", ""),
        notice.number,
        notice.refund_number,
        now().isoformat(),
        status,
        status == 200 and said == "success",
        said,
    )
    world.deliveries.append(delivery)
    return delivery


def pack(world: World, notice: Notice, distortion: str = "") -> tuple[bytes, dict[str, str]]:
    """The bytes of *notice*, signed now, and their headers.

    :param distortion: one of faults.NOTICE_DISTORTIONS, or nothing.
    """
    merchant = notice.merchant
    charset = "gbk" if world.switches.gbk_notices else "utf-8"
    params = dict(notice.params) | {"notify_id": notice.id, "notify_time": beijing(now()), "charset": charset}
    if merchant.alipay_cert_sn:
        params["alipay_cert_sn"] = merchant.alipay_cert_sn
    text = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "alipay_cert_sn")
    key = merchant.alipay_key
    if distortion == "wrong_key":
        key = next(one.alipay_key for one in world.merchants.values() if one is not merchant)
    signed = text.encode(charset) + (b" " if distortion == "bad_signature" else b"")
    params |= {"sign": crypto.sign(key, signed, sha1=distortion == "sha1"), "sign_type": "RSA2"}
    if distortion == "unsigned":
        params.pop("sign")
    if distortion == "altered":
        params["total_amount"] = "0.01"
    if distortion == "extra":
        params["store"] = "1"
    headers = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}", "User-Agent": "Mozilla/4.0"}
    return urlencode(params, encoding=charset).encode(), headers


def _common(world: World, trade: Trade) -> dict[str, str]:
    told = {
        "notify_type": "trade_status_sync",
        "version": "1.0",
        "app_id": trade.merchant.app_id,
        "auth_app_id": trade.whose.auth_app_id,
        "seller_id": trade.whose.seller_id,
        "trade_no": trade.trade_no,
        "out_trade_no": trade.number,
        "trade_status": trade.status,
        "total_amount": yuan(trade.amount),
        "subject": str(trade.biz["subject"]),
        "buyer_id": trade.buyer_id or "2088102000000001",
        "buyer_logon_id": "sim***@example.com",
        "gmt_create": beijing(trade.opened_at or trade.created_at),
    }
    if trade.paid_at is not None:
        told["gmt_payment"] = beijing(trade.paid_at)
    told |= {name: str(trade.biz[name]) for name in ("body", "passback_params") if name in trade.biz}
    return told | ({"body": ""} if world.switches.empty_values and "body" not in told else {})


def _put(world: World, trade: Trade, params: Mapping[str, str], refund_number: str = "") -> None:
    quiet = trade.product == "precreate" and trade.status not in ONLY_PAID and not world.switches.tell_all
    if not trade.notify_url or quiet:
        return
    notice = Notice(
        id=world.next_notify_id(),
        merchant=trade.merchant,
        url=trade.notify_url,
        params=params,
        due_at=now(),
        number=trade.number,
        refund_number=refund_number,
        held=world.switches.hold_notices,
    )
    world.notices[notice.id] = notice
    world.news.set()
