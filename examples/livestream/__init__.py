"""A livestream: the addresses and tokens for WHIP, WHEP and Media over QUIC, and who comes."""
