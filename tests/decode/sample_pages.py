"""Pages made of JSON text, and the shortest way to decode one column of them."""

from collections.abc import Mapping

from catalog.table import Column, DeclaredType, Operation
from flight_server.decode import decoder
from flight_server.plan import Call, Page

OPERATION = Operation("getThings", "things", "v1", "GET", "/things/v1/things")


def page(
    body: str | bytes, asked: Mapping[str, str | None] | None = None, request_id: str = "request-1", number: int = 0
) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(Call(OPERATION, asked=asked or {}), number, raw, request_id)


def rows(row_path: str, columns: list[Column], *pages: Page) -> list[tuple[object, ...]]:
    record_batch = decoder(row_path, tuple(columns))(pages)
    record_batch.validate(full=True)
    return list(zip(*(column.to_pylist() for column in record_batch.columns), strict=True))


def decoded(json_text: str, declared_type: DeclaredType) -> object:
    """One value as the middle one of three; its neighbours are null and must stay so."""
    body = f'{{"things": [{{"a": null}}, {{"a": {json_text}}}, {{}}]}}'
    (before,), (value,), (after,) = rows("things[]", [Column("a", declared_type, "things[].a")], page(body))
    assert before is None
    assert after is None
    return value
