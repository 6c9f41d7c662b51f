"""Connection parameters: one row each of name, default, meaning; parsed into a frozen `Settings`.

Knows the names and the allowed values; knows no Flight, no HTTP and no SQL. The parameters that choose the version of
an API come from the catalog, one for each that it declares.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Literal

from catalog.apis import read_apis
from flight_server.connection.hosts import api_host, api_host_of, endpoint_url, token_url
from flight_server.connection.marketplaces import ids_within, known_marketplaces
from flight_server.connection.setting_values import (
    SQL_DIALECTS,
    BadValue,
    as_age,
    as_bool,
    as_list,
    as_seconds,
    as_status_codes,
    as_text,
    encoding_name,
    one_of,
    value_text,
    whole_number,
)
from flight_server.errors import SettingError

RetryMode = Literal["None", "RetryAny", "RetryWhenStatusCodeMatch"]
Region = Literal["NA", "EU", "FE"]
RestrictedData = Literal["Auto", "Never", "Always"]
OnBadValue = Literal["Error", "Null"]
OnItemError = Literal["Error", "Row"]

ENVIRONMENT_PREFIX = "SPAPI_FLIGHT_"


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
    token_ui_mode: Literal["OnlyRefreshToken", "Full"] = "OnlyRefreshToken"
    auth_url: str = (
        "https://sellercentral.amazon.com/apps/authorize/consent?application_id=[YOUR-APPLICATION-ID]&version=beta"
    )
    retry: RetrySettings = RetrySettings()
    region: Region = "NA"
    is_region_asked: bool = True  # False: Endpoint names a stand-in of Amazon, and nobody said of which region
    endpoint: str = "https://sellingpartnerapi-na.amazon.com"  # resolved from Region, Sandbox and Endpoint
    sandbox: bool = False
    marketplaces: tuple[str, ...] = ()  # marketplace ids; empty: every one of the seller
    restricted_data: RestrictedData = "Auto"
    sql_dialect: str = "Auto"
    nested_types: Literal["json", "native"] = "json"
    on_bad_value: OnBadValue = "Error"
    on_item_error: OnItemError = "Error"
    timestamps: Literal["utc", "plain"] = "utc"
    query_timeout_seconds: float = 0.0
    max_calls: int = 0  # 0: no limit; a page is a call; sign-ins, retries and the list of marketplaces do not count
    max_rows: int = 0  # 0: no limit; rows that all scans of a query read
    report_max_age_seconds: float = 4 * 3600.0
    max_age_seconds: float = 0.0  # of rows that were read before; 0: Amazon is asked; inf: any will do
    report_partial: bool = False  # reports may be asked for periods that are not whole yet
    report_encoding: str = ""  # character set of documents; empty: by evidence
    mirror_restricted: bool = False  # personal data may be written to disk
    account_type: Literal["Auto", "Seller", "Vendor"] = "Auto"
    profile: str = ""
    api_versions: Mapping[str, str] = field(default_factory=dict)  # api -> version, for those set explicitly
    db_schema: str = ""  # schema that the session chose for unqualified names; no connection parameter
    is_admin: bool = False  # signed in with a profile that may see what every account does; no connection parameter

    @property
    def may_be_vendor(self) -> bool:
        """Whether a vendor may be asking; where nobody says, whoever has Amazon list its marketplaces is a seller."""
        return self.account_type == "Vendor" or (self.account_type == "Auto" and bool(self.marketplaces))

    @property
    def account(self) -> str:
        """Identity of the account without secrets: who shares tokens and quota buckets. Stable within a process."""
        return f"{self.client_id}/{hash((self.refresh_token.reveal(), self.endpoint)) & 0xFFFFFFFFFFFFFFFF:016x}"


Reader = Callable[[str, frozenset[str]], Any]
"""(text, hosts that the operator allows) → value; raises BadValue."""


@dataclass(frozen=True)
class ConnectionParameter:
    """One row of the table: a name and where its value lands in `Settings`."""

    name: str
    field: str  # of Settings, dotted: `retry.mode`; of a version parameter: `api_versions`
    read: Reader
    description: str
    is_secret: bool = False
    default_text: str = ""  # where the default is no constant
    apis: tuple[str, ...] = ()  # of a version parameter: the APIs whose version it chooses

    @property
    def default(self) -> str:
        """The default as a user would write it."""
        return self.default_text or value_text(attrgetter(self.field)(Settings()))


def _plain(read: Callable[[str], Any]) -> Reader:
    return lambda text, _: read(text)


def _secret(text: str, _: frozenset[str]) -> Secret:
    return Secret(as_text(text))


def _https_url(text: str) -> str:
    if not text.lower().startswith("https://"):
        raise BadValue("must be a URL that begins with https://")
    return as_text(text)


_TEXT = _plain(as_text)
_FLAG = _plain(as_bool)
_DURATION = _plain(as_seconds)

_ROWS = (
    ConnectionParameter("ClientId", "client_id", _TEXT, "Login with Amazon client id of the app"),
    ConnectionParameter("ClientSecret", "client_secret", _secret, "Login with Amazon client secret", is_secret=True),
    ConnectionParameter("RefreshToken", "refresh_token", _secret, "refresh token of the account", is_secret=True),
    ConnectionParameter("TokenUrl", "token_url", token_url, "token endpoint; only hosts that the operator allows"),
    ConnectionParameter(
        "TokenUIMode",
        "token_ui_mode",
        _plain(one_of("OnlyRefreshToken", "Full")),
        "how the login command obtains the refresh token; Full opens the consent page of a Public app",
    ),
    ConnectionParameter(
        "AuthUrl", "auth_url", _plain(_https_url), "consent page of a Public app, for the login command"
    ),
    ConnectionParameter(
        "RetryMode",
        "retry.mode",
        _plain(one_of("None", "RetryAny", "RetryWhenStatusCodeMatch")),
        "which failed calls are tried again",
    ),
    ConnectionParameter(
        "RetryStatusCodeList", "retry.status_codes", _plain(as_status_codes), "HTTP status codes to retry, a list"
    ),
    ConnectionParameter(
        "RetryCountMax", "retry.count_max", _plain(whole_number(0, 100)), "retries after the first try"
    ),
    ConnectionParameter(
        "RetryMultiplyWaitTime", "retry.multiply_wait_time", _FLAG, "the wait doubles at each retry, with jitter"
    ),
    ConnectionParameter(
        "RetryWaitTimeMs", "retry.wait_time_ms", _plain(whole_number(0, 3_600_000)), "first wait, milliseconds"
    ),
    ConnectionParameter("Region", "region", _plain(one_of("NA", "EU", "FE")), "region of the account: NA, EU or FE"),
    ConnectionParameter(
        "Endpoint",
        "endpoint",
        endpoint_url,
        "base URL of the API; only hosts that the operator allows",
        default_text="from Region and Sandbox",
    ),
    ConnectionParameter("Sandbox", "sandbox", _FLAG, "use the region's sandbox"),
    ConnectionParameter(
        "Marketplaces",
        "marketplaces",
        _plain(lambda text: known_marketplaces(as_list(text))),
        "marketplace ids or country codes, a list",
        default_text="every marketplace that the seller takes part in within the region",
    ),
    ConnectionParameter(
        "RestrictedData",
        "restricted_data",
        _plain(one_of("Auto", "Never", "Always")),
        "when to ask for a restricted data token; Auto: when a query wants columns that need one",
    ),
    ConnectionParameter(
        "SqlDialect",
        "sql_dialect",
        _plain(one_of("Auto", *SQL_DIALECTS)),
        "dialect of the incoming SQL; Auto: duckdb, else tsql where only that can be read",
    ),
    ConnectionParameter(
        "NestedTypes",
        "nested_types",
        _plain(one_of("json", "native")),
        "how arrays and maps appear: json text or native Arrow types",
    ),
    ConnectionParameter(
        "OnBadValue",
        "on_bad_value",
        _plain(one_of("Error", "Null")),
        "a value that its column cannot hold: an error, or null and counted in system.queries",
    ),
    ConnectionParameter(
        "OnItemError",
        "on_item_error",
        _plain(one_of("Error", "Row")),
        "a key that a batch operation refuses: an error, or a row that tells its status and error",
    ),
    ConnectionParameter(
        "Timestamps",
        "timestamps",
        _plain(one_of("utc", "plain")),
        "utc: times with their zone; plain: the same instants without one, for tools that cannot read zones",
        default_text="plain for the JDBC driver, else utc",
    ),
    ConnectionParameter("QueryTimeout", "query_timeout_seconds", _DURATION, "longest run of a query; 0: no limit"),
    ConnectionParameter(
        "MaxCalls",
        "max_calls",
        _plain(whole_number(0, 999_999_999)),
        "most pages that a query may ask of Amazon, retries not counted: one that needs more ends with an error; "
        "0: no limit",
    ),
    ConnectionParameter(
        "MaxRows",
        "max_rows",
        _plain(whole_number(0, 999_999_999)),
        "most rows that a query may read from Amazon, all its tables together: one that needs more ends with an error; "
        "0: no limit",
    ),
    ConnectionParameter(
        "MaxAge",
        "max_age_seconds",
        _plain(as_age),
        "how old rows may be that were read before and kept (serve --data): 15m, 4h, 7d, Any; 0: Amazon is asked; for "
        "one statement as a comment at its head, /* max_age=1h */",
    ),
    ConnectionParameter(
        "ReportMaxAge", "report_max_age_seconds", _DURATION, "a finished report younger than this is reused"
    ),
    ConnectionParameter(
        "ReportPartial",
        "report_partial",
        _FLAG,
        "reports of periods that are not whole yet, marked in the column is_partial, instead of an error",
    ),
    ConnectionParameter(
        "ReportEncoding",
        "report_encoding",
        _plain(encoding_name),
        "character set of a report's document: any that Python knows, as utf-8, cp1252 or cp932",
        default_text="by evidence",
    ),
    ConnectionParameter(
        "MirrorRestricted",
        "mirror_restricted",
        _FLAG,
        "personal data may be written to the server's disk, as documents of reports are kept",
    ),
    ConnectionParameter(
        "AccountType",
        "account_type",
        _plain(one_of("Auto", "Seller", "Vendor")),
        "which tables are listed, and whose data sets * does without",
    ),
    ConnectionParameter(
        "Profile", "profile", _TEXT, "profile on the server that holds the secrets", default_text="none"
    ),
)


def _version_rows() -> Iterator[ConnectionParameter]:
    by_parameter: dict[str, list[Any]] = {}
    for api in (api for api in read_apis() if api.parameter):
        by_parameter.setdefault(api.parameter, []).append(api)
    for name, apis in by_parameter.items():
        versions = dict.fromkeys(version for api in apis for version in api.versions)
        names = tuple(api.name for api in apis)
        yield ConnectionParameter(
            name,
            "api_versions",
            _plain(one_of(*versions)),
            f"version behind schema {' and '.join(names)}: {', '.join(versions)}",
            default_text=apis[0].default,
            apis=names,
        )


@cache
def connection_parameters() -> tuple[ConnectionParameter, ...]:
    """The whole table, in the order in which it is shown."""
    return (*_ROWS, *_version_rows())


@cache
def _by_lower_name() -> Mapping[str, ConnectionParameter]:
    return {row.name.lower(): row for row in connection_parameters()}


def named(name: str) -> ConnectionParameter | None:
    """The parameter of that name, whatever the case."""
    return _by_lower_name().get(name.strip().lower())


@lru_cache(maxsize=4096)
def near_miss(name: str) -> str:
    """The known name that an unknown one was probably meant to be; empty if it resembles none.

    >>> near_miss("ClientSecert"), near_miss("refresh-token"), near_miss("chunkbuffercapacity")
    ('ClientSecret', 'RefreshToken', '')
    """
    plain = name.lower().replace("-", "").replace("_", "").replace(".", "")
    near = difflib.get_close_matches(plain, _by_lower_name(), n=1, cutoff=0.8)
    return _by_lower_name()[near[0]].name if near else ""


def parse(values: Mapping[str, str], allowed_hosts: frozenset[str] = frozenset()) -> Settings:
    """The settings that the given texts come to; blank ones count as not given. Raise SettingError."""
    read: dict[str, Any] = {}
    for name, text in values.items():
        row = _known(name)
        if text.strip():
            read[row.name] = read_value(row, text, allowed_hosts)
    rows = [row for row in _ROWS if row.name in read and row.field not in _RESOLVED]
    retry = {row.field.partition(".")[2]: read[row.name] for row in rows if row.field.startswith("retry.")}
    plain = {row.field: read[row.name] for row in rows if "." not in row.field}
    place = _place(read)
    marketplaces = _marketplaces(read, place["region"])
    return Settings(
        **plain, **place, marketplaces=marketplaces, retry=RetrySettings(**retry), api_versions=_versions(read)
    )


def read_value(row: ConnectionParameter, text: str, allowed_hosts: frozenset[str]) -> Any:
    """One value, read on its own; raise SettingError that names the parameter and what is allowed."""
    try:
        return row.read(text.strip(), allowed_hosts)
    except BadValue as error:
        raise SettingError(row.name, f"{row.name} {error}") from None


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Server defaults: the parameters given as `SPAPI_FLIGHT_<NAME>`, words divided by `_` or not.

    >>> from_environment({"SPAPI_FLIGHT_CLIENT_ID": "abc", "SPAPI_FLIGHT_PORT": "1", "HOME": "/"})
    {'ClientId': 'abc'}
    """
    prefixed = {
        name.removeprefix(ENVIRONMENT_PREFIX).replace("_", ""): text
        for name, text in environment.items()
        if name.startswith(ENVIRONMENT_PREFIX)
    }
    return {row.name: text for name, text in prefixed.items() if (row := named(name)) is not None and text.strip()}


