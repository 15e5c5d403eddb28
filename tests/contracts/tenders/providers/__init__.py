"""Who stands behind each tender of the contract suite."""
