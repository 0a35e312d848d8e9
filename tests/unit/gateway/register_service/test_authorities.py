"""The registry of authorities: their names."""

import pytest

from gateway.errors import SettingsError
from gateway.keys import new_decision_key
from gateway.register_service.authorities import AuthorityRegistry, parse_authorities


def registry(*names: str) -> AuthorityRegistry:
    """Read a registry of authorities with these names."""
    rows = []
    for number, name in enumerate(names):
        public = new_decision_key().public_key.keyval["public"]
        rows.append(f"""
[[authority]]
id = "a-{number}"
name = "{name}"
uri = "spiffe://jointgate.example/authority/a-{number}"
lists = ["consumption-limited"]
contact = "mailto:a@example.org"

[[authority.key]]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
public = '''
{public}'''
""")
    return parse_authorities("".join(rows), source="authorities.toml")


def test_authorities_with_names_of_their_own_are_read() -> None:
    """Each name stands as it was written."""
    names = ["Court of Utopia", "Court of Utopia 2", "乌托邦法院"]
    assert [one.name for one in registry(*names)] == names


@pytest.mark.parametrize("other", ["court of Utopia", "CourtofUtopia", "\uff23ourt of Utopia"])
def test_two_spellings_of_one_name_stop_the_start(other: str) -> None:
    """Each would have its own sequence and its own listings; both spellings are told, once."""
    with pytest.raises(SettingsError) as caught:
        registry("Court of Utopia", "Bureau of Utopia", other)
    assert str(caught.value).count("one name in two spellings") == 1
    assert "Court of Utopia" in str(caught.value)
    assert other in str(caught.value)


@pytest.mark.parametrize(
    "name", [" ", "Court of Utopia ", " Court", "Court  of Utopia", "Court\u3000of"]
)
def test_a_name_with_blanks_that_nobody_sees_stops_the_start(name: str) -> None:
    """No feed's header could carry it, and the authority that wrote it is told."""
    with pytest.raises(
        SettingsError, match=r"authority a-0: name is printable, with no blank at its ends"
    ):
        registry(name)
