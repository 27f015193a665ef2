"""Reads a declared YAML file into a strict model, and says file and line of whatever is wrong with it.

``read(path, Model)``: YAML text -> nodes (which know their lines) -> plain values -> pydantic model.
Unknown keys are refused by the models, repeated keys here (YAML itself would silently keep the last).
"""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pch.errors import RegistryError


class Declared(BaseModel):
    """Base of every declared fact: immutable, and deaf to no key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


M = TypeVar("M", bound=Declared)


def read(path: Path, model: type[M]) -> M:
    """The declaration in ``path``; raises RegistryError naming file and line."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise RegistryError(f"{path}:1: not readable as UTF-8") from None
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise RegistryError(f"{where}: not readable as YAML: {getattr(e, 'problem', e)}") from None
    if not isinstance(node, yaml.MappingNode):
        raise RegistryError(f"{path}:1: expected a mapping of keys to values")
    try:
        return model.model_validate(_plain(node, path))
    except ValidationError as e:
        lines = [
            f"{path}:{_line_of(node, problem['loc'])}: {_name(problem['loc'])}: {problem['msg']}"
            for problem in e.errors()
        ]
        raise RegistryError("\n".join(lines)) from None


def _plain(node: yaml.Node, path: Path) -> Any:
    if isinstance(node, yaml.MappingNode):
        plain: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            where = f"{path}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise RegistryError(f"{where}: not readable as YAML: a key must be a word")
            key = _plain(key_node, path)
            if key in plain:
                raise RegistryError(f"{where}: '{key}' is given twice")
            plain[key] = _plain(value_node, path)
        return plain
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path) for item in node.value]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError) as e:  # a tag of somebody's own; a day that no month has
        problem = getattr(e, "problem", e)
        raise RegistryError(f"{path}:{node.start_mark.line + 1}: not readable as YAML: {problem}") from None


def _line_of(node: yaml.Node, loc: tuple[int | str, ...]) -> int:
    """The line of the innermost node that ``loc`` reaches."""
    line = node.start_mark.line
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = [(k, v) for k, v in node.value if k.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
    return line + 1


def _name(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in loc) or "file"
