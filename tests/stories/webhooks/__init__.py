"""Stories of a merchant's own servers, which are told what happens in the shop."""
