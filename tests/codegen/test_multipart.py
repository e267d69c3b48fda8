"""Multipart bodies: alone, and beside JSON."""

import inspect
from collections.abc import Callable

import pytest

from fishjam._core.decode import ShapeError
from fishjam._core.request import FilePart, Part
from tests.codegen.small_api import Api

SCHEMAS = """
Config: {type: object, required: [name], properties: {name: {type: string}}}
Other: {type: object, required: [size], properties: {size: {type: integer}}}
Either: {oneOf: [{$ref: '#/components/schemas/Config'}, {$ref: '#/components/schemas/Other'}]}
Upload:
  type: object
  required: [file, config]
  properties:
    file: {type: string, format: binary}
    config: {$ref: '#/components/schemas/Config'}
Parts:
  type: object
  required: [config]
  properties: {config: {$ref: '#/components/schemas/Config'}}
"""

PATHS = """
/both:
  post:
    operationId: create
    requestBody:
      required: true
      content:
        application/json: {schema: {$ref: '#/components/schemas/Config'}}
        multipart/form-data:
          schema:
            type: object
            required: [config, theFile, body]
            properties:
              config: {$ref: '#/components/schemas/Either'}
              theFile: {type: string, format: binary, description: Some bytes.}
              body:
                type: object
                properties: {mood: {type: string, enum: [good]}}
    responses: {"204": {description: Nothing.}}
/alone:
  post:
    operationId: upload
    requestBody:
      required: true
      content:
        multipart/form-data:
          schema:
            type: object
            required: [file]
            properties: {file: {type: string, format: binary}}
    responses: {"204": {description: Nothing.}}
/file:
  post:
    operationId: send_file
    requestBody:
      content: {multipart/form-data: {schema: {$ref: '#/components/schemas/Upload'}}}
    responses: {"204": {description: Nothing.}}
/named:
  post:
    operationId: send
    requestBody:
      content: {multipart/form-data: {schema: {$ref: '#/components/schemas/Parts'}}}
    responses: {"204": {description: Nothing.}}
"""


@pytest.fixture(scope="module")
def api(small_api: Callable[..., Api]) -> Api:
    return small_api(schemas=SCHEMAS, paths=PATHS)


def test_beside_json_it_gives_a_second_function(api: Api) -> None:
    models = api.models
    file = FilePart(b"bytes", "a.js", "text/javascript")

    plain = api.endpoints.create(body=models.Config("c"))
    parts = api.endpoints.create_multipart(
        config=models.Config("c"),
        the_file=file,
        body_=models.CreateRequestBody(models.CreateRequestBodyMood.GOOD),
    )

    assert (plain.body, plain.parts) == ({"name": "c"}, ())
    assert parts.body is None
    assert parts.parts == (
        Part("config", b'{"name":"c"}', "application/json"),
        Part("theFile", b"bytes", "text/javascript", "a.js"),
        Part("body", b'{"mood":"good"}', "application/json"),
    )
    assert plain.operation == parts.operation == "create"


def test_alone_it_gives_one_function(api: Api) -> None:
    request = api.endpoints.upload(file=FilePart(b"x", "f"))

    assert request.parts == (Part("file", b"x", "application/octet-stream", "f"),)
    assert not hasattr(api.endpoints, "upload_multipart")


def test_its_schema_may_be_a_reference(api: Api) -> None:
    request = api.endpoints.send(config=api.models.Config("c"))

    assert request.parts == (Part("config", b'{"name":"c"}', "application/json"),)


def test_with_a_name_and_a_file_it_is_a_model_too(api: Api) -> None:
    config = api.models.Config("c")

    request = api.endpoints.send_file(file=FilePart(b"x", "f"), config=config)
    upload = api.models.Upload.from_dict({"file": b"x", "config": {"name": "c"}})

    assert [part.name for part in request.parts] == ["file", "config"]
    assert upload == api.models.Upload(b"x", config)
    assert upload.to_dict() == {"file": b"x", "config": {"name": "c"}}
    with pytest.raises(ShapeError, match="file: expected bytes, got a string"):
        api.models.Upload.from_dict({"file": "x", "config": {"name": "c"}})


def test_parts_are_described_and_annotated(api: Api) -> None:
    function = api.endpoints.create_multipart

    assert "the_file: Some bytes." in function.__doc__
    hints = {name: one.annotation for name, one in inspect.signature(function).parameters.items()}
    assert hints == {
        "config": "models.Either",
        "the_file": "FilePart",
        "body_": "models.CreateRequestBody",
    }


def test_a_body_with_a_file_and_no_name_is_no_model(api: Api) -> None:
    names = {name for name in vars(api.models) if name.startswith(("Create", "UploadRequest"))}

    assert names == {"CreateRequestBody", "CreateRequestBodyMood"}
