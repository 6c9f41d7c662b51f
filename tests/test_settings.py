"""Connection parameters: names, values, places, and what may be said of them."""

import pytest
import sqlglot

from flight_server.connection.hosts import API_HOSTS, ApiHost, checked_allowed_host
from flight_server.connection.setting_values import SQL_DIALECTS, BadValue
from flight_server.connection.settings import (
    Secret,
    Settings,
    connection_parameters,
    described,
    from_environment,
    named,
    near_miss,
    parse,
)
from flight_server.errors import SettingError

CONTRACT = {
    "TokenUrl": "https://api.amazon.com/auth/o2/token",
    "TokenUIMode": "OnlyRefreshToken",
    "AuthUrl": "https://sellercentral.amazon.com/apps/authorize/consent?application_id=[YOUR-APPLICATION-ID]&version=beta",
    "OrdersApiVersion": "v0",
    "SellerApiVersion": "v1",
    "ShippingApiVersion": "v1",
    "ServicesApiVersion": "v1",
    "FbaApiVersion": "v1",
    "SalesApiVersion": "v1",
    "ReportsApiVersion": "2021-06-30",
    "ProductsFeesApiVersion": "v0",
    "ProductPricingApiVersion": "v0",
    "CatalogItemsApiVersion": "2022-04-01",
    "VendorOrdersApiVersion": "v1",
    "RetryMode": "RetryWhenStatusCodeMatch",
    "RetryStatusCodeList": "429",
    "RetryCountMax": "5",
    "RetryMultiplyWaitTime": "True",
    "RetryWaitTimeMs": "500",
    "Region": "NA",
    "Sandbox": "False",
    "RestrictedData": "Auto",
    "SqlDialect": "Auto",
    "NestedTypes": "json",
    "QueryTimeout": "0",
    "ReportMaxAge": "4h",
    "AccountType": "Auto",
}


def test_the_defaults_are_those_of_the_contract() -> None:
    shown = {row["name"]: row["default"] for row in described(Settings())}
    assert {name: shown[name] for name in CONTRACT} == CONTRACT
    assert {"ClientId", "ClientSecret", "RefreshToken", "Endpoint", "Marketplaces", "Profile"} <= set(shown)


def test_nothing_given_means_the_defaults() -> None:
    assert parse({}) == Settings()


def test_a_default_that_is_given_changes_nothing() -> None:
    given = {name: text for name, text in CONTRACT.items() if not name.endswith("ApiVersion")}
    assert parse(given) == Settings()


def test_names_come_in_any_case_and_values_without_surrounding_blanks() -> None:
    settings = parse({"CLIENTID": "  abc ", "refreshtoken": "Atzr|x%2F+==", "retrycountmax": " 3 "})
    assert (settings.client_id, settings.refresh_token.reveal(), settings.retry.count_max) == ("abc", "Atzr|x%2F+==", 3)


def test_a_blank_value_counts_as_not_given() -> None:
    assert parse({"Region": "  ", "ClientId": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("Sandbox", "yes", "sandbox", True),
        ("Sandbox", "ON", "sandbox", True),
        ("Sandbox", "t", "sandbox", True),
        ("Sandbox", "0", "sandbox", False),
        ("SqlDialect", "TSQL", "sql_dialect", "tsql"),
        ("NestedTypes", "Native", "nested_types", "native"),
        ("QueryTimeout", "90", "query_timeout_seconds", 90.0),
        ("QueryTimeout", "1.5", "query_timeout_seconds", 1.5),
        ("ReportMaxAge", "30m", "report_max_age_seconds", 1800.0),
        ("ReportMaxAge", "1h 30m", "report_max_age_seconds", 5400.0),
        ("ReportMaxAge", "2d", "report_max_age_seconds", 172_800.0),
        ("AccountType", "vendor", "account_type", "Vendor"),
        ("RestrictedData", "NEVER", "restricted_data", "Never"),
        ("CatalogItemsApiVersion", "2022-04-01", "api_versions", {"catalog_items": "2022-04-01"}),
    ],
)
def test_values_are_read(name: str, text: str, field: str, value: object) -> None:
    assert getattr(parse({name: text}), field) == value


