"""What mends a TOML file: the word that was meant, or what may stand at the place that a fault names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

_FEW = 24  # words that are still told one by one

Schema = dict[str, Any]


def cure(fault: str, kind: type, raw: object) -> str:
    """What to do about a decoding error, as the end of its line; empty where there is nothing to say.

    Args:
        fault: What msgspec says.
        kind: What the file should hold.
        raw: What it holds, as plain dictionaries, lists and values.
    """
    found = re.search(r" - at `\$(.*)`$", fault)
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", found[1]) if found else []
    place = [name or int(index) for name, index in steps]
    schema = msgspec.json.schema(kind)
    if "Expected `array`" in fault:
        tables = "`object`" in fault and any("properties" in node for node in _nodes(schema, [*place, 0], None))
        return f"; write [[{place[-1]}]]" if tables else '; write a list, as [low, high] or ["name", ...]'
    if unknown := re.search(r"unknown field `(.+?)`", fault):
        return _meant(unknown[1], [word for word in _fields(schema, place, raw) if word != "kind"], schema)
    if "required field `kind`" in fault:
        return _takes(place, _kinds(schema, place))
    if wrong := re.search(r"Invalid (?:enum )?value '(.*?)'", fault):
        tags = _kinds(schema, place[:-1]) if place[-1:] == ["kind"] else []
        words = tags or [word for node in _nodes(schema, place, raw) for word in node.get("enum", ())]
        near = difflib.get_close_matches(wrong[1], words, n=1, cutoff=0.5)
        return f"; did you mean {near[0]!r}?" if near else _takes(place[:-1], tags) if tags else _one_of(words)
    return ""


def _meant(word: str, fields: list[str], schema: Schema) -> str:
    """The field that is spelt most alike; else the section that has one of this name; else all that there are."""
    near = difflib.get_close_matches(word, fields, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    sections = [name for name in _fields(schema, [], {}) if word in _fields(schema, [name], {})]
    return f"; did you mean {f'{sections[0]}.{word}'!r}?" if len(sections) == 1 else _one_of(fields)


def _one_of(words: list[str]) -> str:
    return f"; it is one of {', '.join(words)}" if 0 < len(words) <= _FEW else ""


def _takes(place: list[Any], kinds: list[str]) -> str:
    names = [step for step in place if isinstance(step, str)]
    return f"; {names[-1]} takes {', '.join(kinds)}" if names and kinds else ""


def _fields(schema: Schema, place: list[Any], raw: object) -> list[str]:
    """Names of what an object at a place may hold."""
    return sorted({name for node in _nodes(schema, place, raw) for name in node.get("properties", {})})


def _kinds(schema: Schema, place: list[Any]) -> list[str]:
    """The kinds of object that may stand at a place."""
    return [word for node in _nodes(schema, place, None) for word in _tags(node)]


def _tags(node: Schema) -> list[str]:
    return list(node.get("properties", {}).get("kind", {}).get("enum", ()))


def _nodes(schema: Schema, place: list[Any], raw: object) -> list[Schema]:
    """Schemas of what may stand at a place; of objects that name their kind in `raw`, of that kind alone."""
    nodes = list(_plain(schema, schema))
    for step in place:
        below = [_below(node.get("properties", {}), step, node.get("items")) for node in nodes]
        nodes = [plain for node in below if isinstance(node, dict) for plain in _plain(node, schema)]
        raw = _below(raw, step, None)
        if isinstance(raw, dict) and "kind" in raw:
            nodes = [node for node in nodes if raw["kind"] in _tags(node)] or nodes
    return nodes


def _below(whole: object, step: str | int, item: object) -> object:
    """A part of a dictionary or list; `item` of what is no list, by its index."""
    if isinstance(step, str):
        return whole.get(step) if isinstance(whole, dict) else None
    return whole[step] if isinstance(whole, list) and step < len(whole) else item


def _plain(node: Schema, schema: Schema) -> Iterator[Schema]:
    """A schema with its references followed, each of its alternatives by itself."""
    if "$ref" in node:
        yield from _plain(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
    elif "anyOf" in node:
        for one in node["anyOf"]:
            yield from _plain(one, schema)
    else:
        yield node
