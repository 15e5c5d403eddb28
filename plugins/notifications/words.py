"""The language of templates: `{number}` stands for a value, `{{` and `}}` for braces, and that is all of it."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from core import FieldError

_PIECE: Final = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]{0,39})\}|[{}]")


def faults(text: str, known: Collection[str], pointer: str) -> list[FieldError]:
    """What is wrong with *text*: a name that is not in *known*, a brace that stands alone."""
    found = []
    for piece in _PIECE.finditer(text):
        name = piece["name"]
        if name is not None and name not in known:
            told = f"There is no {{{name}}} here. Accepted: {', '.join(f'{{{one}}}' for one in sorted(known))}."
            found.append(FieldError(pointer, told, "unknown_placeholder"))
        elif name is None and len(piece[0]) == 1:
            told = (
                f"A brace stands alone at character {piece.start() + 1}: write {{name}}, or {{{{ and }}}} for braces."
            )
            found.append(FieldError(pointer, told, "lone_brace"))
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """*text* with its values; what has none, or is no placeholder, is left out. Nothing is evaluated."""

    def instead(piece: re.Match[str]) -> str:
        if piece["name"] is not None:
            return values.get(piece["name"], "")
        return piece[0][0] if len(piece[0]) == 2 else ""

    return _PIECE.sub(instead, text)


def one_line(text: str) -> str:
    """*text* without line breaks and double spaces: fit for a subject."""
    return " ".join(text.split())
