"""`merx upload`: send a file to a door of the API, look at what would come of it, commit it and watch it being done.

It follows any door that answers an upload with ``id``, ``status``, ``counts`` and ``progress`` (``done``, ``total``),
and has below it ``<id>``, ``<id>/commit``, ``<id>/rows`` and ``<id>/rows.csv``; while it is at work its status is
``running``.
"""

import time
from pathlib import Path
from typing import Any, Final, NoReturn

import click
import httpx

#: seconds between two looks, and of waiting for an answer
PAUSE: Final = 0.3
PATIENCE: Final = 120.0
#: rows that are refused and shown one by one
SHOWN: Final = 20
REFUSED: Final = ("wrong", "failed")


@click.command("upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--merchant", "code", required=True, help="The merchant's code.")
@click.option(
    "--to", "door", default="bulk_orders/imports", show_default=True, help="The door below /v1/admin/<merchant>."
)
@click.option(
    "--server", envvar="MERX_PUBLIC_URL", default="http://127.0.0.1:8000", show_default=True, help="Where it is."
)
@click.option("--key", envvar="MERX_API_KEY", required=True, help="An API key; better told by MERX_API_KEY.")
@click.option("--yes", is_flag=True, help="Commit what is ready without asking.")
@click.option("--results", type=click.Path(dir_okay=False, path_type=Path), help="Write what became of each row there.")
def command(file: Path, code: str, door: str, server: str, key: str, yes: bool, results: Path | None) -> None:
    """Upload FILE, look into it, commit it and follow it to its end; exit code 1 if a row was refused."""
    base, headers = f"{server.rstrip('/')}/v1/admin/{code}/{door.strip('/')}", {"Authorization": f"Bearer {key}"}
    with httpx.Client(headers=headers, timeout=PATIENCE, trust_env=False) as http:
        batch = _asked(http, "POST", base, files={"file": (file.name, file.read_bytes(), "text/csv")})
        one = f"{base}/{batch['id']}"
        _tell(http, one, batch)
        ready = batch["progress"]["total"] - batch["progress"]["done"]
        if ready and (yes or click.confirm(f"Do these {ready} rows?")):
            batch = _followed(http, one)
            _tell(http, one, batch)
        if results is not None:
            results.write_bytes(_answered(http, "GET", f"{one}/rows.csv").content)
            click.echo(f"What became of each row stands in {results}.")
    if any(batch["counts"].get(word) for word in REFUSED):
        raise SystemExit(1)


def _followed(http: httpx.Client, one: str) -> dict[str, Any]:
    """Commit it, and draw how far it is until it is there."""
    batch = _asked(http, "POST", f"{one}/commit")
    total, shown = batch["progress"]["total"], 0
    with click.progressbar(length=total, label="Rows") as bar:
        while True:
            bar.update(batch["progress"]["done"] - shown)
            shown = batch["progress"]["done"]
            if batch["status"] != "running":
                return batch
            time.sleep(PAUSE)
            batch = _asked(http, "GET", one)


def _tell(http: httpx.Client, one: str, batch: dict[str, Any]) -> None:
    counts = ", ".join(f"{many} {word}" for word, many in batch["counts"].items() if many)
    click.echo(f"{batch['progress']['total']} rows: {counts or 'nothing'}.")
    if batch.get("same_file_as"):
        click.echo("This very file was uploaded and committed before: what was done then is not done again.")
    for word in REFUSED:
        if not batch["counts"].get(word):
            continue
        rows = _asked(http, "GET", f"{one}/rows", params={"result": word, "limit": SHOWN})["data"]
        for row in rows:
            click.echo(f"  line {row['line']}: {row['message']}")
        if batch["counts"][word] > len(rows):
            click.echo(f"  … and {batch['counts'][word] - len(rows)} more")


def _asked(http: httpx.Client, method: str, url: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = _answered(http, method, url, **more).json()
    return found


def _answered(http: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
    try:
        answer = http.request(method, url, **more)
    except httpx.HTTPError as trouble:
        raise click.ClickException(f"{url} does not answer: {trouble}") from None
    if not answer.is_success:
        _refuse(answer)
    return answer


def _refuse(answer: httpx.Response) -> NoReturn:
    """In the words of the problem that was answered."""
    try:
        problem = answer.json()
        said = [str(problem["detail"]), *(f"  {one['pointer']}: {one['message']}" for one in problem.get("errors", ()))]
    except (ValueError, KeyError, TypeError):
        said = [f"The server answered {answer.status_code}."]
    raise click.ClickException("\n".join(said))
