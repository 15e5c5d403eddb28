"""Tests of the plugin `stored_value`: cards, the tender, cards sold as orders, expiry."""
