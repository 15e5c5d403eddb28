"""`merx doctor` as a command: silent over sound data, tells what it finds and how to mend it, and changes nothing."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text

from core.commands.doctor import command
from core.contracts.checkout import Check
from core.db import Base, across_merchants, db, reading
from core.services.checks import CHECKS, finding
from tests.core.hamlet import Visit, opened, visit
from tests.plugin_yard import make_plugin

LINES = "UPDATE bank_transfer_lines SET amount = amount + 1"
TOO_MUCH = "UPDATE orders SET paid = paid + 1 WHERE number IN ('{shipped}', '{of_bolt}')"


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hamlet(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Visit]:
    with visit(request, database, tmp_path) as there:
        yield there


def doctor(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(command, options)


def rows(app: Flask) -> dict[str, list[Any]]:
    """Everything in the database."""
    with app.app_context(), across_merchants(), reading() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: [tuple(row) for row in session.execute(select(table))] for table in tables}


@pytest.mark.both_databases
def test_the_doctor_is_silent_over_sound_data(hamlet: Visit) -> None:
    told = doctor(hamlet.app)
    assert told.exit_code == 0 and "WRONG" not in told.output
    names = [line.rpartition(" ")[2] for line in told.output.splitlines()]
    mine = [check.name for check in CHECKS]
    assert names[: len(mine)] == mine and {"bank_transfer_lines", "good_order"} <= set(names[len(mine) :])


@pytest.mark.both_databases
def test_what_is_wrong_is_told_with_its_merchant_and_how_to_mend_it_and_nothing_is_changed(hamlet: Visit) -> None:
    hamlet.writes(TOO_MUCH, LINES)
    before = rows(hamlet.app)
    told = doctor(hamlet.app)
    assert rows(hamlet.app) == before
    assert told.exit_code == 1
    at = told.output.index("WRONG core: order_money")
    assert told.output[at:].splitlines()[1:4] == [
        hamlet.named("      acme: order {shipped} says 14701 paid and 0 refunded, its payments say 14700 and 0"),
        hamlet.named("      bolt: order {of_bolt} says 4901 paid and 0 refunded, its payments say 4900 and 0"),
        f"      To mend it: {next(check.mend for check in CHECKS if check.name == 'order_money')}",
    ]
    wrong = [line.rpartition(" ")[2] for line in told.output.splitlines() if line.startswith("WRONG")]
    assert wrong == ["order_money", "ledger_orders_book", "bank_transfer_lines"]


@pytest.mark.both_databases
def test_one_merchant_can_be_looked_at_alone(hamlet: Visit) -> None:
    hamlet.writes(TOO_MUCH, LINES)
    told = doctor(hamlet.app, "--merchant", "bolt", "--json")
    found = {one["name"]: one for one in json.loads(told.output)["checks"] if not one["well"]}
    assert set(found) == {"order_money", "ledger_orders_book", "bank_transfer_lines"}
    assert [found[name]["breaches"] for name in found] == [1, 1, 1], "a plugin's check is narrowed too"
    assert all(sentence.startswith("bolt: ") for one in found.values() for sentence in one["sentences"])


@pytest.mark.both_databases
def test_a_merchant_whose_own_rows_are_sound_is_well(hamlet: Visit) -> None:
    hamlet.writes("UPDATE orders SET paid = paid + 1 WHERE number = '{of_bolt}'")
    assert doctor(hamlet.app, "--merchant", "acme").exit_code == 0


def test_a_merchant_who_is_not_there_is_a_wrong_word(hamlet: Visit) -> None:
    told = doctor(hamlet.app, "--merchant", "nobody")
    assert told.exit_code == 2 and "There is no merchant 'nobody'; there are: acme, bolt." in told.output


@pytest.mark.both_databases
def test_of_many_breaches_some_are_told_and_the_others_counted(hamlet: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    hamlet.writes("UPDATE orders SET event_seq = event_seq + 1", "UPDATE parcels SET contents = '{}'")
    orders, sent = len(hamlet.numbers), {parcel[2] for parcel in rows(hamlet.app)["parcels"]}
    told = doctor(hamlet.app, "--most", "3").output
    assert f"      and {orders - 3} more\n" in told and f"      and {len(sent) - 3} more\n" in told
    assert told.count(" events, ") == 3
    monkeypatch.setattr(finding, "KEPT", 2)
    document = json.loads(doctor(hamlet.app, "--json").output)
    found = {one["name"]: (one["breaches"], len(one["sentences"])) for one in document["checks"] if not one["well"]}
    assert found == {"event_numbers": (orders, 2), "parcel_contents": (len(sent), 2)}


def test_json_says_the_same_as_the_text(hamlet: Visit) -> None:
    document = json.loads(doctor(hamlet.app, "--json").output)
    assert document["well"] is True
    assert [(one["plugin"], one["name"]) for one in document["checks"][:2]] == [
        ("core", "order_payable"),
        ("core", "order_totals"),
    ]
    hamlet.writes(LINES)
    told = doctor(hamlet.app, "--json")
    assert told.exit_code == 1
    document = json.loads(told.output)
    (lines,) = [one for one in document["checks"] if not one["well"]]
    assert (document["well"], lines["plugin"], lines["name"]) == (False, "bank_transfer", "bank_transfer_lines")
    assert lines["breaches"] == len(lines["sentences"]) > 5 and "bank's statement" in lines["mend"]


@pytest.mark.both_databases
def test_a_check_that_breaks_hides_no_other(hamlet: Visit, tmp_path: Path) -> None:
    def stumble() -> list[str]:
        return list(db.session().scalars(text("SELECT sentence FROM nowhere")))

    hasty = make_plugin("hasty", {"register_checks": lambda: [Check("hasty_rows", stumble, "Mend it.")]})
    with opened(hamlet.url, tmp_path, hasty) as app:
        told = doctor(app)
    assert told.exit_code == 1
    lines = told.output.splitlines()
    at = lines.index("WRONG hasty: hasty_rows")
    assert "It could not be checked: " in lines[at + 1] and "nowhere" in lines[at + 1]
    assert sum(line.startswith("ok ") for line in lines) >= len(CHECKS) + 1


@pytest.mark.both_databases
@pytest.mark.parametrize("counted", [True, False], ids=["counted", "streamed"])
def test_many_breaches_need_no_more_memory_than_a_thousand(hamlet: Visit, counted: bool) -> None:
    many = """
        WITH RECURSIVE numbers (merchant_id, n) AS (
            SELECT 1, 1 UNION ALL SELECT merchant_id, n + 1 FROM numbers WHERE n < 50000
        ) SELECT merchant_id, n FROM numbers
    """
    told = (finding.sentence(row["merchant_id"], f"{row['n']}") for row in finding.stream(many))
    with hamlet.app.app_context(), reading(), across_merchants():
        tracemalloc.start()
        found = finding.found("{n}", many) if counted else finding.keep(told)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (len(found), found.beyond) == (1000, 49_000)
    assert most < 3_000_000
