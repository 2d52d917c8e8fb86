"""`shopbell run`: the whole house on one machine, on loopback, without root. For trying and developing."""
