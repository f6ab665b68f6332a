from __future__ import annotations

import subprocess
import sys

import pytest

import modiste
from modiste.cli import run
from modiste.errors import ModisteError, UsageError

LEAVES = [
    ["demo"],
    ["index"],
    ["search"],
    ["remove"],
    ["models"],
    ["doctor"],
    ["data", "inspect"],
    ["data", "make", "boutique"],
    ["train", "encoder"],
    ["evaluate", "encoder"],
    ["bench", "index"],
]


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"modiste {modiste.__version__}\n"


def test_nothing_asked_shows_the_help(capsys):
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize("leaf", LEAVES, ids=" ".join)
def test_every_command_explains_itself_and_takes_json(leaf, capsys):
    assert run([*leaf, "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: modiste {' '.join(leaf)}")
    assert "--json" in told


def test_help_is_quick_because_nothing_heavy_is_imported():
    code = (
        "import sys; from modiste.cli import run; run(['--help']);"
        "heavy = {'torch', 'lancedb', 'transformers', 'skimage', 'onnxruntime', 'numpy', 'PIL'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("serch", "no such command 'serch'. Did you mean 'search'"),
        ("search --shop s --txt x", "no such option: --txt (Possible options: "),
        ("index catalogue.csv", "missing option '--shop'; see: modiste index --help"),
        ("data", "missing command; see: modiste data --help"),
        ("search --shop s --text x -k ten", "invalid value for '-k'"),
        ("data make boutique there --products 0", "invalid value for '--products'"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_2(line, says, capsys):
    assert run(line.split()) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("modiste: ")
    assert told.err.count("\n") == 1
    assert says in told.err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (UsageError("no colour\n  here"), 2, "modiste: no colour here\n"),
        (ModisteError("the disk is full"), 1, "modiste: the disk is full\n"),
        (PermissionError(13, "Permission denied", "shop"), 1, "modiste: shop: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_a_failure_is_one_line(error, code, says, capsys, monkeypatch):
    def fail() -> None:
        raise error

    monkeypatch.setattr("modiste.weights.available", fail)
    assert run(["models"]) == code
    assert capsys.readouterr().err == says
