"""Tests of the generator, on documents of a few lines."""
