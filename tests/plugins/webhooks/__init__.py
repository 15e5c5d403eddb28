"""Webhooks: endpoints, their addresses, what is sent and how it is told again."""
