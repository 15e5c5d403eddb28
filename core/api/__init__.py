"""The doors: each loads what came in, calls one service or flow, and sends out what it answered."""
