"""The bodies and query strings that each call takes; money is a whole number of fen."""

from plugins.wechatpay.simulator.shapes import Address, Flag, Ip, Many, Moment, Shape, Table, Text, Whole

ID = Text(32)
#: letters, digits and a few signs; the refund's number may hold an at sign too
NUMBER = Text(32, least=6, alphabet=r"0-9A-Za-z_\-|*")
REFUND_NUMBER = Text(64, alphabet=r"0-9A-Za-z_\-|*@")
CNY = Text(16, choices=("CNY",))

_GOODS = Table(
    {
        "merchant_goods_id!": Text(32),
        "wechatpay_goods_id": Text(32),
        "goods_name": Text(256),
        "quantity!": Whole(1),
        "unit_price!": Whole(),
    }
)
_STORE = Table({"id!": Text(32), "name": Text(256), "area_code": Text(32), "address": Text(512)})
_H5 = Table(
    {
        "type!": Text(32, choices=("iOS", "Android", "Wap")),
        "app_name": Text(64),
        "app_url": Text(128),
        "bundle_id": Text(128),
        "package_name": Text(128),
    }
)
_SCENE: dict[str, Shape] = {"payer_client_ip!": Ip(), "device_id": Text(32), "store_info": _STORE}
_PLACED: dict[str, Shape] = {
    "description!": Text(127),
    "out_trade_no!": NUMBER,
    "time_expire": Moment(),
    "attach": Text(128),
    "notify_url!": Address(),
    "goods_tag": Text(32),
    "limit_pay": Many(Text(32, choices=("no_balance", "no_credit", "no_debit", "balance_only")), 4),
    "support_fapiao": Flag(),
    "amount!": Table({"total!": Whole(1), "currency": CNY}),
    "detail": Table({"cost_price": Whole(), "invoice_id": Text(32), "goods_detail": Many(_GOODS, 6000, 1)}),
    "scene_info": Table(_SCENE),
    "settle_info": Table({"profit_sharing": Flag()}),
}
_DIRECT: dict[str, Shape] = {"appid!": ID, "mchid!": ID}
_PARTNER: dict[str, Shape] = {"sp_appid!": ID, "sp_mchid!": ID, "sub_mchid!": ID, "sub_appid": ID}
_OPENID = Table({"openid!": Text(128)})
_PARTNER_OPENID = Table({"sp_openid": Text(128), "sub_openid": Text(128)})
_OF_CHANNEL: dict[tuple[bool, str], dict[str, Shape]] = {
    (False, "jsapi"): {"payer!": _OPENID},
    (True, "jsapi"): {"payer!": _PARTNER_OPENID},
    (False, "h5"): {"scene_info!": Table(_SCENE | {"h5_info!": _H5})},
    (True, "h5"): {"scene_info!": Table(_SCENE | {"h5_info!": _H5})},
}


def _prepay(partner: bool, channel: str) -> Table:
    own = _OF_CHANNEL.get((partner, channel), {})
    placed = {name: shape for name, shape in _PLACED.items() if f"{name}!" not in own}
    return Table((_PARTNER if partner else _DIRECT) | placed | own)


#: (partner mode, channel) -> body
PREPAY = {
    (partner, channel): _prepay(partner, channel)
    for partner in (False, True)
    for channel in ("jsapi", "app", "native", "h5")
}
#: partner mode -> whose transaction is asked for or closed
WHOSE = {False: Table({"mchid!": ID}), True: Table({"sp_mchid!": ID, "sub_mchid!": ID})}

_FROM = Table({"account!": Text(32, choices=("AVAILABLE", "UNAVAILABLE")), "amount!": Whole(1)})
_RETURNED = Table(
    {
        "merchant_goods_id!": Text(32),
        "wechatpay_goods_id": Text(32),
        "goods_name": Text(256),
        "unit_price!": Whole(),
        "refund_amount!": Whole(),
        "refund_quantity!": Whole(1),
    }
)
_REFUND: dict[str, Shape] = {
    "transaction_id": ID,
    "out_trade_no": NUMBER,
    "out_refund_no!": REFUND_NUMBER,
    "reason": Text(80),
    "notify_url": Address(256),
    "funds_account": Text(32, choices=("AVAILABLE", "UNSETTLED")),
    "amount!": Table({"refund!": Whole(1), "total!": Whole(1), "currency!": CNY, "from": Many(_FROM, 10)}),
    "goods_detail": Many(_RETURNED, 3000),
}
_ABNORMAL: dict[str, Shape] = {
    "out_refund_no!": REFUND_NUMBER,
    "type!": Text(32, choices=("USER_BANK_CARD", "MERCHANT_BANK_CARD")),
    "bank_type": Text(16),
    "bank_account": Text(1024),
    "real_name": Text(1024),
}
#: partner mode -> body or query of a refund
REFUND = {False: Table(_REFUND), True: Table(_REFUND | {"sub_mchid!": ID})}
REFUND_QUERY = {False: Table({}), True: Table({"sub_mchid!": ID})}
ABNORMAL = {False: Table(_ABNORMAL), True: Table(_ABNORMAL | {"sub_mchid!": ID})}

_RECEIVER_TYPE = Text(32, choices=("MERCHANT_ID", "PERSONAL_OPENID"))
# fmt: off
_RELATION = Text(32, choices=(
    "SERVICE_PROVIDER", "STORE", "STAFF", "STORE_OWNER", "PARTNER", "HEADQUARTER", "BRAND", "DISTRIBUTOR", "USER",
    "SUPPLIER", "CUSTOM",
))
# fmt: on
_RECEIVER: dict[str, Shape] = {
    "appid!": ID,
    "type!": _RECEIVER_TYPE,
    "account!": Text(64),
    "name": Text(1024),
    "relation_type!": _RELATION,
    "custom_relation": Text(10),
}
_SHARE = Table(
    {
        "type!": _RECEIVER_TYPE,
        "account!": Text(64),
        "name": Text(1024),
        "amount!": Whole(1),
        "description!": Text(80),
    }
)
_SPLIT: dict[str, Shape] = {
    "appid": ID,
    "transaction_id!": ID,
    "out_order_no!": REFUND_NUMBER,
    "receivers!": Many(_SHARE, 50, 1),
    "unfreeze_unsplit!": Flag(),
}
_UNFREEZE: dict[str, Shape] = {"transaction_id!": ID, "out_order_no!": REFUND_NUMBER, "description!": Text(80)}
_RETURN: dict[str, Shape] = {
    "out_order_no!": REFUND_NUMBER,
    "out_return_no!": REFUND_NUMBER,
    "return_mchid!": ID,
    "amount!": Whole(1),
    "description!": Text(80),
}


def _of_mode(members: dict[str, Shape]) -> dict[bool, Table]:
    return {False: Table(members), True: Table(members | {"sub_mchid!": ID})}


#: partner mode -> body or query of profit sharing
RECEIVER, SPLIT, UNFREEZE, RETURN = map(_of_mode, (_RECEIVER, _SPLIT, _UNFREEZE, _RETURN))
SPLIT_QUERY, RETURN_QUERY = _of_mode({"transaction_id!": ID}), _of_mode({"out_order_no!": REFUND_NUMBER})

CERTIFICATES = Table({"algorithm_type": Text(8, choices=("RSA", "ALL"))})
ECHO = Table({"echo_message!": Text(2048), "encrypted_echo_message": Text(1024), "notify_url": Address(256)})
