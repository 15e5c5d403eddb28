"""A merchant of the simulator with its keys parsed, and the choice of WeChat Pay's key that signs for it."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from core import now
from plugins.wechatpay.simulator.cast import CAST, Role
from plugins.wechatpay.simulator.keys import Kept, public_text, read_certificate, read_private

#: how long a platform certificate that was replaced still signs and is listed
OVERLAP = timedelta(days=10)


@dataclass(frozen=True)
class SigningKey:
    """A key of WeChat Pay's; *serial* names it in headers."""

    serial: str
    private: RSAPrivateKey
    certificate: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    replaced_at: datetime | None = None


@dataclass
class Merchant:
    """A merchant number: who it is, its keys, and the keys that WeChat Pay uses towards it."""

    name: str
    role: Role
    serial_no: str
    private_text: str
    verifier: RSAPublicKey
    apiv3_key: str
    public_key: SigningKey | None
    certificates: list[SigningKey]
    _notices: "itertools.count[int]" = field(default_factory=itertools.count)
    _certificate_turns: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def mchid(self) -> str:
        """Its number."""
        return self.role.mchid

    @property
    def is_provider(self) -> bool:
        """Whether it acts for sub-merchants."""
        return bool(self.role.subs)

    @property
    def apps(self) -> tuple[str, str]:
        """The apps that are bound to it."""
        return self.role.appid, self.role.mobile_appid

    def valid_certificates(self) -> list[SigningKey]:
        """The platform certificates that are listed now, the newest first."""
        return [
            key for key in reversed(self.certificates) if key.replaced_at is None or now() < key.replaced_at + OVERLAP
        ]

    def answering_key(self, wanted: str) -> SigningKey:
        """What signs an answer to a request whose header Wechatpay-Serial says *wanted*."""
        if self.public_key and (wanted == self.public_key.serial or not self.certificates):
            return self.public_key
        return self._certificate_in_turn()

    def calling_key(self, public_key_share: int) -> SigningKey:
        """What signs a notice; *public_key_share* of 100 by the public key where both are in use."""
        if self.public_key is None:
            return self._certificate_in_turn()
        if not self.certificates:
            return self.public_key
        turn = next(self._notices)
        takes_public = (turn + 1) * public_key_share // 100 > turn * public_key_share // 100
        return self.public_key if takes_public else self._certificate_in_turn()

    def opening_key(self, serial: str) -> SigningKey | None:
        """The key called *serial*, if it is one of ours: it opens what was encrypted for it."""
        return next((key for key in self._all_keys() if key.serial == serial), None)

    def settings(self, base_url: str) -> dict[str, Any]:
        """What a shop must know to have an account here, as one would copy it from the console."""
        known = {
            "mode": "partner" if self.is_provider else "direct",
            "mchid": self.mchid,
            "appid": self.role.appid,
            "serial_no": self.serial_no,
            "private_key": self.private_text,
            "apiv3_key": self.apiv3_key,
            "base_url": base_url,
        }
        if self.public_key is not None:
            known |= {
                "public_key": public_text(self.public_key.private.public_key()),
                "public_key_id": self.public_key.serial,
            }
        return known

    def _all_keys(self) -> list[SigningKey]:
        return [*([self.public_key] if self.public_key else []), *self.valid_certificates()]

    def _certificate_in_turn(self) -> SigningKey:
        # around a rotation the old and the new one sign side by side
        valid = self.valid_certificates()
        return valid[next(self._certificate_turns) % len(valid)]


def read_merchants(keys: Mapping[str, Kept]) -> dict[str, Merchant]:
    """Every merchant of the cast by its number."""
    return {role.mchid: _read(name, role, keys[name]) for name, role in CAST.items()}


def read_platform_certificate(kept: Kept) -> SigningKey:
    """One platform certificate."""
    serial, begin, end = read_certificate(kept["certificate"])
    replaced = kept.get("replaced_at")
    return SigningKey(
        serial,
        read_private(kept["private_key"]),
        kept["certificate"],
        begin,
        end,
        datetime.fromisoformat(replaced) if replaced else None,
    )


def _read(name: str, role: Role, kept: Kept) -> Merchant:
    serial, _, _ = read_certificate(kept["certificate"])
    verifier = x509.load_pem_x509_certificate(kept["certificate"].encode()).public_key()
    if not isinstance(verifier, RSAPublicKey):
        raise ValueError("the kept merchant certificate holds no RSA key: remove the sandbox's folder and start again")
    public = kept["public_key"]
    return Merchant(
        name=name,
        role=role,
        serial_no=serial,
        private_text=kept["private_key"],
        verifier=verifier,
        apiv3_key=kept["apiv3_key"],
        public_key=SigningKey(public["id"], read_private(public["private_key"])) if public else None,
        certificates=[read_platform_certificate(one) for one in kept["certificates"]],
    )
