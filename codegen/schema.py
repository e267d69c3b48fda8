"""The types of a document, independent of how they are printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from codegen.document import Document, Node, Pointer
from codegen.names import ModelNames, class_part, name_models

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_ENUMS = {"string": "str_enum", "integer": "int_enum"}
_SHAPE = frozenset({"properties", "required", "additionalProperties", "items", "enum", "oneOf"})


@dataclass(frozen=True)
class Scalar:
    """A string, a number or a boolean; `Any` where the document says nothing."""

    python: str


@dataclass(frozen=True)
class Named:
    """A class of the document: a model, an enum or a free-form object."""

    name: str
    kind: str
    """`model`, `str_enum`, `int_enum` or `freeform`."""


@dataclass(frozen=True)
class Array:
    """A list of one kind of item."""

    item: Type


@dataclass(frozen=True)
class Choice:
    """One of several models, by the name of the union."""

    name: str


@dataclass(frozen=True)
class Binary:
    """The bytes of a file: a part of a multipart body, or a property of one that has a name."""


Type = Scalar | Named | Array | Choice | Binary


@dataclass(frozen=True)
class Field:
    """One property of a model."""

    name: str
    json_name: str
    type: Type
    required: bool
    nullable: bool
    default: Any
    """The default for sending, as plain JSON; None when there is none."""
    secret: bool
    description: str


@dataclass(frozen=True)
class Model:
    """An object with properties."""

    name: str
    description: str
    fields: tuple[Field, ...]
    closed: bool
    """Whether the document forbids properties that it does not name."""


@dataclass(frozen=True)
class Enumeration:
    """A fixed set of strings or of whole numbers."""

    name: str
    description: str
    members: tuple[tuple[str, str | int], ...]
    numbers: bool


@dataclass(frozen=True)
class FreeFormObject:
    """An object whose properties are the user's own."""

    name: str
    description: str


@dataclass(frozen=True)
class Union:
    """A choice between models; `tag` names the property that tells them apart, if one does."""

    name: str
    description: str
    members: tuple[str, ...]
    tag: str | None
    values: tuple[tuple[str, str], ...]
    """(value of the tag, model); empty without a tag."""


