"""What was decided, counted: by channel and hour, by what bars."""

from collections.abc import Sequence

import numpy as np

from antiphon.decisions.decide import Foreseen
from antiphon.decisions.models import CHANNELS, EMAIL, NO_CHANNEL, SMS, Rule

#: Of somebody whom no rule bars and to whom it is not worth to write.
WORTH = "not_worth"


def barred_by(foreseen: Foreseen) -> Sequence[str]:
    """Per row what keeps anything from being sent, both channels together; '' where something is."""
    made = foreseen.made
    told = {}
    email, sms = made.bar[:, EMAIL].astype(np.int64), made.bar[:, SMS].astype(np.int64)
    open_ = made.best_slot >= 0
    kind = ((made.channel == NO_CHANNEL) * 100 + email) * 400 + sms * 4 + open_[:, EMAIL] * 2 + open_[:, SMS]
    for number in np.unique(kind).tolist():
        rest, opened = divmod(number, 4)
        rest, text = divmod(rest, 100)
        none, mail = divmod(rest, 100)
        told[number] = _words(mail, text, opened) if none else ""
    return [told[number] for number in kind.tolist()]


def _words(email: int, sms: int, opened: int) -> str:
    """The rules of both channels, without what the campaign itself does not allow; each once."""
    found = []
    for channel, bar, possible in ((EMAIL, email, opened & 2), (SMS, sms, opened & 1)):
        if bar == Rule.CHANNEL:
            continue
        rule = Rule(bar).id(channel) if bar else WORTH if possible else "hours_and_spacing"
        found.append(f"{CHANNELS[channel]}: {rule}")
    return "; ".join(found)
