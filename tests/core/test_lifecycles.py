"""The tables of moves are the domain's law: every pair of nodes, every closed door in every node, tried over HTTP."""

from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.contracts.order import NODES
from core.db import Base, across_merchants, reading
from core.lifecycles import MACHINES, ORDER, PAYMENT, REFUND, SHIPMENT
from core.machine import RESUME, Machine
from core.services import guards
from core.services.move_rights import RIGHTS
from core.services.roles import PERMISSIONS
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import RECEIVER, BuyerActor, Shop

#: domain.md §1.2 "Allowed targets"; a node may also stay where it is. T13 (closed → paid) is late money that revives.
TARGETS = {
    "pending_payment": {"paid", "closed"},
    "paid": {"awaiting_shipment", "refunding"},
    "awaiting_shipment": {"shipped", "refunding"},
    "shipped": {"received", "refunding"},
    "received": {"completed", "refunding"},
    "completed": {"refunding"},
    "refunding": {"refunded", "paid", "awaiting_shipment", "shipped", "received", "completed"},
    "closed": {"paid"},
    "refunded": set(),
}  # type: dict[str, set[str]]

#: node -> what the buyer may do there, and what staff may; on an order as `in_node` makes it. All else is closed.
BUYER_MAY = {
    "pending_payment": {"pay", "cancel"},
    "paid": {"cancel"},
    "awaiting_shipment": {"cancel"},
    "shipped": {"receive", "receive_shipment", "extend"},
    "received": set(),
    "completed": {"hide"},
    "closed": {"hide"},
    "refunding": set(),
    "refunded": {"hide"},
}  # type: dict[str, set[str]]
STAFF_MAY = {
    "pending_payment": {"confirm_offline", "reprice", "edit_receiver", "close"},
    "paid": {"edit_receiver", "free", "refund", "reject"},
    "awaiting_shipment": {"edit_receiver", "ship", "hand_over", "refund"},
    "shipped": {"fix_tracking", "receive", "receive_shipment", "extend", "remind", "refund"},
    "received": {"refund"},
    "completed": {"refund"},
    "closed": set(),
    "refunding": {"withdraw_refund"},
    "refunded": set(),
}  # type: dict[str, set[str]]
#: open only when the refund that is asked for covers all, which no list of actions can know
NOT_LISTED = {"reject", "cancel"}


@pytest.mark.parametrize(("source", "target"), list(product(NODES, NODES)))
def test_each_of_the_81_pairs_of_nodes_is_open_or_closed_as_the_domain_says(source: str, target: str) -> None:
    stays = any(move.source == source == move.to for move in ORDER.moves)
    assert ORDER.allows(source, target) == (target in TARGETS[source] or (source == target and stays))


def test_an_order_begins_unpaid_and_nowhere_else() -> None:
    assert {to for source, to in ORDER.edges() if source is None} == {"pending_payment"}


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
def test_every_row_says_why_and_names_guards_that_exist_and_explain_themselves(machine: Machine) -> None:
    for move in machine.moves:
        assert len(move.because) > 10 and move.because[0].islower() and not move.because.endswith("."), move
        for guard in move.only_if:
            assert guards.meaning(guard) not in ("", guard), guard


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
def test_a_special_row_stands_above_the_general_one(machine: Machine) -> None:
    seen: set[tuple[Any, ...]] = set()
    for move in machine.moves:
        key = (move.name, move.by, move.source)
        assert key not in seen, f"{move} is never reached: a row without guards stands above it"
        if not move.only_if:
            seen.add(key)


@pytest.mark.parametrize("machine", list(MACHINES.values()), ids=list(MACHINES))
def test_every_move_of_staff_needs_a_permission_that_exists(machine: Machine) -> None:
    named = {(machine.name, move.name) for move in machine.moves if move.by == "staff" and move.source is not None}
    rights = {pair: RIGHTS.get(pair) for pair in named}
    assert [pair for pair, right in rights.items() if right not in PERMISSIONS] == []


def test_the_ends_of_each_life_are_the_ones_meant() -> None:
    ends = {
        machine.name: {state for state in machine.states if not any(s == state != to for s, to in machine.edges())}
        for machine in MACHINES.values()
    }
    assert ends == {
        "order": {"refunded"},
        "payment": {"settled"},
        "refund": {"withdrawn"},
        "shipment": {"received", "cancelled"},
    }


def test_money_that_arrived_settles_an_attempt_from_wherever_it_is() -> None:
    assert {move.source for move in PAYMENT.moves if move.to == "settled"} == set(PAYMENT.states) - {"settled"}


def test_a_refund_is_done_only_after_its_channel_was_asked() -> None:
    assert not any(REFUND.allows(source, "done") for source in ("planned", "waiting", "withdrawn"))
    assert not any(REFUND.allows(source, "withdrawn") for source in ("sending", "unsure", "done"))


def test_only_what_was_sent_is_received() -> None:
    assert {source for source, to in SHIPMENT.edges() if to == "received"} == {"shipped"}
    assert [move.source for machine in MACHINES.values() for move in machine.moves if move.to == RESUME] == [
        "refunding",
        "refunding",
    ]


# ---------------------------------------------------------------------------------------------- in each node, over HTTP
def in_node(node: str, shop: Shop, mei: BuyerActor, clock: Clock) -> Told:
    """An order that stands in *node*, with a refund and a parcel where it may have some."""
    if node in ("paid", "received"):
        shop.sets(risk_hold_amount=1) if node == "paid" else shop.sets(settle_days=7)
    order = mei.orders({"tea": 2})
    if node == "closed":
        return shop.sees(mei.cancels(order))
    if node != "pending_payment":
        order = shop.sees_money(order)
    if node in ("shipped", "received", "completed", "refunding", "refunded"):
        order = shop.sends(order)
    if node in ("received", "completed"):
        order = mei.receives(order)
    if node in ("refunding", "refunded"):
        order = shop.refunds(order)
        clock.settles()
    if node == "refunded":
        order = shop.transfers_back(order)
    assert order.state == node
    return shop.sees(order)


