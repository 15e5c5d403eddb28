"""Every method of the simulated gateway as a row: what faults call it, and who answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.alipay.simulator import billing, refunds, trades
from plugins.alipay.simulator.checks import Asked
from plugins.alipay.simulator.refusal import Refusal
from plugins.alipay.simulator.world import World

Handler = Callable[[World, Asked], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """One method. Without a handler it is opened by a browser or an app, and shows the cashier."""

    verb: str
    handler: Handler | None = None


METHODS: Mapping[str, Method] = {
    "alipay.trade.precreate": Method("precreate", trades.precreate),
    "alipay.trade.page.pay": Method("page"),
    "alipay.trade.wap.pay": Method("wap"),
    "alipay.trade.app.pay": Method("app"),
    "alipay.trade.query": Method("query", trades.query),
    "alipay.trade.close": Method("close", trades.close),
    "alipay.trade.cancel": Method("cancel", refunds.cancel),
    "alipay.trade.refund": Method("refund", refunds.refund),
    "alipay.trade.fastpay.refund.query": Method("refund_query", refunds.query),
    "alipay.data.dataservice.bill.downloadurl.query": Method("bill_url", billing.address),
}


def find_method(name: str) -> Method:
    """The method called *name*. :raises Refusal: there is none."""
    found = METHODS.get(name)
    if found is None:
        raise Refusal("40002", "isv.invalid-method", "不存在的方法名")
    return found
