"""Stored value: gift cards with principal and bonus apart, sold as orders and paid with."""