def doors(order: Told) -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
    """(who, move) -> path and body of the door; what needs a parcel or refund is left out where there is none."""
    here = f"orders/{order.number}"
    staff: dict[str, tuple[str, dict[str, Any]]] = {
        "confirm_offline": (f"{here}/confirm-offline", {"amount": 9800, "reference": "L-X", "note": "seen"}),
        "reprice": (f"{here}/reprice", {"goods_delta": -1, "remark": "r"}),
        "edit_receiver": (f"{here}/receiver", RECEIVER | {"name": "Other"}),
        "close": (f"{here}/close", {"reason": "other"}),
        "hold": (f"{here}/hold", {"reason": "r"}),
        "free": (f"{here}/free", {}),
        "reject": (f"{here}/reject", {"note": "n"}),
        "ship": (f"{here}/shipments", {"carrier": "SF", "tracking_no": "SF9"}),
        "hand_over": (f"{here}/shipments", {}),
        "receive": (f"{here}/receive", {}),
        "extend": (f"{here}/extend", {}),
        "remind": (f"{here}/remind", {}),
        "refund": (f"{here}/refunds", {"reason": "other"}),
    }
    buyer: dict[str, tuple[str, dict[str, Any]]] = {
        "pay": (f"{here}/payments", {"tenders": [{"channel": "bank_transfer"}]}),
        "cancel": (f"{here}/cancel", {"reason": "changed_mind"}),
        "edit_receiver": (f"{here}/receiver", RECEIVER | {"name": "Other"}),
        "receive": (f"{here}/receive", {}),
        "extend": (f"{here}/extend", {}),
        "hide": (f"{here}/hide", {}),
    }
    for shipment in order.shipments:
        staff["receive_shipment"] = buyer["receive_shipment"] = (f"shipments/{shipment.id}/receive", {})
        for parcel in shipment.parcels:
            body = {"carrier": "SF", "tracking_no": "SF8", "reason": "r"}
            staff["fix_tracking"] = (f"parcels/{parcel.id}/tracking", body)
    for refund in order.refunds:
        staff["withdraw_refund"] = (f"{here}/refunds/{refund.number}/withdraw", {})
        if refund.status == "done":  # while it is open, the money may be on its way
            staff["refund_done"] = (f"{here}/refunds/{refund.number}/done", {"reference": "O-X", "note": "n"})
    return {("buyer", move): door for move, door in buyer.items()} | {
        ("staff", move): door for move, door in staff.items()
    }


def dump(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table."""
    with app.app_context(), across_merchants(), reading() as session:
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in Base.metadata.sorted_tables}


@pytest.mark.parametrize("node", NODES)
def test_in_each_node_every_door_that_is_not_open_is_refused_and_nothing_is_written(
    node: str, app: Flask, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = in_node(node, shop, mei, clock)
    listed = {"buyer": set(mei.sees(order).actions), "staff": set(order.actions)}
    assert listed["buyer"] - NOT_LISTED == BUYER_MAY[node] - NOT_LISTED
    assert listed["staff"] - NOT_LISTED == STAFF_MAY[node] - NOT_LISTED
    for shipment in order.shipments:
        assert ("ship" in shipment.actions) == ("ship" in listed["staff"])
        assert ("receive" in shipment.actions) == ("receive_shipment" in listed["staff"])
    rows = {row["id"]: row["actions"] for row in shop.lists("shipments")}
    assert rows == {row.id: row.actions for row in order.shipments}
    clock.settles()
    before = dump(app)
    tried = 0
    for (who, move), (path, body) in doors(order).items():
        if move in (BUYER_MAY if who == "buyer" else STAFF_MAY)[node]:
            continue
        person = mei if who == "buyer" else shop
        problem = person.is_refused(409).asks("POST", path, body, If_Match="*", Idempotency_Key=f"{who}-{move}")
        assert problem.code in ("move_refused", "refund_ended", "received"), (move, problem)
        assert dump(app) == before, f"{who} {move} was refused and wrote something"
        tried += 1
    assert tried >= 10


@pytest.mark.parametrize("node", NODES)
def test_goods_are_sent_only_while_they_are_awaited(
    node: str, app: Flask, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    order = in_node(node, shop, mei, clock)
    if node == "awaiting_shipment":
        assert shop.sends(order, {"tea": 1}).state == "awaiting_shipment"
        assert shop.sends(order, {"tea": 1}).state == "shipped"
        return
    before = dump(app)
    problem = shop.is_refused(409).sends(order, {"tea": 1})
    assert (problem.code, problem.state) == ("move_refused", node)
    assert set(problem.allowed_actions) - NOT_LISTED == STAFF_MAY[node] - NOT_LISTED
    assert dump(app) == before


@pytest.mark.parametrize("node", NODES)
def test_in_each_node_every_door_that_is_open_is_open(node: str, shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    for who, moves in (("buyer", BUYER_MAY[node]), ("staff", STAFF_MAY[node])):
        for move in sorted(moves):
            order = in_node(node, shop, mei, clock)
            path, body = doors(order)[who, move]
            told = (mei if who == "buyer" else shop).asks("POST", path, body, If_Match="*")
            log = [row for row in shop.history(order, "order") if row.seq > order.version]
            assert log[0].move == move and log[0].source_state == node, (who, move, told)
            shop.sets(risk_hold_amount=None, settle_days=0)
            shop.stocks("tea", north=2)
