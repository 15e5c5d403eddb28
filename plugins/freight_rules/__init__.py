"""Freight by templates: weight, pieces or amount, region by region; what is not served is refused."""
