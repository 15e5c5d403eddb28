"""Tests of the plugin for Alipay and of its simulator."""
