"""What people and programs do by pages and by API: forms that are sent, drafts, tests, links that are followed."""

import re
import time
from typing import Any

import orjson
from fastapi.testclient import TestClient

from antiphon.intake.judging import judge
from antiphon.journeys.playbooks import playbooks
from tests.acceptance.citus.stage import Stage, csrf, must, well

WHO = {"kind": "any", "of": [{"kind": "consent", "channel": "email"}, {"kind": "chance", "share": 0.5}]}
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)


def touches(stage: Stage) -> str:
    """A link of a message is followed and its picture loaded, and both are judged to be a person's act."""
    html = stage.rows("SELECT html FROM sandbox_message WHERE html LIKE '%/c/%' ORDER BY id DESC LIMIT 1")[0].html
    before = stage.one("SELECT count(*) FROM event WHERE name IN ('Email Clicked', 'Email Opened')")
    paths = [found[1] for kind in ("c", "o") if (found := re.search(rf"http://[^/\"]+(/{kind}/[\w-]+)\"", html))]
    for path in paths:
        answer = stage.visitor.get(path, headers={"user-agent": CHROME}, follow_redirects=False)
        must(answer.status_code in {200, 302}, f"{path} answers {answer.status_code}")
    must(stage.one("SELECT count(*) FROM touch") >= len(paths), "no touch was kept")
    time.sleep(3.5)  # so long it is waited for what scanners do
    judged = judge(stage.engine.database, None)
    must(judged.judged >= len(paths), f"judging says {judged}")
    stage.settle()
    after = stage.one("SELECT count(*) FROM event WHERE name IN ('Email Clicked', 'Email Opened')")
    must(after - before == len(paths), f"{after - before} events of {len(paths)} touches")
    return f"{len(paths)} touches"


class _Forms:
    """The owner's browser."""

    def __init__(self, stage: Stage) -> None:
        self.browser: TestClient = stage.signed_in()
        self.token = csrf(self.browser.get("/account").text)

    def send(self, path: str, **fields: Any) -> Any:
        return well(self.browser.post(path, data={"csrf": self.token, **fields}, follow_redirects=False))

    def look(self, path: str) -> str:
        return str(well(self.browser.get(path)).text)


def audience_forms(stage: Stage) -> str:
    forms, name = _Forms(stage), f"formed-{stage.tag}"
    who = orjson.dumps(WHO).decode()
    side = forms.send("/audiences/preview", segment=name, title="Formed", who=who).json()
    must(not side["errors"], f"the preview says {side['errors']}")
    forms.send("/audiences/new", segment=name, title=f"Formed {stage.tag}", who=who)
    stage.settle()
    page = forms.look(f"/audiences/{name}")
    person = stage.one(
        "SELECT m.person FROM segment_member m JOIN segment s ON s.id = m.segment WHERE s.name = :n LIMIT 1", n=name
    )
    forms.look(f"/audiences/{name}?person={person}")
    for act in ("archive", "restore", "archive"):
        forms.send(f"/audiences/{name}/{act}")
    stage.settle()
    return f"a page of {len(page)} characters"


def offer_forms(stage: Stage) -> str:
    """A pool is made, changed, filled by both ways; a code is given by hand."""
    forms, name = _Forms(stage), f"formed_{stage.tag}"
    forms.send("/offers/new", name=name, title="Formed", kind="pool", low_at="10")
    forms.send(f"/offers/{name}/edit", title="Formed anew", low_at="5", valid_days="30")
    forms.send(f"/offers/{name}/generate", count="20", length="10", prefix="F-")
    forms.send(f"/offers/{name}/codes/preview", codes=f"{name}-1\n{name}-2")
    forms.send(f"/offers/{name}/codes", codes=f"{name}-1\n{name}-2")
    person = stage.one("SELECT max(id) FROM person")
    forms.send(f"/offers/{name}/give", person=str(person))
    forms.look(f"/offers/{name}/edit")
    return f"{len(forms.look(f'/offers/{name}/codes.csv').splitlines()) - 1} codes"


def journey_forms(stage: Stage) -> str:
    """A journey is drawn from nothing, one more from a playbook; each is changed, looked over and published."""
    forms, slug = _Forms(stage), f"drawn-{stage.tag}"
    forms.send("/journeys/new", name="Drawn", slug=slug, event="Product Viewed")
    source = stage.one("SELECT source FROM journey_draft WHERE slug = :s", s=slug)
    add = orjson.dumps({"do": "add", "type": "wait", "behind": "", "slot": []}).decode()
    state = forms.send(f"/journeys/{slug}/draft", source=source, base="0", op=add).json()
    must(state["step"], f"adding a step says {state}")
    review = forms.send(f"/journeys/{slug}/review").json()["html"]
    must("People enter version 1" in review, f"the review says {review[:900]}")
    forms.send(f"/journeys/{slug}/publish", activate="yes")
    must(stage.one("SELECT count(*) FROM journey WHERE slug = :s", s=slug) == 1, "nothing was published")
    source = stage.one(
        "SELECT v.source FROM journey_version v JOIN journey j ON j.version = v.id WHERE j.slug = :s", s=slug
    )
    forms.send(f"/journeys/{slug}/draft", source=source.replace("Drawn", "Drawn anew"), base="1")
    forms.send(f"/journeys/{slug}/rebase")
    forms.send(f"/journeys/{slug}/publish", activate="no")
    forms.look(f"/journeys/{slug}/changes?since=1&until=2")
    for act in ("pause", "resume"):
        forms.send(f"/journeys/{slug}/{act}")
    forms.look(f"/journeys/{slug}/counts.json")
    forms.look(f"/journeys/{slug}/edit")
    forms.send(f"/journeys/{slug}/draft", source=source.replace("Drawn", "Forgotten"), base="1")
    forms.send(f"/journeys/{slug}/discard")
    name = next(iter(playbooks()))
    forms.send(f"/journeys/playbooks/{name}/draft")
    row = stage.rows("SELECT person, id FROM run ORDER BY moves DESC, id LIMIT 1")
    done = stage.rows("SELECT person, id FROM run_done ORDER BY moves DESC, id LIMIT 1")
    for one in (*row, *done):
        forms.look(f"/people/{one.person}/runs/{one.id}")
    return f"{len(row) + len(done)} runs looked at"


