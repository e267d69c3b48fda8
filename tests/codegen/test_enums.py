"""Enums: of strings, of whole numbers, of one value."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.codegen.small_api import Api

SCHEMAS = """
Colour:
  type: string
  enum: [red, dark-blue, 'sea green', sea-green, '', '1st', None, mro]
Rate: {type: integer, enum: [16000, 24000]}
NamedRate: {type: integer, enum: [16000, 24000], x-enum-varnames: [HZ_16000, HZ_24000]}
AlsoRate: {$ref: '#/components/schemas/NamedRate'}
WrappedRate: {allOf: [{$ref: '#/components/schemas/NamedRate'}]}
Device:
  type: object
  required: [mode, version, rate]
  properties:
    mode: {type: string, enum: [fast]}
    version: {type: integer, enum: [2]}
    fixed: {type: string, enum: [one], default: one}
    rate: {$ref: '#/components/schemas/NamedRate'}
    other: {$ref: '#/components/schemas/AlsoRate'}
    third: {$ref: '#/components/schemas/WrappedRate'}
    shade: {type: string, enum: [light, dark]}
    inner: {type: object, properties: {shade: {type: string, enum: [grey]}}}
"""


@pytest.fixture(scope="module")
def models(small_api: Callable[..., Api]) -> Any:
    return small_api(schemas=SCHEMAS).models


def test_members_are_written_large_and_equal_their_strings(models: Any) -> None:
    members = {member.name: member.value for member in models.Colour}

    assert members == {
        "RED": "red",
        "DARK_BLUE": "dark-blue",
        "SEA_GREEN": "sea green",
        "SEA_GREEN_1": "sea-green",
        "FIELD_": "",
        "FIELD_1ST": "1st",
        "NONE": "None",
        "MRO_": "mro",
    }
    assert models.Colour.RED == "red"


def test_an_unknown_string_of_an_answer_is_kept(models: Any) -> None:
    colour = models.Colour.from_wire("pink")

    assert isinstance(colour, models.Colour)
    assert colour == "pink"
    with pytest.raises(ValueError, match="pink"):
        models.Colour("pink")


def test_numbers_get_names_of_their_own_where_the_document_gives_them(models: Any) -> None:
    assert [member.name for member in models.Rate] == ["INTEGER_16000", "INTEGER_24000"]
    assert [member.name for member in models.NamedRate] == ["HZ_16000", "HZ_24000"]
    assert models.NamedRate.HZ_16000 == 16000


def test_an_unknown_number_stays_an_int(models: Any) -> None:
    device = models.Device.from_dict({"rate": 48000, "version": 3})

    assert type(device.rate) is int
    assert type(device.version) is int
    assert device.to_dict()["rate"] == 48000


def test_another_name_for_an_enum_is_the_same_enum(models: Any) -> None:
    device = models.Device.from_dict({"rate": 16000, "other": 16000, "third": 24000})

    assert device.other is models.NamedRate.HZ_16000
    assert device.third is models.NamedRate.HZ_24000
    assert not hasattr(models, "AlsoRate")
    assert not hasattr(models, "WrappedRate")


def test_an_only_value_is_the_default_even_where_it_is_required(models: Any) -> None:
    device = models.Device(models.NamedRate.HZ_16000)

    assert device.mode is models.DeviceMode.FAST
    assert device.version is models.DeviceVersion.INTEGER_2
    assert device.fixed is models.DeviceFixed.ONE
    assert device.to_dict() == {"mode": "fast", "version": 2, "fixed": "one", "rate": 16000}


def test_enums_in_place_are_named_after_their_parents(models: Any) -> None:
    assert [*models.DeviceShade] == ["light", "dark"]
    assert [*models.DeviceInnerShade] == ["grey"]
