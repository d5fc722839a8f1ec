"""Any other table: columns are recognised by what they are called."""

from antiphon.intake.files.shapes.base import Shape

SHAPE = Shape("csv", "A table", "import", frozenset(), {})
