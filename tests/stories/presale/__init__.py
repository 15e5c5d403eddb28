"""Stories of a deposit in one window and a final in another."""
