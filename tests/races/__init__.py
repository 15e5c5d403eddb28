"""Races on a real PostgreSQL, each once with its guard, which must hold, and once without, which must break."""