@pytest.mark.parametrize("text", ["429,503", "429|503", "429 503", "429; 503", " 429 , 503,"])
def test_lists_may_be_divided_in_any_way_that_drivers_can_send(text: str) -> None:
    assert parse({"RetryStatusCodeList": text}).retry.status_codes == {429, 503}


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("Region", "US", "NA, EU, FE"),
        ("Sandbox", "maybe", "True or False"),
        ("RetryMode", "Always", "RetryWhenStatusCodeMatch"),
        ("RetryStatusCodeList", "429,many", "HTTP status codes"),
        ("RetryStatusCodeList", "999", "from 100 to 599"),
        ("RetryCountMax", "-1", "from 0 to 100"),
        ("RetryCountMax", "1e3", "from 0 to 100"),
        ("RetryWaitTimeMs", "٣", "whole number"),
        ("QueryTimeout", "soon", "30m"),
        ("QueryTimeout", "-5", "30m"),
        ("QueryTimeout", "nan", "30m"),
        ("ReportMaxAge", "400d", "366 days"),
        ("SqlDialect", "cobol", "Auto, athena"),
        ("OrdersApiVersion", "v9", "v0"),
        ("AccountType", "both", "Seller, Vendor"),
        ("RefreshToken", "Atzr\n|x", "control characters"),
        ("AuthUrl", "javascript:alert(1)", "https://"),
    ],
)
def test_a_bad_value_names_the_parameter_and_what_is_allowed_but_not_the_value(
    name: str, text: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as raised:
        parse({name: text})
    assert raised.value.parameter == name
    assert raised.value.message.startswith(name)
    assert allowed in raised.value.message
    assert text not in raised.value.message or len(text) < 3


def test_an_unknown_name_is_refused_with_the_near_one() -> None:
    with pytest.raises(SettingError, match="did you mean ClientSecret"):
        parse({"ClientSecert": "geheim"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("clientsecert", "ClientSecret"),
        ("client-id", "ClientId"),
        ("refresh_token", "RefreshToken"),
        ("marketplace", "Marketplaces"),
        ("ordersapiverison", "OrdersApiVersion"),
        ("endpoints", "Endpoint"),
        ("regoin", "Region"),
    ],
)
def test_near_misses(name: str, meant: str) -> None:
    assert near_miss(name) == meant


@pytest.mark.parametrize(
    "name",
    [
        "chunkbuffercapacity",
        "hidesqltableslisting",
        "description",
        "trace",
        "setup",
        "cookie",
        "schema",
        "catalog",
        "database",
        "user-agent",
        "auth-token-bin",
        "traceparent",
        "authorization",
        "content-type",
        "te",
        "accept-encoding",
        "user",
        "uid",
        "driver",
        "timeout",
    ],
)
def test_headers_of_drivers_resemble_no_parameter(name: str) -> None:
    assert near_miss(name) == ""


@pytest.mark.parametrize("host", API_HOSTS, ids=lambda host: host.host)
def test_region_and_sandbox_pick_the_endpoint(host: ApiHost) -> None:
    settings = parse({"Region": host.region, "Sandbox": str(host.is_sandbox)})
    assert settings.endpoint == host.url
    assert parse({"Endpoint": host.url + "/"}) == settings


def test_an_endpoint_of_another_region_is_refused() -> None:
    with pytest.raises(SettingError, match="host of Region EU"):
        parse({"Endpoint": "https://sellingpartnerapi-eu.amazon.com", "Region": "NA"})
    with pytest.raises(SettingError, match="Sandbox=True"):
        parse({"Endpoint": "https://sandbox.sellingpartnerapi-eu.amazon.com", "Sandbox": "no"})


def test_marketplaces_are_ids_or_countries_of_the_region() -> None:
    settings = parse({"Marketplaces": "us|A2EUQ1WTGCTBG2,US mx"})
    assert settings.marketplaces == ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8")
    assert parse({"Marketplaces": "uk", "Region": "EU"}).marketplaces == ("A1F83G8C2ARO7P",)
    with pytest.raises(SettingError, match=r"must be of Region NA.*DE \(EU\)"):
        parse({"Marketplaces": "US,DE"})
    with pytest.raises(SettingError, match="number 2 of the list is none"):
        parse({"Marketplaces": "US,Atlantis"})


ALLOWED = frozenset({"127.0.0.1:8099", "proxy.example"})


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8099", "http://127.0.0.1:8099"),
        ("http://127.0.0.1:8099/", "http://127.0.0.1:8099"),
        ("HTTPS://Proxy.Example:8443", "https://proxy.example:8443"),
        ("http://proxy.example", "http://proxy.example"),
    ],
)
def test_hosts_that_the_operator_allows(text: str, url: str) -> None:
    assert parse({"Endpoint": text}, ALLOWED).endpoint == url


