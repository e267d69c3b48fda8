"""What the options of rooms and livestreams show of themselves."""

from __future__ import annotations

import pytest

from fishjam.options import RoomOptions, StreamOptions

ADDRESS = "https://user:password@example.com/hook?key=secret"
SHOWN = "webhook_url='https://***@example.com/hook?***'"


@pytest.mark.parametrize("kind", [RoomOptions, StreamOptions])
def test_the_address_of_webhooks_shows_no_secret(
    kind: type[RoomOptions] | type[StreamOptions],
) -> None:
    options = kind(webhook_url=ADDRESS)
    assert SHOWN in repr(options)
    assert repr(options).startswith(f"{kind.__name__}(")
    assert options.webhook_url == ADDRESS
    assert options == kind(webhook_url=ADDRESS)


def test_the_rest_is_shown_as_it_is() -> None:
    assert repr(StreamOptions(public=True)) == (
        "StreamOptions(audio_only=False, public=True, webhook_url=None,"
        " batch_webhook_notifications=False)"
    )
    assert repr(RoomOptions(max_peers=2)).startswith("RoomOptions(max_peers=2, video_codec=None, ")
