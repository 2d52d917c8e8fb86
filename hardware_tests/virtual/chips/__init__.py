"""Simulated chips: pure state machines of bytes on wires; no sockets, no clock of their own."""
