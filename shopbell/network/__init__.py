"""The files that make a machine the guests' network of a store, generated from [network] and [portal]."""
