"""The demo brand, its members and its generators. Everybody in here is invented."""
