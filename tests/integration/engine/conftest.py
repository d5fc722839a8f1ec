from collections.abc import Iterator

import pytest

from antiphon.store.db import Database
from tests.integration.engine.shop import ShopUnderTest, open_shop


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)
