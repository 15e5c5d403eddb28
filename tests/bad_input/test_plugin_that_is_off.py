"""What a storefront says to a plugin that is off is refused, not ignored; and its addresses are not there."""

from contextlib import ExitStack

from tests.actors import Merchant
from tests.conftest import AppMaker
from tests.plugin_yard import sample
from tests.server import serving
from tests.vocabulary import Shop


def test_options_and_addresses_of_a_plugin_that_is_off_are_refused(make_app: AppMaker, stage: ExitStack) -> None:
    app = make_app(EXTRA_PLUGINS=sample("good"))
    merchant = stage.enter_context(Merchant(app, stage.enter_context(serving(app)), "acme"))
    shop = Shop(merchant)
    shop.sells("tea")
    mei = shop.buyer()
    said = {"options": {"good": {"member": True}}}

    def is_off() -> None:
        for path, more in (("quotes", {}), ("orders", {"expected_total": 4900})):
            told = mei.is_refused(422).asks("POST", path, mei.wishes({"tea": 1}, **said) | more)
            assert (told.code, told.errors[0].pointer) == ("options_refused", "/options/good")
        assert mei.is_refused(404).asks("GET", "good/hello").code == "not_found"
        assert shop.is_refused(404).asks("GET", "good/look").code == "not_found"

    is_off()
    shop.turns_on("good", token="t")
    assert mei.is_quoted({"tea": 1}, **said).payable == 4410
    assert mei.asks("GET", "good/hello").hello == "acme"
    shop.asks("POST", "plugins/good/disable")
    is_off()
