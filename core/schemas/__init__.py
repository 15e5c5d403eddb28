"""Wire shapes only: what comes in and what goes out, never a query."""
