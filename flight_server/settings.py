"""Connection parameters: one row each of name, default, meaning; parsed into a frozen `Settings`.

Knows the names and the allowed values; knows no Flight, no HTTP and no SQL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

RetryMode = Literal["None", "RetryAny", "RetryWhenStatusCodeMatch"]
Region = Literal["NA", "EU", "FE"]
RestrictedData = Literal["Auto", "Never", "Always"]


@dataclass(frozen=True)
class Secret:
    """A text that never prints: `str` and `repr` show `***`, `reveal()` gives the value."""

    _value: str = ""

    def reveal(self) -> str:
        """The secret itself, for the one place that sends it."""
        return self._value

    def __str__(self) -> str:
        return "***" if self._value else ""

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True)
class RetrySettings:
    """`RetryMode` and its companions."""

    mode: RetryMode = "RetryWhenStatusCodeMatch"
    status_codes: frozenset[int] = frozenset({429})
    count_max: int = 5
    multiply_wait_time: bool = True
    wait_time_ms: int = 500


@dataclass(frozen=True)
class Settings:
    """All connection parameters of one call, parsed. Times are seconds unless the name says otherwise."""

    client_id: str = ""
    client_secret: Secret = Secret()
    refresh_token: Secret = Secret()
    token_url: str = "https://api.amazon.com/auth/o2/token"
    retry: RetrySettings = RetrySettings()
    region: Region = "NA"
    endpoint: str = "https://sellingpartnerapi-na.amazon.com"  # resolved from Region, Sandbox and Endpoint
    sandbox: bool = False
    marketplaces: tuple[str, ...] = ()  # marketplace ids; empty: every one of the seller
    restricted_data: RestrictedData = "Auto"
    sql_dialect: str = "duckdb"
    nested_types: Literal["json", "native"] = "json"
    query_timeout_seconds: float = 0
    report_max_age_seconds: float = 4 * 3600
    account_type: Literal["Auto", "Seller", "Vendor"] = "Auto"
    profile: str = ""
    api_versions: Mapping[str, str] = field(default_factory=dict)  # api -> version, for those set explicitly

    @property
    def account(self) -> str:
        """Identity of the account without secrets: who shares tokens and quota buckets. Stable within a process."""
        return f"{self.client_id}/{hash((self.refresh_token.reveal(), self.endpoint)) & 0xFFFFFFFF:08x}"
