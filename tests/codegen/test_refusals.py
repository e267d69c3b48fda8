"""What the generator does not support is an error that says what, and where."""

import pytest
import yaml

from codegen.document import Document
from codegen.endpoints import print_endpoints
from codegen.schema import Schemas
from tests.codegen.small_api import document, models_of

BAD_SCHEMAS = {
    "mutable default": (
        "A: {type: object, properties: {b: {type: array, items: {type: string}, default: []}}}",
        r"^A\.b: a default that can be changed in place is not supported: \[\]",
    ),
    "mutable default of an object": (
        "A: {type: object, properties: {b: {type: object, default: {x: 1}}}}",
        r"^A\.b: a default that can be changed in place",
    ),
    "default outside its enum": (
        "A: {type: object, properties: {b: {type: string, enum: [x, y], default: z}}}",
        r"^A\.b: the default 'z' is not a member of AB$",
    ),
    "null among the items": (
        "A: {type: object, properties: {b: {type: array, items: {type: string, nullable: true}}}}",
        "^components/schemas/A/properties/b/items: items that may be null",
    ),
    "null in an enum": (
        "A: {type: object, properties: {b: {type: string, enum: [x, null]}}}",
        "an enum must hold strings or whole numbers",
    ),
    "enum of fractions": (
        "A: {type: number, enum: [1.5, 2.5]}",
        "^components/schemas/A: an enum must hold strings or whole numbers",
    ),
    "anyOf": (
        "A: {type: object, properties: {b: {anyOf: [{type: string}, {type: integer}]}}}",
        "^components/schemas/A/properties/b: anyOf is not supported here",
    ),
    "allOf of several": (
        """
        A: {allOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}
        B: {type: object, properties: {b: {type: string}}}
        C: {type: object, properties: {c: {type: string}}}
        """,
        "^components/schemas/A: allOf is not supported here",
    ),
    "allOf with properties beside it": (
        """
        A: {allOf: [{$ref: '#/components/schemas/B'}], properties: {a: {type: string}}}
        B: {type: object, properties: {b: {type: string}}}
        """,
        "^components/schemas/A: an allOf with a shape of its own beside it",
    ),
    "another shape than the one that it repeats": (
        """
        A: {type: object, properties: {b: {type: string}}}
        C:
          type: object
          properties:
            a:
              type: object
              nullable: true
              x-same-as: '#/components/schemas/A'
              properties: {b: {type: integer}}
        """,
        "^components/schemas/C/properties/a: this is not the same as components/schemas/A",
    ),
    "oneOf of plain values": (
        """
        A: {oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}
        B: {type: object, properties: {b: {type: string}}}
        C: {type: string}
        """,
        "^A: a member of a oneOf must refer to an object's schema",
    ),
    "oneOf with a member in place": (
        """
        A: {oneOf: [{$ref: '#/components/schemas/B'}, {type: object, properties: {c: {}}}]}
        B: {type: object, properties: {b: {type: string}}}
        """,
        "^A: a member of a oneOf must refer to an object's schema",
    ),
    "oneOf without a name": (
        """
        A: {type: object, properties: {b: {oneOf: [{$ref: '#/components/schemas/B'}]}}}
        B: {type: object, properties: {b: {type: string}}}
        """,
        "^components/schemas/A/properties/b: give this schema a name under components",
    ),
    "two fields of one name": (
        "A: {type: object, properties: {type: {type: string}, type_: {type: string}}}",
        "^A: two properties have the same name in Python",
    ),
    "two classes of one name": (
        """
        A: {type: object, properties: {data: {type: object, additionalProperties: true}}}
        AData: {type: object, properties: {x: {type: string}}}
        """,
        "^two classes of the models would be called AData",
    ),
    "a class that the module imports": (
        "Shape: {type: object, properties: {x: {type: string}}}",
        "^two classes of the models would be called Shape",
    ),
}


@pytest.mark.parametrize(("schemas", "message"), BAD_SCHEMAS.values(), ids=BAD_SCHEMAS)
def test_schemas(schemas: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        models_of(schemas)


def test_a_reference_to_elsewhere_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(ValueError, match=r"only references inside .*: https://example\.com/a#/b"):
        document("A: {type: array, items: {$ref: 'https://example.com/a#/b'}}")


def test_what_the_library_cannot_read_is_told_in_its_words() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)datamodel-code-generator failed:.*required"):
        models_of("A: {type: object, required: true, properties: {x: {type: string}}}")


SCHEMAS = """
Thing: {type: object, properties: {name: {type: string}}}
Other: {type: object, properties: {size: {type: integer}}}
Level: {type: integer, enum: [1, 2]}
Upload: {type: object, properties: {file: {type: string, format: binary}}}
"""

