"""Stories of gift cards: bought, given, paid with beside cash, given back to the same card."""
