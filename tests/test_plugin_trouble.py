"""A plugin's trouble is its own: one that raises, is misspelt, incompatible or adds a bad move hurts only itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core import jobs, plugins, queue
from core.contracts.payment_channel import PaymentRequest
from core.db import db, reading, transaction
from core.errors import PluginTrouble, Refused
from core.models import Event, Job, Merchant
from core.services import events, plugin_settings, standard
from tests.plugin_yard import at, make_app, make_plugin, place_order, sample, switch_on

BAD = ("misspelt", "badmove", "incompatible")
ASKED: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "add_adjustments": (plugins.add, {"quote": None, "layer": "member"}),
    "add_hold_reasons": (plugins.add, {"order": None}),
    "choose_freight": (plugins.choose, {"quote": None}),
    "choose_allocation": (plugins.choose, {"quote": None, "stock": []}),
    "choose_instalments": (plugins.choose, {"quote": None}),
    "choose_deadline": (plugins.choose, {"order": None, "kind": "pay", "channel": None}),
    "check_checkout": (plugins.check, {"quote": None}),
    "check_payment": (plugins.check, {"order": None, "channel": "x", "amount": 1}),
    "check_move": (plugins.check, {"move": None}),
    "check_shipment": (plugins.check, {"shipment": None}),
    "check_refund": (plugins.check, {"refund": None}),
    "during_order_moved": (plugins.during, {"move": None}),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """Merchants a and b, every sample plugin installed, all off."""
    app = make_app(tmp_path, sample(*BAD, "raises", "raises_late", "hangs", "good"), standard)
    jobs.prepare(app)
    with app.app_context():
        yield app
        db.engine.dispose()


def test_bad_plugins_are_set_aside_and_the_sound_ones_start(app: Flask) -> None:
    assert set(plugins.broken()) == set(BAD)
    assert {"good", "raises", "raises_late", "hangs"} <= set(plugins.manifests())
    assert "after_order_movd" in plugins.broken()["misspelt"]
    assert "teleported" in plugins.broken()["badmove"]
    assert ">=9" in plugins.broken()["incompatible"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_plugin_cannot_be_switched_on(app: Flask, name: str) -> None:
    with pytest.raises(Refused, match="quarantined"):
        switch_on(1, name)


@pytest.mark.parametrize("hook", sorted(ASKED))
def test_a_raising_plugin_undoes_the_transaction_names_itself_and_shows_no_secret(app: Flask, hook: str) -> None:
    ask, args = ASKED[hook]
    switch_on(1, "raises")
    with at(1):
        with pytest.raises(PluginTrouble) as trouble, transaction() as session:
            session.get_one(Merchant, 1).name = "half done"
            ask(hook, **args)
        with reading() as session:
            assert session.get_one(Merchant, 1).name == "a"
    assert "'raises'" in trouble.value.detail and hook in trouble.value.detail
    assert trouble.value.extra == {"plugin": "raises", "hook": hook}
    assert "4711" not in trouble.value.detail
    with at(2):
        assert "raises" not in plugins.hearers(hook)


def test_every_hook_of_the_raising_plugin_was_tried() -> None:
    from tests.sample_plugins import raises

    hooks = {name for name in vars(raises) if name.split("_")[0] in ("add", "choose", "check", "during")}
    assert hooks == set(ASKED)


def test_a_refusal_of_a_plugin_is_a_refusal_and_no_trouble(app: Flask) -> None:
    def refuse(move: Any) -> None:
        raise Refused("Not on Sundays.", code="sunday")

    plugins.load(app, None, [make_plugin("calm", {"check_move": refuse})])
    switch_on(1, "calm")
    with at(1), pytest.raises(Refused, match="Not on Sundays"):
        plugins.check("check_move", move=None)


def test_one_plugins_failing_job_keeps_nobody_elses_from_running(app: Flask) -> None:
    switch_on(1, "raises_late")
    switch_on(1, "good", token="12345678")
    with at(1), transaction():
        order = place_order(1, state="paid")
        events.tell_after("after_order_moved", order_id=order.id, move="pay", target="paid", seq=1)
    queue.run_due()
    assert _heard(order.id) == ["move pay"]
    with reading() as session:
        left = list(session.scalars(select(Job).where(Job.merchant_id == 1, Job.name == "raises_late.after")))
        assert [(job.status, job.tries) for job in left] == [("waiting", 1)]
        assert not session.scalars(select(Job.id).where(Job.merchant_id == 1, Job.name == "good.after")).all()


def test_a_plugin_that_hangs_is_cut_off_by_its_alarm_and_keeps_nobody_waiting(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AFTER_LIMIT", 0.5)
    switch_on(1, "hangs")
    switch_on(1, "good", token="12345678")
    with at(1), transaction():
        order = place_order(1, state="paid")
        events.tell_after("after_order_moved", order_id=order.id, move="pay", target="paid", seq=1)
    queue.run_due()
    assert _heard(order.id) == ["move pay"]
    with reading() as session:
        left = session.scalars(select(Job).where(Job.merchant_id == 1, Job.name == "hangs.after")).one()
        assert left.status == "waiting" and "longer than 0.5 s" in (left.error or "")


def test_a_plugin_that_is_gone_leaves_its_jobs_waiting_and_the_others_running(app: Flask) -> None:
    switch_on(1, "raises_late")
    switch_on(1, "good", token="12345678")
    with at(1), transaction():
        order = place_order(1, state="paid")
        events.tell_after("after_order_moved", order_id=order.id, move="pay", target="paid", seq=1)
    plugins.load(app, standard, sample("good"))
    queue.run_due()
    assert _heard(order.id) == ["move pay"]
    with at(1):
        assert plugins.enabled_names() == ("good",)


def test_what_a_switches_on_changes_nothing_at_b(app: Flask) -> None:
    def picture() -> tuple[Any, ...]:
        with at(2):
            hooks = tuple(plugins.hearers(hook) for hook in sorted(ASKED))
            tables = tuple(tuple(plugins.machine(name).table()) for name in ("order", "payment", "refund", "shipment"))
            offered = tuple(sorted((*plugins.entries(), *plugins.delivery_methods(), *plugins.channels())))
            return hooks, tables, offered, tuple(plugins.options()), plugins.enabled_names()

    before = picture()
    switch_on(1, "raises", "raises_late", "hangs")
    switch_on(1, "good", token="12345678", member_percent=50)
    assert picture() == before
    with at(2), transaction():
        plugin_settings.change_settings("good", {"token": "abcdefgh"})
    with at(2):
        assert plugins.settings_of("good")["member_percent"] == 10
    with at(1):
        assert plugins.settings_of("good")["member_percent"] == 50


def test_a_change_made_in_another_process_is_seen_at_the_next_request(app: Flask, tmp_path: Path) -> None:
    with at(1):
        assert plugins.enabled_names() == ()
    elsewhere = Flask("another_process")
    elsewhere.config.update(app.config)
    db.init_app(elsewhere)
    plugins.load(elsewhere, standard, sample("hangs"))
    with elsewhere.app_context():
        switch_on(1, "hangs")
        db.engine.dispose()
    with at(1):
        assert plugins.enabled_names() == ("hangs",)


def test_a_channel_that_is_off_is_hidden_but_serves_what_is_in_flight(app: Flask) -> None:
    class Box:
        name, title, input_schema, products, currencies = "box", {"en": "Box"}, None, (), ()

        def start(self, account: Any, request: PaymentRequest) -> None: ...

        query = close = refund = query_refund = start

    plugins.load(app, None, [make_plugin("paying", {"register_payment_channels": lambda: [Box()], **_holds()})])
    switch_on(1, "paying")
    with at(1):
        assert "box" in plugins.channels()
        with transaction():
            place_order(1, state="paid")
    with at(1), transaction():
        plugin_settings.disable("paying")
    with at(1):
        assert not plugins.channels() and plugins.channel("box")[0] == "paying" and plugins.has_channel("paying")
        with pytest.raises(PluginTrouble, match="nothing_here"):
            plugins.channel("nothing_here")


def _holds() -> dict[str, Any]:
    return {"add_hold_reasons": lambda order: ["paying.checks"]}


def _heard(order_id: UUID) -> list[str]:
    with reading():
        rows = db.session().scalars(
            select(Event).where(Event.merchant_id == 1, Event.about_id == order_id, Event.name == "good.heard")
        )
        return [row.data["what"] for row in rows]