BAD_OPERATIONS = {
    "header parameter": (
        "parameters: [{in: header, name: X-Trace, schema: {type: string}}]",
        "a parameter in header is not supported: X-Trace",
    ),
    "list in the query": (
        "parameters: [{in: query, name: q, schema: {type: array, items: {type: string}}}]",
        "only plain values and deepObject are supported in a query",
    ),
    "object in the query": (
        "parameters: [{in: query, name: q, schema: {$ref: '#/components/schemas/Thing'}}]",
        "only plain values and deepObject are supported in a query",
    ),
    "two arguments of one name": (
        """
        parameters:
          - {in: query, name: dashName, schema: {type: string}}
          - {in: query, name: dash-name, schema: {type: string}}
        """,
        "two arguments would be called dash_name",
    ),
    "plain body": (
        "requestBody: {content: {application/json: {schema: {type: string}}}}",
        "a JSON body other than an object is not supported",
    ),
    "enum body": (
        "requestBody: {content: {application/json: {schema: {type: string, enum: [a, b]}}}}",
        "a JSON body other than an object is not supported",
    ),
    "number body": (
        """
        requestBody:
          content: {application/json: {schema: {$ref: '#/components/schemas/Level'}}}
        """,
        "a JSON body other than an object is not supported",
    ),
    "list body": (
        "requestBody: {content: {application/json: {schema: {type: array, items: {}}}}}",
        "a JSON body other than an object is not supported",
    ),
    "list of free-form objects without a name": (
        """
        responses:
          "200":
            description: ''
            content: {application/json: {schema: {type: array, items: {type: object}}}}
        """,
        "give this schema a name under components",
    ),
    "text body": (
        "requestBody: {content: {text/plain: {schema: {type: string}}}}",
        "a body of text/plain is not supported",
    ),
    "optional part": (
        """
        requestBody:
          content:
            multipart/form-data:
              schema:
                {type: object, properties: {file: {type: string, format: binary}}}
        """,
        "a part that may be left out is not supported: file",
    ),
    "text part": (
        """
        requestBody:
          content:
            multipart/form-data:
              schema: {type: object, required: [text], properties: {text: {type: string}}}
        """,
        "a part that is neither file nor object is not supported: text",
    ),
    "enum part": (
        """
        requestBody:
          content:
            multipart/form-data:
              schema:
                type: object
                required: [kind]
                properties: {kind: {type: string, enum: [a, b]}}
        """,
        "a part that is neither file nor object is not supported: kind",
    ),
    "file as the answer": (
        "responses: {'200': {description: '', content: {video/mp4: {schema: {type: string}}}}}",
        "an answer of video/mp4 is not supported",
    ),
    "file in the answer": (
        """
        responses:
          "200":
            description: ''
            content: {application/json: {schema: {type: string, format: binary}}}
        """,
        "a file can only be a part of a multipart body",
    ),
    "object with a file in the answer": (
        """
        responses:
          "200":
            description: ''
            content: {application/json: {schema: {$ref: '#/components/schemas/Upload'}}}
        """,
        "a file can only be a part of a multipart body",
    ),
    "object with a file in the body": (
        """
        requestBody:
          content: {application/json: {schema: {$ref: '#/components/schemas/Upload'}}}
        """,
        "a file can only be a part of a multipart body",
    ),
    "different good answers": (
        """
        responses:
          "200":
            description: ''
            content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
          "201":
            description: ''
            content: {application/json: {schema: {$ref: '#/components/schemas/Other'}}}
        """,
        "good answers of several kinds are not supported",
    ),
    "good answers with and without content": (
        """
        responses:
          "200":
            description: ''
            content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
          "204": {description: ''}
        """,
        "good answers of several kinds are not supported",
    ),
}


def operation(text: str, name: str) -> dict[str, object]:
    return {"operationId": name, "responses": {}, **yaml.safe_load(text)}


@pytest.fixture(scope="module")
def source() -> Document:
    """One document with all the bad operations, so that the library runs once for all of them."""
    paths = {
        f"/{number}": {"post": operation(text, f"number_{number}")}
        for number, (text, _) in enumerate(BAD_OPERATIONS.values())
    }
    return document(SCHEMAS, yaml.safe_dump(paths))


@pytest.fixture(scope="module")
def schemas(source: Document) -> Schemas:
    return Schemas.of(source)


@pytest.mark.parametrize("case", BAD_OPERATIONS)
def test_operations(source: Document, schemas: Schemas, case: str) -> None:
    number = list(BAD_OPERATIONS).index(case)
    path = f"/{number}"
    only = Document({**source.root, "paths": {path: source.root["paths"][path]}})

    with pytest.raises(ValueError, match=f"^number_{number}: .*{BAD_OPERATIONS[case][1]}"):
        print_endpoints(only, schemas, "Tiny API", "tiny", "")


def test_a_place_in_a_path_that_is_no_parameter() -> None:
    paths = "/rooms/{id}: {get: {operationId: get_room, responses: {}}}"

    with pytest.raises(ValueError, match=r"^get_room: \{id\} in the path is not a parameter of it"):
        print_endpoints(document("", paths), Schemas(document(), {}), "Tiny API", "tiny", "")


def test_an_operation_without_a_name() -> None:
    with pytest.raises(ValueError, match="get /rooms has no operationId"):
        list(document("", "/rooms: {get: {responses: {}}}").operations())
