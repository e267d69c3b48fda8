"""`fishjam streams`, `streamers` and `viewers`: livestreams that need no room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fishjam.cli._calls import Hints, Noun, ids_of
from fishjam.cli._options import BATCH, IDS, PUBLIC, WEBHOOK_URL, WITH_TOKEN, flag
from fishjam.cli._output import Columns, Output
from fishjam.errors import NotFoundError
from fishjam.livestream import Stream, Streamer, Viewer

if TYPE_CHECKING:
    from fishjam import FishjamClient

_HINTS: Hints = {NotFoundError: "`fishjam streams list` shows the streams that there are."}
STREAM = click.argument("stream", metavar="STREAM")

_STREAMS: Columns[Stream] = {
    "STREAM": lambda stream: stream.id,
    "STREAMERS": lambda stream: str(len(stream.streamers)),
    "VIEWERS": lambda stream: str(len(stream.viewers)),
    "AUDIO ONLY": lambda stream: "yes" if stream.audio_only else "no",
    "PUBLIC": lambda stream: "yes" if stream.public else "no",
}
_STREAMERS: Columns[Streamer] = {
    "STREAMER": lambda streamer: streamer.id,
    "STATUS": lambda streamer: str(streamer.status),
}
_VIEWERS: Columns[Viewer] = {"VIEWER": lambda viewer: viewer.id}


@click.group(cls=Noun)
def streams() -> None:
    """List, create, show and delete livestreams."""


@streams.call("list")
@IDS
def _list(client: FishjamClient, out: Output, ids: bool) -> None:
    """List all streams."""
    advice = "`fishjam streams create` makes a stream."
    out.rows(client.get_all_streams(), _STREAMS, advice, ids=ids, with_token=False)


@streams.call("create")
@flag("--audio-only", "a stream with sound alone")
@WEBHOOK_URL
@BATCH
@PUBLIC
def _create(client: FishjamClient, out: Output, **options: Any) -> None:
    """Create a stream.

    Prints its id, with --json all of it.
    """
    from fishjam.options import StreamOptions

    stream = client.create_stream(StreamOptions(**options))
    out.item(stream.to_dict(), stream.id)
    out.note(f"To publish: fishjam streamers create {stream.id} --with-token")
    out.note(f"To watch: fishjam viewers create {stream.id} --with-token")


@streams.call("show", hints=_HINTS)
@STREAM
@WITH_TOKEN
def _show(client: FishjamClient, out: Output, stream: str, with_token: bool) -> None:
    """Show a stream with its streamers and viewers."""
    livestream = client.get_stream(stream)
    shown = {head.lower(): show(livestream) for head, show in _STREAMS.items()}
    out.item(livestream.to_dict(), shown, with_token=with_token)
    out.more(livestream.streamers, _shown(_STREAMERS, with_token))
    out.more(livestream.viewers, _shown(_VIEWERS, with_token))


@streams.removal("delete", done="deleted", hints=_HINTS)
@ids_of("STREAM")
def _delete(client: FishjamClient, stream: str) -> None:
    """Delete streams."""
    client.delete_stream(stream)


def _shown(columns: Columns[Any], with_token: bool) -> Columns[Any]:
    return {**columns, "TOKEN": lambda item: item.token} if with_token else columns


def _participants(name: str, columns: Columns[Any], what: str, url_of: str) -> Noun:
    """Make the noun of the streamers, or of the viewers, of a stream."""
    noun = Noun(f"{name}s", help=f"List, create and delete what {what}.")

    @STREAM
    @IDS
    @WITH_TOKEN
    def list_all(
        client: FishjamClient, out: Output, stream: str, ids: bool, with_token: bool
    ) -> None:
        entries = getattr(client.get_stream(stream), f"{name}s")
        advice = f"`fishjam {name}s create {stream}` adds a {name}."
        out.rows(entries, _shown(columns, with_token), advice, ids=ids, with_token=with_token)

    @STREAM
    @WITH_TOKEN
    def create(client: FishjamClient, out: Output, stream: str, with_token: bool) -> None:
        made = getattr(client, f"create_{name}")(stream)
        out.created(made.to_dict(), made.token, with_token)
        if with_token:
            out.note(f"The address is {getattr(client, url_of)()}, with the token as the bearer.")

    @STREAM
    @ids_of(name.upper())
    def delete(client: FishjamClient, participant: str, stream: str) -> None:
        getattr(client, f"delete_{name}")(stream, participant)

    noun.call("list", f"List the {name}s of a stream.", hints=_HINTS)(list_all)
    noun.call("create", f"Add a {name} to a stream.", hints=_HINTS)(create)
    noun.removal("delete", f"Remove {name}s.", done="deleted", hints=_HINTS)(delete)
    return noun


streamers = _participants("streamer", _STREAMERS, "publishes to a stream", "livestream_whip_url")
viewers = _participants("viewer", _VIEWERS, "watches a stream", "livestream_whep_url")
