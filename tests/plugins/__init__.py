"""Tests of the plugins that ship with Merx, a folder each."""
