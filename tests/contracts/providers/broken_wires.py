"""Wires that break the contract, each in one way that a real plugin might, with the rule that must notice it."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from marshmallow import INCLUDE, Schema

from core.contracts.payment_channel import Notice, PaymentStatus, Receipt, RefundReceipt, Reply, Started
from core.db import all_of, reading
from core.errors import ChannelDown, ChannelUnsure, Distrusted
from core.models import Payment
from core.services.facts import given
from tests.contracts.providers.wire_channel import RememberingWire

log = logging.getLogger("merx.wire")


class BelievesEverybody(RememberingWire):
    """Reads before it verifies, and never verifies."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        try:
            told = json.loads(body)
            return Notice(told["id"], tuple(given(fact) for fact in told["facts"]))
        except ValueError:
            raise Distrusted("This cannot be read.") from None


class TakesOldLetters(RememberingWire):
    """Verifies the seal and not the moment."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        return super().read_notice(account, headers, body, datetime.fromisoformat(json.loads(body)["at"]))


class InventsEventIds(RememberingWire):
    """Gives each reading of a letter a new name."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        return replace(super().read_notice(account, headers, body, now), event_id=uuid4().hex)


class LooksItUp(RememberingWire):
    """Asks our database while it reads."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        notice = super().read_notice(account, headers, body, now)
        with reading():
            all_of(Payment, account.merchant_id)
        return notice


class TrustsTheAmount(RememberingWire):
    """Tells what was asked for instead of what was paid."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        notice = super().read_notice(account, headers, body, now)
        return replace(notice, facts=tuple(self._as_asked(fact) for fact in notice.facts))

    def _as_asked(self, fact: Any) -> Any:
        attempt = self.attempts.get(getattr(fact, "out_trade_no", ""))
        return replace(fact, amount=attempt.amount) if attempt else fact


