"""Tokens: what they hold, and when they are refused."""

from __future__ import annotations

import itertools

import jwt
import pytest

from fishjam.emulator import Emulator
from fishjam.emulator._clock import EmulatorClock
from fishjam.emulator._model.tokens import ExpiredTokenError, InvalidTokenError, TokenError, Tokens

DAY = 24 * 60 * 60


class Clock:
    time = 1_000_000.75

    def now(self) -> float:
        return self.time


def make_tokens() -> tuple[Tokens, Clock]:
    clock = Clock()
    ids = itertools.count()
    return Tokens(clock.now, lambda: str(next(ids))), clock


def test_claims_come_back() -> None:
    tokens, _ = make_tokens()
    token = tokens.issue("webrtc", room_id="r", peer_id="p")
    assert tokens.verify(token) == {
        "type": "webrtc",
        "room_id": "r",
        "peer_id": "p",
        "jti": "0",
        "iat": 1_000_000,
        "exp": 1_000_000 + DAY,
    }
    assert jwt.get_unverified_header(token)["alg"] == "HS256"


def test_moq_claims_come_back() -> None:
    tokens, _ = make_tokens()
    claims = tokens.verify(tokens.issue_moq("root", ["a"], [], 60))
    assert claims == {
        "root": "root",
        "put": ["a"],
        "get": [],
        "iat": 1_000_000,
        "exp": 1_000_060,
    }


def test_two_tokens_of_one_moment_differ() -> None:
    tokens, _ = make_tokens()
    assert tokens.issue("agent", peer_id="p") != tokens.issue("agent", peer_id="p")


def test_a_token_ends_to_the_second() -> None:
    tokens, clock = make_tokens()
    token = tokens.issue("webrtc")
    clock.time = 1_000_000 + DAY - 0.001
    tokens.verify(token)
    clock.time = 1_000_000 + DAY
    with pytest.raises(ExpiredTokenError, match="expired token"):
        tokens.verify(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\x00", "." * 10_000])
def test_text_that_is_no_token(token: str) -> None:
    tokens, _ = make_tokens()
    with pytest.raises(InvalidTokenError, match="invalid token"):
        tokens.verify(token)


def test_tokens_of_others_are_invalid_even_when_they_ended() -> None:
    tokens, clock = make_tokens()
    foreign, _ = make_tokens()
    unsigned = jwt.encode({"exp": 2_000_000}, "", "none")
    endless = jwt.encode({"type": "webrtc"}, tokens._secret, "HS256")
    clock.time += 2 * DAY
    for token in (foreign.issue("webrtc"), unsigned, endless):
        with pytest.raises(InvalidTokenError):
            tokens.verify(token)


def test_both_refusals_are_token_errors() -> None:
    assert issubclass(InvalidTokenError, TokenError)
    assert issubclass(ExpiredTokenError, TokenError)


def test_the_clock_of_the_emulator_moves_forward_only() -> None:
    clock = EmulatorClock()
    before = clock.now()
    clock.advance(DAY)
    assert DAY <= clock.now() - before < DAY + 60
    with pytest.raises(ValueError, match="must not be negative"):
        clock.advance(-1)
    clock.reset()
    assert clock.now() - before < 60


def test_advance_ends_the_tokens_of_an_emulator(emulator: Emulator) -> None:
    tokens = emulator._engine.state.tokens
    token = tokens.issue("webrtc")
    tokens.verify(token)
    emulator.advance(DAY)
    with pytest.raises(ExpiredTokenError):
        tokens.verify(token)
    # A new one is good, although its time lies ahead of the machine's.
    tokens.verify(tokens.issue("webrtc"))
