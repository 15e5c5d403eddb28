"""Jars that break the contract, each in one way that a real tender might, with the rule that must notice it."""

from dataclasses import replace
from typing import Any

from core import plugins
from core.contracts.tender import Credit, GiveBack, Held, Hold, HoldRequest
from tests.contracts.tenders.providers.jar import Jar


class ForgetsToHold(Jar):
    """Says that it was set aside."""

    def hold(self, request: HoldRequest) -> Held:
        super().hold(replace(request, amount=1))
        return Held(request.amount)


class HoldsMoreThanAsked(Jar):
    """Rounds up."""

    def hold(self, request: HoldRequest) -> Held:
        held = super().hold(request)
        self.changes(request, free=-1, aside=1)
        return held


class SaysMoreThanAsked(Jar):
    """Answers with all that is there."""

    def hold(self, request: HoldRequest) -> Held:
        super().hold(request)
        return Held(self.free[request.customer_id])


class TakesLessWithoutAWord(Jar):
    """Takes what is there although all of it was asked for."""

    def hold(self, request: HoldRequest) -> Held:
        return super().hold(replace(request, exact=False))


class NeverLooksWhatIsThere(Jar):
    """Holds whatever it is asked for."""

    def hold(self, request: HoldRequest) -> Held:
        self.changes(request, free=-request.amount, aside=request.amount)
        return Held(request.amount)


class HoldsNothingWhereNothingIs(Jar):
    """Takes it for a hold if there is nothing."""

    def hold(self, request: HoldRequest) -> Held:
        if not request.exact and not self.free[request.customer_id]:
            return Held(0)
        return super().hold(request)


class SpendsAtOnce(Jar):
    """Takes it when it is held."""

    def hold(self, request: HoldRequest) -> Held:
        held = super().hold(request)
        self.changes(request, aside=-held.amount)
        return held

    def capture(self, hold: Hold) -> None:
        """It is gone already."""

    def release(self, hold: Hold) -> None:
        self.changes(hold, free=hold.amount)


class WritesPastTheTransaction(Jar):
    """Changes its accounts at once, whatever becomes of the order."""

    def changes(self, of: Any, *, free: int = 0, aside: int = 0) -> None:
        self.free[self.whose(of)] += free
        self.aside[self.whose(of)] += aside


class CapturesTwice(Jar):
    """Spends it again."""

    def capture(self, hold: Hold) -> None:
        super().capture(hold)
        self.changes(hold, free=-hold.amount)


class ForgetsToCapture(Jar):
    """It stays set aside for ever."""

    def capture(self, hold: Hold) -> None:
        """Nothing."""


class RefusesToCapture(Jar):
    """Looks at what is free when it is to be spent."""

    def capture(self, hold: Hold) -> None:
        if self.free[hold.customer_id] < hold.amount:
            raise RuntimeError("there is not enough")
        super().capture(hold)


class ForgetsToRelease(Jar):
    """It stays set aside although nobody wants it."""

    def release(self, hold: Hold) -> None:
        """Nothing."""


class ReleasesMore(Jar):
    """Frees one fen too much."""

    def release(self, hold: Hold) -> None:
        super().release(hold)
        self.changes(hold, free=1)


class ReleasesToNobody(Jar):
    """Is set aside no more, and nobody's."""

    def release(self, hold: Hold) -> None:
        self.changes(hold, aside=-hold.amount)


class GivesBackToNobody(Jar):
    """Says that it came back."""

    def give_back(self, back: GiveBack) -> None:
        """Nothing."""


class GivesBackAllOfIt(Jar):
    """Gives all of the hold back with each part."""

    def give_back(self, back: GiveBack) -> None:
        super().give_back(replace(back, amount=back.hold.amount))


class GivesBackWhatIsLeft(Jar):
    """Gives the rest of the hold back with the first part."""

    def give_back(self, back: GiveBack) -> None:
        super().give_back(replace(back, amount=back.hold.amount - back.returned))


class CreditsTwice(Jar):
    """Pays other money in twice."""

    def credit(self, credit: Credit) -> None:
        super().credit(credit)
        super().credit(credit)


