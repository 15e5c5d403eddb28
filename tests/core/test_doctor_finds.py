"""Each invariant of `merx doctor` is proved by a corruption that it finds, while no other complains without cause."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.commands.doctor import Diagnosis, examine
from core.services.checks import CHECKS
from tests.core.corruptions import Corruption
from tests.core.hamlet import Visit, visit
from tests.core.more_corruptions import CORRUPTIONS

MERCHANTS = {1: "acme", 2: "bolt"}


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hamlet(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Visit]:
    with visit(request, database, tmp_path) as there:
        yield there


def wrong(hamlet: Visit) -> dict[str, Diagnosis]:
    """What the doctor finds, by check."""
    with hamlet.app.app_context():
        return {one.name: one for one in examine(MERCHANTS, None, 100) if not one.well}


@pytest.mark.both_databases
def test_where_every_order_went_its_way_nothing_is_wrong(hamlet: Visit) -> None:
    assert wrong(hamlet) == {}


@pytest.mark.both_databases
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.check)
def test_what_is_written_past_the_services_is_found(hamlet: Visit, corruption: Corruption) -> None:
    hamlet.writes(*corruption.statements)
    found = wrong(hamlet)
    assert [one.trouble for one in found.values() if one.trouble] == []
    told = found[corruption.check].sentences
    assert any(hamlet.named(corruption.names) in sentence for sentence in told), told
    assert all(sentence.startswith("acme: ") for sentence in told)
    assert set(found) == {corruption.check, *corruption.also}


def test_every_check_of_core_is_proved_by_a_corruption() -> None:
    assert {one.check for one in CORRUPTIONS} == {check.name for check in CHECKS}
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_every_check_says_how_to_mend_what_it_finds() -> None:
    for check in CHECKS:
        assert check.mend.endswith(".") and len(check.mend) > 40, check.name
