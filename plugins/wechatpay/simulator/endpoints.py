"""Every call of the simulated API as a row: method, path, verb, handler."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from plugins.wechatpay.simulator import bill_files, bills, console, orders, refunds, sharing, split_bills
from plugins.wechatpay.simulator.call import Answer
from plugins.wechatpay.simulator.refusal import Refusal

Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Endpoint:
    """One call. In *path* each ``{}`` is one segment and ``[partner/]`` tells the mode; both go to the handler."""

    verb: str
    method: str
    path: str
    handler: Handler

    @property
    def pattern(self) -> re.Pattern[str]:
        """What its path looks like."""
        return re.compile(self.path.replace("[partner/]", "(partner/)?").replace("{}", "([^/]+)"))


_PAY = "/v3/pay/[partner/]transactions"
_REFUNDS = "/v3/refund/domestic/refunds"
_SHARING = "/v3/profitsharing"
ENDPOINTS = (
    Endpoint("prepay", "POST", f"{_PAY}/(jsapi|app|native|h5)", orders.prepay),
    Endpoint("query", "GET", f"{_PAY}/(id|out-trade-no)/{{}}", orders.query),
    Endpoint("close", "POST", f"{_PAY}/out-trade-no/{{}}/close", orders.close),
    Endpoint("refund", "POST", _REFUNDS, refunds.refund),
    Endpoint("refund_query", "GET", f"{_REFUNDS}/{{}}", refunds.query),
    Endpoint("abnormal_refund", "POST", f"{_REFUNDS}/{{}}/apply-abnormal-refund", refunds.abnormal),
    Endpoint("certificates", "GET", "/v3/certificates", console.certificates),
    Endpoint("bill", "GET", "/v3/bill/tradebill", bills.tradebill),
    Endpoint("split_bill", "GET", f"{_SHARING}/bills", split_bills.splitbill),
    Endpoint("bill_file", "GET", "/v3/billdownload/file", bill_files.download),
    Endpoint("receiver_add", "POST", f"{_SHARING}/receivers/add", sharing.add_receiver),
    Endpoint("unfreeze", "POST", f"{_SHARING}/orders/unfreeze", sharing.unfreeze),
    Endpoint("split", "POST", f"{_SHARING}/orders", sharing.split),
    Endpoint("split_query", "GET", f"{_SHARING}/orders/{{}}", sharing.query),
    Endpoint("split_return", "POST", f"{_SHARING}/return-orders", sharing.give_back),
    Endpoint("split_return_query", "GET", f"{_SHARING}/return-orders/{{}}", sharing.query_return),
    Endpoint("echo", "POST", "/v3/security/echo", console.echo),
)
_TABLE = [(endpoint, endpoint.pattern) for endpoint in ENDPOINTS]


def find_endpoint(method: str, path: str) -> tuple[Endpoint, list[Any]]:
    """The endpoint behind a path as sent, and what its path says.

    :raises Refusal: there is none, or it wants another method.
    """
    wanted = ""
    for endpoint, pattern in _TABLE:
        match = pattern.fullmatch(path)
        if match and endpoint.method == method:
            found: list[Any] = [unquote(part) if part is not None else None for part in match.groups()]
            if endpoint.path.startswith(_PAY):
                found[0] = found[0] is not None
            return endpoint, found
        wanted = endpoint.method if match else wanted
    if wanted:
        raise Refusal(405, "METHOD_NOT_ALLOWED", f"this path wants {wanted}")
    raise Refusal(404, "RESOURCE_NOT_EXISTS", "there is no such call here")
