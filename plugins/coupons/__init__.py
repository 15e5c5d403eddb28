"""Coupons: public codes and coupons of one's own, each locked by the order that uses it."""
