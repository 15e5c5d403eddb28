"""Stories of goods that are fetched at a store."""
