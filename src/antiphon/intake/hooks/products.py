"""A body of a shop's webhook into what is said of a product. Pure."""

from typing import Any

from pydantic import BaseModel

from antiphon.catalogue.words import ProductWord, WordError, read_word
from antiphon.intake.feeds.rows import GONE
from antiphon.intake.files.moments import moment
from antiphon.intake.hooks.models import ProductHook
from antiphon.intake.hooks.paths import value_at

_PLAIN = ("title", "vendor", "currency", "image")
#: What may be null on purpose: no price, no count.
_NULLABLE = ("price", "compare_at", "stock")


def read_product(hook: ProductHook, document: Any) -> ProductWord:
    """One product of a body. Raises :class:`WordError`."""
    paths = hook.product
    id_ = value_at(document, paths.id)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise WordError(f"there is no product id at {paths.id}")
    said: dict[str, Any] = {"id": id_, **_instant(hook, document)}
    if hook.deleted or str(_at(document, paths.status)).lower() in GONE:
        return read_word(said | {"deleted": True})
    said |= {name: value for name in _PLAIN if (value := _at(document, getattr(paths, name))) not in (None, "")}
    said |= _fields(document, paths, _NULLABLE)
    for name in ("category", "tags"):
        if (value := _at(document, getattr(paths, name))) is not None:
            said[name] = _list(value, "," if name == "tags" else ">")
    if url := _at(document, paths.url):
        said["url"] = url if str(url).startswith(("http://", "https://")) else f"{hook.url_base}{url}"
    if hook.variants is not None:
        listed = value_at(document, hook.variants.each)
        if not isinstance(listed, list):
            raise WordError(f"there is no list of variants at {hook.variants.each}")
        said["variants"] = [_fields(each, hook.variants, ("id", "title", "sku", *_NULLABLE)) for each in listed]
    return read_word(said)


def _at(document: Any, path: str | None) -> Any:
    return value_at(document, path) if path else None


def _fields(document: Any, paths: BaseModel, names: tuple[str, ...]) -> dict[str, Any]:
    """Those that the body has; null means none where that says something."""
    found = {}
    for name in names:
        path = getattr(paths, name, None)
        if path and ((value := value_at(document, path)) is not None or (name in _NULLABLE and _there(document, path))):
            found[name] = value
    return found


def _there(document: Any, path: str) -> bool:
    """Whether a body has the field at all: one that is left out says nothing."""
    parent, _, name = path.rpartition(".")
    inside = value_at(document, parent) if parent else document
    return isinstance(inside, dict) and name in inside


def _list(value: Any, mark: str) -> list[str]:
    parts = value if isinstance(value, list) else str(value).split(mark)
    return [text for part in parts if (text := str(part).strip())]


def _instant(hook: ProductHook, document: Any) -> dict[str, Any]:
    said = _at(document, hook.product.updated_at)
    if said is None:
        return {}
    at = moment(str(said))
    if at is None:
        raise WordError(f"{str(said)[:64]!r} at {hook.product.updated_at} is no time")
    return {"updated_at": at}
