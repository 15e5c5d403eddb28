"""The contract suite of payment channels: the rules, who keeps them, and the proof that the rules bite."""
