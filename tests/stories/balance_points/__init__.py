"""Stories of balance and points: filled, spent, mixed with cash, given back, paid out."""
