"""Words the story is told with: product nouns and colours in five languages, brands, people, places.

Knows no identifiers, prices or dates. All of it is invented.
"""

from typing import NamedTuple


class Noun(NamedTuple):
    """A kind of product: its code, lowest and highest base price in cents, grams, and its name by language."""

    code: str
    lowest: int
    highest: int
    grams: int
    names: dict[str, str]


class Category(NamedTuple):
    """A branch of the catalog: browse node, product type, display group, and what is sold there."""

    node: str
    product_type: str
    display_group: str
    names: dict[str, str]
    nouns: tuple[Noun, ...]


LANGUAGES = ("en", "de", "fr", "it", "es")


def _names(row: str) -> dict[str, str]:
    return dict(zip(LANGUAGES, row.split("|"), strict=True))


def _noun(code: str, lowest: int, highest: int, grams: int, row: str) -> Noun:
    return Noun(code, lowest, highest, grams, _names(row))


CATEGORIES = (
    Category(
        "284507",
        "KITCHEN",
        "kitchen_display_on_website",
        _names("Kitchen|Küche|Cuisine|Cucina|Cocina"),
        (
            _noun("BTL", 1299, 3499, 380, "Water Bottle|Trinkflasche|Gourde|Borraccia|Botella de agua"),
            _noun("PAN", 1999, 8999, 1450, "Frying Pan|Bratpfanne|Poêle|Padella|Sartén"),
            _noun(
                "KNF", 1499, 12999, 210, "Chef's Knife|Kochmesser|Couteau de chef|Coltello da cuoco|Cuchillo de chef"
            ),
            _noun("MUG", 799, 2499, 340, "Coffee Mug|Kaffeebecher|Tasse à café|Tazza da caffè|Taza de café"),
        ),
    ),
    Category(
        "493964",
        "CONSUMER_ELECTRONICS",
        "ce_display_on_website",
        _names("Electronics|Elektronik|High-Tech|Elettronica|Electrónica"),
        (
            _noun("CBL", 599, 2999, 60, "Charging Cable|Ladekabel|Câble de charge|Cavo di ricarica|Cable de carga"),
            _noun("EAR", 1999, 19999, 90, "Earbuds|Ohrhörer|Écouteurs|Auricolari|Auriculares"),
            _noun("LMP", 1799, 6999, 720, "Desk Lamp|Schreibtischlampe|Lampe de bureau|Lampada da scrivania|Lámpara"),
            _noun("PWR", 1999, 7999, 410, "Power Bank|Powerbank|Batterie externe|Caricatore portatile|Batería externa"),
        ),
    ),
    Category(
        "3375251",
        "SPORTING_GOODS",
        "sports_display_on_website",
        _names("Sports & Outdoors|Sport & Freizeit|Sports et Loisirs|Sport e tempo libero|Deportes y aire libre"),
        (
            _noun("MAT", 1599, 6499, 1100, "Yoga Mat|Yogamatte|Tapis de yoga|Tappetino yoga|Esterilla de yoga"),
            _noun("BAG", 2499, 14999, 950, "Backpack|Rucksack|Sac à dos|Zaino|Mochila"),
            _noun("TNT", 4999, 29999, 3900, "Tent|Zelt|Tente|Tenda|Tienda de campaña"),
        ),
    ),
    Category(
        "7141123011",
        "APPAREL",
        "apparel_display_on_website",
        _names("Clothing|Bekleidung|Vêtements|Abbigliamento|Ropa"),
        (
            _noun("TSH", 999, 3499, 180, "T-Shirt|T-Shirt|T-shirt|Maglietta|Camiseta"),
            _noun("SCK", 699, 1999, 70, "Wool Socks|Wollsocken|Chaussettes en laine|Calze di lana|Calcetines de lana"),
            _noun("HAT", 1299, 3999, 120, "Beanie|Mütze|Bonnet|Berretto|Gorro"),
        ),
    ),
    Category(
        "165793011",
        "TOYS_AND_GAMES",
        "toy_display_on_website",
        _names("Toys & Games|Spielzeug|Jeux et Jouets|Giochi e giocattoli|Juguetes y juegos"),
        (
            _noun("PZL", 999, 3999, 640, "Puzzle|Puzzle|Puzzle|Puzzle|Rompecabezas"),
            _noun("BLK", 1499, 7999, 880, "Building Blocks|Bauklötze|Cubes en bois|Mattoncini|Bloques de madera"),
        ),
    ),
)

COLOURS = tuple(
    (code, _names(row))
    for code, row in (
        ("BLK", "Black|Schwarz|Noir|Nero|Negro"),
        ("RED", "Red|Rot|Rouge|Rosso|Rojo"),
        ("BLU", "Blue|Blau|Bleu|Blu|Azul"),
        ("GRN", "Green|Grün|Vert|Verde|Verde"),
        ("SND", "Sand|Sand|Sable|Sabbia|Arena"),
        ("WHT", "White|Weiß|Blanc|Bianco|Blanco"),
    )
)
SIZES = ("S", "M", "L", "XL")
BRANDS = ("Nordhain", "Calvera", "Bramble & Oak", "Móna", "Øresund Works", "Tinplate", "Lumière Douce", "Hikari 光")

GIFT_MESSAGES = (
    "Happy birthday, love from all of us!",
    "Alles Gute zum Geburtstag 🎂",
    "Joyeux anniversaire — à très vite",
    "Tanti auguri,\nzia Pia",
    'For the "best" neighbour',
)
CANCEL_REASONS = ("Found cheaper somewhere else.", "Bought by mistake.", "Arrives too late.")
CONDITION_NOTES = ("Box opened, never used", "Leichte Gebrauchsspuren", "Small scratch on the bottom – see photo")
CARRIERS = ("Std US D2D Dom", "Exp US D2D Dom", "Std DE Dom_1", "Std Intl", "SecondDay", "Next US D2D Dom")

GIVEN_NAMES = {
    "en": ("Olivia", "Liam", "Zoë", "Noah", "Amara", "Jack", "Priya", "Siobhán", "Mateo", "Grace"),
    "de": ("Jürgen", "Lena", "Björn", "Sophie", "Käthe", "Maximilian", "Aylin", "Uwe"),
    "fr": ("Léa", "François", "Chloé", "Gaël", "Inès", "Étienne", "Manon"),
    "it": ("Giulia", "Niccolò", "Francesca", "Matteo", "Chiara", "Salvatore"),
    "es": ("María José", "Álvaro", "Lucía", "Íñigo", "Ximena", "José Luis"),
}
FAMILY_NAMES = {
    "en": ("Smith", "O'Connor", "Nguyen", "Johnson", "Patel", "van der Berg", "Müller-Reed", "Kim", "Brown"),
    "de": ("Müller", "Schäfer", "Weiß", "Yılmaz", "Schmidt", "Groß", "von Arnim"),
    "fr": ("Lefèvre", "Dubois", "N'Diaye", "Garçon", "Moreau", "d'Aubigné"),
    "it": ("Rossi", "D'Angelo", "Esposito", "Bianchi", "Forlì"),
    "es": ("García Márquez", "Núñez", "Peña", "Hernández", "Ibáñez"),
}
COMPANIES = (
    "Blue Harbor LLC",
    "Käfer & Söhne GmbH",
    "Atelier Nord SARL",
    "Officine Rossi S.r.l.",
    "Peña e Hijos, S.A.",
)
