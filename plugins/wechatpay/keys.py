"""The keys an account verifies with: a map that is replaced whole, and asked for anew once a minute at most."""

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from core import AccountView, ChannelDown
from plugins.wechatpay.certificates import PlatformKey, from_settings, readable
from plugins.wechatpay.settings import apiv3_keys

#: between two downloads of certificates because of a serial nobody knows
ASK_EVERY = timedelta(minutes=1)
#: key stores kept in one process: one per account in use
KEPT = 512
_HEX = re.compile(r"[0-9A-F]{8,64}")
#: the settings that decide which keys are trusted
_DECIDE = ("mode", "mchid", "public_key", "public_key_id", "apiv3_key", "apiv3_key_previous", "base_url")


class KeyStore:
    """WeChat Pay's keys for one account."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self._keys: Mapping[str, PlatformKey] = {}
        self._asking, self._swapping = Lock(), Lock()
        self._asked_at: datetime | None = None
        self._heard = False
        self._remembered: tuple[Any, ...] = ()
        self.take(from_settings(settings))

    def find(self, serial: str, moment: datetime) -> PlatformKey | None:
        """The key called *serial*, if it is known and has not ended."""
        found = self._keys.get(serial)
        return found if found is not None and (found.ends_at is None or found.ends_at > moment) else None

    def certificates(self, moment: datetime) -> tuple[PlatformKey, ...]:
        """The certificates that have not ended, the one that is good the longest first."""
        live = [key for key in self._keys.values() if key.ends_at is not None and key.ends_at > moment]
        return tuple(sorted(live, key=lambda key: key.ends_at or moment, reverse=True))

    def take(self, keys: Iterable[PlatformKey]) -> None:
        """Know *keys* too. The map is replaced in one step: who reads at this moment sees the old one or the new."""
        with self._swapping:
            self._keys = {**self._keys, **{key.serial: key for key in keys}}

    def remember(self, sealed: Any) -> None:
        """Know the certificates that were written down; they are sealed, so nobody can plant one."""
        entries = [entry for entry in sealed if isinstance(entry, Mapping)] if isinstance(sealed, list) else []
        names = tuple(entry.get("serial_no") for entry in entries)
        if names != self._remembered:
            self.take(readable(entries, apiv3_keys(self._settings)))
            self._remembered = names

    def find_or_ask(
        self, serial: str, moment: datetime, ask: Callable[[], Iterable[PlatformKey]]
    ) -> PlatformKey | None:
        """As :meth:`find`; a serial that looks like a certificate's is asked for, by one thread at a time.

        :param ask: downloads the certificates, verified.
        :raises ChannelDown: it may be there, but could not be asked for now.
        """
        found = self.find(serial, moment)
        if found is not None or not _HEX.fullmatch(serial):
            return found
        with self._asking:
            found = self.find(serial, moment)
            if found is not None:
                return found
            if self._asked_at is not None and timedelta(0) <= moment - self._asked_at < ASK_EVERY:
                if not self._heard:
                    raise ChannelDown("WeChat Pay's certificates could not be downloaded a moment ago.")
                return None
            self._asked_at, self._heard = moment, False
            self.take(ask())
            self._heard = True
        return self.find(serial, moment)


_stores: OrderedDict[UUID, tuple[str, KeyStore]] = OrderedDict()
_lock = Lock()


def store_of(account: AccountView) -> KeyStore:
    """The key store of *account*, the same until its settings change."""
    identity = _identity(account.settings)
    with _lock:
        known = _stores.get(account.id)
        if known is None or known[0] != identity:
            known = (identity, KeyStore(dict(account.settings)))
        _stores[account.id] = known
        _stores.move_to_end(account.id)
        while len(_stores) > KEPT:
            _stores.popitem(last=False)
    known[1].remember(account.learned.get("certificates"))
    return known[1]


def _identity(settings: Mapping[str, Any]) -> str:
    """A digest: secrets are compared without being kept a second time."""
    told = json.dumps([settings[name] for name in _DECIDE])
    return hashlib.sha256(told.encode()).hexdigest()
