"""The shape of `models/*.json`: what Amazon publishes of one API version, and nothing of its prose.

Written by `catalog.compile`, never by hand. A member's type is Swagger's, with its format behind a colon
(`string:date-time`); `json` stands for free objects, maps and the point where a schema repeats itself.
"""

from pathlib import Path

import msgspec


class ParameterModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One parameter; `is_list` says that the operation takes several values, `repeated` that each goes by itself."""

    name: str
    location: str
    type: str = "string"
    format: str = ""
    required: bool = False
    is_list: bool = False
    repeated: bool = False
    max_items: int | None = None
    enum: tuple[str, ...] = ()


class OperationModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One operation with the members of its first successful answer, flattened."""

    operation_id: str
    method: str
    path: str
    deprecated: bool = False
    rate: float | None = None
    burst: int | None = None
    parameters: tuple[ParameterModel, ...] = ()
    body_objects: dict[str, tuple[str, ...]] = {}  # object of the body → members that it must have
    members: dict[str, str] = {}


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One API version."""

    api: str
    version: str
    operations: tuple[OperationModel, ...]


def write_model(model: Model, path: Path) -> None:
    """Write one member a line, in Amazon's order: a new version is a diff that can be read."""
    text = msgspec.json.format(msgspec.json.encode(model), indent=1)
    path.write_bytes(text + b"\n")


def read_model(text: bytes) -> Model:
    """Read what `write_model` wrote; raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=Model)
