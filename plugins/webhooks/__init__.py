"""Webhooks: a merchant's own servers are told what happened, signed, in order, and again until they have it."""
