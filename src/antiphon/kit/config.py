"""What the environment says, read once at the edge."""

from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Config(BaseSettings):
    """Settings from variables named ``ANTIPHON_…``."""

    model_config = SettingsConfigDict(env_prefix="ANTIPHON_", extra="ignore")

    #: A PostgreSQL server of one's own (15 or newer). Unset: the embedded one, in ``data_dir``.
    database_url: str | None = None
    #: Where everything local lies: the embedded database, keys, logs.
    data_dir: Path = Field(default_factory=lambda: user_data_path("antiphon"))
    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    #: What the outside calls this installation; links in messages start with it.
    base_url: str | None = None
