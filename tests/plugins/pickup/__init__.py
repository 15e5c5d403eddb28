"""Tests of the plugin pickup."""
