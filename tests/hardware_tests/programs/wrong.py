"""Ends at once, as a firmware with a bug does."""

print(no_such_name)  # noqa: F821
