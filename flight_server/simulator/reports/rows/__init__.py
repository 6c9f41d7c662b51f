"""The rows of reports, each type's from the story.

Goes from what is asked for to the content of a document, or to none where there is no data. Every type is told here:
those whose rows an API tells too by a function of their own, all others in the form of their columns.
"""

from collections.abc import Callable, Mapping

from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows import (
    browse_tree,
    fulfilment,
    listings,
    opinions,
    order_trees,
    orders,
    settlement,
    stock,
    traffic,
)
from flight_server.simulator.reports.rows.generic import generic
from flight_server.simulator.reports.rows.sheet import Content, Raw, Sheet, Tree
from flight_server.simulator.story import Story

__all__ = ["Content", "Raw", "Sheet", "Tree", "content"]

_TOLD: Mapping[str, Callable[[Asked, Story], Content | None]] = {
    "GET_AFN_INVENTORY_DATA": stock.fulfillable,
    "GET_AFN_INVENTORY_DATA_BY_COUNTRY": stock.by_country,
    "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL": fulfilment.shipments,
    "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT": opinions.search_terms,
    "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": listings.fee_preview,
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA": fulfilment.returns,
    "GET_FBA_MYI_ALL_INVENTORY_DATA": stock.managed,
    "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA": stock.managed,
    "GET_FBA_REIMBURSEMENTS_DATA": fulfilment.reimbursements,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": orders.by_last_update,
    "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": orders.by_order_date,
    "GET_FLAT_FILE_OPEN_LISTINGS_DATA": listings.open_listings,
    "GET_LEDGER_DETAIL_VIEW_DATA": fulfilment.ledger_detail,
    "GET_LEDGER_SUMMARY_VIEW_DATA": fulfilment.ledger_summary,
    "GET_MERCHANT_LISTINGS_ALL_DATA": listings.merchant_listings,
    "GET_MERCHANT_LISTINGS_DATA": listings.merchant_listings,
    "GET_MERCHANT_LISTINGS_DATA_BACK_COMPAT": listings.merchant_listings,
    "GET_MERCHANT_LISTINGS_DATA_LITE": listings.merchant_listings,
    "GET_MERCHANT_LISTINGS_DATA_LITER": listings.merchant_listings,
    "GET_MERCHANT_LISTINGS_INACTIVE_DATA": listings.merchant_listings,
    "GET_RESERVED_INVENTORY_DATA": stock.reserved,
    "GET_SALES_AND_TRAFFIC_REPORT": traffic.sales_and_traffic,
    "GET_SELLER_FEEDBACK_DATA": opinions.feedback,
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2": settlement.settlement,
    "GET_VENDOR_SALES_REPORT": traffic.vendor_sales,
    "GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL": order_trees.by_last_update,
    "GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": order_trees.by_order_date,
    "GET_XML_BROWSE_TREE_DATA": browse_tree.browse_tree,
}


def content(asked: Asked, story: Story) -> Content | None:
    """What the document of a report says; None: there is no data."""
    return _TOLD.get(asked.type.name, generic)(asked, story)
