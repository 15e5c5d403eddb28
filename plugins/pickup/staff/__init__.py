"""The side of the plugin that staff see."""
