"""Tests of notifications, with a real post office and gateways on this machine."""
