"""What channels tell of payments and refunds, played over a scripted wire."""
