"""Virtual peers: users who take part in a room without a browser and without a socket."""
