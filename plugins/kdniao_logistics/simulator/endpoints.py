"""What each RequestType does."""

from collections.abc import Callable, Mapping
from typing import Any

from core import now
from plugins.kdniao_logistics.simulator import script
from plugins.kdniao_logistics.simulator.envelope import Call, Refusal
from plugins.kdniao_logistics.simulator.telling import tell
from plugins.kdniao_logistics.simulator.world import Parcel, Subscription, Waybill, World, china

#: calls a second that a product takes
LIMITS: Mapping[str, int] = {
    **dict.fromkeys(("1002", "8001", "8002", "1007", "1147"), 20),
    **dict.fromkeys(("1008", "8008"), 30),
    "2002": 10,
}
WANT_TAIL = ("SF", "ZTO", "KYSY")
#: how numbers begin -> whose they are; plausible, and true in the simulator only
PREFIXES = (
    ("SF", "SF", "顺丰速运"),
    ("YT", "YTO", "圆通速递"),
    ("JT", "JTSD", "极兔速递"),
    ("JD", "JD", "京东快递"),
    ("77", "STO", "申通快递"),
    ("78", "ZTO", "中通快递"),
    ("43", "YD", "韵达速递"),
    ("46", "YD", "韵达速递"),
    ("98", "YZPY", "邮政快递包裹"),
    ("DPK", "DBL", "德邦快递"),
)
Answer = dict[str, Any]


def limit(world: World, kind: str) -> None:
    """:raises Refusal: it was asked too often in this second."""
    key = (kind, int(now().timestamp()))
    world.calls[key] += 1
    if world.calls[key] > LIMITS[kind]:
        raise Refusal("405", "超出接口调用频率限制")


def query(world: World, call: Call) -> Answer:
    """1002, 8001, 8002."""
    call.needs("ShipperCode", "LogisticCode")
    _check_tail(world, call)
    told = tell(parcel_of(world, call), now(), detailed=call.kind != "1002")
    return {"OrderCode": call.data.get("OrderCode", ""), "Callback": call.data.get("Callback", ""), **told}


def subscribe(world: World, call: Call) -> Answer:
    """1008, 8008: whatever the number is, it is accepted."""
    call.needs("ShipperCode", "LogisticCode")
    _check_tail(world, call)
    parcel = parcel_of(world, call)
    key = (parcel.carrier, parcel.number)
    kind = "101" if call.kind == "1008" else "102"
    if key not in world.subscriptions:
        code, callback = str(call.data.get("OrderCode", "")), str(call.data.get("Callback", ""))
        world.subscriptions[key] = Subscription(call.account, kind, parcel, code, callback)
    return {"UpdateTime": china(now()), "Reason": ""}


def recognise(world: World, call: Call) -> Answer:
    """2002."""
    call.needs("LogisticCode")
    number = str(call.data["LogisticCode"])
    found = [{"ShipperCode": code, "ShipperName": name} for start, code, name in PREFIXES if number.startswith(start)]
    return {"LogisticCode": number, "Shippers": found}


def print_label(world: World, call: Call) -> Answer:
    """1007: one number for one order code."""
    call.needs("OrderCode", "ShipperCode", "PayType", "ExpType", "Sender", "Receiver", "Quantity", "Commodity")
    for side in ("Sender", "Receiver"):
        for name in ("Name", "ProvinceName", "CityName", "ExpAreaName", "Address"):
            if not call.data[side].get(name):
                raise Refusal("101", f"缺少参数[{side}.{name}]")
    code, carrier = str(call.data["OrderCode"]), str(call.data["ShipperCode"])
    if known := world.waybills.get(code):
        if known.cancelled:
            raise Refusal("105", "该订单号已取消")
        return known.answer | {"ResultCode": "106", "Reason": "该订单号已下单成功"}
    # its last digits choose no bad day
    number = f"{carrier}{next(world.numbers) % 10**11:011d}77"
    order = {"OrderCode": code, "ShipperCode": carrier, "LogisticCode": number, "KDNOrderCode": f"KDN{number}"}
    answer = {"ResultCode": "100", "Reason": "成功", "Order": order}
    if call.data.get("IsReturnPrintTemplate"):
        name = call.data["Receiver"]["Name"]
        answer["PrintTemplate"] = f"<html><body><h1>{number}</h1><p>{name}</p></body></html>"
    world.waybills[code] = Waybill(answer)
    return answer


def void_label(world: World, call: Call) -> Answer:
    """1147."""
    call.needs("OrderCode", "ShipperCode", "ExpNo")
    known = world.waybills.get(str(call.data["OrderCode"]))
    if known is None or known.answer["Order"]["LogisticCode"] != call.data["ExpNo"]:
        raise Refusal("105", "订单不存在")
    known.cancelled = True
    return {"ResultCode": "100", "Reason": "成功"}


def parcel_of(world: World, call: Call) -> Parcel:
    """The parcel a call asks after; one that nobody has asked after begins now."""
    carrier, number = str(call.data["ShipperCode"]), str(call.data["LogisticCode"])
    if (carrier, number) not in world.parcels:
        world.parcels[carrier, number] = script.begin(carrier, number, now())
    return world.parcels[carrier, number]


def _check_tail(world: World, call: Call) -> None:
    if call.data["ShipperCode"] in WANT_TAIL and call.data.get("CustomerName") != world.switches.tail:
        raise Refusal("105", "业务错误[手机尾号不正确]")


ENDPOINTS: Mapping[str, Callable[[World, Call], Answer]] = {
    **dict.fromkeys(("1002", "8001", "8002"), query),
    **dict.fromkeys(("1008", "8008"), subscribe),
    "2002": recognise,
    "1007": print_label,
    "1147": void_label,
}
