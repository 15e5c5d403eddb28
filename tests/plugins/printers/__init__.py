"""Tests of printers, with a real listener for the bytes."""
