"""What each operation of the Composition API does: from a checked request to an answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from fishjam.emulator._model.composition import Composition
from fishjam.emulator._model.scenes import check_output, check_scenes
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.answers import Answer, json_answer
from fishjam.emulator._rest.apis import COMPOSITION
from fishjam.emulator._rest.call import Call

MP4_DURATION_MS = 10_000
"""How long every MP4 file is said to be; none is fetched."""
RTMP_PORT = 1935

_DONE = json_answer(200, {})

Json = dict[str, Any]


class CompositionOperations:
    """One method for each operation, named by its operationId.

    Args:
        state: what the operations work on.
        origin: the address that answers point to, such as `http://127.0.0.1:5002`.
    """

    def __init__(self, state: State, origin: str) -> None:
        self._state = state
        self._origin = origin

    # Compositions

    def create_composition(self, call: Call) -> Answer:
        """Make a composition."""
        composition = self._state.compositions.create(
            autostart=call.body.get("autostart", True),
            cleanup_without_inputs=call.body.get("cleanup_without_inputs", True),
        )
        url = f"{self._origin}{COMPOSITION.root}/{composition.id}"
        return json_answer(201, {"composition_id": composition.id, "api_url": url})

    def start(self, call: Call) -> Answer:
        """Let the outputs of a composition send."""
        self._composition(call).start()
        return _DONE

    def reset(self, call: Call) -> Answer:
        """Take everything out of a composition."""
        self._composition(call).reset()
        return _DONE

    def delete_composition(self, call: Call) -> Answer:
        """Remove a composition."""
        self._state.compositions.delete(call.composition)
        return Answer(200)

    def send_composition_event(self, call: Call) -> Answer:
        """Note an event for templates."""
        self._composition(call).events.append(call.body)
        return _DONE

    # Inputs

    def register_input(self, call: Call) -> Answer:
        """Add an input and say what that has brought."""
        composition = self._composition(call)
        settings = dict(call.body)
        if settings["type"] == "whip_server" and not settings.get("bearer_token"):
            settings["bearer_token"] = self._state.new_id()
        composition.add_input(call.input, settings)
        return json_answer(200, self._brought(call.input, settings))

    def unregister_input(self, call: Call) -> Answer:
        """Remove an input."""
        self._composition(call).remove_input(call.input, call.body.get("schedule_time_ms"))
        return _DONE

    # Outputs

    def register_output(self, call: Call) -> Answer:
        """Add an output."""
        composition = self._composition(call)
        check_output(call.body, "body")
        composition.add_output(call.output, call.body, None)
        return _DONE

    def register_template_output(self, call: Call) -> Answer:
        """Add an output whose scenes a template makes."""
        composition = self._composition(call)
        config, template = call.body["config"], call.body["template"]
        check_output(config, "body.config")
        composition.add_output(call.output, config, template)
        return _DONE

    def update_output(self, call: Call) -> Answer:
        """Show other scenes on an output."""
        composition = self._composition(call)
        check_scenes(call.body.get("video"), call.body.get("audio"), "body")
        composition.update_output(call.output, call.body, call.body.get("schedule_time_ms"))
        return _DONE

    def request_keyframe(self, call: Call) -> Answer:
        """Ask an output for a whole picture."""
        self._composition(call).get_output(call.output).request_keyframe()
        return _DONE

    def unregister_output(self, call: Call) -> Answer:
        """Remove an output."""
        self._composition(call).remove_output(call.output, call.body.get("schedule_time_ms"))
        return _DONE

    # Renderers

    def register_image(self, call: Call) -> Answer:
        """Add an image."""
        self._composition(call).add_image(call.image, call.body)
        return _DONE

    def unregister_image(self, call: Call) -> Answer:
        """Remove an image."""
        self._composition(call).remove_image(call.image, call.body.get("schedule_time_ms"))
        return _DONE

    def register_font(self, call: Call) -> Answer:
        """Add a font."""
        self._composition(call).fonts.append(call.body["font"])
        return _DONE

    def _composition(self, call: Call) -> Composition:
        return self._state.compositions.get(call.composition)

    def _brought(self, input_id: str, settings: Json) -> Json:
        """Return what the registration of an input has brought, by its kind."""
        kind = settings["type"]
        if kind == "whip_server":
            route = f"/whip/{quote(input_id, safe='')}"
            return {"bearer_token": settings["bearer_token"], "endpoint_route": route}
        if kind == "mp4":
            return {"video_duration_ms": MP4_DURATION_MS, "audio_duration_ms": MP4_DURATION_MS}
        if kind == "rtmp_server":
            key = quote(settings["stream_key"], safe="")
            return {"publish_url": f"rtmp://{_host(self._origin)}:{RTMP_PORT}/{key}"}
        return {}


def _host(origin: str) -> str:
    """Return the host of an address; an IPv6 one in its brackets."""
    host = urlsplit(origin).hostname or ""
    return f"[{host}]" if ":" in host else host
