"""The plugins that ship with Merx, a wing each."""
