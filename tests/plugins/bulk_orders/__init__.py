"""Files, lists and filters of orders."""
