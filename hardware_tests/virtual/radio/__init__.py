"""A simulated radio: where radios stand, what they hear of each other, and their controllers behind HCI."""
