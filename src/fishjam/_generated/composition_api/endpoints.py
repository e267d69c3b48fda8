# Generated from openapi/composition.yaml by `nox -s codegen`. Do not edit: change the source instead.
"""Endpoints of the Composition API: one function an operation, from arguments to a request value."""

from __future__ import annotations

from fishjam._core.decode import json_answer, no_answer
from fishjam._core.request import (
    FilePart,
    Request,
    file_part,
    json_part,
    segment,
)
from fishjam._generated.composition_api import models


def create_composition(
    *, body: models.CreateCompositionRequest
) -> Request[models.CompositionCreatedResponse]:
    """Create a composition.

    Makes a composition without inputs and outputs. Its address, `/api/composition/<id>` under
    this server, is what a room's tracks are forwarded to and what a recording names as its
    source.

    Args:
        body: How the composition starts and when it is cleaned up.
    """
    return Request(
        operation="create_composition",
        method="POST",
        path="/api/composition",
        read=json_answer(models.CompositionCreatedResponse.from_dict),
        statuses=(201,),
        body=body.to_dict(),
    )


def delete_composition(composition_id: str) -> Request[None]:
    """Delete a composition.

    Ends the composition, and with it all its inputs and outputs.

    Args:
        composition_id: The id of the composition.
    """
    return Request(
        operation="delete_composition",
        method="DELETE",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}",
        read=no_answer,
        statuses=(200,),
    )


