"""Balance and points: what a customer has with the shop, spent at checkout and at payment."""
