"""Segment files: YAML in, a checked segment or problems with line numbers out; and a segment as a file."""

import io
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML

from antiphon.audiences.check import ConditionError, segments_of
from antiphon.audiences.segments.managing import check
from antiphon.audiences.segments.models import Segment
from antiphon.kit.definitions import DocumentError, Kind
from antiphon.kit.problems import Problem


class SegmentError(DocumentError):
    """A segment that cannot be used, with everything that is wrong with it."""


def _check(segment: Segment) -> Sequence[Problem]:
    """What is wrong whatever other segments there are."""
    try:
        check(segment, dict.fromkeys(segments_of(segment.who) - {segment.segment}, _EVERYBODY))
    except ConditionError as error:
        return [Problem("who", error.what, error.hint)]
    return []


_EVERYBODY = Segment.model_validate({"segment": "x", "title": "x", "who": {"kind": "all", "of": []}}).who
_KIND = Kind("segment", "Start with `segment: its-name`, `title:` and `who:`.", Segment, _check, SegmentError)

examine, read_segment = _KIND.examine, _KIND.read


def as_file(document: dict[str, Any]) -> str:
    """A segment as YAML, as somebody would write it."""
    writer = YAML()
    writer.width = 110
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()
