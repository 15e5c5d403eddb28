"""Who stands behind the wire: the smallest provider that can do everything, and the pattern for real ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import clock as core_clock
from core.contracts.payment_channel import Fact, Nothing, Receipt, RefundReceipt
from tests.contracts.payment_channels import ABILITIES, Letter, Provider, Verb, Wrong
from tests.contracts.providers.wire_channel import RememberingWire, plugin, seal, sealed
from tests.plugin_yard import Named
from tests.told import Told
from tests.vocabulary import Shop

SETTINGS = {"box": "main box", "word": "open sesame, says the wire"}


class WireProvider(Provider):
    """The wire's people. *make* brings the channel: the proofs that the rules bite bring broken ones."""

    name = channel = "wire"
    can = frozenset(ABILITIES) - {"by_hand"}
    rival = "bank_transfer"
    ways = ("qr", "app")
    accepted = (204, b"")
    refused = 403
    patience = 300
    faults_before = ("down", "error")
    faults_after = ("lost",)

    def __init__(self, make: Callable[[], RememberingWire] = RememberingWire) -> None:
        self._make = make

    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        self.wire = self._make()
        yield

    def plugins(self) -> list[Named]:
        return [plugin(self.wire)]

    def sets_up(self, shop: Shop) -> None:
        for name in ("main", "other"):
            settings = SETTINGS | ({"word": "another word"} if name == "other" else {})
            shop.api.post("accounts", {"plugin": "wire", "name": name, "settings": settings})
        shop.turns_on("wire")

    def gives(self, way: str | None) -> dict[str, Any]:
        return {"phone": "13800001234"}

    def wrong_wishes(self) -> dict[str, dict[str, Any]]:
        tender = {"channel": "wire", "product": "qr"}
        return super().wrong_wishes() | {
            "/tenders/0/input/phone": tender | {"input": {"phone": 1}},
            "/tenders/0/input/colour": tender | {"input": {"colour": "red"}},
        }

    def secrets(self) -> Sequence[str]:
        return (SETTINGS["word"],)

    # -- asked
    def pays(self, payment: Told) -> None:
        attempt = self.wire.attempts[payment.out_trade_no]
        attempt.state, attempt.paid_at = "paid", core_clock.now()

    def state_of(self, out_trade_no: str) -> str | None:
        attempt = self.wire.attempts.get(out_trade_no)
        return attempt.state if attempt else None

    def numbers(self) -> Sequence[str]:
        return list(self.wire.attempts)

    def given_back(self, payment: Told) -> int:
        backs = self._backs(payment)
        return sum(back.amount for back in backs if back.state in ("pending", "done"))

    def has_delivered(self, part: Told) -> bool:
        return self.wire.backs[part.out_refund_no].state == "done"

    def refund_numbers(self, payment: Told) -> Sequence[str]:
        return [back.number for back in self._backs(payment)]

    def goes_wrong(self, verb: Verb, fault: str) -> None:
        self.wire.faults[verb].append(fault)

    def unmet(self) -> Mapping[str, int]:
        return {verb: len(faults) for verb, faults in self.wire.faults.items() if faults}

    def meanwhile(self, verb: Verb, action: Callable[[str], None]) -> None:
        self.wire.happens[verb].append(action)

    def finishes(self, part: Told, outcome: str = "done") -> None:
        self.wire.backs[part.out_refund_no].state = outcome

    def is_short_of_money(self, short: bool) -> None:
        self.wire.short = short

    # -- notices
    def letter(self, payment: Told) -> Letter:
        return self._letter(self._receipt(payment))

    def wrong_letters(self, payment: Told) -> Mapping[str, Wrong]:
        true = self._receipt(payment)
        wrongs = {
            "less money": (replace(true, amount=1), "amount_mismatch"),
            "more money": (replace(true, amount=true.amount + 1), "amount_mismatch"),
            "another currency": (replace(true, currency="USD"), "currency_mismatch"),
            "somebody else's money": (replace(true, payee={**(true.payee or {}), "box": "b"}), "payee_mismatch"),
            "another app": (replace(true, payee={**(true.payee or {}), "app": "a"}), "payee_mismatch"),
        }
        return {what: Wrong(self._letter(fact), code) for what, (fact, code) in wrongs.items()}

    def letter_of_other_money(self, payment: Told) -> Letter:
        return self._letter(replace(self._receipt(payment), provider_ref="wire-other"))

    def old_news(self, payment: Told) -> Mapping[str, Letter]:
        return {what: self._letter(Nothing(f"{payment.out_trade_no} {what}")) for what in ("waits", "was closed")}

    def letter_of_nobody(self) -> Letter:
        return self._letter(Receipt("P-NOBODY", "wire-0", 4900, "CNY", core_clock.now(), {"box": "main box"}))

    def refund_letter(self, part: Told) -> Letter:
        return self._letter(self.wire.backs[part.out_refund_no].receipt())

    def wrong_refund_letters(self, part: Told) -> Mapping[str, Wrong]:
        true = replace(self.wire.backs[part.out_refund_no].receipt(), outcome="done")
        wrongs = {
            "another amount": (replace(true, amount=1), "refund_amount_mismatch"),
            "somebody else's money": (replace(true, payee={"box": "another box"}), "refund_payee_mismatch"),
        }
        return {what: Wrong(self._letter(fact), code) for what, (fact, code) in wrongs.items()}

    def refund_letter_of_nobody(self) -> Letter:
        return self._letter(RefundReceipt("R-NOBODY", "done", 5, "back-0", at=core_clock.now()))

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        spoilt = letter.body.replace(b"4900", b"4901")
        return {
            "no seal": Letter({}, letter.body),
            "an empty seal": Letter({"X-Wire-Seal": ""}, letter.body),
            "a body that was changed": Letter(letter.headers, spoilt),
            "a body that was cut": Letter(letter.headers, letter.body[:-1]),
            "another word's seal": Letter({"X-Wire-Seal": seal("another word", letter.body)}, letter.body),
            "a probe": Letter({"X-Wire-Seal": "SIGNTEST" + letter.headers["X-Wire-Seal"][8:]}, letter.body),
        }

    def _receipt(self, payment: Told) -> Receipt:
        return self.wire.attempts[payment.out_trade_no].receipt()

    def _letter(self, fact: Fact) -> Letter:
        headers, body = sealed(SETTINGS["word"], fact)
        return Letter(headers, body)

    def _backs(self, payment: Told) -> list[Any]:
        return [back for back in self.wire.backs.values() if back.attempt.number == payment.out_trade_no]
