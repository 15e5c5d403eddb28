"""What the simulated Alipay tells a merchant: signed, told again for a day, and of refunds at the payment's address."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core import clock
from core.contracts.payment_channel import Nothing, Receipt, RefundReceipt
from core.errors import Distrusted
from plugins.alipay import notices
from plugins.alipay.channel import Alipay
from plugins.alipay.simulator.notices import PAUSES
from tests.plugins.alipay.ears import Ear, listening
from tests.plugins.alipay.shops import asked, back, shop
from tests.plugins.alipay.simulators import Sim, simulator
from tests.works import wait_for

Passes = Callable[..., None]
Heard = tuple[str, Ear]


@pytest.fixture
def ear() -> Iterator[Heard]:
    """The merchant's door."""
    with listening() as opened:
        yield opened


def buy(sim: Sim, channel: Alipay, ear: Heard, role: str = "key", number: str = "P1") -> None:
    """Somebody pays."""
    started = channel.start(shop(sim, role, notify_url=ear[0]), asked(number))
    sim.pay(qr_code=started.client["qr_code"])


def test_a_notice_is_told_once_when_it_is_accepted(sim: Sim, channel: Alipay, ear: Heard, passes: Passes) -> None:
    buy(sim, channel, ear)
    assert [one["accepted"] for one in sim.flush()] == [True]
    passes(days=2)
    assert sim.flush() == [] and sim.notices() == []


@pytest.mark.parametrize(
    "answer",
    [(200, b"fail"), (200, b"success\n"), (200, b'"success"'), (200, b"SUCCESS"), (200, b""), (204, b""),
     (302, b"success"), (500, b"success")],
    ids=str,
)  # fmt: skip
def test_only_the_seven_letters_are_a_yes(sim: Sim, channel: Alipay, ear: Heard, answer: tuple[int, bytes]) -> None:
    ear[1].answers = [answer]
    buy(sim, channel, ear)
    (told,) = sim.flush()
    assert (told["status"], told["accepted"]) == (answer[0], False)
    assert len(ear[1].heard) == 1 and sim.notices()[0]["tries"] == 1


def test_a_refused_notice_comes_back_seven_times_within_a_day(
    sim: Sim, channel: Alipay, ear: Heard, passes: Passes
) -> None:
    ear[1].answers = [(200, b"fail")] * 8
    begin = clock.now()
    buy(sim, channel, ear)
    assert len(sim.flush()) == 1
    for pause in PAUSES:
        passes(seconds=pause - 1)
        assert sim.flush() == []
        passes(seconds=1)
        assert len(sim.flush()) == 1
    assert (clock.now() - begin).total_seconds() == sum(PAUSES) == 24 * 3600 + 24 * 60
    assert sim.notices() == [] and len(ear[1].heard) == 8
    told = [dict(notices.parsed(body)[0]) for body in ear[1].heard]
    assert len({one["notify_id"] for one in told}) == 1
    assert len({one["notify_time"] for one in told}) == len({one["sign"] for one in told}) == 8, "signed afresh"


@pytest.mark.parametrize("switches", [{}, {"gbk_notices": True}, {"empty_values": True}, {"refunds_say_amounts": True}])
@pytest.mark.parametrize("role", ["key", "certificate", "isv"])
def test_what_is_told_is_what_happened_however_it_is_written(
    sim: Sim, channel: Alipay, ear: Heard, role: str, switches: dict
) -> None:
    sim.switch(**switches)
    account = shop(sim, role)
    buy(sim, channel, ear, role)
    channel.refund(account, back("P1", "R1", 29))
    channel.refund(account, back("P1", "R2", 4871))
    sim.flush()
    paid, part, rest = [channel.read_notice(account, {}, body, clock.now()).facts[0] for body in ear[1].heard]
    assert isinstance(paid, Receipt) and paid == channel.query(account, "P1").receipt
    for fact, number, amount in ((part, "R1", 29), (rest, "R2", 4871)):
        assert isinstance(fact, RefundReceipt) and (fact.out_refund_no, fact.outcome) == (number, "done")
        assert fact.amount == (amount if "refunds_say_amounts" in switches else 0), "the sum of all is not this one's"
        assert fact.provider_ref == channel.query_refund(account, "P1", number).provider_ref
    states = [notices.parsed(body)[0] for body in ear[1].heard]
    assert [one["trade_status"] for one in states] == ["TRADE_SUCCESS", "TRADE_SUCCESS", "TRADE_CLOSED"]
    assert [one.get("refund_fee") for one in states] == [None, "0.29", "49.00"]


