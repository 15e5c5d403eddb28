"""The one number on the wire that is not whole: a geographic coordinate."""

from typing import Any

from marshmallow import fields

from core.schemas.strict import Messages, Strict, refuse


class Degrees(Strict, fields.Float):
    """A geographic coordinate from -*most* to *most* degrees."""

    default_error_messages: Messages = {"wrong_type": "Must be a number of degrees, such as 22.54."}

    def __init__(self, most: int, **options: Any) -> None:
        options["metadata"] = {"minimum": -most, "maximum": most, **options.get("metadata", {})}
        super().__init__(**options)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("wrong_type")
        if not -self.most <= value <= self.most:
            raise refuse(f"Must be a number from -{self.most} to {self.most}.", "out_of_range")
        return float(value)
