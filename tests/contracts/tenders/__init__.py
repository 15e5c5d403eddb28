"""The contract suite of tenders: the rules, who keeps them, and the proof that the rules bite."""
