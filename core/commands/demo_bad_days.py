"""The bad days of the demo, `merx demo --story …`: money too late, twice, claimed by forgers, and too little."""

from collections.abc import Callable, Mapping

from core.commands import demo_buying
from core.commands.demo_buying import Scene, Shown
from core.commands.demo_cast import expect
from core.money import format_money

#: how a notice may be forged, and in words
FORGERIES: Mapping[str, str] = {
    "bad_signature": "a signature that does not hold",
    "unsigned": "no signature at all",
    "stale": "a genuine signature, sent again long after",
    "signtest": "a SIGNTEST signature, the probe that shows who looks",
    "unknown_serial": "signed with a key that nobody knows",
    "wrong_key": "sealed with another APIv3 key",
}


def late(scene: Scene) -> None:
    """The order expired, and the buyer pays all the same."""
    tell = scene.tell
    tell.chapter("A bad day: the money comes too late")
    number = demo_buying.place(scene, {"TG-100": 1}, "100 g of Tieguanyin")
    payment = demo_buying.open_wechat(scene, number)
    tell.time_passes("Thirty-one minutes", minutes=31)
    words = "the time to pay is over: closed, at WeChat Pay first"
    tell.step(number, "closed", words, who="the clock", move="expire")
    there = scene.wechat.order(payment["out_trade_no"])["trade_state"]
    expect(there == "CLOSED", f"The order is closed, and WeChat Pay has it as {there}.")
    scene.wechat.pays(payment["client"]["code_url"], after_close=True)
    tell.line("was typing the password all the while, and pays all the same", who="her phone", money=_money(payment))
    _surplus_goes_back(scene, number, payment, "late_payment")
    order = scene.order(number)
    expect(order["state"] == "closed", f"Late money came, and the order is {order['state']}; it should stay closed.")
    expect(order["paid"] == 0, f"Late money is no part of the order, and it says that {order['paid']} is paid.")
    tell.line("the order stays closed, nothing is to be sent", who="the shop", number=number, node=order["state"])


def twice(scene: Scene) -> None:
    """The order is paid by transfer and by WeChat."""
    tell = scene.tell
    tell.chapter("A bad day: the buyer pays twice")
    number = demo_buying.place(scene, {"POT-B": 1}, "a black teapot")
    wechat = demo_buying.open_wechat(scene, number)
    transfer = scene.cast.mei.post(f"orders/{number}/payments", tenders=[{"channel": "bank_transfer"}])
    words = f"makes a transfer instead, with {transfer['client']['reference']} on it"
    tell.step(number, "pending_payment", words, who="Mei", move="pay")
    seen = {"amount": transfer["amount"], "reference": f"in-{number}", "note": "seen on the bank's statement"}
    scene.cast.finance.post(f"orders/{number}/confirm-offline", 200, **seen)
    words = "sees it on the bank's statement: paid, the warehouse may start"
    order = tell.step(number, "awaiting_shipment", words, who="Fatima", move="release")
    tell.until(
        f"the QR code of order {number} is dead",
        lambda: _attempt(scene, number, wechat)["state"],
        lambda state: state == "closed",
    )
    tell.line("closes the QR code at WeChat Pay: paid once is enough", who="the shop", number=number)
    scene.wechat.pays(wechat["client"]["code_url"], after_close=True)
    tell.line("was typing the password at that moment, and pays all the same", who="her phone", money=_money(wechat))
    _surplus_goes_back(scene, number, wechat, "duplicate_payment")
    after = scene.order(number)
    for name in ("state", "paid", "refunded", "refund_axis"):
        expect(after[name] == order[name], f"Paid twice, {name} became {after[name]}; it should stay {order[name]}.")
    words = "the order goes its way, paid once"
    tell.line(words, who="the shop", number=number, node=after["state"], money=_money(transfer))


def forged(scene: Scene) -> None:
    """Somebody says that it was paid, who is not WeChat Pay."""
    tell = scene.tell
    tell.chapter("A bad day: forged notices say that it was paid")
    number = demo_buying.place(scene, {"PE-357": 1}, "a cake of Pu-erh")
    payment = demo_buying.open_wechat(scene, number)
    before = _everything_about(scene, number)
    for kind, words in FORGERIES.items():
        answer = scene.wechat.forges(kind, payment["out_trade_no"])
        expect(answer["status"] == 400, f"A forged notice ({words}) was answered {answer['status']}, not 400.")
        expect(_everything_about(scene, number) == before, f"A forged notice ({words}) moved something.")
        tell.line(f"is refused (400): {words}", who="a forger", number=number, node="pending_payment")
    tell.line("the log has no new line, and nothing is booked", who="the shop", number=number, node="pending_payment")
    demo_buying.pay(scene, number, payment)


