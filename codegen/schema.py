"""The types of a document, independent of how they are printed: what each schema means in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from codegen.document import Document, Node, Pointer, pointer_of
from codegen.names import ModelNames, class_part, name_models

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


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
    """The bytes of a file, inside a multipart body."""


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
        names = name_models(document)
        schemas = cls(document, {one.pointer: one for one in names})
        for one in names:
            schemas._add(one)
        return schemas

    def _add(self, names: ModelNames) -> None:
        node = self._effective(self.document.at(names.pointer))
        text = str(node.get("description", ""))
        kind = self._kind(node)
        # A multipart body is no model: its endpoint takes the parts one by one.
        if kind == "model" and "multipart/form-data" not in names.pointer:
            self.models[names.class_name] = self._model(names, node, text)
        elif kind in {"str_enum", "int_enum"}:
            members = tuple(zip((name for name, _ in names.fields), node["enum"], strict=True))
            numbers = kind == "int_enum"
            self.enums[names.class_name] = Enumeration(names.class_name, text, members, numbers)
        elif kind == "union":
            self.unions[names.class_name] = self._union(names.class_name, node, text)

    def _model(self, names: ModelNames, node: Node, text: str) -> Model:
        fields = tuple(
            self._field(names.class_name, name, json_name, (*names.pointer, "properties"), node)
            for name, json_name in names.fields
            if json_name is not None
        )
        required_first = sorted(fields, key=lambda one: not one.required)
        closed = node.get("additionalProperties") is False
        return Model(names.class_name, text, tuple(required_first), closed)

    def _field(self, owner: str, name: str, json_name: str, at: Pointer, parent: Node) -> Field:
        pointer = (*at, json_name)
        raw = parent["properties"][json_name]
        node = self._effective(raw)
        kind = self.type_of(raw, pointer, owner + class_part(json_name))
        only = self._only_value(node)
        required = json_name in parent.get("required", ()) and only is None
        default = only if only is not None else None if required else node.get("default")
        return Field(
            name=name,
            json_name=json_name,
            type=kind,
            required=required,
            nullable=bool(node.get("nullable")),
            default=default,
            secret=bool(node.get("x-secret")),
            description=str(node.get("description", "")),
        )

    def _union(self, name: str, node: Node, text: str) -> Union:
        members = tuple(self._class_at(pointer_of(one["$ref"])) for one in node["oneOf"])
        tag = node.get("discriminator", {}).get("propertyName")
        values: list[tuple[str, str]] = []
        for member, one in zip(members, node["oneOf"], strict=True):
            if tag:
                tagged = self._effective(self.document.follow(one)["properties"][tag])
                values.extend((str(value), member) for value in tagged["enum"])
        return Union(name, text, members, tag, tuple(values))

    def type_of(self, raw: Node, pointer: Pointer, inline_name: str) -> Type:
        """Return what a schema means; `inline_name` names a free-form object that has no name."""
        target = self._target(raw, pointer)
        node = self._effective(raw)
        kind = self._kind(node)
        if kind == "binary":
            return Binary()
        if kind == "array":
            items = node["items"]
            return Array(self.type_of(items, (*target, "items"), f"{inline_name}Item"))
        if kind == "union":
            return Choice(self._class_at(target))
        if kind == "freeform":
            return Named(self._freeform(target, inline_name, node), "freeform")
        if kind in {"model", "str_enum", "int_enum"}:
            return Named(self._class_at(target), kind)
        return Scalar(kind)

    def _freeform(self, target: Pointer, inline_name: str, node: Node) -> str:
        is_component = target[:2] == ("components", "schemas") and len(target) == 3
        name = target[2] if is_component else inline_name
        text = str(node.get("description", ""))
        self.freeforms.setdefault(name, FreeFormObject(name, text))
        return name

    def _class_at(self, pointer: Pointer) -> str:
        if pointer not in self.classes:
            raise ValueError(f"no class was generated for {'/'.join(pointer)}")
        return self.classes[pointer].class_name

    def _target(self, raw: Node, pointer: Pointer) -> Pointer:
        """Return where the schema really stands, behind references and one-item `allOf`s."""
        inner = raw["allOf"][0] if len(raw.get("allOf", ())) == 1 else raw
        return pointer_of(inner["$ref"]) if "$ref" in inner else pointer

    def _effective(self, raw: Node) -> Node:
        """Return a schema with its reference resolved and a one-item `allOf` merged in."""
        node = self.document.follow(raw)
        if len(node.get("allOf", ())) == 1:
            own = {key: value for key, value in node.items() if key != "allOf"}
            return {**self._effective(node["allOf"][0]), **own}
        return node

    @staticmethod
    def _kind(node: Node) -> str:
        """Classify a schema; what is none of ours is the Python name of a scalar."""
        if "oneOf" in node:
            return "union"
        if node.get("properties"):
            return "model"
        if "enum" in node:
            return "int_enum" if node.get("type") == "integer" else "str_enum"
        if node.get("type") == "object":
            return "freeform"
        if node.get("type") == "array":
            return "array"
        if node.get("format") == "binary":
            return "binary"
        return _SCALARS.get(str(node.get("type")), "Any")

    @staticmethod
    def _only_value(node: Node) -> Any:
        """Return the value of an enum that has just one and no other default."""
        values = node.get("enum", ())
        return values[0] if len(values) == 1 and "default" not in node else None
