"""The fields of models: names, order, defaults and secrets."""

import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.codegen.small_api import Api

SCHEMAS = """
Names:
  type: object
  required: [class, type, id, input, dash-name, camelCase, lastURL, URLFirst, field, to_dict, self]
  properties:
    class: {type: string}
    type: {type: string}
    id: {type: string}
    input: {type: string}
    dash-name: {type: string}
    camelCase: {type: string}
    lastURL: {type: string}
    URLFirst: {type: string}
    field: {type: string}
    to_dict: {type: string}
    self: {type: string}
    masked: {type: string, nullable: true}
    "quote'd": {type: string}
    'double"': {type: string}
    token: {type: string, x-secret: true}
Order:
  type: object
  required: [c, a]
  properties:
    d: {type: string}
    c: {type: string}
    b: {type: string}
    a: {type: string}
Colour: {type: string, enum: [red, blue]}
Speed: {type: integer, enum: [1, 2], x-enum-varnames: [SLOW, FAST]}
BlueByDefault: {type: string, enum: [red, blue], default: blue}
Defaults:
  type: object
  required: [needed]
  properties:
    needed: {type: string, default: not this}
    text: {type: string, default: "it's"}
    ratio: {type: number, default: 1}
    count: {type: integer, default: 0}
    shown: {type: boolean, default: true}
    hidden: {type: boolean, default: false}
    colour: {default: red, allOf: [{$ref: '#/components/schemas/Colour'}]}
    other: {$ref: '#/components/schemas/BlueByDefault'}
    speed: {default: 2, allOf: [{$ref: '#/components/schemas/Speed'}]}
    nothing: {type: string, nullable: true, default: null}
    secret: {type: string, default: hush, x-secret: true}
Token: {type: string, x-secret: true}
Secrets:
  type: object
  required: [own, byRef, list]
  properties:
    own: {type: string, x-secret: true}
    byRef: {$ref: '#/components/schemas/Token'}
    list: {type: array, items: {$ref: '#/components/schemas/Token'}}
    secretList: {type: array, x-secret: true, items: {type: string}}
    wrapped: {allOf: [{$ref: '#/components/schemas/Token'}]}
    absent: {type: string, x-secret: true}
    open: {type: string}
Kept: {type: object, properties: {a: {type: string}}}
"""


@pytest.fixture(scope="module")
def api(small_api: Callable[..., Api]) -> Api:
    return small_api(schemas=SCHEMAS)


def names_of(model: Any) -> list[str]:
    return [field.name for field in attrs.fields(model)]


def test_names_are_snake_case_and_hide_nothing_but_id(api: Api) -> None:
    assert names_of(api.models.Names) == [
        "class_",
        "type_",
        "id",
        "input_",
        "dash_name",
        "camel_case",
        "last_url",
        "url_first",
        "field_",
        "to_dict_",
        "self_",
        "masked_",
        "quote_d",
        "double_",
        "token",
    ]


def test_names_in_json_are_those_of_the_document(api: Api) -> None:
    data = {
        "class": "1",
        "type": "2",
        "id": "3",
        "input": "4",
        "dash-name": "5",
        "camelCase": "6",
        "lastURL": "7",
        "URLFirst": "8",
        "field": "9",
        "to_dict": "10",
        "self": "11",
        "masked": None,
        "quote'd": "12",
        'double"': "13",
        "token": "14",
    }

    model = api.models.Names.from_dict(data)

    del data["masked"]
    assert model.to_dict() == data
    assert "token='***'" in repr(model)


def test_required_fields_come_first_and_else_the_document_orders(api: Api) -> None:
    assert names_of(api.models.Order) == ["c", "a", "d", "b"]
    assert api.models.Order("1", "2", "3").to_dict() == {"c": "1", "a": "2", "d": "3"}


def test_defaults_are_sent(api: Api) -> None:
    model = api.models.Defaults("n")

    assert model.text == "it's"
    assert type(model.ratio) is float
    assert model.colour is api.models.Colour.RED
    assert model.other is api.models.BlueByDefault.BLUE
    assert model.speed is api.models.Speed.FAST
    assert model.nothing is None
    assert model.to_dict() == {
        "needed": "n",
        "text": "it's",
        "ratio": 1.0,
        "count": 0,
        "shown": True,
        "hidden": False,
        "colour": "red",
        "other": "blue",
        "speed": 2,
        "secret": "hush",
    }


def test_defaults_are_not_read_into_an_answer(api: Api) -> None:
    model = api.models.Defaults.from_dict({"needed": "n"})

    assert model == api.models.Defaults("n", *[None] * (len(names_of(api.models.Defaults)) - 1))


def test_what_is_required_has_no_default(api: Api) -> None:
    with pytest.raises(TypeError, match="needed"):
        api.models.Defaults()


def test_secrets_are_masked_wherever_the_document_marks_them(api: Api) -> None:
    model = api.models.Secrets("s1", "s2", ["s3"], ["s4"], "s5", None, "shown")

    assert repr(model) == (
        "Secrets(own='***', by_ref='***', list_='***', secret_list='***', wrapped='***',"
        " absent=None, open_='shown')"
    )
    assert "hush" not in repr(api.models.Defaults("n"))
    assert model.to_dict()["own"] == "s1"


def test_models_have_slots_equality_and_pickle(api: Api) -> None:
    model = api.models.Order("1", "2")

    assert model == api.models.Order("1", "2")
    assert model != api.models.Order("1", "3")
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301
    with pytest.raises(AttributeError):
        model.other = 1


def test_unknown_properties_are_ignored(api: Api) -> None:
    assert api.models.Kept.from_dict({"a": "1", "z": "2"}).to_dict() == {"a": "1"}


def test_a_class_with_a_public_home_says_so(small_api: Callable[..., Api]) -> None:
    api = small_api(
        schemas="""
            Peer: {type: object, properties: {kind: {$ref: '#/components/schemas/Kind'}}}
            Kind: {type: string, enum: [a]}
            Data: {type: object}
            Holder: {type: object, properties: {data: {$ref: '#/components/schemas/Data'}}}
            """,
        homes={"Peer": "fishjam.peer", "Kind": "fishjam.peer", "Data": "fishjam.room"},
    )

    assert api.models.Peer.__module__ == "fishjam.peer"
    assert api.models.Kind.__module__ == "fishjam.peer"
    assert api.models.Data.__module__ == "fishjam.room"
    assert api.models.Holder.__module__ == api.models.__name__
    assert [*api.models.Kind] == [api.models.Kind.A]
