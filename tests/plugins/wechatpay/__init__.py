"""Tests of WeChat Pay."""
