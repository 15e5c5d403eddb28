"""The tutorial for plugin authors keeps its word: its files, taken from the page as they stand, make a plugin."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.actors import Merchant
from tests.conftest import AppMaker
from tests.laws.source import ROOT
from tests.server import serving

PAGE = ROOT / "docs" / "writing-a-plugin.md"
NAMED = re.compile(r"^```(?:python|ini) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page's files in a folder of their own, limits taken in; the name of the plugin's module."""
    for place, text in NAMED.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / "author" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    contents = tmp_path / "author" / "merx_free_freight" / "plugin.py"
    with contents.open("a", encoding="utf-8") as file:
        file.write("from merx_free_freight.limits import check_checkout\n")
    monkeypatch.syspath_prepend(str(tmp_path / "author"))
    for module in [name for name in sys.modules if name.startswith("merx_free_freight")]:
        monkeypatch.delitem(sys.modules, module)
    return "merx_free_freight.plugin"


@pytest.fixture
def tea(make_app: AppMaker, written: str, stage: ExitStack) -> Merchant:
    """A merchant of an installation that has the tutorial's plugin; it sells tea and takes 12.00 for freight."""
    app = make_app(EXTRA_PLUGINS=[("free_freight", written)])
    merchant: Merchant = stage.enter_context(Merchant(app, stage.enter_context(serving(app)), "tea"))
    settings = merchant.owner.get("settings")
    merchant.owner.patch("settings", {"freight_flat": 1200}, settings.etag)
    merchant.owner.post(
        "products",
        {"code": "tea", "title": "Tea", "variants": [{"sku": "T", "price": 5000, "weight_grams": 1000}]},
    )
    return merchant


def payable(tea: Merchant, units: int) -> int:
    """What so many packets cost a buyer."""
    return int(quote(tea, units)["payable"])


def quote(tea: Merchant, units: int) -> dict[str, int]:
    """A quote for so many packets."""
    body: dict[str, int] = tea.buyer().post("quotes", wish(tea, units)).body
    return body


def wish(tea: Merchant, units: int) -> dict[str, object]:
    """So many packets, by courier."""
    variant = tea.visitor.get("products/tea")["variants"][0]["id"]
    receiver = {"name": "Li", "phone": "13800000000", "address": "1 Long Road"}
    return {
        "lines": [{"variant_id": variant, "quantity": units}],
        "delivery": {"method": "courier", "receiver": receiver},
    }


def test_from_the_amount_on_the_shop_pays_the_freight(tea: Merchant) -> None:
    assert payable(tea, 2) == 10000 + 1200, "it is off: nobody asks it"
    tea.owner.refused(422, "POST", "plugins/free_freight/enable")
    state = tea.owner.get("plugins/free_freight")
    tea.owner.patch("plugins/free_freight/settings", {"from_amount": 9900}, state.etag)
    tea.owner.post("plugins/free_freight/enable")
    assert payable(tea, 1) == 5000 + 1200
    assert payable(tea, 2) == 10000
    tea.owner.post("plugins/free_freight/disable")
    assert payable(tea, 2) == 10000 + 1200


def test_what_no_courier_carries_is_refused_at_checkout(tea: Merchant) -> None:
    state = tea.owner.get("plugins/free_freight")
    tea.owner.patch("plugins/free_freight/settings", {"from_amount": 9900}, state.etag)
    tea.owner.post("plugins/free_freight/enable")
    heavy = wish(tea, 51) | {"expected_total": 51 * 5000}
    problem = tea.buyer().refused(409, "POST", "orders", heavy)
    assert problem["code"] == "too_heavy" and "51 kg" in problem["detail"]


def test_the_entry_point_of_the_page_names_the_plugin() -> None:
    files = dict(NAMED.findall(PAGE.read_text(encoding="utf-8")))
    assert "free_freight = merx_free_freight.plugin" in files["setup.cfg"]
