"""Tests of the plugin `balance_points`: accounts, both tenders, pay passwords, recharges, withdrawals, points."""
