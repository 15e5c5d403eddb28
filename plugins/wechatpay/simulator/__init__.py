"""The simulator's parts: WeChat Pay as a merchant's server sees it; it shares no code with our client."""
