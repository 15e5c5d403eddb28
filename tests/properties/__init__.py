"""Properties: laws that hold whatever is thrown at them, in whatever order."""
