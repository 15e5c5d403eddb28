"""What a storefront says to plugins when it orders: `options.<plugin>`, each checked by its plugin's schema."""

from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, ValidationError

from core import plugins
from core.errors import FieldError, Invalid


def load_options(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The options of each plugin, loaded.

    :raises Invalid: a plugin that is off or takes none, or values its schema refuses; all of them are named.
    """
    offered = plugins.options()
    loaded: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, values in raw.items():
        if name not in offered:
            listed = ", ".join(offered) or "none"
            errors.append(FieldError(f"/options/{name}", f"No such options here; accepted: {listed}.", "unknown_field"))
            continue
        try:
            loaded[name] = offered[name].schema(unknown=RAISE).load(values)
        except ValidationError as error:
            for field, texts in error.messages_dict.items():
                errors.append(FieldError(f"/options/{name}/{field}", "; ".join(map(str, texts)), "invalid"))
    if errors:
        raise Invalid("Some options cannot be taken.", code="options_refused", errors=errors)
    return loaded
