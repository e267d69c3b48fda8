"""Virtual peers, among themselves and with agents."""
