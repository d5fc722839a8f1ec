"""Campaign files: YAML in, a checked campaign or problems with line numbers out."""

from antiphon.campaigns.check import check
from antiphon.campaigns.models import Campaign
from antiphon.kit.definitions import DocumentError, Kind


class CampaignError(DocumentError):
    """A campaign that cannot be used, with everything that is wrong with it."""


_KIND = Kind(
    "campaign", "Start with `campaign: its-name`, `name:`, `audience:` and `content:`.", Campaign, check, CampaignError
)

examine, read_campaign, placed = _KIND.examine, _KIND.read, _KIND.placed
