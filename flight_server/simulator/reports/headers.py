"""The header of a listing report in the language of its place, or of its user.

Goes from English names to those of a language; names nobody has seen translated stay as they are. The words are those
of the fact table of report documents, section 2.
"""

from collections.abc import Mapping, Sequence

from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked

_DE = {
    "item-name": "Artikelbezeichnung", "seller-sku": "Händler-SKU", "sku": "Händler-SKU", "price": "Preis",
    "quantity": "Menge", "open-date": "Erstellungsdatum", "product-id-type": "Produkt-ID-Typ",
    "item-condition": "Artikelzustand", "asin1": "ASIN 1", "asin": "ASIN 1", "product-id": "Produkt-ID",
    "fulfillment-channel": "Versender", "status": "Status",
}  # fmt: skip
_FR = {
    "item-name": "nom-produit", "seller-sku": "sku-vendeur", "product-id-type": "type-id-produit",
    "item-condition": "état-produit", "product-id": "id-produit", "fulfillment-channel": "canal-traitement",
    "status": "état",
}  # fmt: skip
_ES = {
    "item-name": "Título del producto", "seller-sku": "SKU del vendedor", "open-date": "Fecha de creación",
    "product-id-type": "Tipo de identificador de producto", "item-condition": "Estado del producto",
    "product-id": "Identificador del producto", "fulfillment-channel": "Canal de gestión logística",
    "status": "estado",
}  # fmt: skip
_IT = {
    "item-name": "Nome dell'articolo", "seller-sku": "SKU venditore", "price": "Prezzo", "quantity": "Quantità",
    "open-date": "Data di creazione", "product-id-type": "Tipo di identificativo del prodotto",
    "item-condition": "Condizione dell'articolo", "product-id": "Identificativo del prodotto",
    "fulfillment-channel": "Canale di gestione", "status": "stato",
}  # fmt: skip
_JA = {
    "item-name": "商品名", "listing-id": "出品ID", "seller-sku": "出品者SKU", "sku": "出品者SKU", "price": "価格",
    "quantity": "数量", "open-date": "出品日", "product-id-type": "商品IDタイプ", "item-note": "コンディション説明",
    "item-condition": "コンディション", "asin1": "ASIN 1", "asin": "ASIN", "product-id": "商品ID",
    "pending-quantity": "在庫数", "fulfillment-channel": "フルフィルメント・チャンネル", "status": "ステータス",
}  # fmt: skip
_WORDS: Mapping[str, Mapping[str, str]] = {"de": _DE, "fr": _FR, "es": _ES, "it": _IT, "ja": _JA}
_FEEDBACK_DE = {"Date": "Datum", "Rating": "Bewertung", "Comments": "Kommentare", "Order ID": "Bestellnummer"}
# Old columns that a British or Australian file calls `Deprecated column`.
_DEPRECATED = frozenset(
    {
        "image-url", "zshop-shipping-fee", "zshop-category1", "zshop-browse-path", "zshop-storefront-feature", "asin2",
        "asin3", "zshop-boldface", "bid-for-featured-placement",
    }
)  # fmt: skip


def header_of(names: Sequence[str], asked: Asked) -> list[str]:
    """The names as the document writes them."""
    place = asked.places[0]
    if asked.type.name == "GET_SELLER_FEEDBACK_DATA" and place.country == "DE":
        return [_FEEDBACK_DE.get(name, name) for name in names]
    if not asked.type.is_listing:
        return list(names)
    language = asked.options.get("preferredReportDocumentLocale", place.marketplace.locale)[:2]
    words = _WORDS.get(language, {})
    return [_word(name, words, place) for name in names]


def _word(name: str, words: Mapping[str, str], place: Place) -> str:
    if name in _DEPRECATED and place.country == "GB":
        return "Deprecated column"
    if name == "fulfillment-channel" and place.country == "GB":
        return words.get(name, "fulfilment-channel")
    return words.get(name, name)
