"""Every read operation of every model is a table; the exceptions are named here, each with its reason."""

from importlib import resources

import catalog
from catalog.model import read_model

POSTS_THAT_READ = {
    ("awd", "checkInboundEligibility"),
    ("aplus_content", "validateContentDocumentAsinRelations"),
    ("easy_ship", "listHandoverSlots"),
    ("external_fulfillment_inventory", "batchInventory"),
    ("fulfillment_outbound", "getFulfillmentPreview"),
    ("fulfillment_outbound", "deliveryOffers"),
    ("fulfillment_outbound", "getOrderPreview"),
    ("fulfillment_outbound", "getOffers"),
    ("merchant_fulfillment", "getEligibleShipmentServices"),
    ("merchant_fulfillment", "getAdditionalSellerInputs"),
    ("product_fees", "getMyFeesEstimateForSKU"),
    ("product_fees", "getMyFeesEstimateForASIN"),
    ("product_fees", "getMyFeesEstimates"),
    ("product_pricing", "getItemOffersBatch"),
    ("product_pricing", "getListingOffersBatch"),
    ("product_pricing", "getFeaturedOfferExpectedPriceBatch"),
    ("product_pricing", "getCompetitiveSummary"),
    ("replenishment", "getSellingPartnerMetrics"),
    ("replenishment", "listOfferMetrics"),
    ("replenishment", "listOffers"),
    ("services", "getRangeSlotCapacity"),
    ("services", "getFixedSlotCapacity"),
    ("shipping", "retrieveShippingLabel"),
    ("shipping", "getRates"),
    ("shipping", "getCarrierAccounts"),
    ("shipping", "getCollectionFormHistory"),
    ("shipping", "getUnmanifestedShipments"),
    ("support", "listCases"),
}

EXCEPTIONS = {
    ("vendor_direct_fulfillment_sandbox_data", "getOrderScenarios"): "only serves the sandbox",
    ("tokens", "createRestrictedDataToken"): "issues a credential, which no table may show",
}


def test_every_read_operation_is_a_table() -> None:
    tables = catalog.load().tables
    declared = {
        (each.operation.api, each.operation.api_version, each.operation.operation_id)
        for each in tables
        if each.operation and each.report is None  # createReport makes what the tables of reports read
    }
    folder = resources.files("catalog") / "models"
    models = [read_model(path.read_bytes()) for path in folder.iterdir() if path.name.endswith(".json")]
    assert len(models) == 69
    reads = {
        (model.api, model.version, operation.operation_id)
        for model in models
        for operation in model.operations
        if operation.method == "GET" or (model.api, operation.operation_id) in POSTS_THAT_READ
    }
    missing = {(api, operation_id) for api, _, operation_id in reads - declared}
    assert missing == {key for key in EXCEPTIONS if key[1] == "getOrderScenarios"}
    assert not declared - reads, "what is declared reads"
    assert len(declared) >= 213
