"""What is kept beside a decision of how often its person was expected to answer."""

from collections.abc import Iterator

import numpy as np
import orjson

from antiphon.decisions.models import Batch


def tell_affinity(batch: Batch, whole: Iterator[bytes]) -> Iterator[bytes]:
    """The JSON of each row with ``affinity``: expected rates, whose they are, whether they chose, by which model."""
    known = batch.affinity
    if known is None:
        yield from whole
        return
    rates = orjson.dumps(np.round(known.rates.astype(np.float64), 5), option=orjson.OPT_SERIALIZE_NUMPY)
    pairs = rates[2:-2].split(b"],[")
    chosen = known.chooses & (batch.declared < 0)
    tails = [b"false", b"true"]
    for each, pair, own, chose in zip(whole, pairs, known.own.tolist(), chosen.tolist(), strict=True):
        yield b'%b,"affinity":{"rates":[%b],"own":%b,"chose":%b,"model":%d}}' % (
            each[:-1], pair, tails[own and known.used], tails[chose], known.model,
        )  # fmt: skip
