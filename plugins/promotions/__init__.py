"""Promotions: what is taken off by itself, without a code, for everybody or for members."""
