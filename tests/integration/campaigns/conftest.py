from collections.abc import Iterator

import pytest
from tests.integration.engine.shop import ShopUnderTest, open_shop

from antiphon.store.db import Database


@pytest.fixture
def shop(db: Database) -> Iterator[ShopUnderTest]:
    yield from open_shop(db)
