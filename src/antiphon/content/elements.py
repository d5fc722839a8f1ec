"""What of MJML an email may have."""

SECTIONS = frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw"})
#: What may stand inside sections. Not ``mj-include``: content comes from nowhere but its version.
ELEMENTS = frozenset(
    {
        "mj-column", "mj-group", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table",
        "mj-social", "mj-social-element", "mj-navbar", "mj-navbar-link", "mj-carousel", "mj-carousel-image",
        "mj-accordion", "mj-accordion-element", "mj-accordion-title", "mj-accordion-text",
    }
)  # fmt: skip