@pytest.mark.parametrize(
    "url",
    [
        "http://sellingpartnerapi-na.amazon.com",
        "https://sellingpartnerapi-na.amazon.com:444",
        "https://sellingpartnerapi-na.amazon.com.evil.example",
        "https://evil.example/sellingpartnerapi-na.amazon.com",
        "https://sellingpartnerapi-na.amazon.com@evil.example",
        "https://evil.example@sellingpartnerapi-na.amazon.com",
        "https://evil.example#@sellingpartnerapi-na.amazon.com",
        "https://evil.example?@sellingpartnerapi-na.amazon.com",
        "https://evil.example\\@sellingpartnerapi-na.amazon.com",
        "https://sellingpartnerapi-na.amazon.com\\.evil.example",
        "https://sellingpartnerapi-na.amazon.com\n.evil.example",
        "https://sellingpartnerapi-na.amazon.com%2eevil.example",
        "https://sellingpartnerapi-na.amazon.com.",
        "https://ſellingpartnerapi-na.amazon.com",
        "https:sellingpartnerapi-na.amazon.com",
        "//sellingpartnerapi-na.amazon.com",
        "ftp://sellingpartnerapi-na.amazon.com",
        "file:///etc/passwd",
        "https://api.amazon.com",
        "https://sellingpartnerapi-na.amazon.com/orders",
        "http://127.0.0.1:8098",
        "http://127.0.0.1",
        "http://127.1:8099",
        "http://2130706433:8099",
        "http://localhost:8099",
        "http://[::1]:8099",
        "http://169.254.169.254",
        "http://127.0.0.1:8099:80",
        "http://127.0.0.1:99999",
        "http://sub.proxy.example",
    ],
)
def test_an_endpoint_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(SettingError, match="Endpoint must be"):
        parse({"Endpoint": url}, ALLOWED)


def test_the_token_url_may_be_any_of_amazons_three() -> None:
    for host in ("api.amazon.com", "api.amazon.co.uk", "api.amazon.co.jp"):
        assert parse({"TokenUrl": f"https://{host}/auth/o2/token"}).token_url == f"https://{host}/auth/o2/token"
    with pytest.raises(SettingError, match="operator allows"):
        parse({"TokenUrl": "https://api.amazon.de/auth/o2/token"})


@pytest.mark.parametrize("entry", ["http://h", "h:", "h:0", "h:70000", "h/p", "user@h", "", "*", "h:80:80"])
def test_an_entry_of_the_operators_list_is_a_host(entry: str) -> None:
    with pytest.raises(BadValue, match="HOST"):
        checked_allowed_host(entry)


def test_an_entry_of_the_operators_list_is_kept_in_lower_case() -> None:
    assert checked_allowed_host(" Proxy.Example:8443 ") == "proxy.example:8443"
    assert checked_allowed_host("[::1]:80") == "[::1]:80"


def test_the_dialects_are_those_that_the_planner_reads() -> None:
    assert all(sqlglot.Dialect.get(name) for name in SQL_DIALECTS)
    not_sql_dialects = {"", "dax", "solr"}
    assert {dialect.value for dialect in sqlglot.Dialects} - not_sql_dialects - set(SQL_DIALECTS) == set()


def test_secrets_are_masked_wherever_they_could_be_seen() -> None:
    settings = parse({"ClientSecret": "geheim", "RefreshToken": "Atzr|geheim"})
    seen = f"{settings} {settings!r} {list(described(settings))} {settings.account}"
    assert "geheim" not in seen
    assert "***" in seen
    assert bool(Secret("")) is False


def test_values_are_described_as_a_user_would_write_them() -> None:
    settings = parse({"RetryStatusCodeList": "503|429", "Sandbox": "1", "ReportMaxAge": "5400", "QueryTimeout": "90s"})
    shown = {row["name"]: row["value"] for row in described(settings)}
    assert (shown["RetryStatusCodeList"], shown["Sandbox"], shown["ReportMaxAge"]) == ("429,503", "True", "90m")
    assert shown["QueryTimeout"] == "90"
    assert shown["Endpoint"] == "https://sandbox.sellingpartnerapi-na.amazon.com"


def test_every_described_value_is_read_back_as_itself() -> None:
    settings = parse({"RetryStatusCodeList": "503", "Region": "EU", "SqlDialect": "tsql", "OrdersApiVersion": "v0"})
    shown = {str(row["name"]): row["value"] or "" for row in described(settings)}
    assert set(parse(shown).api_versions) >= {"orders"}
    again = parse({name: text for name, text in shown.items() if not name.endswith("ApiVersion")})
    assert (again.region, again.endpoint, again.retry) == (settings.region, settings.endpoint, settings.retry)


def test_the_environment_gives_server_defaults() -> None:
    environment = {
        "SPAPI_FLIGHT_CLIENT_ID": "abc",
        "SPAPI_FLIGHT_REFRESHTOKEN": "t",
        "SPAPI_FLIGHT_TOKEN_UI_MODE": "Full",
        "SPAPI_FLIGHT_ALLOW_HOSTS": "h",
        "SPAPI_FLIGHT_REGION": " ",
        "CLIENTID": "no",
    }
    assert from_environment(environment) == {"ClientId": "abc", "RefreshToken": "t", "TokenUIMode": "Full"}


def test_every_parameter_has_a_name_of_its_own_and_can_travel_as_a_header() -> None:
    names = [row.name.lower() for row in connection_parameters()]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name.isalnum() for name in names)
    assert all(row.description and named(row.name) is row for row in connection_parameters())
