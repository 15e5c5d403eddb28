"""Profit sharing: amounts, rules, doors and the doctor."""
