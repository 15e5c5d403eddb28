"""Tests of the simulated WeChat Pay."""
