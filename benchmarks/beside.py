"""What `make bench` measures beside orders: bills compared, parcels imported, pushes taken, and due jobs started."""

from pathlib import Path
from typing import Any

from benchmarks import bill, due_jobs, imports, pushes
from tests.servers import Postgres, Valkey


def measure(folder: Path, postgres: Postgres, valkey: Valkey) -> dict[str, Any]:
    """Each on a database of its own, with its words printed. :returns: the figures for the JSON line."""
    for name in ("bill", "imports", "pushes", "due_jobs"):
        (folder / name).mkdir()
    print("\nbeside orders", flush=True)
    compared = bill.say_bill(folder / "bill", postgres)
    postgres.create_database("bench_imports")
    imported = imports.measured(folder / "imports", postgres.url("bench_imports"))[-1]
    print(f"{imported['rows_per_second']:.0f} rows of parcels a second are imported, {imported['rows']} a file.")
    postgres.create_database("bench_pushes")
    pushed = pushes.measured(folder / "pushes", postgres.url("bench_pushes"))
    pushes.say(pushed)
    postgres.create_database("bench_due_jobs")
    valkey.flush()
    started = due_jobs.measured(folder / "due_jobs", postgres.url("bench_due_jobs"), valkey.url)
    due_jobs.say(started)
    return {
        "bill_rows_per_s": compared["rows_per_second"],
        "imported_rows_per_s": round(imported["rows_per_second"]),
        "pushes_per_s": pushed["per_s"],
        "due_jobs_per_s": started["per_s"],
        "due_jobs_p95_ms": started["p95_ms"],
    }
