"""Products: their designs, words, drawings and photos."""
