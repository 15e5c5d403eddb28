"""Plugins for tests: `good` uses every hook; each of the others is bad in one way and may hurt only itself."""
