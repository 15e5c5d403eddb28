"""Presale: a deposit in its window, the final in another, goods on their day."""
