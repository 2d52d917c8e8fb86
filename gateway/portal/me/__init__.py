"""A member's own page: what it shows, what may be done there, and the ways into it."""
