"""Sentences with blanks that become programs: `shopbell program fill`."""
