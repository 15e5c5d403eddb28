"""`merx docs`: writes the generated pages of docs/, or with --check says which of them are out of date."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from core import plugins
from core.commands import docs_pages
from core.schemas.settings import SettingsIn

FOLDER = Path(__file__).resolve().parents[2] / "docs"
BUILT_IN = FOLDER.parent / "plugins"


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; fail if a page is out of date.")
@with_appcontext
def command(check: bool) -> None:
    """Write the generated pages of docs/ from the code."""
    stale = []
    for name, text in pages(current_app._get_current_object()).items():  # type: ignore[attr-defined]
        page = FOLDER / name
        present = page.read_text(encoding="utf-8") if page.exists() else ""
        if present == text:
            continue
        stale.append(name)
        if check:
            lines = difflib.unified_diff(present.splitlines(), text.splitlines(), f"docs/{name}", "the code", n=0)
            click.echo("\n".join(list(lines)[:20]))
        else:
            page.write_text(text, encoding="utf-8")
            click.echo(f"wrote docs/{name}")
    if check and stale:
        raise click.ClickException(f"out of date: {', '.join(stale)}. Run `make docs` and commit what it writes.")


def pages(app: Flask) -> Mapping[str, str]:
    """File name -> text of every generated page. The same code gives the same text on every machine: plugins of other
    packages are left out."""
    with app.app_context():
        manifests = [manifest for name, manifest in sorted(plugins.manifests().items()) if (BUILT_IN / name).is_dir()]
    return {
        "api.md": docs_pages.api(app, openapi(app)),
        "hooks.md": docs_pages.hooks(),
        "lifecycles.md": docs_pages.lifecycles(),
        "settings.md": docs_pages.settings(SettingsIn, manifests),
    }


def openapi(app: Flask) -> Mapping[str, Any]:
    """The OpenAPI document as the app serves it."""
    document: Mapping[str, Any] = app.test_client().get("/openapi.json").get_json()
    return document
