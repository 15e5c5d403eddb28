"""Tests of Merx, laid out like the house itself."""
