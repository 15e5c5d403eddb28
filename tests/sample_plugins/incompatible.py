"""A plugin written for a face that does not exist yet."""

from core import Plugin

PLUGIN = Plugin(name="incompatible", title={"en": "From the future", "zh": "来自未来"}, api=">=9")
