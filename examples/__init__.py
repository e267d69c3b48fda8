"""Applications to learn from; each folder is one, and README.md beside this file lists them."""
