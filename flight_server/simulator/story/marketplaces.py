"""The marketplaces of the story: ids, money, language, tax, and how much of the trade each has.

Knows nothing of products or orders. Ids, currencies and domains are Amazon's (marketplace fact table).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A town where buyers live."""

    city: str
    region: str  # state, province or county; may be empty
    postal_code: str


@dataclass(frozen=True)
class Marketplace:
    """One Amazon store, as this seller knows it."""

    marketplace_id: str
    country: str
    name: str
    currency: str
    locale: str
    domain: str
    share: int  # of the orders, in percent; 0 where the seller does not take part
    price_percent: int  # of the US price
    tax_percent: int
    tax_included: bool  # whether prices hold the tax
    utc_offset: int  # hours, only to spread orders over the local day
    order_prefixes: tuple[str, ...]
    places: tuple[Place, ...]
    takes_part: bool = True
    suspended: bool = False

    @property
    def language(self) -> str:
        """Language of titles and names: the first half of the locale."""
        return self.locale[:2]


_US = (
    Place("SEATTLE", "WA", "98121-2778"),
    Place("Austin", "TX", "78701"),
    Place("Brooklyn", "NY", "11201-3907"),
    Place("Cañon City", "CO", "81212"),
    Place("Coeur d'Alene", "ID", "83814"),
)
_CA = (
    Place("Montréal", "QC", "H2Y 1C6"),
    Place("Toronto", "ON", "M5V 2T6"),
    Place("St. John's", "NL", "A1C 5H1"),
)
_MX = (Place("Ciudad de México", "CDMX", "06600"), Place("Mérida", "Yucatán", "97000"))
_DE = (Place("Köln", "", "50667"), Place("München", "Bayern", "80331"), Place("Görlitz", "Sachsen", "02826"))
_GB = (Place("London", "Greater London", "SW1A 1AA"), Place("Stoke-on-Trent", "", "ST1 5DD"))
_FR = (Place("Saint-Étienne", "", "42000"), Place("PARIS 11", "", "75011"), Place("L'Haÿ-les-Roses", "", "94240"))
_IT = (Place("Forlì", "FC", "47121"), Place("ROMA", "RM", "00184"), Place("Sant'Agata", "NA", "80065"))
_ES = (Place("A Coruña", "A Coruña", "15001"), Place("Madrid", "Madrid", "28013"))

MARKETPLACES = (
    Marketplace(
        "ATVPDKIKX0DER", "US", "Amazon.com", "USD", "en_US", "www.amazon.com", 42, 100, 9, False, -7,
        ("111", "112", "113", "114"), _US,
    ),
    Marketplace(
        "A2EUQ1WTGCTBG2", "CA", "Amazon.ca", "CAD", "en_CA", "www.amazon.ca", 9, 134, 13, False, -5,
        ("701", "702"), _CA,
    ),
    Marketplace(
        "A1AM78C64UM0Y8", "MX", "Amazon.com.mx", "MXN", "es_MX", "www.amazon.com.mx", 5, 1850, 16, True, -6,
        ("701", "702"), _MX,
    ),
    Marketplace(
        "A1PA6795UKMFR9", "DE", "Amazon.de", "EUR", "de_DE", "www.amazon.de", 18, 98, 19, True, 1,
        ("302", "303", "304", "305", "306"), _DE,
    ),
    Marketplace(
        "A1F83G8C2ARO7P", "GB", "Amazon.co.uk", "GBP", "en_GB", "www.amazon.co.uk", 11, 84, 20, True, 0,
        ("202", "203", "204"), _GB,
    ),
    Marketplace(
        "A13V1IB3VIYZZH", "FR", "Amazon.fr", "EUR", "fr_FR", "www.amazon.fr", 7, 101, 20, True, 1,
        ("402", "403"), _FR,
    ),
    Marketplace(
        "APJ6JRA9NG5V4", "IT", "Amazon.it", "EUR", "it_IT", "www.amazon.it", 5, 102, 22, True, 1,
        ("404", "405"), _IT,
    ),
    Marketplace(
        "A1RKKUPIHCS9HS", "ES", "Amazon.es", "EUR", "es_ES", "www.amazon.es", 3, 99, 21, True, 1,
        ("406", "407"), _ES,
    ),
    Marketplace(
        "A2Q3Y263D00KWC", "BR", "Amazon.com.br", "BRL", "pt_BR", "www.amazon.com.br", 0, 540, 17, True, -3,
        ("702",), (), takes_part=False,
    ),
    Marketplace(
        "A2NODRKZP88ZB9", "SE", "Amazon.se", "SEK", "sv_SE", "www.amazon.se", 0, 1100, 25, True, 1,
        ("171",), (), takes_part=False, suspended=True,
    ),
)  # fmt: skip

MARKETPLACE_BY_ID = {marketplace.marketplace_id: marketplace for marketplace in MARKETPLACES}
TAKEN_PART = tuple(marketplace for marketplace in MARKETPLACES if marketplace.takes_part)
