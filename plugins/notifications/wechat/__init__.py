"""WeChat template messages."""
