"""Whose signatures an account believes: Alipay's public key, or the key of Alipay's certificate that has not ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from plugins.alipay import certificates, pem


def verifier(settings: Mapping[str, Any], cert_sn: str | None, moment: datetime) -> RSAPublicKey | None:
    """The key that Alipay signs with towards this account; None = it is not one this account knows.

    :param cert_sn: the name of Alipay's certificate, where it was told.
    """
    if settings["alipay_public_key"]:
        return pem.public_key(settings["alipay_public_key"])
    found = pem.certificate(settings["alipay_cert"])
    if cert_sn is not None and cert_sn != certificates.sn(found):
        return None
    if certificates.ends_at(found) <= moment:
        return None
    key = found.public_key()
    return key if isinstance(key, RSAPublicKey) else None


def names(settings: Mapping[str, Any]) -> dict[str, str]:
    """What a request says of certificates: nothing in key mode."""
    if settings["alipay_public_key"]:
        return {}
    return {
        "app_cert_sn": certificates.sn(pem.certificate(settings["app_cert"])),
        "alipay_root_cert_sn": certificates.root_sn(settings["root_cert"]),
    }
