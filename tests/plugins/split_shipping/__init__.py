"""Tests of split shipping."""
