"""Shipments by file, orders by the batch, saved filters and their export."""
