"""The shapes that cross between core and plugins: Protocols and frozen values."""
