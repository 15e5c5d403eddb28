"""Asking couriers: what is to be asked is read, then the source is asked, then its answer is written down."""

import logging
from collections.abc import Sequence
from uuid import UUID

from core import plugins
from core.contracts.courier import Carrier, Courier
from core.contracts.payment_channel import AccountView
from core.contracts.track import TrackUpdate
from core.db import reading, refuse_transaction, transaction
from core.errors import ChannelTrouble
from core.services import accounts, track_facts, tracking

log = logging.getLogger("merx.tracking")


def follow(track_id: UUID) -> None:
    """Ask the source of a track to tell of it. May be called twice.

    :raises ChannelTrouble: it could not be asked; the job is tried again.
    """
    if errand := _errand(track_id):
        said = errand.courier.subscribe(errand.account, errand.request)
        with transaction():
            tracking.note_subscription(track_id, said)


def look(track_id: UUID) -> None:
    """Ask the source of a track how far it is, and arm the next look. May be called twice.

    :raises ChannelTrouble: it could not be asked; the job is tried again.
    """
    if errand := _errand(track_id):
        said = errand.courier.query(errand.account, errand.request)
        with transaction():
            tracking.note_look(track_id, said)


def note(update: TrackUpdate) -> str:
    """A source told of a parcel by itself; see ``record_track``."""
    refuse_transaction()
    with transaction():
        return track_facts.record_track(update)


def recognise(tracking_no: str) -> list[Carrier]:
    """Whose number this may be, as the merchant's couriers say, best first; who cannot be asked now says nothing."""
    refuse_transaction()
    with reading():
        asked = _couriers_with_accounts()
    found: dict[str, Carrier] = {}
    for courier, account in asked:
        try:
            companies = courier.recognise(account, tracking_no)
        except ChannelTrouble as trouble:
            log.warning("%s does not say whose number it may be: %s", courier.name, trouble.detail)
            continue
        for one in companies:
            found.setdefault(one.code, one)
    return list(found.values())


def _errand(track_id: UUID) -> tracking.Errand | None:
    refuse_transaction()
    with reading():
        return tracking.errand(track_id)


def _couriers_with_accounts() -> Sequence[tuple[Courier, AccountView | None]]:
    asked: list[tuple[Courier, AccountView | None]] = []
    for name, courier in plugins.couriers().items():
        plugin = plugins.courier(name)[0]
        if plugins.manifest_of(plugin).account is None:
            asked.append((courier, None))
        elif opened := accounts.open_accounts(plugin):
            asked.append((courier, opened[0]))
    return asked
