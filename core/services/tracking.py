"""Following parcels: who follows a number, whether it can be one, and what its source answered to our questions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core import clock, plugins, queue
from core.contracts.courier import Carrier, Courier, Looked, Subscribed, TrackRequest
from core.contracts.payment_channel import AccountView
from core.contracts.track import FINAL
from core.current import current_merchant
from core.db import add, all_of, find, get
from core.errors import Invalid, Refused
from core.models import Account, Order, Parcel, Track
from core.services import accounts, cases, events, moves, track_facts

#: nobody is asked after a parcel any more that was sent so long ago
GIVE_UP_AFTER = timedelta(days=60)
#: codes that a refusal names
NAMED = 10


@dataclass(frozen=True)
class Errand:
    """What a flow needs to ask after a parcel."""

    courier: Courier
    account: AccountView | None
    request: TrackRequest


# ---------------------------------------------------------------------------------------------- numbers
def checked(carrier: str, tracking_no: str) -> tuple[str, str]:
    """Code and number as the merchant's couriers write them; where no courier is on, as they are given.

    :raises Invalid: no courier of the merchant knows the company, or its numbers look otherwise.
    """
    if not plugins.couriers():
        return carrier, tracking_no
    known = {one.code.upper(): one for one in carriers()}
    company = known.get(carrier.upper())
    if company is None:
        names = ", ".join(f"{code} ({known[code].title['en']})" for code in list(known)[:NAMED])
        message = f"No courier of this shop has the code {carrier!r}. Accepted: {names} ...; see GET carriers."
        raise Invalid.field("/carrier", message, "unknown_carrier")
    number = tracking_no.upper()
    if not re.fullmatch(company.number, number):
        message = f"{tracking_no!r} is no number of {company.title['en']}: it would match {company.number}."
        raise Invalid.field("/tracking_no", message, "bad_tracking_no")
    return company.code, number


def checked_for(order: Order, carrier: str, tracking_no: str) -> tuple[str, str]:
    """As :func:`checked`, for a parcel of *order*. One number on two orders is one box for one receiver, or a slip.

    :raises Refused: an order to another receiver was sent with it lately.
    """
    carrier, tracking_no = checked(carrier, tracking_no)
    since = clock.now() - track_facts.REMEMBERED
    same = (Track.tracking_no == tracking_no, Track.carrier == carrier, Track.order_id != order.id)
    for track in all_of(Track, order.merchant_id, *same, Track.replaced_at.is_(None), Track.began_at > since):
        other = get(Order, order.merchant_id, track.order_id)
        if other.receiver != order.receiver:
            told = f"Order {other.number}, which goes to another receiver, was sent with {tracking_no} of {carrier}."
            raise Refused(told, code="number_taken")
    return carrier, tracking_no


def carriers() -> list[Carrier]:
    """Every company that a courier of the current merchant follows, in the couriers' order, each once."""
    found: dict[str, Carrier] = {}
    for courier in plugins.couriers().values():
        for one in courier.carriers():
            found.setdefault(one.code, one)
    return list(found.values())


# ---------------------------------------------------------------------------------------------- following
def begin(order: Order, parcel: Parcel) -> None:
    """A parcel has a (new) number: its source is asked to tell of it, once this transaction is committed."""
    for track in _of_parcel(parcel):
        if track.replaced_at is None:
            track.replaced_at = clock.now()
            queue.forget(_key("follow", track), _key("look", track))
    events.tell_after("after_parcel_sent", parcel_id=parcel.id, order_id=order.id)
    source = _source_of(parcel.carrier) if parcel.carrier and parcel.tracking_no else None
    if source is None:
        return
    track = _track(order, parcel, *source)
    queue.soon("core.follow_parcel", key=_key("follow", track), track_id=track.id)


def errand(track_id: UUID) -> Errand | None:
    """How to ask after a track; None if nobody needs to know any more. Inside a scope."""
    merchant_id = current_merchant().id
    track = get(Track, merchant_id, track_id)
    if not _is_followed(track):
        return None
    order, parcel = get(Order, merchant_id, track.order_id), get(Parcel, merchant_id, track.parcel_id)
    account = find(Account, merchant_id, track.account_id)
    request = TrackRequest(
        track_id=track.id,
        parcel_id=parcel.id,
        carrier=track.carrier,
        tracking_no=track.tracking_no,
        order_number=order.number,
        sent_at=parcel.sent_at,
        phone=(order.receiver or {}).get("phone"),
    )
    return Errand(plugins.courier(track.courier)[1], accounts.view(account) if account else None, request)


