"""Notifications: e-mail, text messages and WeChat template messages beside the in-app inbox."""
