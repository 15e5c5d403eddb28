"""Looking after an account: do its settings fit, do its keys last, do we agree on the time, does WeChat Pay hear us."""

import secrets
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta

from core import AccountView, ChannelDown, ChannelUnsure
from plugins.wechatpay import calls, pem, seals
from plugins.wechatpay.certificates import PlatformKey, from_settings
from plugins.wechatpay.client import Client
from plugins.wechatpay.keys import store_of
from plugins.wechatpay.refusals import ApiError, sentence
from plugins.wechatpay.seals import Sealed
from plugins.wechatpay.signature import WINDOW

#: when to begin to warn: of the merchant's certificate, which a person must renew, and of WeChat Pay's
MERCHANT_NOTICE, PLATFORM_NOTICE = timedelta(days=30), timedelta(days=5)
#: seconds our clock may be wrong before it is worth a word; at 300 every call is refused
CLOCK_NOTICE = 60
NO_ADDRESS = "WeChat Pay cannot send its notices: set MERX_PUBLIC_URL to the https address this shop is reached at."


def findings(account: AccountView, moment: datetime, client: Client) -> list[str]:
    """What is wrong with *account*, in sentences; none = all is well. Uses the network, moves no money."""
    return [*_address(account), *_merchant_certificate(account, moment), *_talk(account, moment, client)]


def _address(account: AccountView) -> Iterator[str]:
    if account.notify_url is None:
        yield NO_ADDRESS
    elif len(account.notify_url) > 255:
        yield "The address for notices is longer than the 255 characters WeChat Pay takes: shorten MERX_PUBLIC_URL."


def _merchant_certificate(account: AccountView, moment: datetime) -> Iterator[str]:
    if not account.settings["certificate"]:
        return
    found = pem.certificate(account.settings["certificate"])
    if found.public_key() != pem.private_key(account.settings["private_key"]).public_key():
        yield "The private_key is not the one of the certificate: WeChat Pay will refuse every call."
    yield from _ending("The merchant certificate", pem.ends_at(found), moment, MERCHANT_NOTICE)


def _talk(account: AccountView, moment: datetime, client: Client) -> Iterator[str]:
    """Everything that needs WeChat Pay to answer: what fails first is the finding."""
    clock: float | None = None
    try:
        key = sealing_key(account, moment, client)
        if key is None:
            yield "WeChat Pay has no certificate for this account: give its public_key and public_key_id."
            return
        if key.ends_at is not None:
            yield from _ending("WeChat Pay's newest certificate", key.ends_at, moment, PLATFORM_NOTICE)
        clock = yield from _echo(account, key, client)
    except ApiError as error:
        yield sentence(error)
        clock = error.clock
    except (ChannelDown, ChannelUnsure) as trouble:
        yield trouble.detail
    if clock is not None and abs(clock) > CLOCK_NOTICE:
        side = "behind" if clock > 0 else "ahead"
        yield f"Our clock is {abs(clock):.0f} s {side} of WeChat Pay's; beyond {WINDOW} s it refuses every call."


def sealing_key(account: AccountView, moment: datetime, client: Client) -> PlatformKey | None:
    """The key that fields are encrypted with: the public key, or the certificate that is good the longest."""
    if own := from_settings(account.settings):
        return own[0]
    if not store_of(account).certificates(moment):
        client.certificates(account)
    return next(iter(store_of(account).certificates(moment)), None)


def _echo(account: AccountView, key: PlatformKey, client: Client) -> Generator[str, None, float | None]:
    message = secrets.token_hex(8)
    sealed = seals.encrypt_field(key.key, message)
    answer = client.ask(account, calls.echo(message, sealed, key.serial, account.notify_url))
    if answer.data.get("echo_message") != message:
        yield "WeChat Pay's echo came back as something else."
    try:
        said = seals.decrypt_field(
            pem.private_key(account.settings["private_key"]), str(answer.data.get("encrypted_echo_message"))
        )
    except Sealed as wrong:
        yield f"WeChat Pay's encrypted echo cannot be read: {wrong}."
        return answer.clock
    if said != message:
        yield "WeChat Pay's encrypted echo came back as something else."
    return answer.clock


def _ending(what: str, ends_at: datetime, moment: datetime, notice: timedelta) -> Iterator[str]:
    if ends_at <= moment:
        yield f"{what} ended on {ends_at:%Y-%m-%d}."
    elif ends_at - moment <= notice:
        yield f"{what} ends on {ends_at:%Y-%m-%d}: renew it."
