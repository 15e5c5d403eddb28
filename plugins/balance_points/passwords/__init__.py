"""Pay passwords: what a customer proves themselves with before balance is spent."""
