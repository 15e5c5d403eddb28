"""Presale by its rules: what an activity may be, what an order may be, what the doctor finds."""
