"""Reconciliation: the daily bills of channels, compared with our books."""
