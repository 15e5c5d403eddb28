"""Profit sharing: what is paid is split among receivers by rules, by itself, and given back before a refund."""
