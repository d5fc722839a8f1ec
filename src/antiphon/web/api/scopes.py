"""What an API key may be allowed. A write key (``intake.sources``) is another thing: it lets events in, and reads nothing."""

SCOPES = {
    "people:read": "read people",
    "people:write": "tell traits of people",
    "identity:write": "decide who is who",
    "consents:read": "read consents",
    "consents:write": "take opt-outs",
    "journeys:write": "list and switch journeys",
    "campaigns:read": "read campaigns and how far they are",
    "campaigns:write": "save, review, launch, pause and cancel campaigns",
    "catalogue:read": "read products",
    "catalogue:write": "tell, change and delete products",
    "segments:read": "read and count segments",
    "segments:write": "define and archive segments",
    "offers:read": "read offers",
    "offers:write": "make offers, fill pools, give codes, tell of used ones",
    "privacy:export": "export everything of a person",
    "privacy:erase": "erase people",
}
