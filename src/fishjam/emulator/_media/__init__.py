"""The media engine: audio in real time and pictures, without any I/O."""
