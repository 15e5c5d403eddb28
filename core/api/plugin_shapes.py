"""What plugins add to the API's description: the shapes of their `options`, and of the `input` their channels take."""

from typing import Any

from core.plugin_choice import all_offers
from core.schemas.json_schema import json_schema


def describe_options(schemas: dict[str, Any]) -> None:
    """Write each plugin's option under ``options.<plugin>``, wherever a body has ``options``; inside an app context."""
    known = {name: _shape(offers.option.schema) for name, offers in all_offers() if offers.option is not None}
    for place in _places(schemas, "options"):
        place["description"] = "What plugins want to be told; those that are off for the merchant are refused."
        place["properties"] = known
        place["additionalProperties"] = False


def describe_inputs(schemas: dict[str, Any]) -> None:
    """Write what each channel takes as ``input``, wherever a body has one; inside an app context."""
    channels = {name: one for _, offers in all_offers() for name, one in offers.channels.items()}
    shapes = [
        {**_shape(channel.input_schema), "title": f"channel {name}"}
        for name, channel in sorted(channels.items())
        if channel.input_schema
    ]
    for place in _places(schemas, "input"):
        place["description"] = "What the channel wants to be told; GET payment-methods has its schema too."
        if shapes:
            place["anyOf"] = [*shapes, {"type": "object", "maxProperties": 0, "title": "any channel without input"}]


def _places(schemas: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = [shape["properties"][name] for shape in schemas.values() if name in shape.get("properties", {})]
    return [place for place in found if place.get("type") == "object"]


def _shape(schema: Any) -> dict[str, Any]:
    document = dict(json_schema(schema) or {})
    document.pop("$schema", None)
    return document
