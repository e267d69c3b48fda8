"""A strict reader of OpenMetrics text."""

from __future__ import annotations

import re

from attrs import define, field

_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = re.compile(rf'({_NAME})="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=[^,}}])|(?=}}))')
_SAMPLE = re.compile(rf"({_NAME})(?:{{(.*)}})? ([0-9.e+-]+|[+-]Inf|NaN)")
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
_SUFFIXES = {
    "counter": {"_total"},
    "gauge": {""},
    "histogram": {"_bucket", "_count", "_sum"},
}

Labels = frozenset[tuple[str, str]]


@define
class Family:
    """One name with its values; those of a histogram also have the label "suffix"."""

    kind: str
    help: str = ""
    values: dict[Labels, float] = field(factory=dict)


def read(text: str) -> dict[str, Family]:
    """Return the families of a text; an assertion fails for what Prometheus would refuse."""
    assert text.endswith("# EOF\n")
    lines = text.removesuffix("# EOF\n").splitlines()
    families: dict[str, Family] = {}
    name = ""
    for line in lines:
        assert line == line.strip()
        if line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            assert name not in families, f"{name} stands there twice"
            families[name] = Family(kind)
        elif line.startswith("# HELP "):
            _, _, helped, families[name].help = line.split(" ", 3)
            assert helped == name
        else:
            add_sample(name, families[name], line)
    for name, family in families.items():
        if family.kind == "histogram":
            check_histogram(name, family)
    return families


def add_sample(name: str, family: Family, line: str) -> None:
    found = _SAMPLE.fullmatch(line)
    assert found, line
    suffix = found[1].removeprefix(name)
    assert found[1].startswith(name), f"{line} is not of {name}"
    assert suffix in _SUFFIXES[family.kind], line
    labels = read_labels(found[2] or "")
    if family.kind == "histogram":
        labels |= {("suffix", suffix)}
    assert labels not in family.values, f"{line} stands there twice"
    family.values[labels] = float(found[3])
    assert family.kind == "gauge" or family.values[labels] >= 0, line


def read_labels(text: str) -> Labels:
    labels: dict[str, str] = {}
    rest = text + "}"
    while rest != "}":
        found = _LABEL.match(rest)
        assert found, rest
        assert found[1] not in labels, f"{found[1]} stands there twice"
        labels[found[1]] = re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], found[2])
        rest = rest[found.end() :]
    return frozenset(labels.items())


def check_histogram(name: str, family: Family) -> None:
    """See that the buckets of each series count up, to the count."""
    series: dict[Labels, list[tuple[float, float]]] = {}
    for labels, value in family.values.items():
        ends = [text for label, text in labels if label == "le"]
        if ends:
            rest = frozenset(pair for pair in labels if pair[0] not in ("le", "suffix"))
            series.setdefault(rest, []).append((float(ends[0]), value))
    for rest, buckets in series.items():
        counts = [count for _, count in sorted(buckets)]
        assert counts == sorted(counts), name
        assert family.values[rest | {("suffix", "_count")}] == counts[-1]
