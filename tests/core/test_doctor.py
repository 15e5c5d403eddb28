"""`merx doctor` as a command: silent over sound data, tells what it finds and how to mend it, and changes nothing."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from core import clock, plugins
from core.commands.doctor import command
from core.db import across_merchants, db, reading, transaction
from core.services.checks import CHECKS, finding
from tests.core.hamlet import Hamlet, hamlet_app, hamlet_on

Doctor = Callable[..., Result]


@pytest.fixture
def played(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[tuple[Hamlet, str]]:
    with hamlet_on(request, database_kind, tmp_path) as there:
        yield there
