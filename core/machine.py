"""Move and Machine: a lifecycle as a table of moves, checked when it is built, and the look-up in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BUYER: Final = "buyer"
STAFF: Final = "staff"
PAYMENT: Final = "payment"
REFUND: Final = "refund"
COURIER: Final = "courier"
SYSTEM: Final = "system"
#: Never a row's actor by itself: a row of the clock names its deadline, as in ``"clock:confirm"``.
CLOCK: Final = "clock"
#: As a target: the state from which the resting state was entered.
RESUME: Final = "RESUME"
#: The heads of :meth:`Machine.table`.
COLUMNS: Final = ("move", "by", "from", "to", "only if", "because", "plugin")

_ACTORS: Final = (BUYER, STAFF, PAYMENT, REFUND, COURIER, SYSTEM)
_CLOCK_ROW: Final = re.compile(r"clock:[a-z][a-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a lifecycle: who may take a thing from where to where, on which conditions, and why."""

    name: str
    #: One of the actors above, or ``"clock:<deadline kind>"``.
    by: str
    #: None: from nothing, the thing's first move.
    source: str | None
    #: A state, or :data:`RESUME`.
    to: str
    #: Names of guards, all of which must hold. Always a tuple once built; the type lets one name stand for itself.
    only_if: Sequence[str] = ()
    because: str = ""
    #: The plugin that brought the row, None for core.
    plugin: str | None = None

    def __post_init__(self) -> None:
        names = (self.only_if,) if isinstance(self.only_if, str) else tuple(self.only_if)
        object.__setattr__(self, "only_if", names)

    def __str__(self) -> str:
        return f"move {self.name!r} of {f'plugin {self.plugin!r}' if self.plugin else 'core'}"


