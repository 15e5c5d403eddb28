"""Stories of orders that several warehouses send."""
