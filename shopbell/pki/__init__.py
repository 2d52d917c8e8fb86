"""The store's own certificate authorities: who may speak to the broker, and who the broker is."""
