"""An app of the simulator with its keys parsed, and for whom a call of it acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.cast import CAST, Authorised, Role
from plugins.alipay.simulator.keys import Kept, public_text, read_private


@dataclass(frozen=True)
class Merchant:
    """An app: who it is, its key, and the key that Alipay uses towards it."""

    name: str
    role: Role
    private_text: str
    verifier: RSAPublicKey
    alipay_key: RSAPrivateKey
    aes_key: str | None
    certificates: Mapping[str, str]

    @property
    def app_id(self) -> str:
        """Its number."""
        return self.role.app_id

    @property
    def cert_sns(self) -> dict[str, str]:
        """What its requests must say of certificates; empty in key mode."""
        if not self.certificates:
            return {}
        return {
            "app_cert_sn": crypto.sn(self.certificates["app_cert"]),
            "alipay_root_cert_sn": crypto.sn(self.certificates["root_cert"]),
        }

    @property
    def alipay_cert_sn(self) -> str | None:
        """The name of the certificate that Alipay signs with towards it."""
        return crypto.sn(self.certificates["alipay_cert"]) if self.certificates else None

    def acts_for(self, token: str | None) -> Authorised | None:
        """For whom a call with this app_auth_token acts; without one, for itself. None = the token is not good."""
        if token is None:
            return Authorised("", self.app_id, self.role.seller_id)
        return next((one for one in self.role.authorised.values() if one.token == token), None)

    def settings(self, url: str) -> dict[str, Any]:
        """What a shop must know to have an account here, as one would copy it from the console."""
        known: dict[str, Any] = {
            "mode": self.role.mode,
            "app_id": self.app_id,
            "seller_id": self.role.seller_id,
            "private_key": self.private_text,
            "gateway_url": f"{url}/gateway.do",
        }
        if self.aes_key:
            known["aes_key"] = self.aes_key
        return {**known, **(self.certificates or {"alipay_public_key": public_text(self.alipay_key.public_key())})}

    def stores(self) -> dict[str, dict[str, str]]:
        """What an account's map of stores may say, by example."""
        told = {
            name: {"app_auth_token": one.token, "auth_app_id": one.auth_app_id, "seller_id": one.seller_id}
            for name, one in self.role.authorised.items()
        }
        return told | {f"store{place}": {"smid": smid} for place, smid in enumerate(self.role.smids, 1)}


def read_merchants(kept: Mapping[str, Kept]) -> dict[str, Merchant]:
    """Every app of the cast by its number."""
    return {role.app_id: _read(name, role, kept[name]) for name, role in CAST.items()}


def _read(name: str, role: Role, kept: Kept) -> Merchant:
    return Merchant(
        name=name,
        role=role,
        private_text=kept["private_key"],
        verifier=read_private(kept["private_key"]).public_key(),
        alipay_key=read_private(kept["alipay_key"]),
        aes_key=kept.get("aes_key"),
        certificates={part: kept[part] for part in ("app_cert", "alipay_cert", "root_cert") if part in kept},
    )
