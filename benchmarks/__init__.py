"""Benchmarks: what an order costs, beside the floor of the same rows in hand-written SQL. Run with `make bench`."""
