"""Webhooks: signatures, secrets in rotation, and what a receiver answers."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

import fishjam
from fishjam import events, webhooks
from fishjam.errors import (
    ConfigurationError,
    FishjamError,
    NotificationDecodeError,
    WebhookSignatureError,
)
from tests.protocol.messages import batch, envelope

SECRET = "webhook-secret"
CREATED, DELETED = events.RoomCreated("room"), events.RoomDeleted("room")
BODY = webhooks.encode_notifications([CREATED, DELETED])


def signed(
    body: bytes, secret: str = SECRET, name: str = webhooks.SIGNATURE_HEADER
) -> dict[str, str]:
    return {name: webhooks.sign_webhook(body, secret)}


def test_signing_is_hmac_sha256_of_the_raw_body() -> None:
    digest = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    assert webhooks.sign_webhook(BODY, SECRET) == f"sha256={digest}"
    assert fishjam.verify_webhook_signature(BODY, f"sha256={digest}", SECRET)
    assert fishjam.verify_webhook_signature(BODY, digest, SECRET)


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=00", "nonsense", "sha512=" + "0" * 64, "é" * 64, "sha256=ü", "\ud800"],
)
def test_a_wrong_signature_is_false(signature: str) -> None:
    assert fishjam.verify_webhook_signature(BODY, signature, SECRET) is False


def test_what_is_no_signature_at_all_is_false() -> None:
    assert fishjam.verify_webhook_signature(BODY, None, SECRET) is False  # type: ignore[arg-type]
    good = webhooks.sign_webhook(BODY, SECRET)
    assert fishjam.verify_webhook_signature(BODY + b"x", good, SECRET) is False
    assert fishjam.verify_webhook_signature(BODY, good, "other") is False


def test_an_empty_secret_fits_nothing() -> None:
    forged = "sha256=" + hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    assert fishjam.verify_webhook_signature(BODY, forged, "") is False


@pytest.mark.parametrize("name", ["x-fishjam-signature-256", "X-Fishjam-Signature-256"])
def test_one_call_verifies_and_decodes(name: str) -> None:
    assert fishjam.receive_webhook(signed(BODY, name=name), BODY, SECRET) == [CREATED, DELETED]


def test_secrets_can_be_rotated() -> None:
    both = ["new", SECRET]
    assert fishjam.receive_webhook(signed(BODY), BODY, both) == [CREATED, DELETED]
    assert fishjam.receive_webhook(signed(BODY, "new"), BODY, iter(both)) == [CREATED, DELETED]
    with pytest.raises(WebhookSignatureError):
        fishjam.receive_webhook(signed(BODY, "older"), BODY, both)


@pytest.mark.parametrize("secret", ["", [], [""], ["good", ""], None, b"bytes", [b"bytes"]])
def test_an_empty_secret_is_a_clear_error(secret: Any) -> None:
    with pytest.raises(ConfigurationError, match="webhook secret is empty"):
        fishjam.receive_webhook(signed(BODY), BODY, secret)


def test_a_missing_signature_says_what_is_missing() -> None:
    with pytest.raises(WebhookSignatureError, match="no x-fishjam-signature-256 header"):
        fishjam.receive_webhook({"content-type": "application/x-protobuf"}, BODY, SECRET)


def test_a_wrong_signature_says_what_may_be_wrong_and_no_secret() -> None:
    with pytest.raises(WebhookSignatureError, match="raw body") as caught:
        fishjam.receive_webhook(signed(BODY, "other"), BODY, SECRET)
    assert SECRET not in str(caught.value)
    assert isinstance(caught.value, FishjamError)


def test_a_signed_body_that_is_no_notification() -> None:
    with pytest.raises(NotificationDecodeError):
        fishjam.receive_webhook(signed(b"hello"), b"hello", SECRET)


@pytest.mark.parametrize("body", ["text", None, 5])
def test_only_bytes_can_be_decoded(body: Any) -> None:
    with pytest.raises(TypeError, match="must be bytes"):
        fishjam.decode_server_notifications(body)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_other_kinds_of_bytes_do(kind: Any) -> None:
    assert fishjam.decode_server_notifications(kind(BODY)) == [CREATED, DELETED]


def test_decoding_alone_gives_a_list() -> None:
    one = webhooks.encode_notification(CREATED)
    assert fishjam.decode_server_notifications(one) == [CREATED]
    assert fishjam.decode_server_notifications(BODY) == [CREATED, DELETED]
    assert fishjam.decode_server_notifications(envelope("authenticated", {})) == []


@pytest.mark.parametrize(
    ("body", "received"),
    [
        (webhooks.encode_notification(CREATED), CREATED),
        (BODY, [CREATED, DELETED]),
        (webhooks.encode_notifications([CREATED]), [CREATED]),
        (batch(), []),
        (envelope("authenticated", {}), None),
        (b"", None),
    ],
)
def test_the_older_name_still_works_and_warns_at_the_caller(body: bytes, received: object) -> None:
    with pytest.warns(DeprecationWarning, match="receive_binary is deprecated") as caught:
        assert fishjam.receive_binary(body) == received
    assert caught[0].filename == __file__
