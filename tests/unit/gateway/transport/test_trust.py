"""The trust service: what partners need to verify, and no list."""

import pytest

from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import Store
from gateway.transport.trust import TrustService
from jointgate.trust.v1 import trust_pb2 as pb
from tests.fakes.fixed_context import context
from tests.fakes.rehearsal import Rehearsal
from tests.fakes.synthetic_parties import citizen, listing


@pytest.fixture
def store(rehearsal: Rehearsal) -> Store:
    """The store of a gateway that follows a site with one listed citizen."""
    rehearsal.change(citizen(0), listing())
    rehearsal.follow()
    return rehearsal.store("gateway")


def metadata(store: Store, role: str, version: int = 0) -> bytes:
    """Ask for one metadata file."""
    request = pb.GetMetadataRequest(role=role, version=version).SerializeToString()
    answer = TrustService(store).get_metadata(request, context())
    return pb.GetMetadataResponse.FromString(answer).content


def target(store: Store, path: str) -> bytes:
    """Ask for one target."""
    request = pb.GetTargetRequest(path=path).SerializeToString()
    answer = TrustService(store).get_target(request, context())
    return pb.GetTargetResponse.FromString(answer).content


def published(scene: Rehearsal, start: str) -> dict[str, bytes]:
    """Return the published files below ``start``, by the rest of their path."""
    files = scene.repository().files()
    return {
        path.removeprefix(start): file.read_bytes()
        for path, file in files.items()
        if path.startswith(start)
    }


@pytest.mark.parametrize(
    ("role", "version"),
    [("root", 1), ("timestamp", 0), ("snapshot", 1), ("targets", 1), ("decision-keys", 1)],
)
def test_the_chain_is_served(rehearsal: Rehearsal, store: Store, role: str, version: int) -> None:
    """Each metadata file that partners need comes as it was published."""
    name = f"{version}.{role}.json" if version else f"{role}.json"
    assert metadata(store, role, version) == published(rehearsal, "metadata/")[name]


def test_the_document_of_the_keys_is_served(rehearsal: Rehearsal, store: Store) -> None:
    """The one target that partners may have comes under its hashed name."""
    ((name, content),) = published(rehearsal, "targets/decision-keys/").items()
    assert target(store, f"decision-keys/{name}") == content


@pytest.mark.parametrize(
    ("role", "version"),
    [
        ("lists", 1),
        ("lists", 0),
        ("root", 2),
        ("root", 0),
        ("timestamp", 1),
        ("snapshot", 0),
        ("targets", 2**64 - 1),
        ("", 0),
        ("", 1),
        ("../root", 1),
        ("1.root", 0),
        ("timestamp.json", 0),
        ("Root", 1),
        ("nobody", 1),
    ],
)
def test_no_other_metadata_is_served(store: Store, role: str, version: int) -> None:
    """Not the lists', no other version, and nothing through the form of the name."""
    with pytest.raises(AnswerError) as caught:
        metadata(store, role, version)
    assert caught.value.reason is Reason.METADATA_NOT_FOUND


def test_no_list_is_served(rehearsal: Rehearsal, store: Store) -> None:
    """Every target of the lists that is published is refused to partners."""
    paths = [f"lists/{name}" for name in published(rehearsal, "targets/lists/")]
    assert paths
    for path in paths:
        with pytest.raises(AnswerError) as caught:
            target(store, path)
        assert caught.value.reason is Reason.TARGET_NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "",
        "timestamp.json",
        "1.root.json",
        "decision-keys/current.json",
        "decision-keys/" + "0" * 64 + ".current.json",
        "{found}\n",
        "{found}/",
        "/{found}",
        "./{found}",
        "x/../{found}",
        "decision-keys/../{found}",
        "{found}\0",
        "{upper}",
    ],
)
def test_no_other_name_leads_to_a_file(rehearsal: Rehearsal, store: Store, path: str) -> None:
    """Only the exact name is one; a path is never walked."""
    ((name, _),) = published(rehearsal, "targets/decision-keys/").items()
    found = f"decision-keys/{name}"
    with pytest.raises(AnswerError) as caught:
        target(store, path.format(found=found, upper=found.upper()))
    assert caught.value.reason is Reason.TARGET_NOT_FOUND


def test_the_service_does_not_rely_on_what_the_store_holds(store: Store) -> None:
    """Were there a list, or anything else, among the files for partners, it would still not be served."""
    hashed = f"decision-keys/{'0' * 64}.current.json"
    names = ["1.lists.json", "lists/index.json", "x.json", f"{hashed}.bak", f"x/{hashed}"]
    with store.write() as writer:
        writer.replace_trust(dict.fromkeys(names, b"secret"))
    for role, version in (("lists", 1), ("x", 0)):
        with pytest.raises(AnswerError):
            metadata(store, role, version)
    for name in names:
        with pytest.raises(AnswerError):
            target(store, name)


def test_nothing_is_served_before_the_first_snapshot(rehearsal: Rehearsal) -> None:
    """A gateway that has followed nothing yet has nothing to show."""
    with pytest.raises(AnswerError) as caught:
        metadata(rehearsal.store("new"), "root", 1)
    assert caught.value.reason is Reason.METADATA_NOT_FOUND


@pytest.mark.parametrize("content", [b"\xff", b"\x0a\x04root\x98\x06\x01", b"\x10\x81\x00"])
def test_a_malformed_request_is_refused(store: Store, content: bytes) -> None:
    """Requests are read as strictly as queries."""
    service = TrustService(store)
    for method in (service.get_metadata, service.get_target):
        with pytest.raises(AnswerError) as caught:
            method(content, context())
        assert caught.value.reason is Reason.MALFORMED_REQUEST


def test_an_overlong_request_is_refused(store: Store) -> None:
    """Size comes before parsing here too."""
    with pytest.raises(AnswerError) as caught:
        target(store, "decision-keys/" + "0" * 600)
    assert caught.value.reason is Reason.QUERY_TOO_LARGE
