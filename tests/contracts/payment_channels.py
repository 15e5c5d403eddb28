"""The provider behind a payment channel, as the contract suite plays it: what each channel's actor must be able to do.

A channel joins the suite by one class, a child of :class:`Provider`, and one line in ``tests/contracts/table.py``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.plugin_yard import Named
from tests.told import Told
from tests.vocabulary import Shop

#: what a provider may declare in ``can``; a rule that needs one it lacks is not asked of it
ABILITIES: Mapping[str, str] = {
    "asked": "our calls go out to somebody, who answers, and can go wrong: NotifyingChannel or not, it can be asked",
    "notices": "it reports by notices (NotifyingChannel)",
    "by_hand": "people see its money and report it (OfflineChannel)",
    "ways": "it has more than one way to pay",
    "stale": "an old notice is refused, even a genuine one",
    "old_news": "it may also tell that an attempt still waits, or has come to nothing",
    "says_payee": "its receipts say who was paid",
    "refuses_for_now": "it may refuse a refund now and take the same number later",
    "dead_numbers": "it may close a refund's number for ever although nothing moved",
    "lost_cards": "a refund may turn out to be undeliverable: people must see to it",
    "bounces": "a refund that was done may come back",
}
#: the calls that can go wrong
Verb = Literal["start", "query", "close", "refund", "query_refund"]


@dataclass(frozen=True)
class Letter:
    """One notice, as it comes in by the post."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Wrong:
    """A genuine notice of what cannot be.

    :param code: of the case that core opens; None = the channel may already refuse it as not meant for this account.
    """

    letter: Letter
    code: str | None


class Provider:
    """Who stands behind a channel. Payments and refund parts are given as the API shows them.

    Nothing is told by itself: the suite asks for letters and posts, loses, repeats and delays them as it likes.
    """

    #: as the table calls it, and the channel's own name
    name: str
    channel: str
    #: see ABILITIES
    can: frozenset[str]
    #: the name of another provider, through whose channel the same order may be paid as well
    rival: str
    #: the ways to pay that are tried; the first is the usual one
    ways: tuple[str | None, ...] = (None,)
    #: another kind of account at a provider that is in the table already: what core books is asked of it only when
    #: there is time for slow tests
    twin = False
    #: the code of the store that its account is for; None = any
    store: str | None = None
    #: what answers a notice that is accepted, and the status of one that is not
    accepted: tuple[int, bytes] = (200, b"")
    refused: int = 400
    #: after so many seconds a notice is stale; only ``stale``
    patience: int = 0
    #: by name: ways for one whole call to go wrong without an effect, and after it
    faults_before: tuple[str, ...] = ()
    faults_after: tuple[str, ...] = ()

    # ------------------------------------------------------------------------------------------ before the curtain
    @contextmanager
    def opens(self, folder: Path) -> Iterator[None]:
        """Be there for one test. *folder* is kept for the whole session: for keys."""
        yield

    def plugins(self) -> list[Named]:
        """Plugins to load that are not installed."""
        return []

    def sets_up(self, shop: Shop) -> None:
        """Give *shop* an account here and turn the channel on."""
        raise NotImplementedError

    def gives(self, way: str | None) -> dict[str, Any]:
        """What the buyer gives for this way to pay, rightly."""
        return {}

    def wrong_wishes(self) -> dict[str, dict[str, Any]]:
        """Pointer -> a tender that is wrong there and must be refused."""
        return {"/tenders/0/product": {"channel": self.channel, "product": "no such way"}}

    def secrets(self) -> Sequence[str]:
        """What must never be seen in an answer or a log: keys, passwords, pieces of them."""
        return ()

    # ------------------------------------------------------------------------------------------ asked
    def pays(self, payment: Told) -> None:
        """The buyer pays, even after we have closed it: they had it open. We are told nothing yet."""
        raise NotImplementedError

    def state_of(self, out_trade_no: str) -> str | None:
        """``waiting``, ``paid`` or ``closed`` at the provider; None = it has never heard of the number."""
        raise NotImplementedError

    def numbers(self) -> Sequence[str]:
        """Every number of an attempt it has heard of."""
        raise NotImplementedError

    def given_back(self, payment: Told) -> int:
        """What has gone back of a payment or is on its way, minor units."""
        raise NotImplementedError

    def has_delivered(self, part: Told) -> bool:
        """Whether the money of a refund is with the buyer."""
        raise NotImplementedError

    def refund_numbers(self, payment: Told) -> Sequence[str]:
        """Every number under which it gave something of the payment back."""
        raise NotImplementedError

    def goes_wrong(self, verb: Verb, fault: str) -> None:
        """The next call of *verb*, with all its own tries, meets *fault*: one of ``faults_before``/``faults_after``."""
        raise NotImplementedError

    def unmet(self) -> Mapping[str, int]:
        """How many of the faults that were asked for no call has met yet, by verb."""
        return {}

    def meanwhile(self, verb: Verb, action: Callable[[str], None]) -> None:
        """During the next call of *verb*, after its effect before its answer, *action* gets its number."""
        raise NotImplementedError

    def finishes(self, part: Told, outcome: str = "done") -> None:
        """A refund under way ends: ``done``, ``dead`` or ``lost``. After ``done``, ``lost`` means it came back."""
        raise NotImplementedError

    def is_short_of_money(self, short: bool) -> None:
        """From now on it refuses refunds for now, or does not; only ``refuses_for_now``."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------ notices
    def letter(self, payment: Told) -> Letter:
        """It tells of a payment's money, afresh: the event is the same as before, or a new one."""
        raise NotImplementedError

    def wrong_letters(self, payment: Told) -> Mapping[str, Wrong]:
        """Genuine notices of a payment that contradict it; ``amount_mismatch`` at least."""
        raise NotImplementedError

    def letter_of_other_money(self, payment: Told) -> Letter:
        """It tells of other money under the number of a payment that it has told of."""
        raise NotImplementedError

    def old_news(self, payment: Told) -> Mapping[str, Letter]:
        """It tells of a payment that it waits, was closed, failed; only ``old_news``."""
        raise NotImplementedError

    def letter_of_nobody(self) -> Letter:
        """It tells of money under a number that we never gave it."""
        raise NotImplementedError

    def refund_letter(self, part: Told) -> Letter:
        """It tells of a refund as it is now."""
        raise NotImplementedError

    def wrong_refund_letters(self, part: Told) -> Mapping[str, Wrong]:
        """Genuine notices of a refund that contradict it."""
        raise NotImplementedError

    def refund_letter_of_nobody(self) -> Letter:
        """It tells of a refund under a number that we never gave it."""
        raise NotImplementedError

    def forgeries(self, letter: Letter) -> Mapping[str, Letter]:
        """Letters that must not be believed, made of a genuine one, each named by what was done to it."""
        raise NotImplementedError
