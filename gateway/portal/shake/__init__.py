"""Checking in by a shake: the page, what an app may send instead, and the sign for the door."""
