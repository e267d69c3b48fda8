"""How news go out: in order, held back on request, to sockets and to webhooks."""
