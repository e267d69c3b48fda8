"""The control API: what the page, the command line and tests of other languages work with."""