def send_composition_event(
    composition_id: str, *, body: models.SendCompositionEventRequest
) -> Request[models.EmptyResponse]:
    """Send an event to templates.

    Passes a named event, with any JSON value beside it, to the templates that the outputs of
    the composition render. What comes of it is for the templates to decide.

    Args:
        composition_id: The id of the composition.
        body: The event.
    """
    return Request(
        operation="send_composition_event",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/event",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def register_font(composition_id: str, *, font: FilePart) -> Request[models.EmptyResponse]:
    """Upload a font.

    Makes a font known to the composition, for the texts of its scenes.

    Args:
        composition_id: The id of the composition.
        font: The font file.
    """
    return Request(
        operation="register_font",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/font/register",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        parts=(file_part("font", font),),
    )


def register_image(
    composition_id: str, image_id: str, *, body: models.ImageSpec
) -> Request[models.EmptyResponse]:
    """Register an image.

    Lets the service fetch an image, and makes it known under an id that the image components of
    scenes name.

    Args:
        composition_id: The id of the composition.
        image_id: The id of the image, chosen by the client that registers it.
        body: Where the image is, and of which format.
    """
    return Request(
        operation="register_image",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/image/{segment(image_id, 'image_id')}/register",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def unregister_image(
    composition_id: str, image_id: str, *, body: models.UnregisterRenderer
) -> Request[models.EmptyResponse]:
    """Unregister an image.

    Forgets an image, at once or at a time of the composition.

    Args:
        composition_id: The id of the composition.
        image_id: The id of the image, chosen by the client that registers it.
        body: When to do it. An empty object means at once.
    """
    return Request(
        operation="unregister_image",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/image/{segment(image_id, 'image_id')}/unregister",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def register_input(
    composition_id: str, input_id: str, *, body: models.RegisterInput
) -> Request[models.RegisterInputResponse]:
    """Register an input.

    Adds a source of audio and video to the composition, under an id that scenes name. What the
    answer holds depends on the kind of the input: where to publish to and with which token, or
    how long a file is.

    Args:
        composition_id: The id of the composition.
        input_id: The id of the input, chosen by the client that registers it.
        body: The kind of the input and its settings.
    """
    return Request(
        operation="register_input",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/input/{segment(input_id, 'input_id')}/register",
        read=json_answer(models.RegisterInputResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def unregister_input(
    composition_id: str, input_id: str, *, body: models.UnregisterInput
) -> Request[models.EmptyResponse]:
    """Unregister an input.

    Removes an input, at once or at a time of the composition. Scenes that name it show nothing
    of it any more.

    Args:
        composition_id: The id of the composition.
        input_id: The id of the input, chosen by the client that registers it.
        body: When to do it. An empty object means at once.
    """
    return Request(
        operation="unregister_input",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/input/{segment(input_id, 'input_id')}/unregister",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def register_output(
    composition_id: str, output_id: str, *, body: models.RegisterOutput
) -> Request[models.EmptyResponse]:
    """Register an output.

    Adds a place that the composition sends to, with the scenes that it shows there at first. An
    output has video, audio, or both, for as long as it exists.

    Args:
        composition_id: The id of the composition.
        output_id: The id of the output, chosen by the client that registers it.
        body: The kind of the output, its settings and its first scenes.
    """
    return Request(
        operation="register_output",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/output/{segment(output_id, 'output_id')}/register",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def request_keyframe(composition_id: str, output_id: str) -> Request[models.EmptyResponse]:
    """Ask an output for a keyframe.

    Lets an output send a whole picture soon, so that a viewer that has just joined need not
    wait for the next one.

    Args:
        composition_id: The id of the composition.
        output_id: The id of the output, chosen by the client that registers it.
    """
    return Request(
        operation="request_keyframe",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/output/{segment(output_id, 'output_id')}/request_keyframe",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
    )


def register_template_output(
    composition_id: str, output_id: str, *, config: models.RegisterOutput, template: FilePart
) -> Request[models.EmptyResponse]:
    """Register an output with a template.

    Adds an output whose scenes a template makes. The settings go into the part `config`, the
    template into the part `template`. The first scenes in the settings are ignored; without
    `audio` in the settings the output has no audio at all.

    Args:
        composition_id: The id of the composition.
        output_id: The id of the output, chosen by the client that registers it.
        config: The settings of the output. Its first scenes are ignored; without `audio` it has
            no audio at all.
        template: The JavaScript of the template, as a file.
    """
    return Request(
        operation="register_template_output",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/output/{segment(output_id, 'output_id')}/template",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        parts=(
            json_part("config", config),
            file_part("template", template),
        ),
    )


def unregister_output(
    composition_id: str, output_id: str, *, body: models.UnregisterOutput
) -> Request[models.EmptyResponse]:
    """Unregister an output.

    Ends an output, at once or at a time of the composition.

    Args:
        composition_id: The id of the composition.
        output_id: The id of the output, chosen by the client that registers it.
        body: When to do it. An empty object means at once.
    """
    return Request(
        operation="unregister_output",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/output/{segment(output_id, 'output_id')}/unregister",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def update_output(
    composition_id: str, output_id: str, *, body: models.UpdateOutputRequest
) -> Request[models.EmptyResponse]:
    """Show other scenes on an output.

    Replaces the scenes of an output. An update has what the registration had: video, audio, or
    both, and nothing else.

    Args:
        composition_id: The id of the composition.
        output_id: The id of the output, chosen by the client that registers it.
        body: The new scenes.
    """
    return Request(
        operation="update_output",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/output/{segment(output_id, 'output_id')}/update",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
        body=body.to_dict(),
    )


def reset(composition_id: str) -> Request[models.EmptyResponse]:
    """Reset a composition.

    Takes everything out of the composition, inputs and outputs, and keeps the composition
    itself.

    Args:
        composition_id: The id of the composition.
    """
    return Request(
        operation="reset",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/reset",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
    )


def start(composition_id: str) -> Request[models.EmptyResponse]:
    """Start a composition.

    Lets the outputs of a composition begin to send. Only a composition that was created with
    `autostart` false needs it.

    Args:
        composition_id: The id of the composition.
    """
    return Request(
        operation="start",
        method="POST",
        path=f"/api/composition/{segment(composition_id, 'composition_id')}/start",
        read=json_answer(models.EmptyResponse.from_dict),
        statuses=(200,),
    )