class Machine:
    """A lifecycle that cannot be wrong in its grammar: a bad table does not build. Never changes once built.

    :param name: what lives this life, for messages: ``"order"``.
    :param states: every state there is.
    :param start: the state in which a thing usually begins.
    :param moves: the rows; where several are open to one actor the earlier comes first.
    :param resumes: resting state → the states to which :data:`RESUME` may lead from it.
    :raises ValueError: the table is wrong; the message names the machine, the move and its plugin.
    """

    def __init__(
        self,
        name: str,
        states: Sequence[str],
        start: str,
        moves: Iterable[Move],
        resumes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.name = name
        self.states = tuple(states)
        self.start = start
        self.moves = tuple(moves)
        self.resumes = {state: tuple(targets) for state, targets in (resumes or {}).items()}
        self._check_states()
        for move in self.moves:
            self._check_move(move)
        self._open: dict[tuple[str | None, str], tuple[Move, ...]] = {}
        self._index()
        self._edges = frozenset((move.source, to) for move in self.moves for to in self._targets(move))
        self._check_reachable()

    def find(self, state: str | None, by: str, name: str | None = None) -> tuple[Move, ...]:
        """All rows open from *state* to the actor *by*, in table order; only those called *name* if given.

        :param state: a state, or None for the first moves.
        :param by: matched exactly: ``"clock:confirm"`` opens no row of ``"clock:expire"``.
        :returns: no rows if there are none; whether guards hold is not asked here.
        """
        rows = self._open.get((state, by), ())
        return rows if name is None else tuple(row for row in rows if row.name == name)

    def open_from(self, state: str | None) -> tuple[Move, ...]:
        """All rows open from *state*, to whomever: what a refusal offers instead."""
        return tuple(move for move in self.moves if move.source == state)

    def extend(self, rows: Iterable[Move]) -> "Machine":
        """A new machine with plugins' *rows* before core's; this one stays as it is.

        Rows of plugins added earlier stay before those added later: extend in the order the merchant gave them.

        :raises ValueError: a row does not name its plugin, or the new table is wrong.
        """
        fresh = tuple(rows)
        for move in fresh:
            if move.plugin is None:
                raise self._wrong(move, "does not name its plugin, and only plugins extend a machine")
        guests = tuple(move for move in self.moves if move.plugin is not None)
        core = tuple(move for move in self.moves if move.plugin is None)
        return Machine(self.name, self.states, self.start, guests + fresh + core, self.resumes)

    def edges(self) -> frozenset[tuple[str | None, str]]:
        """Every (source, to) that some row makes, :data:`RESUME` spelled out; source None is from nothing."""
        return self._edges

    def allows(self, source: str | None, to: str) -> bool:
        """Whether some row leads from *source* to *to*."""
        return (source, to) in self._edges

    def table(self) -> list[tuple[str, ...]]:
        """The rows as text under :data:`COLUMNS`, in table order; what is not there is an empty cell."""
        return [
            (m.name, m.by, m.source or "", m.to, ", ".join(m.only_if), m.because, m.plugin or "") for m in self.moves
        ]

    def mermaid(self) -> str:
        """The machine as a Mermaid ``stateDiagram-v2``: https://mermaid.js.org/syntax/stateDiagram.html"""
        lines = ["stateDiagram-v2"]
        for move in self.moves:
            # A second colon ends Mermaid's label.
            label = f"{move.name} ({move.by.replace(':', ' ')})"
            lines += [f"    {move.source or '[*]'} --> {to}: {label}" for to in self._targets(move)]
        left = {source for source, _ in self._edges}
        lines += [f"    {state} --> [*]" for state in self.states if state not in left]
        return "\n".join(lines) + "\n"

    def _targets(self, move: Move) -> tuple[str, ...]:
        return self.resumes[move.source or ""] if move.to == RESUME else (move.to,)

    def _index(self) -> None:
        known: dict[tuple[str, str, str | None, str], Move] = {}
        for move in self.moves:
            key = (move.name, move.by, move.source, move.to)
            if key in known:
                # Plugins' rows come first, so of the two it is the later that may be core's: name them both.
                raise self._wrong(
                    move,
                    f"by {move.by} from {move.source or 'nothing'} to {move.to} is there twice: see {known[key]}",
                )
            known[key] = move
            self._open[move.source, move.by] = (*self._open.get((move.source, move.by), ()), move)

    def _check_states(self) -> None:
        if RESUME in self.states or len(set(self.states)) != len(self.states):
            raise ValueError(f"{self.name}: states must differ and none may be {RESUME}, got {', '.join(self.states)}")
        if self.start not in self.states:
            raise ValueError(f"{self.name}: start {self.start!r} is no state; {self._known()}")
        for resting, targets in self.resumes.items():
            for state in (resting, *targets):
                if state not in self.states:
                    raise ValueError(f"{self.name}: resumes of {resting!r} name {state!r}, no state; {self._known()}")
            if not targets:
                raise ValueError(f"{self.name}: resumes of {resting!r} lead nowhere")

    def _check_move(self, move: Move) -> None:
        if not move.name.strip():
            raise self._wrong(move, "has no name")
        if not move.because.strip():
            raise self._wrong(move, "does not say why: fill in its because")
        if not all(name.strip() for name in move.only_if):
            raise self._wrong(move, "has a guard without a name in only_if")
        if move.by not in _ACTORS and not _CLOCK_ROW.fullmatch(move.by):
            raise self._wrong(
                move, f"is by {move.by!r}, no actor; actors are {', '.join(_ACTORS)} and clock:<deadline kind>"
            )
        if move.source is not None and move.source not in self.states:
            raise self._wrong(move, f"comes from {move.source!r}, no state; {self._known()}")
        if move.to == RESUME:
            if move.source not in self.resumes:
                raise self._wrong(move, f"resumes from {move.source or 'nothing'}, which has no place in resumes")
        elif move.to not in self.states:
            raise self._wrong(move, f"leads to {move.to!r}, no state; {self._known()}")

    def _check_reachable(self) -> None:
        reached = {self.start} | {to for source, to in self._edges if source is None}
        todo = list(reached)
        while todo:
            here = todo.pop()
            fresh = {to for source, to in self._edges if source == here} - reached
            reached |= fresh
            todo += fresh
        lost = [state for state in self.states if state not in reached]
        if lost:
            raise ValueError(f"{self.name}: no move leads to {', '.join(lost)}")

    def _known(self) -> str:
        return f"states are {', '.join(self.states)}"

    def _wrong(self, move: Move, why: str) -> ValueError:
        return ValueError(f"{self.name}: {move} {why}")
