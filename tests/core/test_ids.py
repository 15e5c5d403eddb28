"""Ids sort by time and never repeat; secrets cannot be guessed."""

import os
import select
import signal
import threading
import time
import uuid

import pytest

from core import clock, ids
from core.ids import digits, hash_token, new_id, secret_token


def milliseconds(an_id: uuid.UUID) -> int:
    return an_id.int >> 80


def test_an_id_is_a_version_7_uuid_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    an_id = new_id()
    after = time.time_ns() // 1_000_000
    assert an_id.version == 7
    assert an_id.variant == uuid.RFC_4122
    assert before <= milliseconds(an_id) <= after + 1


def test_ids_grow_even_within_one_tick() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert [str(i) for i in made] == sorted(str(i) for i in made)


def test_ids_grow_on_when_the_system_clock_stands_still_or_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last_tick", 0)
    moment = 1_700_000_000_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: moment)
    made = [new_id() for _ in range(5000)]
    monkeypatch.setattr(time, "time_ns", lambda: moment - 3_600_000_000_000)
    made += [new_id() for _ in range(5)]
    assert made == sorted(set(made))
    assert milliseconds(made[0]) == moment // 1_000_000
    # 4096 ticks to the millisecond: the count carries into the next one and stays a good UUID.
    assert milliseconds(made[-1]) == moment // 1_000_000 + 1
    assert {i.version for i in made} == {7}


def test_threads_get_ids_that_grow_for_each_and_differ_between_all() -> None:
    made: list[list[uuid.UUID]] = [[] for _ in range(8)]
    threads = [threading.Thread(target=lambda own=own: own.extend(new_id() for _ in range(2000))) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len({i.int >> 64 for own in made for i in own}) == 16_000


def test_ids_do_not_follow_the_business_clock() -> None:
    with clock.frozen(clock.now().replace(year=2001)):
        assert abs(milliseconds(new_id()) - time.time_ns() // 1_000_000) < 60_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_while_the_lock_was_held_still_gets_ids() -> None:
    reading, writing = os.pipe()
    with ids._lock:
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, new_id().bytes)
            finally:
                os._exit(0)
    os.close(writing)
    answered, _, _ = select.select([reading], [], [], 10)
    if not answered:
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert uuid.UUID(bytes=os.read(reading, 16)).version == 7
    os.close(reading)


def test_a_secret_is_url_safe_and_new_each_time() -> None:
    made = {secret_token() for _ in range(100)}
    assert len(made) == 100
    assert all(len(token) == 43 and token.replace("-", "").replace("_", "").isalnum() for token in made)
    with pytest.raises(ValueError, match="16 bytes"):
        secret_token(8)


def test_a_token_is_kept_as_its_sha256() -> None:
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(hash_token("\ud800 from a careless client")) == 64


def test_digits_keep_leading_zeros_and_use_all_ten() -> None:
    made = [digits(9) for _ in range(500)]
    assert all(len(d) == 9 and d.isascii() and d.isdigit() for d in made)
    assert set("".join(made)) == set("0123456789")
    assert any(d.startswith("0") for d in made)
    with pytest.raises(ValueError, match="at least one"):
        digits(0)
