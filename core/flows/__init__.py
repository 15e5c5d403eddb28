"""Transaction, network, transaction, in that order and nowhere else."""
