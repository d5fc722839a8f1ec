"""What decisions were made from, where many share it."""

from sqlalchemy import Column, Table

from antiphon.store.schema import Json, big, metadata

#: What many decisions were made from alike: settings, policies, zones with laws, everybody's hours. Only added to.
decision_basis = Table(
    "decision_basis",
    metadata,
    big("id", primary_key=True),  # fingerprint of the value
    big("tick", primary_key=True),  # who meets another writing the same waits for nobody: both write it
    Column("value", Json, nullable=False),
)
