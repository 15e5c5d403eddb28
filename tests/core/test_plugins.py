"""Plugins: found, quarantined by name when unsound, asked in the merchant's order, and each merchant's own."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from flask import Blueprint, Flask
from marshmallow import Schema, fields

from core import plugin_calls, plugins
from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.contracts.checkout import EventSpec, JobSpec
from core.db import add, db, reading, transaction
from core.errors import InUse, Invalid, NotFound, PluginTrouble, Refused
from core.hookspecs import hookimpl
from core.machine import Move
from core.models import Deadline, Merchant
from core.services import plugin_settings
from tests.plugin_yard import Named, at, make_app, make_plugin, place_order, sample, switch_on


class Settings(Schema):
    days = fields.Integer(load_default=3)
    token = fields.String(required=True, data_key="secretToken")


@contextmanager
def house(folder: Path, *extra: Named, standard: object | None = None) -> Iterator[Flask]:
    app = make_app(folder, extra, standard)
    with app.app_context():
        yield app
        db.engine.dispose()


def freight(amount: int) -> dict[str, Any]:
    return {"choose_freight": lambda quote: amount}


def adder(word: str) -> dict[str, Any]:
    return {"add_hold_reasons": lambda order: [word]}


# ------------------------------------------------------------------------------------------------ quarantine
class Thing:
    """Lacks all that a channel needs."""

    name = "thing"


def bad_rows(*rows: Move) -> dict[str, Any]:
    return {"register_moves": lambda: {"order": rows}}


def job(**bounds: Any) -> dict[str, Any]:
    return {"register_jobs": lambda: [JobSpec("job", print, **bounds)]}


def boom() -> None:
    raise ValueError("boom")


def wrapped(**options: Any) -> dict[str, Any]:
    def check_move(move: Any) -> None: ...

    return {"check_move": hookimpl(check_move, **options)}


def mazy() -> Blueprint:
    blueprint = admin_blueprint("mazy", __name__)
    blueprint.get("/<unheard:of>")(needs("x")(lambda of: of))
    return blueprint


def yielding(quote: Any) -> Iterator[None]:
    yield


async def waiting(quote: Any) -> None: ...


UNSOUND: list[tuple[str, Named, str]] = [
    ("import", ("lost", "tests.sample_plugins.is_not_there"), "cannot be imported: ModuleNotFoundError"),
    ("no manifest", ("bare", ModuleType("bare")), "has no PLUGIN"),
    ("another name", ("alias", make_plugin("other")[1]), "its manifest says 'other'"),
    ("bad name", make_plugin("Bad-Name"), "no name for a plugin"),
    ("core's name", make_plugin("core"), "no name for a plugin"),
    ("future", make_plugin("future", api=">=9"), "written for version >=9"),
    ("no range", make_plugin("vague", api="latest"), "no range of versions"),
    ("no title", make_plugin("mute", title={}), "title"),
    ("settings", make_plugin("loose", settings={"a": 1}), "must be a marshmallow Schema"),
    ("secret", make_plugin("leaky", settings=Settings, secret=("tokn",)), "'tokn' is no field of its settings"),
    ("misspelt", make_plugin("wrong", {"after_order_movd": lambda order_id: None}), "mean 'after_order_moved'"),
    ("argument", make_plugin("wrong", {"check_move": lambda mvoe: None}), "mvoe"),
    ("tryfirst", make_plugin("pushy", wrapped(tryfirst=True)), "tryfirst"),
    ("trylast", make_plugin("shy", wrapped(trylast=True)), "trylast"),
    ("generator", make_plugin("lazy", {"check_checkout": yielding}), "plain function"),
    ("async", make_plugin("lazy", {"check_checkout": waiting}), "plain function"),
    ("raises", make_plugin("angry", {"register_jobs": boom}), "register_jobs raised ValueError: boom"),
    ("no list", make_plugin("odd", {"register_events": lambda: "order.paid"}), "must return a list"),
    ("not an event", make_plugin("odd", {"register_events": lambda: [7]}), "must list EventSpec"),
    ("channel", make_plugin("poor", {"register_payment_channels": lambda: [Thing()]}), "has no title"),
    ("machine", make_plugin("odd", {"register_moves": lambda: {"parcel": []}}), "no machine 'parcel'"),
    ("state", make_plugin("odd", bad_rows(Move("fly", "staff", "paid", "gone", (), "why"))), "leads to 'gone'"),
    ("actor", make_plugin("odd", bad_rows(Move("fly", "pilot", "paid", "paid", (), "why"))), "'pilot', no actor"),
    ("guard", make_plugin("odd", bad_rows(Move("fly", "staff", "paid", "paid", ("moon",), "why"))), "guard moon"),
    ("core's row", make_plugin("odd", bad_rows(Move("hold", "staff", "paid", "paid", (), "why"))), "there twice"),
    ("guard's name", make_plugin("odd", {"register_guards": lambda: {"nothing_paid": bool}}), "begin with 'odd_'"),
    ("job limit", make_plugin("eager", job(limit=0)), "limit 0"),
    ("job tries", make_plugin("eager", job(tries=-1)), "tries -1"),
    ("job time", make_plugin("eager", job(daily_at="25:00")), "daily_at '25:00'"),
    ("no door", make_plugin("open", {"register_blueprints": lambda: [Blueprint("open", __name__)]}), "shop_blueprint"),
    ("bad rule", make_plugin("mazy", {"register_blueprints": lambda: [mazy()]}), "cannot be registered"),
    ("permission", make_plugin("greedy", permissions={"orders.read": "all"}), "'orders.read' is taken"),
    ("role", make_plugin("giving", roles={"clerk": ("orders.read",)}), "'orders.read', which is none of its"),
]


@pytest.mark.parametrize(("bad", "reason"), [row[1:] for row in UNSOUND], ids=[row[0] for row in UNSOUND])
def test_an_unsound_plugin_is_set_aside_by_name_and_its_neighbours_start(bad: Named, reason: str) -> None:
    app = Flask("quarantine")
    plugins.load(app, None, [make_plugin("early"), bad, make_plugin("late")], {"orders.read": "read orders"})
    with app.app_context():
        assert reason in plugins.broken()[bad[0]]
        assert {"early", "late"} <= set(plugins.manifests())
        assert bad[0] not in plugins.manifests()


def test_a_plugin_that_leaves_the_process_at_import_is_set_aside(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "quitter.py").write_text("import sys; sys.exit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    app = Flask("quarantine")
    plugins.load(app, None, [("quitter", "quitter"), make_plugin("late")])
    with app.app_context():
        assert "SystemExit" in plugins.broken()["quitter"] and "late" in plugins.manifests()


@pytest.mark.parametrize(
    "hooks",
    [
        lambda: {"register_events": lambda: [EventSpec("same", "the same")]},
        lambda: {"register_blueprints": lambda: [admin_blueprint("same", __name__)]},
        lambda: bad_rows(Move("fly", "staff", "paid", "paid", (), "why")),
    ],
    ids=["event", "blueprint", "move"],
)
def test_the_second_to_bring_a_name_is_set_aside(hooks: Callable[[], dict[str, Any]]) -> None:
    app = Flask("quarantine")
    plugins.load(app, None, [make_plugin("first", hooks()), make_plugin("second", hooks())])
    with app.app_context():
        assert "first" in plugins.manifests() and "first" in plugins.broken()["second"]


def test_a_second_plugin_of_one_name_leaves_the_first_alone() -> None:
    app = Flask("quarantine")
    plugins.load(app, None, [make_plugin("twin", freight(1)), make_plugin("twin", freight(2))])
    with app.app_context():
        assert "twin" in plugins.manifests() and "already" in plugins.broken()["twin (again)"]
        assert plugins.call_one("twin", "choose_freight", quote=None) == 1


def test_what_a_quarantined_plugin_registered_is_not_there(tmp_path: Path) -> None:
    def register_events() -> list[EventSpec]:
        return [EventSpec("half", "half")]

    half = make_plugin("half", {"register_events": register_events, "register_jobs": boom, **freight(9)})
    with house(tmp_path, half), at(1):
        assert "half" not in plugins.events()
        with pytest.raises(PluginTrouble, match="quarantined"):
            plugins.call_one("half", "choose_freight", quote=None)


# ------------------------------------------------------------------------------------------------ asking
def test_nobody_is_asked_who_is_off_and_the_order_is_the_merchants(tmp_path: Path) -> None:
    with house(tmp_path, *(make_plugin(n, adder(n)) for n in ("one", "two", "three"))):
        switch_on(1, "three", "one")
        with at(1):
            assert plugins.add("add_hold_reasons", order=None) == ["three", "one"]
            assert plugins.add_named("add_hold_reasons", order=None) == [("three", "three"), ("one", "one")]
            with transaction():
                plugin_settings.reorder(["one", "three"])
        with at(1):
            assert plugins.hearers("add_hold_reasons") == ("one", "three") == plugins.enabled_names()
        with at(2):
            assert plugins.add("add_hold_reasons", order=None) == []


def test_core_answers_last_and_none_means_next(tmp_path: Path) -> None:
    standard: Any = ModuleType("standard")
    standard.choose_freight = hookimpl(lambda quote: 800)
    silent = {"choose_freight": lambda quote: None}
    with house(tmp_path, make_plugin("silent", silent), make_plugin("cheap", freight(100)), standard=standard):
        switch_on(1, "silent")
        with at(1):
            assert plugins.choose("choose_freight", quote=None) == 800
            assert plugins.hearers("choose_freight") == ("silent", "core")
        switch_on(1, "cheap")
        with at(1):
            assert plugins.choose_named("choose_freight", quote=None) == ("cheap", 100)


def test_an_answer_of_the_wrong_shape_is_the_plugins_trouble(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("chatty", {"add_hold_reasons": lambda order: "because"})):
        switch_on(1, "chatty")
        with at(1), pytest.raises(PluginTrouble, match="with a list, not str"):
            plugins.add("add_hold_reasons", order=None)


def test_a_hook_that_is_not_there_is_our_own_mistake(tmp_path: Path) -> None:
    with house(tmp_path), at(1), pytest.raises(LookupError, match="check_everything"):
        plugins.check("check_everything")


def test_a_slow_hook_is_named_in_the_log(tmp_path: Path, caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(plugin_calls, "SLOW", -1)
    with house(tmp_path, make_plugin("slow", freight(1))):
        switch_on(1, "slow")
        with at(1), caplog.at_level(logging.WARNING):
            plugins.choose("choose_freight", quote=None)
    assert any("plugin slow took" in line and "choose_freight" in line for line in caplog.messages)


def test_rows_of_a_plugin_stand_before_cores_where_it_is_on_and_nowhere_else(tmp_path: Path) -> None:
    with house(tmp_path, *sample("good")):
        switch_on(1, "good", token="12345678")
        with at(1):
            assert [m.name for m in plugins.machine("order").find("paid", "staff")][0] == "good_stamp"
            assert plugins.machine("order").moves[0].plugin == "good"
            guard = plugins.guard("good_wants_stamp")
            assert guard is not None and guard.__doc__ == "the buyer asked for a second look"
            assert "good_gift" in plugins.entries() and "good_drone" in plugins.delivery_methods()
            assert "good" in plugins.options()
        with at(2):
            assert not plugins.machine("order").find("paid", "staff", "good_stamp")
            assert not plugins.entries() and not plugins.options() and not plugins.delivery_methods()
            assert {"good.tick", "good.once"} == {name for name in plugins.jobs() if name.startswith("good.")}


# ------------------------------------------------------------------------------------------------ switching
def test_every_change_moves_the_merchants_version(tmp_path: Path) -> None:
    def version() -> int:
        with reading() as session:
            return session.get_one(Merchant, 1).plugin_version

    with house(tmp_path, make_plugin("one"), make_plugin("two", settings=Settings)):
        seen = [version()]
        switch_on(1, "one")
        seen.append(version())
        switch_on(1, "two", secretToken="x")
        seen.append(version())
        with at(1), transaction():
            plugin_settings.reorder(["two", "one"])
        seen.append(version())
        with at(1), transaction():
            plugin_settings.disable("one")
        seen.append(version())
        assert seen == sorted(set(seen))


def test_a_plugin_with_missing_settings_stays_off_and_says_which(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("needy", settings=Settings, secret=("token",))):
        with pytest.raises(Invalid) as refusal:
            switch_on(1, "needy")
        assert [error.pointer for error in refusal.value.errors] == ["/secretToken"]
        with at(1):
            assert not plugins.is_enabled("needy")


def test_a_plugin_whose_check_finds_something_stays_off(tmp_path: Path) -> None:
    with house(tmp_path, *sample("good")):
        with pytest.raises(Refused) as refusal:
            switch_on(1, "good", token="wrong")
        assert refusal.value.code == "plugin_check_failed"
        assert refusal.value.extra["findings"] == ["The token is not accepted."]
        with at(1):
            assert plugins.enabled_names() == ()


def test_settings_that_change_during_the_check_are_not_enabled_unchecked(tmp_path: Path) -> None:
    with house(tmp_path, *sample("good")):
        with at(1), transaction():
            plugin_settings.change_settings("good", {"token": "right"})
        with at(1), transaction(), pytest.raises(Refused) as refusal:
            plugin_settings.enable("good", version=0)
        assert refusal.value.code == "version_changed"


def test_a_check_that_raises_is_the_plugins_trouble(tmp_path: Path) -> None:
    def check(settings: Any, account: Any) -> list[str]:
        raise KeyError("sk_live_4711")

    with house(tmp_path, make_plugin("sick", check=check)):
        with pytest.raises(PluginTrouble, match="check of plugin 'sick'") as refusal:
            switch_on(1, "sick")
        assert "4711" not in refusal.value.detail


def test_settings_are_merged_masked_and_their_defaults_filled(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("shop", settings=Settings, secret=("token",))):
        with at(1), transaction():
            plugin_settings.change_settings("shop", {"secretToken": "sk_live_4711", "days": 5})
        with at(1), transaction():
            state = plugin_settings.change_settings("shop", {"days": None})
            assert state.settings == {"days": 3, "secretToken": {"set": True, "last4": "4711"}}
            row = plugin_settings.find_row("shop")
            assert row is not None and row.settings is not None and "4711" not in row.settings
        with at(1):
            assert plugins.settings_of("shop") == {"days": 3, "token": "sk_live_4711"}
        with at(1), transaction():
            state = plugin_settings.change_settings("shop", {"secretToken": "short"})
            assert state.settings["secretToken"] == {"set": True}
        with at(2), reading():
            assert plugin_settings.one_plugin("shop").settings["secretToken"] == {"set": False}


def test_a_wrong_setting_is_refused_by_field_without_showing_secrets(tmp_path: Path) -> None:
    def no(value: str) -> None:
        from marshmallow import ValidationError

        raise ValidationError(f"{value} is bad")

    class Strict(Schema):
        days = fields.Integer()
        key = fields.String(validate=no)

    with house(tmp_path, make_plugin("strict", settings=Strict, secret=("key",))), at(1):
        with transaction(), pytest.raises(Invalid) as refusal:
            plugin_settings.change_settings("strict", {"days": "soon", "key": "sk_live_4711"})
        assert sorted(error.pointer for error in refusal.value.errors) == ["/days", "/key"]
        assert "4711" not in str(refusal.value.errors)
        with transaction(), pytest.raises(Invalid, match="Accepted: days, key"):
            plugin_settings.change_settings("strict", {"dayz": 1})


def test_a_plugin_with_open_deadlines_refuses_to_go_and_lists_them(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("pre_sale"), make_plugin("presale")):
        switch_on(1, "pre_sale", "presale")
        with at(1), transaction():
            order = place_order(1, state="pending_payment")
            add(
                Deadline(
                    merchant_id=1, order_id=order.id, kind="pre_sale.rest", due_at=datetime(2030, 1, 1, tzinfo=UTC)
                )
            )
        with at(1), transaction(), pytest.raises(InUse) as refusal:
            plugin_settings.disable("pre_sale")
        assert refusal.value.extra["in_use"] == [{"order": order.number, "what": "deadline pre_sale.rest"}]
        with at(1), transaction():
            plugin_settings.disable("presale")


def test_a_plugin_that_holds_an_order_refuses_to_go(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("group", adder("group.forming"))):
        switch_on(1, "group")
        with at(1), transaction():
            place_order(1, state="paid")
        with at(1), transaction(), pytest.raises(InUse):
            plugin_settings.disable("group")


def test_a_plugin_that_only_raises_can_always_be_switched_off(tmp_path: Path) -> None:
    with house(tmp_path, *sample("raises")):
        switch_on(1, "raises")
        with at(1), transaction():
            place_order(1, state="paid")
        with at(1), transaction():
            plugin_settings.disable("raises")
        with at(1):
            assert plugins.enabled_names() == ()


def test_a_plugin_that_is_gone_is_skipped_and_can_be_switched_off(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("shop", freight(1))) as app:
        switch_on(1, "shop")
        plugins.load(app, None, [("shop", ModuleType("broken"))])
        with at(1), reading():
            assert plugins.enabled_names() == ()
            state = plugin_settings.one_plugin("shop")
            assert state.broken and state.enabled
        with at(1), pytest.raises(Refused, match="quarantined"):
            switch_on(1, "shop")
        with at(1), transaction():
            plugin_settings.disable("shop")
        with at(1), transaction(), pytest.raises(NotFound):
            plugin_settings.disable(f"nobody_{uuid4().hex[:4]}")


def test_a_plugin_is_configured_and_switched_on_in_one_transaction(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("shop", settings=Settings)):
        with at(1), transaction():
            state = plugin_settings.change_settings("shop", {"secretToken": "x"})
            plugin_settings.enable("shop", state.version)
        with at(1):
            assert plugins.enabled_names() == ("shop",)


def test_the_order_must_name_each_plugin_that_is_on_once(tmp_path: Path) -> None:
    with house(tmp_path, make_plugin("one"), make_plugin("two"), make_plugin("off")):
        switch_on(1, "one", "two")
        for names in (["one"], ["one", "one", "two"], ["one", "two", "off"], ["one", "three"]):
            with at(1), transaction(), pytest.raises(Invalid, match="one, two"):
                plugin_settings.reorder(names)
