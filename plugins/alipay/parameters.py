"""What the buyer is handed to open Alipay with: a code, a link, or the order string for an app."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from core import AccountView, PaymentRequest
from plugins.alipay import calls
from plugins.alipay.calls import Call

#: how long what we have signed can be opened: the gateway compares its moment with its own clock
LINK_LIFE = timedelta(minutes=9)
#: how long a code can be scanned
CODE_LIFE = timedelta(hours=2)


def link(account: AccountView, call: Call, moment: datetime) -> str:
    """The address that shows Alipay's cashier; the buyer's browser goes there."""
    return f"{account.settings['gateway_url']}?{urlencode(calls.signed(account, call, moment))}"


def order_string(account: AccountView, call: Call, moment: datetime) -> str:
    """What an app hands to Alipay's SDK."""
    return urlencode(calls.signed(account, call, moment))


def signed_here(account: AccountView, request: PaymentRequest, call: Call) -> dict[str, str]:
    """What the storefront needs, where no call of ours is needed for it."""
    if request.product == "app":
        return {"order_string": order_string(account, call, request.now)}
    return {"url": link(account, call, request.now)}


def good_until(request: PaymentRequest) -> datetime:
    """When it goes stale."""
    return request.now + (CODE_LIFE if request.product == "precreate" else LINK_LIFE)