def content_forms(stage: Stage) -> str:
    """An email is made and sent to try it, and so is a text."""
    forms = _Forms(stage)
    place = forms.send("/content/emails", title=f"Tried {stage.tag}").headers["location"]
    for query in ("", "?about=Cart%20Abandoned", "?look=dark", "?at=b1"):
        forms.look(place + query)
    forms.send(f"{place}/test", to="tester@shop.example")
    forms.look(f"{place}/shown")
    forms.look(f"{place}/email.yaml")
    words = {"text": "Hello {{ person.first_name }}", "purpose": "marketing", "to": "+12125550177", "people": "1000"}
    forms.send("/content/texts/inspect", **words)
    said = forms.send("/content/texts/test", **words).text
    sent = stage.one("SELECT count(*) FROM sandbox_message WHERE address IN ('tester@shop.example', '+12125550177')")
    must(sent >= 2, f"{sent} tests were sent; of the text was said {said}")
    return f"{sent} tests"


def setting_forms(stage: Stage) -> str:
    """A feed, the catalogue's settings, the hosts of calls, how long things are kept, the kit of emails."""
    forms = _Forms(stage)
    forms.look("/catalogue")
    feed = f"id,title,price\nfed-{stage.tag},Fed,30 USD\n".encode()
    sent = well(forms.browser.post(
        "/catalogue/feeds", data={"csrf": forms.token, "currency": "USD"}, files={"file": ("feed.csv", feed, "text/csv")},
        headers={"x-csrf-token": forms.token}, follow_redirects=False,
    ))  # fmt: skip
    place = sent.headers["location"]
    forms.look(place)
    forms.send(f"{place}/start")
    stage.settle()
    must(stage.one("SELECT count(*) FROM product WHERE id = :p", p=f"fed-{stage.tag}") == 1, "the feed brought nothing")
    forms.look(f"{place}/report.csv")
    forms.look(f"/catalogue/products/fed-{stage.tag}")
    forms.send("/settings/calls", hosts="hooks.shop.example")
    return "a feed, hosts"


def programs(stage: Stage) -> str:
    """Every address for programs that reads, and those that write what no act has written yet."""
    key, seen = stage.key(), 0
    email = stage.rows("SELECT value, person FROM identifier WHERE kind = 'email' ORDER BY person LIMIT 1")[0]
    offer, segment = f"told_{stage.tag}", f"told-{stage.tag}"
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"/segments/{segment}", {"title": f"Told {stage.tag}", "who": WHO}),
        ("POST", "/segments/count", {"who": WHO}),
        ("GET", f"/segments/{segment}/members?limit=5", None),
        ("POST", f"/segments/{segment}/archive", None),
        ("PUT", f"/offers/{offer}", {"title": "Told", "kind": "pool"}),
        ("POST", f"/offers/{offer}/codes", {"codes": [f"{offer}-1"]}),
        ("POST", f"/offers/{offer}/generate", {"count": 3}),
        ("POST", f"/offers/{offer}/give", {"person": email.value}),
        ("POST", "/offers/redeemed", {"code": f"{offer}-1", "order_id": "1", "value": 20}),
        ("GET", f"/offers/{offer}", None),
        ("POST", "/people", {"customer_id": f"told-{stage.tag}", "traits": {"plan": "told"}}),
        ("GET", f"/people?kind=email&value={email.value}", None),
        ("GET", f"/people/{email.person}", None),
        ("GET", f"/people/{email.person}/identity", None),
        ("POST", f"/people/{email.person}/export", None),
        ("GET", f"/consents?channel=email&address={email.value}", None),
        ("POST", "/opt-outs", {"channel": "email", "address": f"out-{stage.tag}@shop.example"}),
    ]
    calls += [("GET", path, None) for path in ("/segments", "/offers", "/products", "/journeys", "/conflicts")]
    for method, path, body in calls:
        well(stage.visitor.request(method, f"/api/v1{path}", json=body, headers=key))
        seen += 1
    stage.settle()
    must(stage.one("SELECT count(*) FROM coupon_given WHERE offer = :o AND redeemed_at IS NOT NULL", o=offer) == 1,
         "the code that was told of is not redeemed")  # fmt: skip
    return f"{seen} calls"


WEB = (touches, audience_forms, offer_forms, journey_forms, content_forms, setting_forms, programs)