def short(scene: Scene) -> None:
    """WeChat Pay itself says that another amount was paid."""
    tell = scene.tell
    tell.chapter("A bad day: a genuine notice tells of too little money")
    number = demo_buying.place(scene, {"TG-250": 1}, "250 g of Tieguanyin")
    payment = demo_buying.open_wechat(scene, number)
    before = _everything_about(scene, number)
    answer = scene.wechat.forges("smaller_amount", payment["out_trade_no"])
    expect(answer["accepted"], f"A genuine notice was answered {answer['status']}; it is kept, so it must be accepted.")
    words = f"a signed notice says that {format_money(1, payment['currency'])} was paid"
    tell.line(words, who="WeChat Pay", number=number, node="pending_payment")
    expect(_everything_about(scene, number) == before, "A notice of another amount moved something.")
    case = _case(scene, number, "payment_contradiction")
    words = f"books nothing and tells people (case {case['kind']}): the order can still be paid"
    tell.line(words, who="the shop", number=number, node="pending_payment")
    expect("pay" in scene.cast.mei.get(f"orders/{number}")["actions"], "The order cannot be paid any more.")
    demo_buying.pay(scene, number, payment)
    done = scene.cast.finance.post(f"cases/{case['id']}/resolve", 200, remark="the whole amount came a moment later")
    expect(done["status"] == "resolved", f"The case was resolved, and is {done['status']}.")
    tell.line("has looked at the channel and closes the case", who="Fatima", number=number)


#: what `--story` accepts
STORIES: Mapping[str, Callable[[Scene], None]] = {"late": late, "twice": twice, "forged": forged, "short": short}


def _surplus_goes_back(scene: Scene, number: str, payment: Shown, kind: str) -> None:
    """Money that the order has no place for is booked apart, is a case, and goes back by itself."""
    case = _case(scene, number, kind)
    booked = _attempt(scene, number, payment)
    expect(booked["state"] == "settled", f"The money came, and its payment is {booked['state']}.")
    expect(
        booked["settled_amount"] == payment["amount"],
        f"{payment['amount']} came, {booked['settled_amount']} is booked.",
    )
    words = f"books it apart from the order, tells people (case {kind}), gives it back"
    scene.tell.line(words, who="the shop", number=number, node=scene.order(number)["state"], money=_money(payment))
    refund = demo_buying.give_back(scene, number)
    expect(refund["amount"] == payment["amount"], f"{payment['amount']} came, {refund['amount']} went back.")
    expect(refund["reason"] == kind, f"It went back for {refund['reason']}; it should be {kind}.")
    scene.tell.until(
        f"the case {case['kind']} of order {number} is resolved",
        lambda: scene.cast.owner.get(f"cases/{case['id']}")["status"],
        lambda status: status == "resolved",
    )
    scene.tell.line("the case is resolved by itself", who="the shop", number=number)


def _case(scene: Scene, number: str, kind: str) -> Shown:
    found = scene.tell.until(
        f"a case {kind} about order {number} is open",
        lambda: scene.cases(number),
        lambda cases: any(case["kind"] == kind and case["status"] == "open" for case in cases),
    )
    expect(len(found) == 1, f"One thing went wrong, and there are {len(found)} cases about order {number}.")
    return found[0]


def _everything_about(scene: Scene, number: str) -> tuple[Shown, Shown]:
    """The order, without what only says that somebody must look, and its log."""
    order = scene.order(number)
    order.pop("badge")
    return order, scene.cast.owner.get(f"orders/{number}/moves", limit=100)


def _attempt(scene: Scene, number: str, payment: Shown) -> Shown:
    payments: list[Shown] = scene.order(number)["payments"]
    return next(row for row in payments if row["id"] == payment["id"])


def _money(payment: Shown) -> str:
    return format_money(payment["amount"], payment["currency"])
