"""`merx upload`: from a file on the desk to parcels on their way, with a bar, against a real server."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from core import queue
from core.commands import upload
from plugins.bulk_orders import jobs
from tests.plugins.bulk_orders.desk import HEAD, Desk
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def work_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """While the command waits, a worker does one row; how often it waited."""
    waited: list[float] = []

    def one_row(seconds: float) -> None:
        waited.append(seconds)
        with app.app_context():
            queue.run_due(1)

    monkeypatch.setattr(jobs, "LONG_ENOUGH", 0.0)
    monkeypatch.setattr(upload.time, "sleep", one_row)
    return waited


def uploads(desk: Desk, file: Path, *words: str, said: str | None = None, key: str | None = None) -> Result:
    """The command, typed in."""
    merchant = desk.shop.merchant
    token = key or merchant.api_key("order.ship", "orders.read").token
    told: dict[str, Any] = {"MERX_API_KEY": token, "MERX_PUBLIC_URL": desk.api.base_url}
    return CliRunner().invoke(upload.command, [str(file), "--merchant", merchant.code, *words], input=said, env=told)


def written(folder: Path, *rows: str) -> Path:
    """A file as Excel saves it."""
    file = folder / "parcels.csv"
    file.write_bytes("\r\n".join([HEAD, *rows]).encode("utf-8-sig"))
    return file


def test_a_file_is_uploaded_shown_committed_and_followed_to_its_end(
    desk: Desk, shop: Shop, mei: BuyerActor, tmp_path: Path, work_goes_on: list[float]
) -> None:
    orders = desk.paid_orders(mei, 3)
    desk.clock.settles()
    file = written(tmp_path, *(f"{one.number},,SF,SF{n},,,," for n, one in enumerate(orders)), "SO1,,SF,1.2E+10,,,,")
    results = tmp_path / "results.csv"
    told = uploads(desk, file, "--yes", "--results", str(results))
    assert told.exit_code == 1, "a row was refused"
    assert "4 rows: 3 ready, 1 wrong." in told.output and "  line 5: 1.2E+10 is what a spreadsheet made" in told.output
    assert "4 rows: 1 wrong, 3 done." in told.output
    assert len(work_goes_on) >= 3, "it looked again and again, while row after row was done"
    assert [shop.sees(one).state for one in orders] == ["shipped"] * 3
    assert [line.split(",")[1] for line in results.read_text("utf-8-sig").splitlines()[1:]] == ["done"] * 3 + ["wrong"]
    again = uploads(desk, file, "--yes")
    assert "This very file was uploaded and committed before" in again.output


def test_nothing_is_sent_without_a_yes(desk: Desk, shop: Shop, mei: BuyerActor, tmp_path: Path) -> None:
    (order,) = desk.paid_orders(mei, 1)
    told = uploads(desk, written(tmp_path, f"{order.number},,SF,SF1,,,,"), said="n\n")
    assert told.exit_code == 0 and "Do these 1 rows?" in told.output
    desk.clock.settles()
    assert shop.sees(order).state == "awaiting_shipment"


def test_what_the_server_refuses_is_told_in_its_words(desk: Desk, tmp_path: Path) -> None:
    told = uploads(desk, written(tmp_path))
    assert told.exit_code == 1 and "/file: The file has no rows below its headings." in told.output
    told = uploads(desk, written(tmp_path, "SO1,,SF,SF1,,,,"), key="sk_nobody")
    assert told.exit_code == 1 and "Error: " in told.output and "Traceback" not in told.output
    told = uploads(desk, written(tmp_path, "SO1,,SF,SF1,,,,"), "--server", "http://127.0.0.1:9")
    assert told.exit_code == 1 and "does not answer" in told.output