@dataclass
class Schemas:
    """All types of one document, in the document's order."""

    document: Document
    classes: dict[Pointer, ModelNames]
    models: dict[str, Model] = field(default_factory=dict)
    enums: dict[str, Enumeration] = field(default_factory=dict)
    freeforms: dict[str, FreeFormObject] = field(default_factory=dict)
    unions: dict[str, Union] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Document) -> Schemas:
        """Name and read every schema of a document."""
        classes: dict[Pointer, ModelNames] = {}
        for names in name_models(document):
            # A parameter that several operations share is named once for each of them.
            classes.setdefault(names.pointer, names)
        schemas = cls(document, classes)
        for names in classes.values():
            schemas._add(names)
        for pointer in classes:
            # Those that only endpoints use; the others are there already.
            schemas._add_freeform(pointer)
        return schemas

    def _add(self, names: ModelNames) -> None:
        node, target = self._resolve(self.document.at(names.pointer), names.pointer)
        if target != names.pointer:
            return  # Just another name for a schema that has a class already.
        text = str(node.get("description", ""))
        kind = _kind(node, target)
        # A multipart body is not a model: its endpoint takes the parts one by one.
        if kind == "model" and target[-2:] != ("multipart/form-data", "schema"):
            self.models[names.class_name] = self._model(names, node, text)
        elif kind in {"str_enum", "int_enum"}:
            values = (value for value in node["enum"] if value is not None)
            members = tuple(zip((name for name, _ in names.fields), values, strict=True))
            numbers = kind == "int_enum"
            self.enums[names.class_name] = Enumeration(names.class_name, text, members, numbers)
        elif kind == "union":
            self.unions[names.class_name] = self._union(names.class_name, node, text)

    def _add_freeform(self, pointer: Pointer) -> None:
        node, target = self._resolve(self.document.at(pointer), pointer)
        if target == pointer and _kind(node, pointer) == "freeform":
            self._freeform(node, pointer)

    def _model(self, names: ModelNames, node: Node, text: str) -> Model:
        fields = tuple(
            self._field(names.class_name, name, json_name, (*names.pointer, "properties"), node)
            for name, json_name in names.fields
            # The library adds the tag of a union to members that do not have it.
            if json_name is not None and json_name in node["properties"]
        )
        # A class takes no field without a default after one that has it. Sorting is stable, so the
        # document's order stays otherwise, as published positional calls need it.
        required_first = sorted(fields, key=lambda field: not field.required)
        closed = node.get("additionalProperties") is False
        return Model(names.class_name, text, tuple(required_first), closed)

    def _field(self, owner: str, name: str, json_name: str, at: Pointer, parent: Node) -> Field:
        pointer = (*at, json_name)
        raw = parent["properties"][json_name]
        node, _ = self._resolve(raw, pointer)
        kind = self.type_of(raw, pointer, owner + class_part(json_name))
        only = _only_value(node)
        # A property with a single possible value is filled in, so callers need not pass it.
        required = json_name in parent.get("required", ()) and only is None
        default = only if only is not None else None if required else node.get("default")
        return Field(
            name=name,
            json_name=json_name,
            type=kind,
            required=required,
            nullable=bool(node.get("nullable")),
            default=default,
            secret=self._secret(node),
            description=str(node.get("description", "")),
        )

    def _secret(self, node: Node) -> bool:
        """Whether a value, or the items of an array, must not be printed."""
        if node.get("type") == "array":
            return bool(node.get("x-secret")) or self._secret(self._resolve(node["items"], ())[0])
        return bool(node.get("x-secret"))

    def _union(self, name: str, node: Node, text: str) -> Union:
        discriminator = node.get("discriminator", {})
        members: list[str] = []
        values: list[tuple[str, str]] = []
        for alternative in node["oneOf"]:
            schema, pointer = self._resolve(alternative, ())
            if not pointer or _kind(schema, pointer) != "model":
                raise ValueError(f"{name}: a member of a oneOf must refer to an object's schema")
            members.append(self._class_at(pointer))
            if discriminator:
                tags = self._tags(discriminator, schema, pointer[-1])
                values.extend((value, members[-1]) for value in tags)
        tag = discriminator.get("propertyName")
        return Union(name, text, tuple(members), tag, tuple(values))

    def _tags(self, discriminator: Node, schema: Node, name: str) -> list[str]:
        """Return what the tag of a member may be: by the mapping, by its enum, or its name."""
        mapping = discriminator.get("mapping", {})
        mapped = [value for value, target in mapping.items() if target.rpartition("/")[2] == name]
        tag, _ = self._resolve(schema["properties"].get(discriminator["propertyName"], {}), ())
        return mapped or [str(value) for value in tag.get("enum", ())] or [name]

    def type_of(self, raw: Node, pointer: Pointer, inline_name: str = "") -> Type:
        """Return what a schema means; `inline_name` names a free-form object that has no name."""
        node, target = self._resolve(raw, pointer)
        kind = _kind(node, target)
        if kind == "binary":
            return Binary()
        if kind == "array":
            item_name = inline_name and f"{inline_name}Item"
            return Array(self._item(node["items"], (*target, "items"), item_name))
        if kind == "union":
            return Choice(self._class_at(target))
        if kind == "freeform":
            return Named(self._freeform(node, target, inline_name), "freeform")
        if kind in {"model", "str_enum", "int_enum"}:
            return Named(self._class_at(target), kind)
        return Scalar(kind)

    def _item(self, raw: Node, pointer: Pointer, inline_name: str) -> Type:
        if self._resolve(raw, pointer)[0].get("nullable"):
            raise ValueError(f"{_where(pointer)}: items that may be null are not supported")
        return self.type_of(raw, pointer, inline_name)

    def _freeform(self, node: Node, target: Pointer, inline_name: str = "") -> str:
        name = inline_name
        if target in self.classes or not name:
            name = self._class_at(target)
            # What stands beside an `allOf` describes the property, not the object itself.
            node = self.document.at(target)
        text = str(node.get("description", ""))
        self.freeforms.setdefault(name, FreeFormObject(name, text))
        return name

    def _class_at(self, pointer: Pointer) -> str:
        if pointer not in self.classes:
            raise ValueError(f"{_where(pointer)}: give this schema a name under components")
        return self.classes[pointer].class_name

    def _resolve(self, raw: Node, pointer: Pointer) -> tuple[Node, Pointer]:
        """Return a schema behind its references and one-item `allOf`s, and where it stands.

        What stands beside an `allOf` overrides what the item says. A schema with `x-same-as`
        stands for the one that it names and repeats.
        """
        node, target = self.document.locate(raw, pointer)
        if "x-same-as" in node:
            return self._same(node, target)
        if len(node.get("allOf", ())) != 1:
            return node, target
        own = {key: value for key, value in node.items() if key != "allOf"}
        if _SHAPE & own.keys():
            raise ValueError(f"{_where(pointer)}: an allOf with a shape of its own beside it")
        inner, target = self._resolve(node["allOf"][0], target)
        return {**inner, **own}, target

    def _same(self, node: Node, pointer: Pointer) -> tuple[Node, Pointer]:
        """Return the schema that a node repeats because it allows null; the texts may differ."""
        other, target = self._resolve({"$ref": node["x-same-as"]}, ())
        if _shape(node) != _shape(other):
            raise ValueError(f"{_where(pointer)}: this is not the same as {_where(target)}")
        return {**other, **node}, target


def _shape(node: Any) -> Any:
    """Return a schema without its texts and without the word on null."""
    if isinstance(node, list):
        return [_shape(element) for element in node]
    if not isinstance(node, dict):
        return node
    if len(node.get("allOf", ())) == 1:
        node = {**node, **node["allOf"][0], "allOf": None}
    left_out = {"allOf", "description", "nullable", "x-same-as"}
    return {key: _shape(value) for key, value in node.items() if key not in left_out}


def _where(pointer: Pointer) -> str:
    return "/".join(pointer)


def _kind(node: Node, pointer: Pointer) -> str:
    """Classify a schema; what is none of ours is the Python name of a scalar."""
    for word in ("allOf", "anyOf", "not"):
        if word in node:
            raise ValueError(f"{_where(pointer)}: {word} is not supported here")
    if "oneOf" in node:
        return "union"
    if node.get("properties"):
        return "model"
    if "enum" in node:
        null = None in node["enum"] and not node.get("nullable")
        if node.get("type") not in _ENUMS or null:
            raise ValueError(f"{_where(pointer)}: an enum must hold strings or whole numbers")
        return _ENUMS[node["type"]]
    if node.get("type") == "object":
        return "freeform"
    if node.get("type") == "array":
        return "array"
    if node.get("format") == "binary":
        return "binary"
    return _SCALARS.get(str(node.get("type")), "Any")


def _only_value(node: Node) -> Any:
    """Return the value of an enum that has just one and no other default."""
    values = node.get("enum", ())
    return values[0] if len(values) == 1 and "default" not in node else None
