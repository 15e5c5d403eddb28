"""Text messages by an HTTP gateway."""
