"""Who the seller is: the account, its business and its marketplaces, as Sellers v1 tells it.

Knows no products or orders. Members are those of Amazon's Sellers model; the company is invented.
"""

from flight_server.simulator.story.marketplaces import MARKETPLACES

Document = dict[str, object]

SELLER_ID = "A3NORDHAINDEMO"


def participations() -> list[Document]:
    """Every marketplace with the seller's part in it."""
    return [
        {
            "marketplace": {
                "id": marketplace.marketplace_id,
                "name": marketplace.name,
                "countryCode": marketplace.country,
                "defaultCurrencyCode": marketplace.currency,
                "defaultLanguageCode": marketplace.locale,
                "domainName": marketplace.domain,
            },
            "participation": {
                "isParticipating": marketplace.takes_part,
                "hasSuspendedListings": marketplace.suspended,
            },
            "storeName": "Nordhain" if marketplace.utc_offset < 0 else "Nordhain Köln",
        }
        for marketplace in MARKETPLACES
    ]


def account() -> Document:
    """The seller account."""
    address = {
        "addressLine1": "Hafenstraße 14",
        "countryCode": "DE",
        "city": "Köln",
        "postalCode": "50667",
    }
    return {
        "marketplaceParticipationList": participations(),
        "businessType": "PRIVATE_LIMITED",
        "sellingPlan": "PROFESSIONAL",
        "business": {
            "name": "Nordhain Handels GmbH",
            "registeredBusinessAddress": address,
            "companyRegistrationNumber": "HRB 000000",
        },
        "primaryContact": {"name": "Käthe Schäfer", "address": {**address, "stateOrProvinceCode": "NW"}},
    }
