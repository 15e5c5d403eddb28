"""Tests of core, one file per file of core/."""