class KeepsThePayeeToItself(RememberingWire):
    """Never says who was paid, although the provider does."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        notice = super().read_notice(account, headers, body, now)
        return replace(notice, facts=tuple(self._without(fact) for fact in notice.facts))

    def _without(self, fact: Any) -> Any:
        return replace(fact, payee=None) if isinstance(fact, Receipt) else fact


class AnswersInItsOwnWords(RememberingWire):
    """Says "success" where the provider wants nothing."""

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        return Reply(200, b"success") if ok else super().acknowledge(ok, why)


class AcceptsWhatItRefuses(RememberingWire):
    """Answers 200 to a forgery, so that nobody comes again."""

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        return super().acknowledge(True)


class ClosesWhatIsPaid(RememberingWire):
    """Answers closed whatever it has closed."""

    def close(self, account: Any, out_trade_no: str) -> Any:
        super().close(account, out_trade_no)
        return PaymentStatus("closed")


class NeverCloses(RememberingWire):
    """Answers closed and tells nobody."""

    def close(self, account: Any, out_trade_no: str) -> Any:
        return PaymentStatus("closed")


class TakesDoubtForNo(RememberingWire):
    """A start whose answer is lost has failed, it thinks."""

    def start(self, account: Any, request: Any) -> Any:
        try:
            return super().start(account, request)
        except ChannelUnsure as error:
            return Started("failed", failure=error.detail)


class NeverLooksTwice(RememberingWire):
    """A query that goes wrong means that the attempt has failed."""

    def query(self, account: Any, out_trade_no: str) -> Any:
        try:
            return super().query(account, out_trade_no)
        except (ChannelDown, ChannelUnsure):
            return PaymentStatus("failed")


class GivesBackAtEachCall(RememberingWire):
    """Loses the rule of the same number: whoever asks twice is given twice."""

    def gives_back(self, number: str, request: Any) -> Any:
        self.backs.update({uuid4().hex: self.backs[number]} if number in self.backs else {})
        return super().gives_back(number, request)


class ReplacesWhatIsInDoubt(RememberingWire):
    """Asks for a new number when an answer is lost."""

    def refund(self, account: Any, request: Any) -> Any:
        try:
            return super().refund(account, request)
        except ChannelUnsure as error:
            return RefundReceipt(request.out_refund_no, "failed", 0, failure=error.detail, again="new_number")


class TakesAcceptedForDone(RememberingWire):
    """Says that the money is back when the provider has only taken the order to give it back."""

    def refund(self, account: Any, request: Any) -> Any:
        return replace(super().refund(account, request), outcome="done")


class GivesUpTooSoon(RememberingWire):
    """A refund refused for now is refused for ever."""

    def refund(self, account: Any, request: Any) -> Any:
        told = super().refund(account, request)
        return replace(told, again="by_hand") if told.outcome == "failed" else told


class TellsItsSecret(RememberingWire):
    """Logs what it seals with."""

    def read_notice(self, account: Any, headers: Any, body: bytes, now: Any) -> Notice:
        log.info("sealed with %s", account.settings["word"])
        return super().read_notice(account, headers, body, now)


class ShowsItsSecret(RememberingWire):
    """Gives the buyer what it seals with."""

    def start(self, account: Any, request: Any) -> Any:
        started = super().start(account, request)
        return replace(started, client={**started.client, "sign_with": account.settings["word"]})


class CallsFromInside(RememberingWire):
    """Does not mind an open transaction."""

    def query(self, account: Any, out_trade_no: str) -> Any:
        return self.status(out_trade_no)


class ForgetsTheZone(RememberingWire):
    """Tells another moment than the money came at."""

    def status(self, number: str) -> PaymentStatus:
        told = super().status(number)
        moment = datetime(2026, 3, 2, 10, tzinfo=UTC)
        return replace(told, receipt=replace(told.receipt, at=moment)) if told.receipt else told


class Anything(Schema):
    """Every field, whatever it holds."""

    class Meta:
        unknown = INCLUDE


class TakesAnything(RememberingWire):
    """Takes anything from the buyer."""

    input_schema = Anything  # type: ignore[assignment]


#: the wire, a rule that must not be kept over it, and a word of the line where it must fail
BROKEN: tuple[tuple[type[RememberingWire], str, str], ...] = (
    (BelievesEverybody, "a_forged_notice_is_refused_and_writes_nothing", "no seal"),
    (TakesOldLetters, "a_genuine_notice_that_is_stale_is_refused", "scene.provider.refused"),
    (InventsEventIds, "the_same_notice_again_changes_nothing", "the same event is one row"),
    (InventsEventIds, "reading_a_notice_is_nothing_but_reading", "the same bytes at the same moment"),
    (LooksItUp, "reading_a_notice_is_nothing_but_reading", "counted.statements == []"),
    (TrustsTheAmount, "a_genuine_notice_of_other_money_books_nothing_and_is_a_case", "pending_payment"),
    (KeepsThePayeeToItself, "what_it_tells_by_itself_is_what_it_tells_when_asked", "another was to be paid"),
    (AnswersInItsOwnWords, "a_genuine_notice_is_answered_in_the_providers_exact_words", "scene.provider.accepted"),
    (AcceptsWhatItRefuses, "its_answers_to_notices_are_the_providers_exact_words", "scene.provider.refused"),
    (ClosesWhatIsPaid, "money_that_is_faster_than_the_buyers_cancelling_wins", "cancel: 200"),
    (ClosesWhatIsPaid, "another_way_is_refused_when_the_first_is_paid_already", "status_code == 409"),
    (NeverCloses, "an_order_that_is_cancelled_closes_its_attempt", "nobody may pay it any more"),
    (NeverCloses, "another_way_of_the_same_channel_closes_the_first", "two codes of one channel"),
    (TakesDoubtForNo, "a_start_whose_answer_is_lost_is_asked_again_under_the_same_number", "another bill"),
    (NeverLooksTwice, "a_query_that_goes_wrong_is_made_again", "awaiting_shipment"),
    (GivesBackAtEachCall, "the_same_refund_number_is_the_same_refund", "given once"),
    (ReplacesWhatIsInDoubt, "a_refund_that_goes_wrong_is_asked_again_and_goes_back_once", "goes back once"),
    (TakesAcceptedForDone, "a_refund_is_done_when_the_money_is_back_and_not_before", "accepted is not done"),
    (GivesUpTooSoon, "a_refund_refused_for_now_is_tried_again_under_the_same_number", "to be tried again"),
    (TellsItsSecret, "no_secret_is_ever_seen_in_an_answer_or_a_log", "a secret in the log"),
    (ShowsItsSecret, "no_secret_is_ever_seen_in_an_answer_or_a_log", "a secret in an answer"),
    (CallsFromInside, "no_call_leaves_while_a_transaction_is_open", "DID NOT RAISE"),
    (ForgetsTheZone, "what_it_tells_when_asked_is_the_money_of_the_attempt", "fact.at - core_clock.now()"),
    (TakesAnything, "a_wish_that_is_wrong_is_refused_and_the_refusal_teaches", "is_refused(422)"),
)
