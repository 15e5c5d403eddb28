"""The history of core's tables, oldest first; written by `merx db revision core -m "what changed"`."""
