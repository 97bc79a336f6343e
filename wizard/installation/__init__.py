"""*Install it for me*: what would happen, doing it, and what state it left; no Qt."""
