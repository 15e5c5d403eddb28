"""The migrations of this plugin's tables."""
