"""Values of a document that cannot be read: the first is an error, or each is told and its cell is null.

Names the document, the row and the column. What may be personal data is never shown. Knows no cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.table import Column
from flight_server.decode.columns import BadValue
from flight_server.decode.documents.facts import DocumentFacts
from flight_server.decode.record_batch import Note
from flight_server.errors import UnexpectedAnswer

_SHOWN = 60  # characters of a value


@dataclass
class Teller:
    """Counts rows, so that a value can be found."""

    facts: DocumentFacts
    note: Note | None
    may_be_personal: bool = False  # whoever may not see it is not shown it in an error either
    rows: int = 0

    def tell(self, bad_values: Sequence[tuple[Column, BadValue]], row_count: int) -> None:
        """Tell the values of the next rows that cannot be read; raise UnexpectedAnswer where none may be."""
        for column, bad in sorted(bad_values, key=lambda each: each[1].number):
            self._say(self._described(column, bad))
        self.rows += row_count

    def note_of_block(self) -> Note:
        """What to tell of values of the rows that come next, by sentences that name column and value already."""
        return lambda sentence: self._say(f"{sentence} (after row {self.rows} of the document)")

    def _say(self, sentence: str) -> None:
        if self.note is None:
            raise UnexpectedAnswer(
                f"{sentence}; leave the column out of the query to read the others, "
                "or set OnBadValue=Null to have null in the place of such values"
            )
        self.note(sentence)

    def _described(self, column: Column, bad: BadValue) -> str:
        is_hidden = self.may_be_personal or column.restricted
        shown = bad.text if len(bad.text) <= _SHOWN else bad.text[:_SHOWN] + "…"
        return (
            f"row {self.rows + bad.number + 1} of {self.facts.name} has a value for column {column.name} "
            f"({column.member}{bad.below}) that cannot be read as {bad.wanted}: {bad.reason}: "
            + ("value not shown, it may be personal data" if is_hidden else repr(shown))
        )
