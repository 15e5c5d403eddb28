"""The history of the plugin's tables, oldest first."""
