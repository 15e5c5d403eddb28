"""The table of providers: every channel that must keep the contract, one line each."""

import importlib
import os
from collections.abc import Callable, Mapping

from tests.contracts.payment_channels import Provider
from tests.contracts.providers.alipay import AlipayProvider
from tests.contracts.providers.alipay_twins import (
    AlipayCertificateProvider,
    AlipayIsvProvider,
    AlipayPlatformProvider,
    AlipaySealedProvider,
)
from tests.contracts.providers.bank_transfer import BankTransferProvider
from tests.contracts.providers.wechatpay import (
    WeChatPayCertificateProvider,
    WeChatPayPartnerProvider,
    WeChatPayProvider,
)
from tests.contracts.providers.wire import WireProvider

#: channels that only tests have
ONLY_HERE = ("wire",)
#: name -> who makes it
PROVIDERS: dict[str, Callable[[], Provider]] = {
    "wire": WireProvider,
    "bank_transfer": BankTransferProvider,
    "wechatpay": WeChatPayProvider,
    "wechatpay_certificate": WeChatPayCertificateProvider,
    "wechatpay_partner": WeChatPayPartnerProvider,
    "alipay": AlipayProvider,
    "alipay_certificate": AlipayCertificateProvider,
    "alipay_sealed": AlipaySealedProvider,
    "alipay_isv": AlipayIsvProvider,
    "alipay_platform": AlipayPlatformProvider,
}


def named_from_outside(environ: Mapping[str, str]) -> dict[str, Callable[[], Provider]]:
    """The providers of other packages: ``CONTRACT_PROVIDERS="my_package.provider:MyProvider"``, more after commas."""
    found = {}
    for name in filter(None, environ.get("CONTRACT_PROVIDERS", "").split(",")):
        module, _, cls = name.partition(":")
        provider = getattr(importlib.import_module(module), cls)
        found[provider.name] = provider
    return found


PROVIDERS |= named_from_outside(os.environ)
