"""However news is shuffled, lost and repeated, a parcel ends where its whole trail says, and never goes back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.contracts.track import FINAL, ONLY_THEN, REASONS, STATUSES, TROUBLE, moves_on

START = datetime(2026, 3, 1, tzinfo=UTC)
ON_ITS_WAY = ["collected", "on_the_way", "customs", "delivering", "to_collect", "exception", "lost"]
ENDS: list[list[str]] = [
    [],
    ["signed"],
    ["cancelled"],
    ["returning"],
    ["returning", "returned"],
    ["signed", "returning", "returned"],
]


@st.composite
def shuffled_news(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    """A trail, and how much of it each push knows, in the order they arrive; one of them knows it all."""
    trail = draw(st.lists(st.sampled_from(ON_ITS_WAY), min_size=1, max_size=6)) + draw(st.sampled_from(ENDS))
    known = draw(st.lists(st.integers(1, len(trail)), max_size=8))
    known.insert(draw(st.integers(0, len(known))), len(trail))
    return trail, known


@given(shuffled_news())
def test_the_last_word_wins_in_whatever_order_it_comes(news: tuple[list[str], list[int]]) -> None:
    trail, known = news
    status, status_at, seen = "none", None, 0
    for length in known:
        told, at = trail[length - 1], START + timedelta(hours=length)
        if moves_on(status, status_at, told, at):
            assert length > seen, "old news moved it"
            status = told
        seen = max(seen, length)
        status_at = max(status_at or at, at)
    assert status == trail[-1]


@given(st.sampled_from(sorted(STATUSES)), st.sampled_from(sorted(STATUSES)))
def test_of_two_words_about_the_same_moment_one_wins_whichever_comes_first(one: str, other: str) -> None:
    def after(first: str, second: str) -> str:
        return second if moves_on(first, START, second, START) else first

    if STATUSES[one] != STATUSES[other] and one not in ONLY_THEN and other not in ONLY_THEN:
        assert after(one, other) == after(other, one)
    assert not moves_on(one, START, one, START)


def test_what_is_final_is_left_only_for_a_return_or_another_end() -> None:
    later = START + timedelta(hours=1)
    for status in FINAL:
        follows = {other for other in STATUSES if moves_on(status, START, other, later)}
        assert follows <= FINAL | {"returning"}, status
    assert set(STATUSES) >= TROUBLE and all(len(words) == 2 for words in REASONS.values())
