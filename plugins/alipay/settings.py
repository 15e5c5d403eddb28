"""What a merchant sets of an account at Alipay: which app it is, its keys, and Alipay's."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_app_context
from marshmallow import ValidationError, validates_schema

from core import fields
from plugins.alipay import certificates, pem, seals
from plugins.alipay.modes import MODES

GATEWAY_URL = "https://openapi.alipay.com/gateway.do"
#: the ways to pay
PRODUCTS = ("precreate", "page", "wap", "app")
SECRETS = ("private_key", "aes_key")
PEM_LENGTH = 20_000
CERTIFICATES = ("app_cert", "alipay_cert", "root_cert")
_HOSTS = ("openapi.alipay.com", "globalopenapi.alipay.com", "openapi-sandbox.dl.alipaydev.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def titled(en: str, zh: str, **more: Any) -> dict[str, Any]:
    """The titles that an admin form shows."""
    return {"title_en": en, "title_zh": zh, **more}


class PrivateKey(fields.Text):
    """An RSA private key."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.private_key, value, "bad_private_key")


class PublicKey(fields.Text):
    """An RSA public key."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.public_key, value, "bad_public_key")


class Certificate(fields.Text):
    """A certificate as PEM, perhaps with its issuers behind it."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.certificate, value, "bad_certificate")


class Roots(fields.Text):
    """Alipay's root certificates as PEM."""

    def read(self, value: str) -> str:
        """As given, once they load and one of them is of RSA."""
        _loads(pem.bundle, value, "bad_certificate")
        if not certificates.root_sn(value):
            raise fields.refuse("Holds no root certificate of RSA: paste the whole file.", "bad_certificate")
        return value


class AesKey(fields.Text):
    """The key of content encryption."""

    def read(self, value: str) -> str:
        """As given, if it can be one."""
        return _loads(seals.read_key, value, "bad_aes_key")


class AppId(fields.Text):
    """The number of an app: a text, never a number."""

    def read(self, value: str) -> str:
        """As given, if it is one."""
        if not re.fullmatch(r"[0-9]{16,32}", value):
            raise fields.refuse("Must be an app id: 16 digits, as the console shows it.", "bad_app_id")
        return value


class Pid(fields.Text):
    """The number of a merchant at Alipay."""

    def read(self, value: str) -> str:
        """As given, if it is one."""
        if not re.fullmatch(r"2088[0-9]{12}", value):
            raise fields.refuse("Must be a PID: 16 digits that begin with 2088.", "bad_seller_id")
        return value


class Gateway(fields.Url):
    """Where Alipay is reached: one of its own gateways, or a sandbox on this machine."""

    def read(self, value: str) -> str:
        """As given. Anything else would let a setting send our signed calls anywhere."""
        parts = urlsplit(super().read(value))
        bare = parts.path == "/gateway.do" and not parts.query and not parts.fragment and "@" not in parts.netloc
        real = parts.scheme == "https" and parts.netloc in _HOSTS
        if not bare or not (real or parts.hostname in _LOOPBACK):
            told = (
                f"Must be a gateway of Alipay such as {GATEWAY_URL}, or a sandbox at http://127.0.0.1:port/gateway.do."
            )
            raise fields.refuse(told, "bad_gateway")
        if not real and not _may_be_here():
            raise fields.refuse("A sandbox on this machine is for sandbox installations (MERX_SANDBOX).", "bad_gateway")
        return value


class AccountSettings(fields.In):
    """One app. As an authorised app or a platform it acts for others: the stores' map names them."""

    mode = fields.Choice(
        *MODES, load_default="direct", metadata=titled("Own app, authorised app (ISV) or platform", "商户模式")
    )
    app_id = AppId(32, required=True, metadata=titled("App id", "应用AppID"))
    seller_id = Pid(16, required=True, metadata=titled("PID who is paid (ISV: the provider's own)", "商户PID"))
    private_key = PrivateKey(PEM_LENGTH, required=True, metadata=titled("Application private key", "应用私钥"))
    alipay_public_key = PublicKey(
        PEM_LENGTH,
        allow_none=True,
        load_default=None,
        metadata=titled("Alipay public key (key mode); empty = certificates", "支付宝公钥"),
    )
    app_cert = Certificate(
        PEM_LENGTH, allow_none=True, load_default=None, metadata=titled("Application certificate", "应用公钥证书")
    )
    alipay_cert = Certificate(
        PEM_LENGTH, allow_none=True, load_default=None, metadata=titled("Alipay certificate", "支付宝公钥证书")
    )
    root_cert = Roots(
        PEM_LENGTH, allow_none=True, load_default=None, metadata=titled("Alipay root certificates", "支付宝根证书")
    )
    aes_key = AesKey(
        64, allow_none=True, load_default=None, metadata=titled("AES key of content encryption", "接口内容加密密钥")
    )
    gateway_url = Gateway(load_default=GATEWAY_URL, metadata=titled("Where Alipay is reached", "支付宝网关"))

    @validates_schema
    def fits_together(self, data: Mapping[str, Any], **options: Any) -> None:
        """Refuse settings that are right one by one and wrong together."""
        given = [name for name in CERTIFICATES if data.get(name)]
        if data.get("alipay_public_key"):
            if given:
                raise _wrong(given[0], "alipay_public_key is for key mode, certificates are for the other: give one.")
            self._is_alipays(data)
            return
        if lacking := [name for name in CERTIFICATES if not data.get(name)]:
            raise _wrong(
                "alipay_public_key" if len(lacking) == len(CERTIFICATES) else lacking[0],
                "Give alipay_public_key (key mode), or app_cert, alipay_cert and root_cert together.",
            )
        self._certificates_fit(data)

    def _is_alipays(self, data: Mapping[str, Any]) -> None:
        if not data.get("private_key"):
            return
        own = pem.private_key(data["private_key"]).public_key().public_numbers()
        if pem.public_key(data["alipay_public_key"]).public_numbers() == own:
            raise _wrong(
                "alipay_public_key",
                "This is your own application public key (应用公钥); Alipay's (支付宝公钥) is needed.",
            )

    def _certificates_fit(self, data: Mapping[str, Any]) -> None:
        if not certificates.chain_is_rooted(data["alipay_cert"], data["root_cert"]):
            raise _wrong("alipay_cert", "Was not issued under root_cert: it is not Alipay's, or a file was mixed up.")
        own = data.get("private_key")
        if own and pem.certificate(data["app_cert"]).public_key() != pem.private_key(own).public_key():
            raise _wrong("app_cert", "Is not the certificate of private_key.")


def _may_be_here() -> bool:
    """Whether this installation may pay play money; elsewhere no setting may point at the machine's own ports."""
    return not has_app_context() or bool(current_app.config.get("SANDBOX") or current_app.config.get("TESTING"))


def _wrong(name: str, text: str) -> ValidationError:
    return ValidationError({name: fields.refuse(text, "does_not_fit").messages})


def _loads(load: Any, value: str, code: str) -> str:
    try:
        load(value)
    except ValueError as wrong:
        text = str(wrong)
        raise fields.refuse(text[0].upper() + text[1:] + ".", code) from None
    return value
