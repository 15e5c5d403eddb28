"""The demo's QR code: what it says, and where it is drawn at all."""

import os

import pytest
import segno

from core.commands.demo_wechat import PLAIN, WHITE_ON_BLACK, can_draw, drawn


def test_the_drawn_qr_code_says_what_is_to_be_scanned() -> None:
    text = "weixin://wxpay/bizpayurl?pr=SIM20261204000000000001"
    rows = [line.removeprefix(WHITE_ON_BLACK).removesuffix(PLAIN) for line in drawn(text)]
    # each sign is two modules, one above the other; what is not drawn is dark
    halves = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}
    upper_and_lower = [[halves[sign][half] for sign in row] for row in rows for half in (0, 1)]
    border = 2
    matrix = [row[border:-border] for row in upper_and_lower[border : len(rows[0]) - border]]
    assert matrix == [list(row) for row in segno.make(text, error="l", micro=False, boost_error=False).matrix]


@pytest.mark.parametrize(
    ("encoding", "is_terminal", "term", "drawable"),
    [
        ("utf-8", True, "xterm", True),
        ("ascii", True, "xterm", False),
        ("utf-8", True, "dumb", False),
        ("utf-8", False, "xterm", False),
    ],
)
def test_a_qr_code_is_drawn_only_where_it_shows(
    encoding: str, is_terminal: bool, term: str, drawable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    screen, other_end = os.openpty()
    place = screen if is_terminal else os.open(os.devnull, os.O_WRONLY)
    with open(place, "w", encoding=encoding) as stream:
        assert can_draw(stream) is drawable
    os.close(other_end)
    if not is_terminal:
        os.close(screen)
