"""`merx demo`: the first thing a stranger runs plays its story, keeps serving when asked, and leaves nothing behind."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from core.commands.demo_bad_days import FORGERIES, STORIES
from core.commands.demo_wechat import BLOCKS
from tests.laws.source import ROOT

PATIENCE = 110.0
Starter = Callable[..., "subprocess.Popen[str]"]


def environment(var: Path, **more: str) -> dict[str, str]:
    """Nothing of the user's settings, and the sandbox in *var*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
    return kept | {"MERX_VAR": str(var), "PYTHONPATH": str(ROOT)} | more


def demo(var: Path, *options: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """The demo, played to its end."""
    return subprocess.run(
        [sys.executable, "-m", "core.cli", "demo", *options], env=environment(var, **more), cwd=var.parent,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def processes_of(var: Path) -> list[int]:
    """The processes whose sandbox is *var*."""
    mark = f"MERX_VAR={var}".encode()
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
        except OSError:
            continue  # gone, or somebody else's
    return found


def becomes(true: Callable[[], bool]) -> bool:
    """Whether it becomes true while we wait."""
    give_up = time.monotonic() + PATIENCE / 3
    while not true() and time.monotonic() < give_up:
        time.sleep(0.05)
    return true()


def state_of(command: str) -> str:
    """The state of the order that a curl line shows."""
    shown = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE).stdout
    return str(json.loads(shown)["state"])


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sandbox in which the demo was played once, and what it said."""
    var = tmp_path_factory.mktemp("demo") / "var"
    once = demo(var, MERX_DATABASE_URL=f"sqlite:///{var.parent / 'production.db'}")
    assert once.returncode == 0, once.stdout + once.stderr
    return var, once.stdout


@pytest.fixture
def start() -> Iterator[Starter]:
    """Starts demos that keep serving; whatever is left of them is ended."""
    started: list[tuple[subprocess.Popen[str], Path]] = []

    def begin(var: Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "demo", "--serve"], env=environment(var), cwd=var.parent,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        started.append((process, var))
        return process

    yield begin
    for process, var in started:
        process.kill()
        process.communicate()
        for pid in processes_of(var):
            os.kill(pid, signal.SIGKILL)


def told_until(process: "subprocess.Popen[str]", word: str) -> str:
    """What the process says, until a line holds *word*."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(f"it ended before it said {word!r}:\n{said}")


def the_readme_s_story_works(base_url: str, wechat: str, tokens: dict[str, str]) -> None:
    """The README's curl lines, as they stand, take an order of the demo's shop from cart by WeChat to completed."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    (story,) = re.findall(r"^```sh\n(SHOP=.*?)^```$", page, re.MULTILINE | re.DOTALL)
    given = {f"{name.upper()}_TOKEN": token for name, token in tokens.items()} | {"BASE": base_url, "WECHAT": wechat}
    done = subprocess.run(
        ["bash", "-c", f"set -eu -o pipefail\n{story}"], env=os.environ | given, capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip
    said, answers = done.stdout, []
    while said.strip():
        answer, end = json.JSONDecoder().raw_decode(said.strip())
        answers.append(answer)
        said = said.strip()[end:]
    assert done.returncode == 0 and not [answer for answer in answers if "code" in answer], done
    assert answers[-1]["state"] == "completed", answers[-1]


def lines_of(said: str) -> list[list[str]]:
    """The lines about orders, as the columns when, number, node, money, who, what."""
    lines = [re.split(r"\s{2,}", line.strip()) for line in said.split("\n") if re.search(r"SO\d{17}", line)]
    return [line for line in lines if len(line) == 6]


def lives(said: str) -> list[list[tuple[str, str, str]]]:
    """Each order's life, in the order they were placed: (node, money, who)."""
    told: dict[str, list[tuple[str, str, str]]] = {}
    for _, number, node, money, who, _ in lines_of(said):
        told.setdefault(number, []).append((node, money, who))
    return list(told.values())


def test_the_demo_tells_orders_lives_with_number_node_money_and_who(played: tuple[Path, str]) -> None:
    completed, mixed, split, presold, refunded, unpaid = lives(played[1])
    assert completed == [
        ("pending_payment", "¥139.00", "Mei"),
        ("pending_payment", "¥139.00", "Mei"),
        ("awaiting_shipment", "¥139.00", "WeChat Pay"),
        ("shipped", "¥139.00", "Wen"),
        ("completed", "¥139.00", "the clock"),
        ("completed", "¥139.00", "Chen"),
        ("completed", "¥49.00", "WeChat Pay"),
        ("completed", "¥49.00", "WeChat Pay"),
    ]
    assert mixed == [
        ("pending_payment", "¥105.00", "Lan"),
        ("awaiting_shipment", "¥105.00", "WeChat Pay"),
        ("awaiting_shipment", "¥105.00", "Chen"),
        ("awaiting_shipment", "¥28.78", "WeChat Pay"),
        ("awaiting_shipment", "¥28.78", "WeChat Pay"),
    ]
    assert split == [
        ("pending_payment", "¥494.00", "Mei"),
        ("pending_payment", "¥494.00", "Mei"),
        ("awaiting_shipment", "¥494.00", "WeChat Pay"),
        ("awaiting_shipment", "¥69.69", "the shop"),
        ("awaiting_shipment", "¥88.14", "the shop"),
        ("awaiting_shipment", "¥336.17", "the shop"),
        ("awaiting_shipment", "¥494.00", "Wen"),
        ("awaiting_shipment", "¥494.00", "Wen"),
        ("awaiting_shipment", "¥494.00", "Mei"),
        ("shipped", "¥494.00", "Wen"),
        ("shipped", "¥494.00", "the clock"),
        ("completed", "¥494.00", "the clock"),
    ]
    assert presold == [
        ("pending_payment", "¥130.00", "Mei"),
        ("pending_payment", "¥130.00", "Mei"),
        ("pending_payment", "¥30.00", "WeChat Pay"),
        ("pending_payment", "¥130.00", "the clock"),
        ("pending_payment", "¥130.00", "Mei"),
        ("awaiting_shipment", "¥130.00", "WeChat Pay"),
        ("completed", "¥130.00", "Carla"),
    ]
    assert "can be paid from" in played[1] and "Already redeemed at Tea house at the lake" in played[1]
    shares = re.findall(r"(\S+(?: Pay)?)\s+is given back (¥\S+) of it$", played[1], re.MULTILINE)
    assert sorted(shares) == [("WeChat Pay", "¥28.78"), ("balance", "¥17.72"), ("points", "¥2.50")]
    assert refunded == [
        ("pending_payment", "¥74.00", "Mei"),
        ("pending_payment", "¥74.00", "Mei"),
        ("awaiting_shipment", "¥74.00", "WeChat Pay"),
        ("refunding", "¥74.00", "Mei"),
        ("refunding", "¥74.00", "WeChat Pay"),
        ("refunded", "¥74.00", "WeChat Pay"),
        ("refunded", "¥74.00", "WeChat Pay"),
    ]
    assert unpaid == [
        ("pending_payment", "¥180.00", "Mei"),
        ("pending_payment", "¥180.00", "Mei"),
        ("closed", "¥180.00", "the clock"),
    ]
    assert played[1].rstrip().endswith("and finds nothing wrong.")


def test_the_split_order_shows_three_trails_to_their_end(played: tuple[Path, str]) -> None:
    told = re.findall(r"(awaiting_shipment|shipped) +Kdniao +(.*): (\w+), 【", played[1])
    asked, pushed = ([(row[0], row[2]) for row in told if word in row[1]] for word in ("is asked for", "to its end"))
    assert sorted(asked) == [
        ("awaiting_shipment", "collected"),
        ("awaiting_shipment", "collected"),
        ("shipped", "collected"),
    ]
    assert sorted(pushed) == [("awaiting_shipment", "signed"), ("awaiting_shipment", "signed"), ("shipped", "signed")]
    assert len(set(re.findall(r"pushes the trail of (\w+) to its end", played[1]))) == 3


def test_where_no_terminal_is_the_qr_code_is_told_as_text(played: tuple[Path, str]) -> None:
    said = played[1]
    assert len(re.findall(r"in the code: weixin://wxpay/bizpayurl\?pr=\w+$", said, re.MULTILINE)) == 7
    assert "\033" not in said and not set(BLOCKS) & set(said)


def test_on_the_bad_days_money_is_right_and_the_doctor_finds_nothing(played: tuple[Path, str]) -> None:
    """All four in one sandbox, on the day after the first demo."""
    var, _ = played
    told = demo(var, *(f"--story={name}" for name in STORIES))
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Every step was as expected" in told.stdout and "finds nothing wrong" in told.stdout
    late, twice, forged, short = lives(told.stdout)
    assert [node for node, _, _ in late[2:]] == ["closed"] * len(late[2:])
    assert ("closed", "¥90.00", "WeChat Pay") in late
    assert twice[3] == ("awaiting_shipment", "¥360.00", "Fatima") and {node for node, _, _ in twice[4:]} == {
        "awaiting_shipment"
    }
    assert told.stdout.count("is refused (400)") == len(FORGERIES)
    assert forged[-1] == ("awaiting_shipment", "¥180.00", "WeChat Pay")
    assert short[-1] == ("awaiting_shipment", "¥187.00", "WeChat Pay")
    with sqlite3.connect(var / "merx.db") as database:
        surplus = database.execute("SELECT surplus, refunded FROM payments WHERE surplus > 0 ORDER BY surplus")
        assert surplus.fetchall() == [(9000, 9000), (36000, 36000)]
        cases = database.execute("SELECT kind, status FROM cases WHERE order_id IS NOT NULL ORDER BY kind")
        kinds = ("duplicate_payment", "late_payment", "payment_contradiction")
        assert cases.fetchall() == [(kind, "resolved") for kind in kinds]
    database.close()
    assert not processes_of(var)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_each_bad_day_can_be_watched_in_a_sandbox_of_its_own(name: str, tmp_path: Path) -> None:
    told = demo(tmp_path / "var", "--story", name)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "finds nothing wrong" in told.stdout and not processes_of(tmp_path / "var")


def test_an_unknown_story_is_refused_and_the_known_ones_are_named(tmp_path: Path) -> None:
    refused = demo(tmp_path / "var", "--story", "early")
    assert refused.returncode == 2 and all(name in refused.stderr for name in STORIES)
    assert not (tmp_path / "var").exists()


def test_the_demo_never_touches_the_database_of_the_environment(played: tuple[Path, str]) -> None:
    var, _ = played
    assert (var / "merx.db").exists() and not (var.parent / "production.db").exists()


def test_the_demo_s_shop_has_staff_of_each_role_two_stores_four_warehouses_and_ten_products(
    played: tuple[Path, str],
) -> None:
    with sqlite3.connect(played[0] / "merx.db") as database:
        counts = {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("merchants", "staff", "stores", "warehouses", "products", "accounts")
        }
    database.close()
    assert counts == {"merchants": 1, "staff": 7, "stores": 2, "warehouses": 4, "products": 10, "accounts": 3}


def test_the_demo_leaves_no_process_behind(played: tuple[Path, str]) -> None:
    assert not processes_of(played[0])


def test_played_again_it_goes_on_serving_until_it_is_stopped(played: tuple[Path, str], start: Starter) -> None:
    var, _ = played
    process = start(var)
    said = told_until(process, "Move its clock")
    commands = [line.strip() for line in said.split("\n") if line.strip().startswith("curl ")]
    assert len(commands) == 5
    for command in commands:
        answer = subprocess.run(["sh", "-c", f"{command} -f"], capture_output=True, text=True, timeout=PATIENCE)
        assert answer.returncode == 0 and answer.stdout.startswith("{"), f"{command}: {answer}"
    number = commands[-1].split("/orders/")[1].strip("'")
    assert becomes(lambda: state_of(commands[-1]) == "awaiting_shipment"), f"{number} was paid by curl: {commands[-2]}"
    base_url = re.search(r"Base URL +(\S+)", said)
    wechat = re.search(r"WeChat Pay +(http\S+)", said)
    tokens = dict(re.findall(r"^  (owner|API key) token +(\S+)$", said, re.MULTILINE))
    assert base_url is not None and wechat is not None and len(tokens) == 2
    for token in tokens.values():
        me = httpx.get(f"{base_url[1]}/v1/admin/demo/me", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        assert me.status_code == 200, me.text
    more = dict(re.findall(r"^  (owner|buyer|simulator) token +(\S+)$", said, re.MULTILINE))
    the_readme_s_story_works(base_url[1], wechat[1], more)
    second = demo(var)
    assert second.returncode == 1 and "already" in second.stderr and "Ctrl-C" in second.stderr
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and "Stopped." in rest
    assert not processes_of(var)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base_url[1]}/health/live", trust_env=False)


def test_a_step_that_goes_wrong_ends_it_with_a_sentence(played: tuple[Path, str]) -> None:
    var, _ = played
    # one who is needed has left
    with sqlite3.connect(var / "merx.db") as database:
        database.execute("UPDATE staff SET enabled = 0 WHERE login = 'finance'")
    try:
        wrong = demo(var)
    finally:
        with database:
            database.execute("UPDATE staff SET enabled = 1 WHERE login = 'finance'")
        database.close()
    assert wrong.returncode == 1
    assert "Error: The story went wrong. POST /v1/admin/demo/sessions was answered 401" in wrong.stderr
    assert "Traceback" not in wrong.stderr and not processes_of(var)


@pytest.mark.slow
def test_killed_with_no_chance_to_clean_up_it_still_leaves_no_process(played: tuple[Path, str], start: Starter) -> None:
    var, _ = played
    process = start(var)
    told_until(process, "Its server listens")
    process.kill()
    process.wait()
    assert becomes(lambda: not processes_of(var)), f"still there: {processes_of(var)}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_refused_with_a_sentence(tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir(mode=0o500)
    refused = demo(var)
    assert refused.returncode == 1 and "belongs to somebody else" in refused.stderr
