"""Tests of the simulated Alipay."""