def note_subscription(track_id: UUID, said: Subscribed) -> None:
    """Write down what a source answered to our wish to be told."""
    order, track = _locked(track_id)
    if not _is_followed(track):
        return
    if said.outcome == "later":
        due_at = clock.now() + (said.again_in or timedelta(minutes=10))
        queue.later("core.follow_parcel", due_at, key=_key("follow", track), track_id=track.id)
        return
    track.subscription, track.failure = said.outcome, said.why and said.why[:500]
    track.look_every = round(said.look_every.total_seconds()) if said.look_every else None
    if said.outcome == "refused":
        _call_for_help(order, track, said.why)
    if track.look_every:
        queue.soon("core.look_at_parcel", key=_key("look", track), track_id=track.id)


def note_look(track_id: UUID, said: Looked) -> None:
    """Write down what a source answered when it was asked, and when to ask again."""
    order, track = _locked(track_id)
    if not _is_followed(track):
        return
    track.looked_at = clock.now()
    if said.update is not None:
        track_facts.apply(order, track, said.update)
    if said.why:
        track.failure = said.why[:500]
        _call_for_help(order, track, said.why)
    pause = said.again_in or (timedelta(seconds=track.look_every) if track.look_every else None)
    if pause is not None and _is_followed(track):
        queue.later("core.look_at_parcel", clock.now() + pause, key=_key("look", track), track_id=track.id)


def _is_followed(track: Track) -> bool:
    young = clock.now() < track.began_at + GIVE_UP_AFTER
    return track.replaced_at is None and track.status not in FINAL and young


def _locked(track_id: UUID) -> tuple[Order, Track]:
    merchant_id = current_merchant().id
    order = moves.lock_order(get(Track, merchant_id, track_id).order_id)
    return order, get(Track, merchant_id, track_id, lock=True)


def _source_of(carrier: str) -> tuple[str, Account | None] | None:
    """The first courier that knows the company, and an account where its plugin has accounts."""
    for name, courier in plugins.couriers().items():
        if not any(one.code == carrier for one in courier.carriers()):
            continue
        plugin = plugins.courier(name)[0]
        if plugins.manifest_of(plugin).account is None:
            return name, None
        where = (Account.plugin == plugin, Account.enabled)
        if account := next(iter(all_of(Account, current_merchant().id, *where)), None):
            return name, account
    return None


def _of_parcel(parcel: Parcel) -> Iterable[Track]:
    return all_of(Track, parcel.merchant_id, Track.parcel_id == parcel.id) if parcel.history else ()


def _track(order: Order, parcel: Parcel, courier: str, account: Account | None) -> Track:
    """A track for the number, or the one it had before: a number may be mended back and forth."""
    wanted = (parcel.carrier, parcel.tracking_no)
    track = next((one for one in _of_parcel(parcel) if (one.carrier, one.tracking_no) == wanted), None)
    now, account_id = clock.now(), account.id if account else None
    if track is not None:
        track.courier, track.account_id, track.subscription = courier, account_id, "waiting"
        track.began_at, track.replaced_at, track.failure = now, None, None
        return track
    return add(
        Track(
            merchant_id=order.merchant_id,
            order_id=order.id,
            parcel_id=parcel.id,
            carrier=parcel.carrier,
            tracking_no=parcel.tracking_no,
            courier=courier,
            account_id=account_id,
            began_at=now,
        )
    )


def _call_for_help(order: Order, track: Track, why: str | None) -> None:
    cases.open_case(
        "tracking_refused",
        f"{track.courier} does not follow parcel {track.tracking_no}: {why}. Mend its account or the number.",
        thing_kind="parcel",
        thing_id=track.parcel_id,
        # one for each source, for the next parcels will have the same trouble
        key=f"tracking:{track.courier}:{track.account_id}",
        order_id=order.id,
    )


def _key(what: str, track: Track) -> str:
    return f"{what}-{track.id}"
