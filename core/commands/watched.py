"""What every process that stays begins with: its log, and the numbers it shares with the others of its machine."""

from pathlib import Path

import click
from flask import Flask

from core import logs, metrics


def begin(app: Flask) -> None:
    """Log in one form, and count where the other processes count.

    :raises click.UsageError: the settings of the log are not acceptable.
    """
    try:
        logs.configure(app.config["LOG_LEVEL"], app.config["LOG_FORMAT"])
    except ValueError as wrong:
        raise click.UsageError(f"MERX_LOG_LEVEL, MERX_LOG_FORMAT: {wrong}.") from wrong
    metrics.share(Path(app.config["METRICS_DIR"]))
