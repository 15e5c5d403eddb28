"""How to go on after the demo: addresses, tokens, an order that waits to be paid, and curl lines that work."""

from collections.abc import Mapping
from pathlib import Path

from core.commands import demo_shop
from core.commands.demo_bad_days import STORIES
from core.commands.demo_buying import BY_WECHAT, Scene, wish


def how_to_go_on(base_url: str, scene: Scene, key: str, var: Path) -> str:
    """What to say at the end, line by line; one more order is placed for it, and left for the reader to pay."""
    shop, admin = f"{base_url}/v1/shop/{demo_shop.CODE}", f"{base_url}/v1/admin/{demo_shop.CODE}"
    mei, owner, wechat = scene.cast.mei.token, scene.cast.owner.token, scene.wechat
    tokens: Mapping[str, str] = {"owner": owner, "buyer": mei, "API key": key, "simulator": wechat.token}
    number, code_url = _one_more(scene)
    others = ", ".join(name for name in STORIES if name != "late")
    lines = [
        "",
        f"It goes on serving until Ctrl-C.  Base URL    {base_url}",
        f"                                  API docs    {base_url}/docs",
        f"                                  WeChat Pay  {wechat.url}",
        f"                                  Kdniao      {scene.kdniao.url}",
        "",
        *(f"  {name + ' token':<15} {token}" for name, token in tokens.items()),
        f"  staff sign in as {', '.join(demo_shop.STAFF)}; the password of all is {demo_shop.PASSWORD}",
        "",
        "Go on with curl:",
        f"  curl -s '{shop}/products'",
        f"  curl -s -H 'Authorization: Bearer {mei}' '{shop}/orders'",
        f"  curl -s -H 'Authorization: Bearer {owner}' '{admin}/orders/counts'",
        "",
        f"Mei has one more order, {number}, with a QR code in hand. Pay it for her within 30 minutes, then look at it:",
        f"  curl -s -H 'Sim-Token: {wechat.token}' -d '{{\"code_url\": \"{code_url}\"}}' '{wechat.url}/_sim/pay'",
        f"  curl -s -H 'Authorization: Bearer {mei}' '{shop}/orders/{number}'",
        "",
        f"Move its clock:   MERX_SANDBOX=1 MERX_VAR={var} .venv/bin/merx sandbox clock +7d",
        f"Watch a bad day:  stop it, then MERX_VAR={var} .venv/bin/merx demo --story late (or {others})",
    ]
    return "\n".join(lines)


def _one_more(scene: Scene) -> tuple[str, str]:
    """An order that waits to be paid by WeChat: its number, and what its QR code says."""
    mei = scene.cast.mei
    wanted = wish(mei, {"JM-100": 1})
    total = mei.post("quotes", 200, **wanted)["payable"]
    number = mei.post("orders", **wanted, expected_total=total)["number"]
    return number, mei.post(f"orders/{number}/payments", tenders=[BY_WECHAT])["client"]["code_url"]
