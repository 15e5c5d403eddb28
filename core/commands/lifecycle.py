"""`merx lifecycle`: prints the tables of moves, as the code reads them."""

import click

from core.lifecycles import MACHINES
from core.machine import COLUMNS


@click.command()
@click.argument("names", nargs=-1, metavar="[MACHINE]...")
def command(names: tuple[str, ...]) -> None:
    """Print core's tables of moves: order, payment, refund, shipment."""
    if unknown := [name for name in names if name not in MACHINES]:
        raise click.UsageError(f"There is no machine {unknown[0]!r}; there are {', '.join(MACHINES)}.")
    for name in names or tuple(MACHINES):
        rows = MACHINES[name].table()
        shown = [number for number in range(len(COLUMNS)) if any(row[number] for row in rows)]
        lines = [COLUMNS, *((row[:2] + (row[2] or "(nothing)",) + row[3:]) for row in rows)]
        widths = {number: max(len(line[number]) for line in lines) for number in shown}
        click.echo(click.style(f"{name}: {', '.join(MACHINES[name].states)}", bold=True))
        for line in lines:
            click.echo("  " + "  ".join(line[number].ljust(widths[number]) for number in shown).rstrip())
        click.echo()
