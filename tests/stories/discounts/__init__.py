"""Stories of what is taken off, and given back."""
