"""The media of agents and virtual peers, without I/O: audio in real time, and images."""
