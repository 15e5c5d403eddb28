"""The simulator's parts: Kdniao as a merchant's server sees it; it shares no code with our client."""
