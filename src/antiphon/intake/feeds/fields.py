"""What a column of a feed can be, in words and by the names that shops' exports give it. Pure."""

from collections.abc import Iterable

from antiphon.intake.files.fields import plain

IGNORE = "ignore"

#: Fields in the order in which the form offers them.
FIELDS = {
    "id": "Product id",
    "title": "Title",
    "url": "Address of its page",
    "image": "Address of its picture",
    "price": "Price",
    "sale_price": "Reduced price",
    "compare_at": "Price before",
    "currency": "Currency",
    "stock": "Pieces in stock",
    "availability": "In stock or not",
    "category": "Category",
    "vendor": "Brand or vendor",
    "tags": "Tags",
    "variant_id": "Variant id",
    "variant_title": "Variant title",
    "sku": "Article number (SKU)",
    "status": "On sale or not",
    "updated_at": "Last changed at",
    IGNORE: "Leave out",
}

# Google Merchant's and Shopify's names first; the rest is what other shops' exports say.
_GUESSES = {
    "id": "id productid productidentifier itemgroupid",
    "title": "title name productname producttitle",
    "url": "link url producturl productlink permalink onlinestoreurl",
    "image": "imagelink imagesrc image imageurl featuredimage",
    "price": "price variantprice regularprice listprice unitprice",
    "sale_price": "saleprice specialprice",
    "compare_at": "compareatprice variantcompareatprice wasprice msrp rrp",
    "currency": "currency currencycode pricecurrency",
    "stock": "quantity inventory inventoryquantity variantinventoryqty stock stockquantity qty totalinventoryqty "
    "selleronlinequantity",
    "availability": "availability instock",
    "category": "producttype type category categories googleproductcategory productcategory",
    "vendor": "brand vendor manufacturer",
    "tags": "tags labels",
    "variant_id": "variantid variationid",
    "variant_title": "varianttitle option1value",
    "sku": "sku variantsku mpn",
    "status": "status published",
    "updated_at": "updatedat lastchanged modifiedat datemodified",
}
_GUESS_OF = {word: field for field, words in _GUESSES.items() for word in words.split()}


def guessed(columns: Iterable[str]) -> dict[str, str]:
    """A field for each column, none but ``ignore`` twice.

    Where Google's ``item_group_id`` groups rows it is the product and ``id`` the variant, as in its feeds. Shopify's products
    file names products by their ``Handle`` alone.
    """
    names = {column: plain(column) for column in columns}
    found = {column: _GUESS_OF.get(name, IGNORE) for column, name in names.items()}
    known = set(names.values())
    for column, name in names.items():
        if "itemgroupid" in known and name in {"id", "itemgroupid"}:
            found[column] = "id" if name == "itemgroupid" else "variant_id"
        if name == "handle" and not known & {"id", "productid", "itemgroupid"}:
            found[column] = "id"
        if (name == "googleproductcategory" and known & {"producttype", "type"}) or (
            name == "published" and "status" in known
        ):
            found[column] = IGNORE
    taken: set[str] = set()
    for column, field in found.items():
        if field in taken:
            found[column] = IGNORE
        elif field != IGNORE:
            taken.add(field)
    if "variant_id" not in taken and "sku" in taken and any(name.startswith("variant") for name in known):
        found = {column: "variant_id" if field == "sku" else field for column, field in found.items()}
    return found
