"""Every shape, and which of them a file has."""

from collections.abc import Iterable, Sequence

from antiphon.intake.files.fields import guessed, plain
from antiphon.intake.files.models import Mapping
from antiphon.intake.files.shapes import attentive, klaviyo, listmonk, mailchimp
from antiphon.intake.files.shapes import plain as any_table
from antiphon.intake.files.shapes.base import Shape
from antiphon.kit.errors import AntiphonError

SHAPES: dict[str, Shape] = {
    module.SHAPE.name: module.SHAPE for module in (klaviyo, mailchimp, attentive, listmonk, any_table)
}


def shape_named(name: str) -> Shape:
    """The shape of a name. Raises ``AntiphonError`` for an unknown one."""
    found = SHAPES.get(name)
    if found is None:
        raise AntiphonError(f"There is no shape {name!r}.", f"Shapes are {', '.join(SHAPES)}.")
    return found


def detect(headers: Iterable[Sequence[str]]) -> Shape:
    """The service that wrote columns like these; the one of which most marks are there."""
    names = {plain(column) for header in headers for column in header}
    best = max(SHAPES.values(), key=lambda shape: len(shape.marks & names))
    return best if len(best.marks & names) >= best.needs else any_table.SHAPE


def mapping_for(headers: Iterable[Sequence[str]], shape: Shape | None = None) -> Mapping:
    """How a file would be read if nobody said otherwise."""
    headers = list(headers)
    shape = shape or detect(headers)
    columns = dict.fromkeys(column for header in headers for column in header)
    return Mapping(
        shape=shape.name,
        source=shape.source,
        columns=guessed(columns, dict(shape.columns)),
        defaults=dict(shape.defaults),
    )