def test_closing_and_finishing_are_told_and_are_nothing_new(
    sim: Sim, channel: Alipay, ear: Heard, passes: Passes
) -> None:
    started = channel.start(shop(sim, notify_url=ear[0]), asked("P1"))
    sim.open(qr_code=started.client["qr_code"])
    channel.close(shop(sim), "P1")
    buy(sim, channel, ear, number="P2")
    buy(sim, channel, ear, number="P3")
    channel.refund(shop(sim), back("P3", "R1", 29))
    sim.flush()
    heard = len(ear[1].heard)
    passes(days=365)
    sim.trades()
    sim.flush()
    facts = [channel.read_notice(shop(sim), {}, body, clock.now()).facts[0] for body in ear[1].heard]
    assert isinstance(facts[0], Nothing), "closed unpaid"
    finished = facts[heard:]
    assert isinstance(finished[0], Receipt) and finished[0] == facts[1], "the same money, told once more"
    assert isinstance(finished[1], Nothing), "finished after a refund: no payment"


def test_products_that_tell_little_tell_little(sim: Sim, channel: Alipay, ear: Heard) -> None:
    sim.switch(tell_all=False)
    buy(sim, channel, ear)
    channel.refund(shop(sim), back("P1", "R1", 4900))
    assert [one["trade_status"] for one in sim.flush()] == ["TRADE_SUCCESS"], "codes do not tell of TRADE_CLOSED"


@pytest.mark.parametrize("kind", ["bad_signature", "sha1", "unsigned", "wrong_key", "altered", "extra"])
def test_a_notice_that_is_spoilt_is_not_believed_and_comes_again_whole(
    sim: Sim, channel: Alipay, ear: Heard, passes: Passes, kind: str
) -> None:
    sim.fault("notice", kind)
    ear[1].answers = [(400, b"fail")]
    buy(sim, channel, ear)
    sim.flush()
    with pytest.raises(Distrusted):
        channel.read_notice(shop(sim), {}, ear[1].heard[-1], clock.now())
    passes(minutes=4)
    sim.flush()
    assert channel.read_notice(shop(sim), {}, ear[1].heard[-1], clock.now()).facts


def test_notices_can_be_held_reordered_and_lost(sim: Sim, channel: Alipay, ear: Heard, passes: Passes) -> None:
    sim.hold()
    buy(sim, channel, ear)
    channel.refund(shop(sim), back("P1", "R1", 29))
    assert sim.flush() == []
    assert sim.release("reversed") == 2
    assert [one["refund_number"] for one in sim.flush()] == ["R1", ""]
    sim.fault("notice", "lost")
    buy(sim, channel, ear, number="P2")
    assert [(one["status"], one["said"]) for one in sim.flush()] == [(0, "lost")]
    passes(minutes=4)
    assert [one["accepted"] for one in sim.flush()] == [True]


def test_beside_the_requests_notices_go_out_by_themselves(
    tmp_path: Path, stage: ExitStack, channel: Alipay, ear: Heard
) -> None:
    sim = stage.enter_context(simulator(tmp_path / "running", background=True))
    buy(sim, channel, ear)
    wait_for(lambda: ear[1].heard)
    assert ear[1].last()["trade_status"] == "TRADE_SUCCESS"
