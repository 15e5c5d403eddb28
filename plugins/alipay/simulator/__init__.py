"""A stand-in for Alipay, for trying out and for tests; nothing of the client's code is used here."""
