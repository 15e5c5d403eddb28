"""The engine of lifecycles, shown on a lamp: it knows no order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from core.machine import BUYER, CLOCK, COLUMNS, PAYMENT, RESUME, STAFF, SYSTEM, Machine, Move

STATES = ("off", "dim", "bright", "repair", "scrapped")
RESUMES = {"repair": ("off", "dim", "bright")}
# fmt: off
ROWS = (
    Move("make",   SYSTEM,        None,     "off",      (),                     "a lamp leaves the factory"),
    Move("switch", BUYER,         "off",    "dim",      ("has_bulb", "paid"),   "someone comes in"),
    Move("turn",   BUYER,         "dim",    "bright",   "has_bulb",             "someone wants to read"),
    Move("boost",  BUYER,         "dim",    "bright",   (),                     "someone is in a hurry"),
    Move("save",   "clock:night", "bright", "dim",      (),                     "night has come"),
    Move("tune",   STAFF,         "dim",    "dim",      (),                     "a little warmer"),
    Move("open",   STAFF,         "dim",    "repair",   (),                     "it flickers"),
    Move("mended", STAFF,         "repair", RESUME,     (),                     "it is whole again"),
    Move("scrap",  STAFF,         "repair", "scrapped", (),                     "it cannot be mended"),
)
# fmt: on
LAMP = Machine("lamp", STATES, "off", ROWS, RESUMES)
WAVE = Move("wave", BUYER, "dim", "off", (), "a hand passes the sensor", "gestures")
CLAP = Move("clap", BUYER, "dim", "off", (), "two claps are heard", "claps")


def lamp(
    *extra: Move,
    states: Sequence[str] = STATES,
    start: str = "off",
    resumes: Mapping[str, Sequence[str]] | None = RESUMES,
) -> Machine:
    return Machine("lamp", states, start, (*ROWS, *extra), resumes)


def names(moves: Sequence[Move]) -> list[str]:
    return [move.name for move in moves]


# --- looking up


def test_rows_are_found_by_state_and_actor_in_table_order() -> None:
    assert names(LAMP.find("dim", BUYER)) == ["turn", "boost"]
    assert names(LAMP.find("dim", BUYER, "boost")) == ["boost"]
    assert names(LAMP.find(None, SYSTEM)) == ["make"]
    assert LAMP.find("bright", BUYER) == ()
    assert LAMP.find("dim", PAYMENT) == ()


def test_a_row_of_the_clock_opens_only_to_its_own_deadline() -> None:
    assert names(LAMP.find("bright", "clock:night")) == ["save"]
    assert LAMP.find("bright", "clock:day") == ()
    assert LAMP.find("bright", CLOCK) == ()


def test_a_refusal_can_name_all_open_rows() -> None:
    assert names(LAMP.open_from("dim")) == ["turn", "boost", "tune", "open"]
    assert LAMP.open_from("scrapped") == ()


def test_one_guard_may_be_written_without_a_tuple() -> None:
    assert Move("turn", BUYER, "dim", "bright", "has_bulb", "x").only_if == ("has_bulb",)
    assert Move("turn", BUYER, "dim", "bright", ["a", "b"], "x").only_if == ("a", "b")
    assert len({*ROWS, *ROWS}) == len(ROWS)


def test_edges_spell_out_where_a_rest_may_resume() -> None:
    assert LAMP.edges() == {
        (None, "off"), ("off", "dim"), ("dim", "bright"), ("bright", "dim"), ("dim", "dim"), ("dim", "repair"),
        ("repair", "off"), ("repair", "dim"), ("repair", "bright"), ("repair", "scrapped"),
    }  # fmt: skip


@pytest.mark.parametrize("source", [None, *STATES])
@pytest.mark.parametrize("to", STATES)
def test_every_pair_is_allowed_or_not(source: str | None, to: str) -> None:
    assert LAMP.allows(source, to) == ((source, to) in LAMP.edges())


# --- plugins' rows


def test_a_plugins_rows_come_first_in_a_new_machine() -> None:
    waving = LAMP.extend([WAVE])
    assert names(waving.find("dim", BUYER)) == ["wave", "turn", "boost"]
    assert names(LAMP.find("dim", BUYER)) == ["turn", "boost"]
    assert waving.allows("dim", "off")
    assert not LAMP.allows("dim", "off")


def test_plugins_keep_the_order_in_which_they_were_given() -> None:
    at_once = LAMP.extend([WAVE, CLAP])
    one_by_one = LAMP.extend([WAVE]).extend([CLAP])
    assert names(at_once.find("dim", BUYER)) == ["wave", "clap", "turn", "boost"]
    assert one_by_one.moves == at_once.moves


def test_extending_by_nothing_is_the_same_table() -> None:
    assert LAMP.extend([]).moves == LAMP.moves


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (replace(WAVE, source="purple"), r"comes from 'purple'.*states are off, dim"),
        (replace(WAVE, to="purple"), r"leads to 'purple'.*states are off, dim"),
        (replace(WAVE, by="cat"), r"by 'cat'.*actors are buyer, staff"),
        (replace(WAVE, by=CLOCK), r"by 'clock'.*clock:<deadline kind>"),
        (replace(WAVE, by="clock:"), r"by 'clock:'"),
        (replace(WAVE, by="clock:Not A Kind"), r"by 'clock:Not A Kind'"),
        (replace(WAVE, to=RESUME), r"resumes from dim"),
        (replace(WAVE, source=None, to=RESUME), r"resumes from nothing"),
        (replace(WAVE, because=""), r"because"),
        (replace(WAVE, because="  "), r"because"),
        (replace(WAVE, name=" "), r"has no name"),
        (replace(WAVE, only_if=("ok", "")), r"guard without a name"),
    ],
)
def test_a_wrong_row_is_refused_and_its_plugin_named(wrong: Move, says: str) -> None:
    with pytest.raises(ValueError, match=rf"^lamp: move '.*' of plugin 'gestures' .*{says}"):
        LAMP.extend([wrong])


def test_a_row_of_core_is_called_so() -> None:
    with pytest.raises(ValueError, match=r"^lamp: move 'wave' of core leads to 'x'"):
        lamp(replace(WAVE, to="x", plugin=None))


def test_the_same_row_twice_is_refused_and_both_owners_named() -> None:
    with pytest.raises(ValueError, match=r"of core by buyer from dim to .* is there twice: see .*plugin 'gestures'"):
        LAMP.extend([replace(WAVE, name="turn", to=ROWS[2].to)])
    with pytest.raises(ValueError, match=r"of plugin 'claps' .*twice: see .*plugin 'gestures'"):
        LAMP.extend([WAVE, replace(CLAP, name="wave")])
    with pytest.raises(ValueError, match=r"from nothing to off is there twice"):
        lamp(ROWS[0])


def test_only_plugins_extend_a_machine() -> None:
    with pytest.raises(ValueError, match="does not name its plugin"):
        LAMP.extend([replace(WAVE, plugin=None)])


# --- the table itself


def test_a_state_that_no_move_reaches_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^lamp: no move leads to neon, laser$"):
        lamp(states=(*STATES, "neon", "laser"))
    island = Move("glow", SYSTEM, "neon", "neon", (), "it glows by itself")
    with pytest.raises(ValueError, match="no move leads to neon"):
        lamp(island, states=(*STATES, "neon"))


def test_a_state_reached_only_by_birth_or_by_resuming_is_reached() -> None:
    Machine("lamp", ("off", "gift"), "off", [Move("give", STAFF, None, "gift", (), "it is a present")])
    rest = Move("rest", STAFF, "off", "repair", (), "x")
    back = Move("back", STAFF, "repair", RESUME, (), "x")
    Machine("lamp", ("off", "repair", "dim"), "off", [rest, back], {"repair": ("off", "dim")})


@pytest.mark.parametrize(
    ("states", "start", "resumes", "says"),
    [
        ((*STATES, "off"), "off", RESUMES, "states must differ"),
        ((*STATES, RESUME), "off", RESUMES, "none may be RESUME"),
        (STATES, "purple", RESUMES, "start 'purple' is no state"),
        (STATES, "off", {"purple": ("off",)}, "name 'purple'"),
        (STATES, "off", {"repair": ("purple",)}, "name 'purple'"),
        (STATES, "off", {"repair": ()}, "lead nowhere"),
        (STATES, "off", None, "no place in resumes"),
    ],
)
def test_a_wrong_frame_is_refused(
    states: Sequence[str], start: str, resumes: Mapping[str, Sequence[str]] | None, says: str
) -> None:
    with pytest.raises(ValueError, match=f"^lamp: .*{says}"):
        lamp(states=states, start=start, resumes=resumes)


# --- for readers


def test_the_table_prints_one_line_of_text_per_row() -> None:
    rows = LAMP.extend([WAVE]).table()
    assert len(rows) == len(ROWS) + 1
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert rows[0] == ("wave", "buyer", "dim", "off", "", "a hand passes the sensor", "gestures")
    assert rows[1] == ("make", "system", "", "off", "", "a lamp leaves the factory", "")
    assert rows[2][4] == "has_bulb, paid"


def test_the_diagram_shows_births_resumes_and_ends() -> None:
    lines = LAMP.mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> off: make (system)" in lines
    assert "    bright --> dim: save (clock night)" in lines
    assert [line for line in lines if "mended" in line] == [
        "    repair --> off: mended (staff)",
        "    repair --> dim: mended (staff)",
        "    repair --> bright: mended (staff)",
    ]
    assert lines[-1] == "    scrapped --> [*]"
    assert RESUME not in LAMP.mermaid()
