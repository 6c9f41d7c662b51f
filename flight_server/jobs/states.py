"""The states of a job as a table, and what Amazon's own words for them come to: said of reports, true of queries.

| state      | what is known                                  | what comes next                              |
| ---------- | ---------------------------------------------- | -------------------------------------------- |
| wanted     | somebody wants it; Amazon has not been asked   | look for one that is there, else ask         |
| asking     | createReport was sent, its answer is not noted | look for what it made, else ask again        |
| queued     | Amazon has it in its queue                     | poll                                         |
| processing | Amazon works on it                             | poll                                         |
| cancelled  | Amazon gave it up and did not say why          | find out: nothing to tell, or asked too soon |
|            |                                                | (a query: somebody did; ask once more)       |
| cooling    | it was asked for too soon after another        | wait, then as wanted                         |
| fatal      | Amazon failed on it and may have said why      | read that                                    |
| done       | its document is there                          |                                              |
| empty      | it has no row                                  |                                              |
| failed     | there is none, and why is known                | nobody asks again before `next_try`          |
| gone       | its document is no longer there                |                                              |

A job that is killed in any state goes on from what was noted before the step that was under way.
"""

from typing import Final, Literal

State = Literal[
    "wanted", "asking", "queued", "processing", "cancelled", "cooling", "fatal", "done", "empty", "failed", "gone"
]

FINISHED: Final[frozenset[State]] = frozenset({"done", "empty", "failed", "gone"})

AT_AMAZON: Final[frozenset[State]] = frozenset({"asking", "queued", "processing"})
"""Amazon is at work on them, or may be."""

POLLED: Final[frozenset[State]] = frozenset({"queued", "processing"})

OF_AMAZON: Final[dict[str, State]] = {
    "IN_QUEUE": "queued",
    "IN_PROGRESS": "processing",
    "DONE": "done",
    "CANCELLED": "cancelled",
    "FATAL": "fatal",
}
"""`processingStatus` → state."""
