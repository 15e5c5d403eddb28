"""The laws of the house as functions over source text; tests/test_house.py runs each over the house."""
