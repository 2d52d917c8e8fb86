"""Who is in the store: beacons and tags that are heard, where they are, and the check-ins of members."""
