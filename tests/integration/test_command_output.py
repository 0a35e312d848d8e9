"""What the commands say and return when something is in the way: a closed pipe, a full device, a misplaced number."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NUMBER = "110101189001010016"


def jointgate(*words: str, stdout: int) -> subprocess.CompletedProcess[bytes]:
    """Run a command with the given standard output."""
    environment = {name: value for name, value in os.environ.items() if "JOINTGATE" not in name}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "gateway", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
        timeout=60,
    )


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    """A file that is no receipt."""
    path = tmp_path / "bad.receipt"
    path.write_bytes(b"no receipt")
    return path


def closed_pipe() -> int:
    """Return the writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("output", ["closed pipe", "full device"])
def test_a_lost_output_never_turns_a_failure_into_zero(receipt: Path, output: str) -> None:
    """0 means permitted and verified; whoever cannot read the output still gets the right status."""
    lost = closed_pipe() if output == "closed pipe" else os.open("/dev/full", os.O_WRONLY)
    try:
        verify = jointgate("verify", str(receipt), "--trust", str(receipt), "--json", stdout=lost)
        check = jointgate("check", "cn-ric:1", "air.travel", "--identity", "none", stdout=lost)
        matrix = jointgate("matrix", "show", stdout=lost)
    finally:
        os.close(lost)
    assert (verify.returncode in (2, 21), check.returncode) == (True, 2)
    assert matrix.returncode == 1
    assert b"Traceback" not in verify.stderr + check.stderr + matrix.stderr


@pytest.mark.parametrize(
    "words",
    [
        (NUMBER,),
        ("check", "cn-ric", "air.travel", NUMBER),
        ("check", "passport:UTO:X1", NUMBER, "--identity", "none"),
        ("check", f"cn-ric:{NUMBER}", "air.travel", "--as", NUMBER),
        ("check", f"cn-ric:{NUMBER}", "air.travel", "--role", NUMBER),
        ("check", f"cn-ric:{NUMBER}", "air.travel", "--timeout", NUMBER),
        ("check", f"cn-ric:{NUMBER}", "air.travel", "--attr", NUMBER, "--identity", "none"),
        ("check", f"cn-ric:{NUMBER}", "air.travel", "--attr", f"{NUMBER}=1", "--identity", "none"),
        (
            "check",
            f"cn-ric:{NUMBER}",
            "rail.travel",
            "--attr",
            f"train={NUMBER}",
            "--identity",
            "none",
        ),
    ],
)
def test_a_number_in_the_wrong_place_is_not_repeated(words: tuple[str, ...]) -> None:
    """Wherever a document number is typed by mistake, no error shows it, and the status is that of a usage error."""
    result = jointgate(*words, stdout=subprocess.DEVNULL)
    assert result.returncode == 2
    assert NUMBER.encode() not in result.stderr
    assert b"Traceback" not in result.stderr
