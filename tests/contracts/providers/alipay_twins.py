"""The other kinds of account at Alipay: certificates, encrypted contents, authorised apps and platforms."""

from tests.contracts.providers.alipay import AlipayProvider


class AlipayCertificateProvider(AlipayProvider):
    """An app in certificate mode: requests name certificates, answers and notices are signed under one."""

    name = "alipay_certificate"
    twin = True
    merchant_name, other_name = "certificate", "key"


class AlipaySealedProvider(AlipayProvider):
    """An app whose contents are encrypted both ways."""

    name = "alipay_sealed"
    twin = True
    merchant_name, other_name = "sealed", "key"


class AlipayIsvProvider(AlipayProvider):
    """A provider's app that acts for a merchant who has authorised it: each store is one."""

    name = "alipay_isv"
    twin = True
    merchant_name, other_name = "isv", "key"
    store = "bund"


class AlipayPlatformProvider(AlipayProvider):
    """A platform: each store is a sub-merchant, and the platform is paid for it."""

    name = "alipay_platform"
    twin = True
    merchant_name, other_name = "platform", "key"
    store = "bund"
