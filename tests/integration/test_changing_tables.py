"""The section "Changing the tables" of docs/operations.md, command by command, on a site that runs."""

import re
import shlex
from pathlib import Path

import pytest

from partner_sdk.actions import GoodsPurchase, RailTravel
from tests.integration.conftest import SiteMaker
from tests.integration.live_site import LivePlan, LiveSite

pytestmark = pytest.mark.integration

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
SECTION = (
    DOCUMENT.read_text(encoding="utf-8").split("\n## Changing the tables\n")[1].split("\n## ")[0]
)
OPENED = ('train = ["G"]', 'train = ["G"], seat = ["business"]')
RAIL = (
    "- rail.travel, train G, seat premium-first, first, second, hard-sleeper, soft-seat, hard-seat or standing, "
    "as traveller: a natural person on consumption-limited was RESTRICTED (39 by rail-g-train) and would be PERMITTED"
)
LUXURY = (
    "- goods.purchase, category luxury, any purpose, amount 20,000 yuan or more, as account-holder or payer: "
    "a natural person or an organisation on consumption-limited "
    "was REFERRED (FASHI-17-OTHER by goods-luxury) and would be RESTRICTED (FASHI-17-OTHER by goods-luxury)"
)


def block(kind: str) -> str:
    """Return the section's fenced block of a kind."""
    found = re.search(rf"^```{kind}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def commands(site: LiveSite) -> list[list[str]]:
    """Return the words of the documented commands, for this site's folder."""
    told = block("bash").replace("site/", f"{site.folder}/").splitlines()
    lines = [shlex.split(line, comments=True) for line in told]
    return [words[1:] for words in lines if words]


def edit(site: LiveSite) -> None:
    """Do what the comments between the commands say."""
    rules = site.folder / "tables" / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    assert OPENED[0] in text
    rules.write_text(text.replace(*OPENED), encoding="utf-8")
    (site.folder / "tables" / "thresholds.toml").write_text(block("toml"), encoding="utf-8")
    settings = site.folder / "jointgate.toml"
    settings.write_text(
        'pack_folder = "tables"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8"
    )


def test_changed_tables_are_published_after_they_were_confirmed(make_site: SiteMaker) -> None:
    """Refused, told in words, confirmed, published: and then the gateway answers under the new tables."""
    site = make_site(LivePlan())
    site.import_synthetic(30)
    assert site.run("publish").returncode == 0
    export, refused, verify, diff, confirm, publish = commands(site)
    assert site.run(*export).returncode == 0
    edit(site)

    stopped = site.run(*refused)
    assert stopped.returncode == 1
    assert "nothing is published: the pack's tables are not those confirmed last" in stopped.stderr
    assert "questions get another answer" in stopped.stderr
    assert site.run(*verify).returncode == 0

    told = site.run(*diff)
    assert told.returncode == 1
    assert {RAIL, LUXURY} <= set(told.stdout.splitlines())
    digest = told.stdout.split()[-1]
    assert site.run("matrix", "confirm", "0" * 12).returncode == 1
    assert site.run(*refused).returncode == 1, "a wrong digest confirms nothing"
    accepted = site.run(*(digest if word == "DIGEST" else word for word in confirm))
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert len((site.folder / "confirmed-packs.log").read_text("ascii").splitlines()) == 2

    published = site.run(*publish)
    assert (published.returncode, published.stderr) == (0, "")
    assert published.stdout.startswith("snapshot 2: full, ")
    site.start()
    ask(site)


def ask(site: LiveSite) -> None:
    """Ask what the changed rows decide, of somebody whom consumption-limited restricts."""
    document, listing = site.restricted_citizens()[0]
    assert listing.list_id == "consumption-limited"
    with site.connect() as gateway:
        outcomes = [
            gateway.may(document, action).outcome.value
            for action in (
                RailTravel("G", "second"),
                RailTravel("G", "business"),
                GoodsPurchase("luxury", amount_yuan=20_000),
                GoodsPurchase("luxury", amount_yuan=19_999),
            )
        ]
    assert outcomes == ["PERMITTED", "RESTRICTED", "RESTRICTED", "PERMITTED"]
