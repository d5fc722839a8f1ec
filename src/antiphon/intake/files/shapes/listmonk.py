"""listmonk: the subscribers' export. ``enabled`` says that somebody may be written to, not that they agreed to anything."""

from antiphon.intake.files.shapes.base import Shape

SHAPE = Shape(
    "listmonk",
    "listmonk",
    "listmonk",
    frozenset({"uuid", "attributes", "attribs", "status", "createdat", "updatedat"}),
    {
        "uuid": "external_id:listmonk",
        "status": "email.state",
        "subscriptionstatus": "email.state",
        "attributes": "trait:attributes:json",
        "attribs": "trait:attributes:json",
        "createdat": "trait:listmonk since:date",
        "updatedat": "seen_at",
    },
    needs=4,
)
