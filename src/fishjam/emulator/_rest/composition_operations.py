"""The operations of the Composition API, from checked requests to answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from fishjam.emulator._model.composition import Composition
from fishjam.emulator._model.scenes import check_output, check_scenes
from fishjam.emulator._model.state import State
from fishjam.emulator._rest.apis import COMPOSITION
from fishjam.emulator._rest.operation_request import OperationRequest
from fishjam.emulator._rest.responses import RestResponse, json_response

MP4_DURATION_MS = 10_000
"""The duration that is reported for every MP4 file, because none is fetched."""
RTMP_PORT = 1935

_DONE = json_response(200, {})

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

    def create_composition(self, request: OperationRequest) -> RestResponse:
        """Create a composition."""
        composition = self._state.compositions.create(
            autostart=request.body.get("autostart", True),
            cleanup_without_inputs=request.body.get("cleanup_without_inputs", True),
        )
        url = f"{self._origin}{COMPOSITION.root}/{composition.id}"
        return json_response(201, {"composition_id": composition.id, "api_url": url})

    def start(self, request: OperationRequest) -> RestResponse:
        """Start the outputs of a composition."""
        self._composition(request).start()
        return _DONE

    def reset(self, request: OperationRequest) -> RestResponse:
        """Remove everything from a composition."""
        self._composition(request).reset()
        return _DONE

    def delete_composition(self, request: OperationRequest) -> RestResponse:
        """Remove a composition."""
        self._state.compositions.delete(request.composition)
        return RestResponse(200)

    def send_composition_event(self, request: OperationRequest) -> RestResponse:
        """Record an event for templates."""
        self._composition(request).events.append(request.body)
        return _DONE

    # Inputs

    def register_input(self, request: OperationRequest) -> RestResponse:
        """Add an input and return what its kind provides."""
        composition = self._composition(request)
        settings = dict(request.body)
        # Clients need a token to publish, and take the one in the answer.
        if settings["type"] == "whip_server" and not settings.get("bearer_token"):
            settings["bearer_token"] = self._state.new_id()
        composition.add_input(request.input, settings)
        return json_response(200, self._provided(request.input, settings))

    def unregister_input(self, request: OperationRequest) -> RestResponse:
        """Remove an input."""
        self._composition(request).remove_input(request.input, request.body.get("schedule_time_ms"))
        return _DONE

    # Outputs

    def register_output(self, request: OperationRequest) -> RestResponse:
        """Add an output."""
        composition = self._composition(request)
        check_output(request.body, "body")
        composition.add_output(request.output, request.body, None)
        return _DONE

    def register_template_output(self, request: OperationRequest) -> RestResponse:
        """Add an output whose scenes a template makes."""
        composition = self._composition(request)
        config, template = request.body["config"], request.body["template"]
        check_output(config, "body.config")
        composition.add_output(request.output, config, template)
        return _DONE

    def update_output(self, request: OperationRequest) -> RestResponse:
        """Replace the scenes of an output."""
        composition = self._composition(request)
        check_scenes(request.body.get("video"), request.body.get("audio"), "body")
        composition.update_output(
            request.output, request.body, request.body.get("schedule_time_ms")
        )
        return _DONE

    def request_keyframe(self, request: OperationRequest) -> RestResponse:
        """Request a key frame from an output."""
        self._composition(request).get_output(request.output).request_keyframe()
        return _DONE

    def unregister_output(self, request: OperationRequest) -> RestResponse:
        """Remove an output."""
        self._composition(request).remove_output(
            request.output, request.body.get("schedule_time_ms")
        )
        return _DONE

    # Renderers

    def register_image(self, request: OperationRequest) -> RestResponse:
        """Add an image."""
        self._composition(request).add_image(request.image, request.body)
        return _DONE

    def unregister_image(self, request: OperationRequest) -> RestResponse:
        """Remove an image."""
        self._composition(request).remove_image(request.image, request.body.get("schedule_time_ms"))
        return _DONE

    def register_font(self, request: OperationRequest) -> RestResponse:
        """Add a font."""
        self._composition(request).fonts.append(request.body["font"])
        return _DONE

    def _composition(self, request: OperationRequest) -> Composition:
        return self._state.compositions.get(request.composition)

    def _provided(self, input_id: str, settings: Json) -> Json:
        """Return what the registration of an input provides, by its kind."""
        kind = settings["type"]
        if kind == "whip_server":
            # An id may have a slash in it, which would end the segment.
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
