"""Tests of the plugin promotions."""
