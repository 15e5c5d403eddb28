"""Tests of the plugin coupons."""
