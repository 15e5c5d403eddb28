"""The providers that the suite plays, one file each; tests/contracts/table.py lists them."""
