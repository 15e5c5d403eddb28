"""Tests of the reconciliation plugin's own parts."""
