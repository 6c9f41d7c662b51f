"""RetryMode and its four companions as one tenacity policy: run a try until it succeeds or must not be repeated.

| RetryMode                | a failed try is repeated                                                          |
| ------------------------ | --------------------------------------------------------------------------------- |
| None                     | never                                                                             |
| RetryAny                 | when its status is 400 or more, and when no whole answer came                     |
| RetryWhenStatusCodeMatch | when its status is in RetryStatusCodeList, and when no whole answer came          |

Errors that Amazon tells inside an answer of success, and items of a batch that it throttled or failed on, count as the
status that fits them (`arrival`): 429, 403 or 400. Where Amazon itself failed, the answer is as good as none: it is
repeated as one that broke off, for no list of statuses can name it.

Almost every operation served here reads, so that repeating one does no harm; what makes something is repeated only
after 429, which says that it was not made. Knows no HTTP: a try reports by raising `Failure` and waits are the query's:
they end when it is cancelled or out of time.
"""

import random
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_fixed
from tenacity.wait import wait_base

from flight_server.client.answers.failure import Failure
from flight_server.client.clock import Clock
from flight_server.connection.settings import RetrySettings

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 600
_JITTER = 0.25  # a doubled wait is stretched by up to this share, so that many clients do not come back together


def persist(
    retry: RetrySettings, sleep: Callable[[float], None], once: Callable[[], T], *, is_repeatable: bool = True
) -> T:
    """Call `once` until it succeeds; raises the last Failure, which then knows how many tries there were."""

    def is_to_be_repeated(error: BaseException) -> bool:
        return isinstance(error, Failure) and (is_repeatable or not error.may_be_done) and _is_repeated(retry, error)

    tries = Retrying(
        retry=retry_if_exception(is_to_be_repeated),
        stop=stop_after_attempt(1 + retry.count_max),
        wait=_AtLeastAsked(_waits(retry)),
        sleep=sleep,
        reraise=True,
    )
    try:
        return tries(once)
    except Failure as failure:
        failure.try_count = tries.statistics["attempt_number"]
        raise


def _is_repeated(retry: RetrySettings, failure: Failure) -> bool:
    return is_repeated(retry, 0 if failure.is_hidden else failure.http_status)


def is_repeated(retry: RetrySettings, http_status: int) -> bool:
    """Whether the mode repeats a try that ended so; status 0: no whole answer came.

    >>> [is_repeated(RetrySettings(), http_status) for http_status in (429, 503, 0)]
    [True, False, True]
    """
    match retry.mode:
        case "None":
            return False
        case "RetryAny":
            return http_status == 0 or http_status >= 400
        case "RetryWhenStatusCodeMatch":
            return http_status == 0 or http_status in retry.status_codes


def _waits(retry: RetrySettings) -> wait_base:
    seconds = retry.wait_time_ms / 1000
    if not retry.multiply_wait_time:
        return wait_fixed(seconds)
    return _Jittered(wait_exponential(multiplier=seconds, max=max(seconds, LONGEST_WAIT_SECONDS)))


class _Jittered(wait_base):
    def __init__(self, wait: wait_base) -> None:
        self._wait = wait

    def __call__(self, retry_state: RetryCallState) -> float:
        return self._wait(retry_state) * random.uniform(1, 1 + _JITTER)


class _AtLeastAsked(wait_base):
    """Not before the failed answer allows: Retry-After, and 1/rate after a 429."""

    def __init__(self, wait: wait_base) -> None:
        self._wait = wait

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        return max(self._wait(retry_state), error.wait_seconds if isinstance(error, Failure) else 0)


def retry_after_seconds(text: str, clock: Clock) -> float:
    """A Retry-After header, seconds or a date, as seconds from now; 0 if absent or unreadable."""
    try:
        return max(0.0, float(int(text)))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock.utc()).total_seconds())
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return 0.0
