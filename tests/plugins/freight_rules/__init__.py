"""Tests of the freight rules."""
