"""HQ over HTTP: who may ask, what they get, and the console."""
