"""What a merchant sets of an account at WeChat Pay: who it is, its keys, and WeChat Pay's."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_app_context
from marshmallow import ValidationError, validates_schema

from core import fields
from plugins.wechatpay import pem
from plugins.wechatpay.signature import canonical

BASE_URL = "https://api.mch.weixin.qq.com"
STANDBY_URL = "https://api2.mch.weixin.qq.com"
#: the ways to pay
PRODUCTS = ("jsapi", "mini", "native", "h5", "app")
SECRETS = ("private_key", "apiv3_key", "apiv3_key_previous")
PEM_LENGTH = 10_000
_HOST = re.compile(r"[a-z0-9]+\.mch\.weixin\.qq\.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def titled(en: str, zh: str, **more: Any) -> dict[str, Any]:
    """The titles that an admin form shows."""
    return {"title_en": en, "title_zh": zh, **more}


class PrivateKey(fields.Text):
    """An RSA private key as PEM."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.private_key, value, "bad_private_key")


class PublicKey(fields.Text):
    """An RSA public key as PEM."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.public_key, value, "bad_public_key")


class Certificate(fields.Text):
    """A certificate as PEM."""

    def read(self, value: str) -> str:
        """As given, once it loads."""
        return _loads(pem.certificate, value, "bad_certificate")


class ApiKey(fields.Text):
    """An APIv3 key: its 32 characters are the key."""

    def read(self, value: str) -> str:
        """As given, if it can be a key."""
        if len(value) != 32 or not value.isascii():
            raise fields.refuse("Must be the APIv3 key: exactly 32 letters and digits.", "bad_apiv3_key")
        return value


class Serial(fields.Text):
    """The serial number of a certificate."""

    def read(self, value: str) -> str:
        """In upper case."""
        if not re.fullmatch(r"[0-9A-F]{8,40}", canonical(value)):
            raise fields.refuse("Must be a certificate's serial number: up to 40 hexadecimal digits.", "bad_serial")
        return canonical(value)


class Digits(fields.Text):
    """A merchant number."""

    def read(self, value: str) -> str:
        """As given, if it is one."""
        if not re.fullmatch(r"[0-9]{6,32}", value):
            raise fields.refuse("Must be a merchant number: digits only.", "bad_mchid")
        return value


class Host(fields.Url):
    """Where WeChat Pay is reached: one of its own hosts, or a sandbox on this machine."""

    def read(self, value: str) -> str:
        """Without a slash at the end. Anything else would let a setting send our signed calls anywhere."""
        parts = urlsplit(super().read(value))
        bare = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
        real = parts.scheme == "https" and _HOST.fullmatch(parts.netloc)
        if not bare or not (real or parts.hostname in _LOOPBACK):
            told = f"Must be a host of WeChat Pay such as {BASE_URL}, or a sandbox at http://127.0.0.1:port."
            raise fields.refuse(told, "bad_host")
        if not real and not _may_be_here():
            raise fields.refuse("A sandbox on this machine is for sandbox installations (MERX_SANDBOX).", "bad_host")
        return value.rstrip("/")


class AccountSettings(fields.In):
    """One credential set. In partner mode it is the provider's; the stores' map names the sub-merchants."""

    mode = fields.Choice(
        "direct", "partner", load_default="direct", metadata=titled("Direct merchant or service provider", "商户模式")
    )
    mchid = Digits(32, required=True, metadata=titled("Merchant number (partner: provider's)", "商户号（服务商号）"))
    appid = fields.Text(32, required=True, metadata=titled("App id (partner: the provider's)", "AppID（服务商AppID）"))
    appids = fields.MapOf(
        fields.Text(32),
        key=fields.Choice(*PRODUCTS),
        load_default=dict,
        metadata=titled("App id by way to pay, where it is another one", "各支付方式的AppID"),
    )
    serial_no = Serial(64, required=True, metadata=titled("Serial of the merchant certificate", "商户证书序列号"))
    private_key = PrivateKey(PEM_LENGTH, required=True, metadata=titled("Merchant private key (PEM)", "商户私钥"))
    certificate = Certificate(
        PEM_LENGTH,
        allow_none=True,
        load_default=None,
        metadata=titled("Merchant certificate (PEM): watched for its expiry", "商户证书"),
    )
    apiv3_key = ApiKey(64, required=True, metadata=titled("APIv3 key", "APIv3密钥"))
    apiv3_key_previous = ApiKey(
        64,
        allow_none=True,
        load_default=None,
        metadata=titled("Previous APIv3 key, for a day after a change", "旧APIv3密钥"),
    )
    public_key = PublicKey(
        PEM_LENGTH,
        allow_none=True,
        load_default=None,
        metadata=titled("WeChat Pay public key (PEM); empty = platform certificates", "微信支付公钥"),
    )
    public_key_id = fields.Text(
        100, allow_none=True, load_default=None, metadata=titled("Id of the public key", "微信支付公钥ID")
    )
    app_partner = fields.Choice(
        "provider",
        "sub_merchant",
        load_default="provider",
        metadata=titled("Whose number apps are given as partnerid", "APP调起的partnerid"),
    )
    base_url = Host(load_default=BASE_URL, metadata=titled("Where WeChat Pay is reached", "接口地址"))
    standby_url = Host(allow_none=True, load_default=None, metadata=titled("Where else it is reached", "备用接口地址"))

    @validates_schema
    def fits_together(self, data: Mapping[str, Any], **options: Any) -> None:
        """Refuse settings that are right one by one and wrong together."""
        key, key_id = data.get("public_key"), data.get("public_key_id")
        if bool(key) != bool(key_id):
            raise _wrong("public_key_id" if key else "public_key", "public_key and public_key_id go together.")
        if key_id and not re.fullmatch(r"PUB_KEY_ID_[0-9A-Za-z]+", key_id):
            raise _wrong("public_key_id", "Must begin with PUB_KEY_ID_, as the console shows it.")
        if data.get("certificate") and data.get("serial_no"):
            serial = pem.serial_of(pem.certificate(data["certificate"]))
            if serial != data["serial_no"].lstrip("0"):
                raise _wrong("certificate", f"Its serial is {serial}; serial_no says another.")


def hosts(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Where to ask: first the usual host, then the standby. Who names a host of their own gets no other."""
    base, standby = settings["base_url"], settings["standby_url"]
    if standby is None and base == BASE_URL:
        standby = STANDBY_URL
    return (base, standby) if standby and standby != base else (base,)


def apiv3_keys(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The APIv3 keys to try, the present one first."""
    return tuple(filter(None, (settings["apiv3_key"], settings["apiv3_key_previous"])))


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
