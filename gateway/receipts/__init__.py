"""What is printed on paper: rows of words, from what an event says; adapters/escpos.py makes the bytes."""