class OneJarForAll(Jar):
    """Whoever pays, the jar of whoever came last is meant."""

    def whose(self, of: Any) -> Any:
        return list(self.free)[-1]


class StopsWhenSwitchedOff(Jar):
    """Looks whether the merchant still wants it before it spends, frees or gives back."""

    def changes(self, of: Any, *, free: int = 0, aside: int = 0) -> None:
        if "jar" not in plugins.tenders():
            raise RuntimeError("the jar is shut")
        super().changes(of, free=free, aside=aside)


#: who breaks it, the rule that notices, and words of the statement at which it does
BROKEN: tuple[tuple[Any, str, str], ...] = (
    (ForgetsToHold, "what_pays_a_part_is_set_aside_once_however_often_it_is_begun", "(HAS - PART, PART)"),
    (HoldsMoreThanAsked, "what_pays_a_part_is_set_aside_once_however_often_it_is_begun", "(HAS - PART, PART)"),
    (SaysMoreThanAsked, "what_pays_a_part_is_set_aside_once_however_often_it_is_begun", "scene.begun()"),
    (TakesLessWithoutAWord, "more_than_is_there_is_refused_and_nothing_is_written", "HAS + 1"),
    (NeverLooksWhatIsThere, "what_is_set_aside_for_one_order_is_not_free_for_another", "too_much"),
    (NeverLooksWhatIsThere, "more_than_is_there_is_refused_and_nothing_is_written", "HAS + 1"),
    (HoldsNothingWhereNothingIs, "without_an_amount_it_pays_what_is_there_and_no_more_than_is_missing", "empty"),
    (SpendsAtOnce, "what_pays_a_part_is_set_aside_once_however_often_it_is_begun", "(HAS - PART, PART)"),
    (WritesPastTheTransaction, "more_than_is_there_is_refused_and_nothing_is_written", "nothing is written"),
    (WritesPastTheTransaction, "a_tender_that_breaks_down_when_it_is_freed_is_freed_once_later", "(HAS - PART, PART)"),
    (CapturesTwice, "what_is_set_aside_is_spent_once_with_the_cash", "it is spent"),
    (ForgetsToCapture, "what_is_set_aside_is_spent_once_with_the_cash", "it is spent"),
    (ForgetsToCapture, "alone_it_pays_with_the_answer", "scene.has()"),
    (RefusesToCapture, "what_is_set_aside_is_spent_once_with_the_cash", "awaiting_shipment"),
    (ForgetsToRelease, "a_buyer_who_cancels_has_it_again", "it is free again"),
    (ForgetsToRelease, "another_mix_lets_the_first_go", "(HAS - 1000, 1000)"),
    (ReleasesMore, "time_that_is_up_lets_it_go", "it is free again"),
    (ReleasesMore, "an_attempt_that_never_begins_lets_it_go", "it is free again"),
    (ReleasesToNobody, "staff_who_close_the_order_let_it_go", "it is free again"),
    (GivesBackToNobody, "every_part_of_a_refund_gives_back_its_own_share_and_in_the_end_all_of_it", "scene.has()"),
    (GivesBackAllOfIt, "every_part_of_a_refund_gives_back_its_own_share_and_in_the_end_all_of_it", "scene.has()"),
    (GivesBackAllOfIt, "amounts_of_any_size_come_to_all_of_it", "scene.has()"),
    (GivesBackWhatIsLeft, "every_part_of_a_refund_gives_back_its_own_share_and_in_the_end_all_of_it", "scene.has()"),
    (CreditsTwice, "cash_may_be_paid_into_it_instead_once", "scene.has()"),
    (OneJarForAll, "a_whole_life_of_an_order_touches_nobody_else", "nor had anybody elsewhere"),
    (StopsWhenSwitchedOff, "switched_off_what_is_set_aside_is_freed", "cancels"),
    (StopsWhenSwitchedOff, "switched_off_what_is_set_aside_is_spent_with_the_cash_and_comes_back", "awaiting_shipment"),
)
