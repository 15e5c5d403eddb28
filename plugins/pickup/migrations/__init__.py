"""The history of the pickup plugin's tables."""
