"""What commands there are, and where: each is imported when it is called."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

#: Each command with the module that registers it and what ``--help`` says of it.
COMMANDS = {
    "up": ("serve", "Run the web application and a worker, with the database inside if none is named."),
    "worker": ("serve", "Run one more worker on the same database, here or on another machine."),
    "demo": ("demo", "Make a demo shop and run the product on it; the second time it goes on where it was."),
    "check": ("journeys", "Check journey files without touching anything. Exit code 1 when one cannot be used."),
    "apply": (
        "journeys",
        "Publish journey files. Runs under way finish on their version; an unchanged file changes nothing.",
    ),
    "journeys": ("journeys", "Journeys: check and publish files, look at them, switch them."),
    "campaigns": ("campaigns", "Campaigns: review, launch, watch, pause, cancel."),
    "segments": ("segments", "Segments: who is meant, kept up to date."),
    "units": ("units", "Sign-up units: forms that ask for email and phone."),
    "import": ("imports", "Bring in people and events from files. Safe to repeat, events for a week."),
    "emails": ("emails", "Emails of the library: list them, send one as a test."),
    "sms": ("sms", "Look at texts."),
    "mail": ("mail", "Take in mail to the unsubscribe address."),
    "catalogue": ("catalogue", "Products: bring them in, look at them."),
    "offers": ("offers", "Offers: make them, fill their pools, give codes."),
    "recommend": ("recommend", "Recommendations: how well they would have done on orders of a file."),
    "pressure": ("pressure", "Pressure: how much people get, what texts cost of their budget, and what that cost."),
    "timing": ("timing", "Send time: what is learned of people's hours, and how well that would have done on a file."),
    "affinity": ("affinity", "Affinity: which channel people answer more often, and how sure that is."),
    "calls": ("calls", "Programs that journeys may call: allow hosts, try them."),
    "why": ("why", "Why a message came out as it did, and whether it would again. Exit code 3 when it would not."),
    "rules": ("rules", "Look at what the law allows."),
    "people": ("people", "Who is who: look, merge, split, and take back."),
    "export": ("exports", "Everybody with identifiers, traits and consents, as CSV."),
    "hooks": ("hooks", "Webhooks of third parties: what each sends, and how it is read."),
    "key": ("keys", "Write keys: who may send events over HTTP."),
    "api-key": ("api_keys", "API keys: programs that read and act over HTTP."),
    "privacy": ("privacy", "Export everything of a person, or erase them."),
    "doctor": ("doctor", "Look at everything that can be wrong. Exit code 1 when something is bad."),
    "bench": (
        "bench",
        "Measure the product beside its floors, in one run on one machine. Touches nothing of the installation.",
    ),
}


def load(name: str) -> Any:
    """The command itself, with its options."""
    app = typer.Typer()
    import_module(f"antiphon.cli.{COMMANDS[name][0]}").register(app)
    return get_group(app).commands[name]


class Commands(TyperGroup):
    """Commands by their names: ``--version`` and ``--help`` need not wait seconds for the engine and the pages."""

    def __init__(self, **attributes: Any) -> None:
        known = [TyperCommand(name, help=says) for name, (_, says) in COMMANDS.items()]
        super().__init__(**attributes | {"commands": known})

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and found else None, rest
