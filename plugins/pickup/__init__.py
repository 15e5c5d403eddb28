"""In-store pickup: the buyer fetches the goods at a store and shows a code there."""
