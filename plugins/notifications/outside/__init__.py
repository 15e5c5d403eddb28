"""The way out: names are looked up once, and only addresses that may be called are."""
