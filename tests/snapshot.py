"""An SQLite database as it was at one moment, to be put back as often as tests want."""

import shutil
from pathlib import Path

from flask import Flask

from core.db import db


def fold_up(app: Flask) -> None:
    """Write everything into the database's one file, so that it can be copied; nothing waits in the log beside it."""
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.engine.dispose()


class Snapshot:
    """The file of *app* as it is now."""

    def __init__(self, app: Flask, file: Path) -> None:
        self._app, self._file, self._kept = app, file, file.with_name(f"kept-{file.name}")
        fold_up(app)
        shutil.copy(file, self._kept)

    def put_back(self) -> None:
        """The database as it was."""
        with self._app.app_context():
            db.engine.dispose()
        for end in ("-wal", "-shm"):
            Path(f"{self._file}{end}").unlink(missing_ok=True)
        shutil.copy(self._kept, self._file)
