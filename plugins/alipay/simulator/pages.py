"""The buyer's pages: the cashier behind a link or a code, and a console that lists every trade; plain HTML."""

from html import escape

from plugins.alipay.simulator import payments
from plugins.alipay.simulator.call import Call
from plugins.alipay.simulator.refusal import Refusal
from plugins.alipay.simulator.world import Trade, World, yuan

_FRAME = (
    '<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font:16px sans-serif;margin:2em auto;max-width:60em}}"
    "td,th{{padding:.3em .8em;text-align:left}}.banner{{background:#fe9;padding:.5em}}</style>"
    '<p class="banner">支付宝沙盒 · simulator: no real money is near it</p><h1>{title}</h1>{body}</html>'
)
_BUTTONS = {"scan": "登录 / Sign in", "pay": "确认付款 / Pay", "leave": "离开 / Leave"}
Page = tuple[int, bytes, dict[str, str]]


def page(world: World, call: Call) -> Page:
    """Whatever a browser asks for that is not the gateway."""
    if call.path == "/":
        return 200, _console(world), {}
    token = call.path.removeprefix("/cashier/")
    with world.lock:
        trade = world.by_token.get(token) if call.path.startswith("/cashier/") else None
    if trade is None:
        return 404, _framed("404", "<p>There is no such page here.</p>"), {}
    if call.method == "POST":
        return _act(world, trade, call.form().get("do", ""))
    return 200, _cashier(trade, ""), {}


def trouble(refusal: Refusal) -> bytes:
    """What a browser is shown whose link is not good."""
    told = f"<p>{escape(refusal.sub_code)}: {escape(refusal.sub_msg)}</p>"
    return _framed("无法付款", told)


def _act(world: World, trade: Trade, deed: str) -> Page:
    try:
        with world.lock:
            if deed == "scan":
                payments.open_trade(world, trade)
            elif deed == "pay":
                payments.pay(world, trade)
    except payments.CannotPay as why:
        return 200, _cashier(trade, str(why)), {}
    if deed == "pay" and (address := payments.return_address(trade)):
        return 302, b"", {"Location": address}
    return 200, _cashier(trade, ""), {}


def _cashier(trade: Trade, why: str) -> bytes:
    deeds = _BUTTONS if trade.status == "WAIT_BUYER_PAY" else {}
    buttons = "".join(f'<button name="do" value="{deed}">{text}</button> ' for deed, text in deeds.items())
    told = f"<p><b>{escape(why)}</b></p>" if why else ""
    name = escape(str(trade.biz["subject"]))
    return _framed(
        "收银台", f"{told}<p>{name}: ¥{yuan(trade.amount)} · {trade.status}</p><form method=post>{buttons}</form>"
    )


def _console(world: World) -> bytes:
    with world.lock:
        lines = [_line(trade) for trade in reversed(world.trades.values())]
    head = "".join(f"<th>{name}</th>" for name in ("app", "out_trade_no", "¥", "state", "refunded", ""))
    return _framed("控制台", f"<table><tr>{head}</tr>{''.join(lines)}</table>")


def _line(trade: Trade) -> str:
    state = trade.status if trade.opened else "not opened"
    cells = [trade.merchant.name, trade.number, yuan(trade.amount), state, yuan(trade.refunded)]
    link = f'<a href="/cashier/{trade.token}">cashier</a>'
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}<td>{link}</td></tr>"


def _framed(title: str, body: str) -> bytes:
    return _FRAME.format(title=title, body=body).encode()
