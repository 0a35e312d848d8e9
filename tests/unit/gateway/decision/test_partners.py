"""The partner registry: read whole or not at all, with every problem named."""

import pytest

from gateway.decision.partners import PartnerRegistry, parse_registry
from gateway.errors import AnswerError, Reason, SettingsError
from gateway.keys import new_decision_key, new_role_key
from sanctions_matrix.actions import ACTIONS, Role

FIRST, SECOND = new_decision_key().public_key, new_decision_key().public_key
OTHER_SCHEME = new_role_key().public_key


def row(**changes: str) -> str:
    """Return the row of a good partner as TOML, with some values replaced; an empty one leaves the field out."""
    fields = {
        "id": '"airline"',
        "name": '"An airline"',
        "uri": '"spiffe://jointgate.example/partner/airline"',
        "actions": '["air.travel"]',
        "roles": '["traveller"]',
        "keys": f"['''{FIRST.keyval['public']}''']",
        **changes,
    }
    lines = [f"{name} = {value}" for name, value in fields.items() if value]
    return "\n".join(["[[partner]]", *lines, ""])


OTHER = {
    "id": '"railway"',
    "uri": '"spiffe://jointgate.example/partner/railway"',
    "keys": f"['''{SECOND.keyval['public']}''']",
}


def parse(*rows: str) -> PartnerRegistry:
    """Read a registry of ``rows``."""
    return parse_registry("\n".join(rows), source="partners.toml")


def problems(*rows: str) -> list[str]:
    """Return what is wrong with a registry of ``rows``."""
    with pytest.raises(SettingsError, match=r"partners\.toml") as caught:
        parse(*rows)
    return list(caught.value.problems)


def test_a_partner_is_found_by_its_key() -> None:
    """Key id, name, scope and public key belong together."""
    registry = parse(row(), row(**OTHER))
    partner = registry.with_key(FIRST.keyid)
    assert (partner.id, partner.uri) == ("airline", "spiffe://jointgate.example/partner/airline")
    assert partner.actions == {"air.travel"}
    assert partner.roles == {Role.TRAVELLER}
    assert registry.with_key(SECOND.keyid).id == "railway"
    assert len(registry) == 2


def test_a_partner_may_have_several_keys() -> None:
    """While a partner changes its key both are good."""
    both = f"['''{FIRST.keyval['public']}''', '''{SECOND.keyval['public']}''']"
    registry = parse(row(keys=both))
    assert registry.with_key(FIRST.keyid).id == registry.with_key(SECOND.keyid).id == "airline"
    assert registry.with_key(FIRST.keyid).key != registry.with_key(SECOND.keyid).key


@pytest.mark.parametrize("keyid", ["", "0" * 64, FIRST.keyid.upper(), FIRST.keyid[:-1]])
def test_an_unknown_key_has_no_partner(keyid: str) -> None:
    """Nobody is found by a key id that is not exactly one of the registered ones."""
    with pytest.raises(AnswerError) as caught:
        parse(row()).with_key(keyid)
    assert caught.value.reason is Reason.UNKNOWN_KEY


def test_an_empty_registry_knows_nobody() -> None:
    """A gateway without partners starts and answers nobody."""
    assert len(parse("")) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", '""'),
        ("id", '"Airline"'),
        ("id", '"air line"'),
        ("id", '"airline\\n"'),
        ("id", f'"{"a" * 65}"'),
        ("name", ""),
        ("uri", ""),
        ("uri", '"https://jointgate.example/airline"'),
        ("uri", '"spiffe://jointgate.example/"'),
        ("uri", '"spiffe://jointgate.example/a b"'),
        ("uri", '"spiffe://jointgate.example/a\\n"'),
        ("actions", ""),
        ("actions", '"air.travel"'),
        ("roles", '["pilot"]'),
        ("standing", '"yes"'),
        ("standing", "1"),
        ("keys", ""),
        ("keys", "[]"),
        ("keys", "[" + "'k'," * 9 + "]"),
        ("surname", '"unknown field"'),
    ],
)
def test_a_malformed_row_is_refused(field: str, value: str) -> None:
    """A row that is not exactly what a row has is refused, with its field in the message."""
    (problem,) = problems(row(**{field: value}))
    assert field in problem


def test_everything_wrong_is_listed() -> None:
    """Unknown actions, unusable keys, shared keys and repeated names are all reported together."""
    found = problems(
        row(actions='["air.travel", "sea.travel", "space.travel"]'),
        row(roles='["guest"]'),
        row(**OTHER, actions='["air.travel"]'),
        row(
            id='"hotel"',
            uri='"spiffe://jointgate.example/partner/railway"',
            keys=f"['''{OTHER_SCHEME.keyval['public']}''', 'no key']",
        ),
    )
    assert found == [
        "partner airline: unknown action 'sea.travel'",
        "partner airline: unknown action 'space.travel'",
        "partner airline: its key is also that of airline",
        "partner hotel: key 1: not a P-256 public key in PEM",
        "partner hotel: key 2: not a P-256 public key in PEM",
        "two partners have the id airline",
        "two partners have the uri spiffe://jointgate.example/partner/airline",
        "two partners have the uri spiffe://jointgate.example/partner/railway",
    ]


def test_a_key_of_two_partners_is_refused() -> None:
    """Who signed must never be a guess."""
    shared = {**OTHER, "keys": f"['''{FIRST.keyval['public']}''']"}
    assert problems(row(), row(**shared)) == ["partner railway: its key is also that of airline"]


def test_text_that_is_not_toml_is_refused() -> None:
    """A damaged registry is not an empty one."""
    assert problems("[[partner]") != []
    assert problems("[partner]\nid = 'a'") != []
    assert problems("partners = []") != []


@pytest.mark.parametrize(
    ("given", "may_ask"),
    [({}, False), ({"standing": "false"}, False), ({"standing": "true"}, True)],
)
def test_standing_has_to_be_registered(given: dict[str, str], *, may_ask: bool) -> None:
    """Nobody may ask about standing unless the row says so."""
    assert parse(row(**given)).with_key(FIRST.keyid).standing is may_ask


def test_every_action_can_be_registered() -> None:
    """The registry knows the actions that the gateway answers for."""
    names = ", ".join(f'"{name}"' for name in ACTIONS)
    assert parse(row(actions=f"[{names}]")).with_key(FIRST.keyid).actions == ACTIONS.keys()
