"""One promise a file, named by its id; bundle.json is built from them."""
