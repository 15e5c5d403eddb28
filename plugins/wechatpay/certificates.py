"""WeChat Pay's own keys, out of settings and out of the certificates it sends sealed with the APIv3 key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from plugins.wechatpay import pem
from plugins.wechatpay.seals import Sealed, open_resource
from plugins.wechatpay.signature import canonical


@dataclass(frozen=True)
class PlatformKey:
    """One key that WeChat Pay signs with.

    :param serial: what ``Wechatpay-Serial`` says. :param ends_at: when its certificate ends; None = never.
    """

    serial: str
    key: RSAPublicKey
    ends_at: datetime | None = None


def from_settings(settings: Mapping[str, Any]) -> tuple[PlatformKey, ...]:
    """The public key of public-key mode; nothing in certificate mode."""
    if not settings["public_key"]:
        return ()
    return (PlatformKey(canonical(settings["public_key_id"]), pem.public_key(settings["public_key"])),)


def opened(sealed: Iterable[Mapping[str, Any]], apiv3_keys: Sequence[str]) -> tuple[PlatformKey, ...]:
    """The keys of certificates as ``/v3/certificates`` sends them.

    :raises Sealed: one does not open, or is not what it says: none is taken.
    """
    return tuple(_opened(entry, apiv3_keys) for entry in sealed)


def readable(sealed: Iterable[Mapping[str, Any]], apiv3_keys: Sequence[str]) -> tuple[PlatformKey, ...]:
    """As :func:`opened`, leaving aside what does not open: it was sealed with an APIv3 key that is no more."""
    found = []
    for entry in sealed:
        try:
            found.append(_opened(entry, apiv3_keys))
        except Sealed:
            continue
    return tuple(found)


def _opened(entry: Mapping[str, Any], apiv3_keys: Sequence[str]) -> PlatformKey:
    text = open_resource(entry.get("encrypt_certificate") or {}, apiv3_keys)
    try:
        found = pem.certificate(text.decode())
    except ValueError as wrong:
        raise Sealed(f"a platform certificate cannot be read: {wrong}") from None
    serial, said = pem.serial_of(found), canonical(str(entry.get("serial_no", "")))
    if serial != said.lstrip("0"):
        raise Sealed(f"a platform certificate is called {said[:40]} and is {serial}")
    key = found.public_key()
    assert isinstance(key, RSAPublicKey), "pem.certificate() takes no other"
    return PlatformKey(said, key, pem.ends_at(found))
