"""Bank transfer: the buyer sends money by their bank, a person sees it and says so."""
