"""Printers: receipts and pick lists on paper by themselves, when an order is paid and when it is sent."""
