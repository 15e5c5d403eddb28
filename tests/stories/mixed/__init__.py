"""Stories of orders that several tenders pay."""
