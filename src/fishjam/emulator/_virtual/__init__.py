"""Virtual peers: users of a room without a browser and without a socket."""