def described(settings: Settings) -> Iterator[dict[str, str | None]]:
    """Every parameter with its value, secrets masked: the rows of `system.connection_parameters`."""
    for row in connection_parameters():
        if row.apis:
            value = next((settings.api_versions[api] for api in row.apis if api in settings.api_versions), row.default)
        else:
            value = value_text(attrgetter(row.field)(settings))
        yield {"name": row.name, "value": value or None, "default": row.default or None, "description": row.description}


_RESOLVED = frozenset({"region", "sandbox", "endpoint", "marketplaces"})
"""Fields that depend on one another."""


def _known(name: str) -> ConnectionParameter:
    row = named(name)
    if row is None:
        raise unknown_parameter(name)
    return row


def unknown_parameter(name: str) -> SettingError:
    """The error for a name that is none of ours, with the one that was probably meant."""
    near = near_miss(name)
    hint = f"did you mean {near}?" if near else "SELECT * FROM system.connection_parameters lists them"
    return SettingError(name, f"there is no connection parameter {name[:60]!a}; {hint}")


def _place(read: Mapping[str, Any]) -> dict[str, Any]:
    """Region, Sandbox and Endpoint, which must agree: a host of Amazon's says all three."""
    endpoint = read.get("Endpoint")
    host = api_host_of(endpoint) if endpoint else None
    if host is None:
        region, is_sandbox = read.get("Region", "NA"), read.get("Sandbox", False)
        return {
            "region": region,
            "is_region_asked": "Region" in read or not endpoint,
            "sandbox": is_sandbox,
            "endpoint": endpoint or api_host(region, is_sandbox).url,
        }
    if read.get("Region", host.region) != host.region:
        raise SettingError("Endpoint", f"Endpoint is the host of Region {host.region}, but Region is {read['Region']}")
    if read.get("Sandbox", host.is_sandbox) != host.is_sandbox:
        raise SettingError("Endpoint", f"Endpoint and Sandbox disagree: set Sandbox={host.is_sandbox} or drop one")
    return {"region": host.region, "sandbox": host.is_sandbox, "endpoint": host.url}


def _marketplaces(read: Mapping[str, Any], region: str) -> tuple[str, ...]:
    try:
        return ids_within(read.get("Marketplaces", ()), region)
    except BadValue as error:
        raise SettingError("Marketplaces", f"Marketplaces {error}") from None


def _versions(read: Mapping[str, Any]) -> dict[str, str]:
    """API → version. Where one parameter chooses for several APIs, those that have the version take it."""
    rows = [row for row in connection_parameters() if row.apis and row.name in read]
    versions = {api.name: api.versions for api in read_apis()}
    return {api: read[row.name] for row in rows for api in row.apis if read[row.name] in versions[api]}
