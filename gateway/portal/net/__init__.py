"""netd: the one process that may change the firewall, and what it is made of."""
