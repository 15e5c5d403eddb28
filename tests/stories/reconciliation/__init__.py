"""Stories of daily bills: what differs is found, nothing is invented, and what is in doubt does not leave."""
