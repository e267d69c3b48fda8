# Generated from src/fishjam/composition/_async/renderers.py by `nox -s codegen`. Do not edit: change the source instead.
"""Renderers of a composition: the images and fonts that its scenes use."""

from __future__ import annotations

from fishjam._core.options import checked_options, checked_union
from fishjam._generated.composition_api import endpoints
from fishjam._http.uploads import read_file
from fishjam.composition import FileSource, ImageSpec, UnregisterRenderer
from fishjam.composition._sync.base import CompositionMethods
from fishjam.errors import RendererNotFoundError


class CompositionRenderers(CompositionMethods):
    """The methods for images and fonts."""

    def register_image(self, composition_id: str, image_id: str, image: ImageSpec) -> None:
        """Let the server fetch an image, for `Image` components of scenes.

        Args:
            composition_id: the id of the composition.
            image_id: an id of your choice, by which scenes name the image.
            image: where the image is, and of which format.

        Raises:
            BadRequestError: the server does not accept the image.
            CompositionNotFoundError: there is no such composition.
        """
        body = checked_union(image, ImageSpec, "register_image", "image")
        self._send(endpoints.register_image(composition_id, image_id, body=body))

    def register_font(self, composition_id: str, font: FileSource) -> None:
        """Upload a font, for `Text` components of scenes.

        Args:
            composition_id: the id of the composition.
            font: the font file, as bytes or as a path. What a path names is uploaded, so never
                take one from people you do not trust.

        Raises:
            OSError: the file cannot be read.
            BadRequestError: the server does not accept the font.
            CompositionNotFoundError: there is no such composition.
        """
        # Bytes have no name; the published SDK sends them as `font`.
        part = read_file(font, "font")
        self._send(endpoints.register_font(composition_id, font=part))

    def unregister_image(
        self, composition_id: str, image_id: str, options: UnregisterRenderer | None = None
    ) -> None:
        """Forget an image.

        Args:
            composition_id: the id of the composition.
            image_id: the id of the image.
            options: when to do it; at once if not given.

        Raises:
            RendererNotFoundError: there is no such image, or no such composition.
        """
        body = checked_options(
            options or UnregisterRenderer(), UnregisterRenderer, "unregister_image"
        )
        request = endpoints.unregister_image(composition_id, image_id, body=body)
        self._send(request, RendererNotFoundError)
