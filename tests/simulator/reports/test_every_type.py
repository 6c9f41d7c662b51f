"""Every type that can be asked for comes to a document in its own form."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from flight_server.simulator.reports import reading
from flight_server.simulator.reports.types import ReportType, report_types
from tests.simulator.caller import DE, US, Caller
from tests.simulator.model_schema import SPAPI
from tests.simulator.reports.asking import asked, created, fetched, link, plain, told

IN, JP = "A21TJRUUN4KGV", "A1VC38T7YXB528"
FACTS = SPAPI / "facts" / "reports.json"
SCHEMAS = SPAPI / "schemas" / "reports"
ASKED = [one for one in report_types().values() if one.requestable and not one.auto_generated]


def body_of(kind: ReportType) -> dict[str, Any]:
    """A request that the type's rules let pass."""
    here = {"US": US, "DE": DE, "IN": IN, "JP": JP}
    place = next(mid for country, mid in here.items() if not kind.countries or country in kind.countries)
    options = {one.name: (one.allowed or ("x",))[0] for one in kind.options.values() if one.required}
    if kind.period == "ignored":
        return asked(kind.name, "", "", place, **options)
    if "reportPeriod" in options:
        options["reportPeriod"] = "MONTH" if "MONTH" in kind.options["reportPeriod"].allowed else "WEEK"
        return asked(kind.name, "2026-02-01", "2026-02-28", place, **options)
    if kind.max_days and kind.max_days < 8:
        return asked(kind.name, "2026-03-17T00:00:00Z", "2026-03-17T12:00:00Z", place, **options)
    if "LONGTERM" in kind.name:
        return asked(kind.name, "2026-02-01", "2026-02-28", place, **options)
    return asked(
        kind.name,
        "2026-02-13" if kind.max_days or kind.max_lookback_days or kind.options else "2025-10-13",
        "2026-03-13",
        place,
        **options,
    )


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.name)
def test_a_document_of_the_type_has_its_form(asker: Caller, kind: ReportType) -> None:
    report = told(asker, created(asker, body_of(kind)))
    assert report["processingStatus"] == "DONE"
    document = link(asker, report, **({"restricted": "yes"} if kind.restricted else {}))
    content = plain(fetched(document))
    match kind.output:
        case "json":
            found = json.loads(content)
            assert {path.removesuffix("[]") for path in kind.row_sets} <= found.keys()
        case "xml":
            assert len(ElementTree.fromstring(content)) > 0
        case "xlsx":
            assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(content)).namelist()
        case "pdf":
            assert content.startswith(b"%PDF")
        case _:
            lines = _lines(kind, content)
            assert len(lines) > 1
            assert {len(line) for line in lines} == {len(lines[0])}
            assert len(set(lines[0])) > 1


def _lines(kind: ReportType, content: bytes) -> list[list[str]]:
    codec = "cp932" if kind.countries == ("JP",) and kind.charset_of_place else "utf-8-sig"
    text = content.decode(codec if kind.countries != ("ES", "GB", "FR", "DE", "IT") else "cp1252")
    if kind.output == "csv":
        return list(csv.reader(io.StringIO(text, newline="")))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="Amazon's schemas are not on this machine (shared/spapi)")
@pytest.mark.parametrize(
    ("report_type", "schema"),
    [
        ("END_USER_DATA_REPORT", "endUserDataReport"),
        ("GET_SALES_AND_TRAFFIC_REPORT", "sellerSalesAndTrafficReport"),
        ("GET_VENDOR_SALES_REPORT", "vendorSalesReport"),
        ("GET_VENDOR_INVENTORY_REPORT", "vendorInventoryReport"),
        ("GET_VENDOR_TRAFFIC_REPORT", "vendorTrafficReport"),
        ("GET_VENDOR_FORECASTING_REPORT", "vendorForecastingReport"),
        ("GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT", "vendorNetPureProductMarginReport"),
        ("GET_VENDOR_REAL_TIME_INVENTORY_REPORT", "vendorRealTimeInventoryReport"),
        ("GET_VENDOR_REAL_TIME_SALES_REPORT", "vendorRealTimeSalesReport"),
        ("GET_VENDOR_REAL_TIME_TRAFFIC_REPORT", "vendorRealTimeTrafficReport"),
        ("GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT", "sellingPartnerSearchTermsReport"),
        ("GET_BRAND_ANALYTICS_MARKET_BASKET_REPORT", "sellingPartnerMarketBasketAnalysisReport"),
        ("GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", "sellingPartnerRepeatPurchaseReport"),
        ("GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT", "sellingPartnerSearchCatalogPerformanceReport"),
        ("GET_BRAND_ANALYTICS_SEARCH_QUERY_PERFORMANCE_REPORT", "sellingPartnerSearchQueryPerformanceReport"),
        ("MARKETPLACE_ASIN_PAGE_VIEW_METRICS", "marketplaceAsinPageViewMetrics"),
    ],
)
def test_what_the_story_tells_as_json_keeps_amazons_schema(asker: Caller, report_type: str, schema: str) -> None:
    body = body_of(report_types()[report_type])
    content = plain(fetched(link(asker, told(asker, created(asker, body)))))
    jsonschema.validate(json.loads(content), json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8")))


@pytest.mark.skipif(not FACTS.is_file(), reason="the fact tables are not on this machine (shared/spapi)")
def test_reading_the_facts_again_changes_nothing() -> None:
    facts = json.loads(FACTS.read_text("utf-8"))
    held = json.loads((Path(reading.__file__).parent / "types.json").read_text("utf-8"))
    assert reading.read_types(facts) == held
