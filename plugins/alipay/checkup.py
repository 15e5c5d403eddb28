"""Looking after an account: do its certificates last, do we agree on the time, does Alipay hear us and we it."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from core import AccountView, ChannelDown, ChannelUnsure
from plugins.alipay import calls, certificates, pem
from plugins.alipay.client import Client
from plugins.alipay.refusals import UNKNOWN_TRADE, ApiError, sentence

#: when to begin to warn of the end of a certificate, which a person must renew
NOTICE = timedelta(days=30)
#: seconds our clock may be wrong before it is worth a word
CLOCK_NOTICE = 60
NO_ADDRESS = "Alipay cannot send its notices: set MERX_PUBLIC_URL to the https address this shop is reached at."


def findings(account: AccountView, moment: datetime, client: Client) -> list[str]:
    """What is wrong with *account*, in sentences; none = all is well. Uses the network, moves no money."""
    return [*_address(account), *_certificates(account, moment), *_talk(account, client)]


def _address(account: AccountView) -> Iterator[str]:
    if account.notify_url is None:
        yield NO_ADDRESS
    elif len(account.notify_url) > 256:
        yield "The address for notices is longer than the 256 characters Alipay takes: shorten MERX_PUBLIC_URL."


def _certificates(account: AccountView, moment: datetime) -> Iterator[str]:
    for name, what in (("app_cert", "The application certificate"), ("alipay_cert", "Alipay's certificate")):
        if not account.settings[name]:
            continue
        ends_at = certificates.ends_at(pem.certificate(account.settings[name]))
        if ends_at <= moment:
            yield f"{what} ended on {ends_at:%Y-%m-%d}."
        elif ends_at - moment <= NOTICE:
            yield f"{what} ends on {ends_at:%Y-%m-%d}: renew it."


def _talk(account: AccountView, client: Client) -> Iterator[str]:
    """Ask for an order nobody has placed: that Alipay does not know it is the good answer, and it is signed."""
    clock: float | None = None
    try:
        clock = client.ask(account, calls.probe(f"CHECK_{secrets.token_hex(12)}")).clock
        yield "Alipay knows an order that nobody has placed."
    except ApiError as error:
        clock = error.clock
        if error.code not in UNKNOWN_TRADE or not error.signed:
            yield sentence(error)
    except (ChannelDown, ChannelUnsure) as trouble:
        yield trouble.detail
    if clock is not None and abs(clock) > CLOCK_NOTICE:
        side = "behind" if clock > 0 else "ahead"
        yield f"Our clock is {abs(clock):.0f} s {side} of Alipay's: links we sign may be refused."
