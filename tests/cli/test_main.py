from __future__ import annotations

import os
import subprocess
import sys

import pytest

import modiste
from modiste.cli import output, run
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
        ("index tests", "missing option '--shop' (env var: 'MODISTE_SHOP'); give --shop SHOP; see: modiste index"),
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


def test_a_file_appears_when_it_is_whole(tmp_path):
    def fail(half):
        half.write_text("hal")
        raise OSError(28, "No space left on device", str(half))

    (tmp_path / "strip.png").write_text("before")
    with pytest.raises(OSError, match=r"No space left on device: '.*/strip.png'"):
        output.write(tmp_path / "strip.png", fail)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("strip.png", "before")]
    output.write(tmp_path / "new" / "strip.png", lambda half: half.write_text("whole"))
    assert [file.read_text() for file in (tmp_path / "new").iterdir()] == ["whole"]


def piped(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line in a shell."""
    line = line.replace("modiste", f"{sys.executable} -m modiste")
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("command", ["models --json", "models", "--help"])
def test_who_has_seen_enough_hears_nothing_more(command):
    done = piped(f"modiste {command} | head -c 1; exit ${{PIPESTATUS[0]}}")
    assert done.stderr == ""
    assert len(done.stdout) == 1


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"COLUMNS": "9"}, {"COLUMNS": "0"}], ids=str
)
def test_any_terminal_will_do(environment):
    done = piped("modiste models && modiste serch", **environment)
    assert done.returncode == 2
    assert "parser-photos" in done.stdout or environment.get("COLUMNS") == "9"
    assert done.stderr.startswith("modiste: no such command 'serch'. Did you mean 'search'")


def test_ctrl_c_while_it_starts_is_no_traceback():
    code = "import modiste.cli as c\ndef stop(_): raise KeyboardInterrupt\nc.run = stop\nc.main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_advice_to_programmers_is_not_for_those_who_type():
    code = (
        "import warnings, modiste.cli as c\ndef warn(_): warnings.warn('soon', FutureWarning)\nc.run = warn\nc.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_shell_completes_commands_and_options():
    for words, wanted in (("modiste se", "search\nserve"), ("modiste search --te", "--text")):
        count = str(len(words.split()) - 1)
        done = piped("modiste", _MODISTE_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
        assert done.stdout.strip() == wanted


def test_the_environment_names_the_shop(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODISTE_SHOP", "spring")
    (tmp_path / "me.png").touch()
    commands = (
        "search red", "refine red --id 1", "complete --items 1", "remove 1", "serve", "imagine red --out a.png",
        "tryon --person me.png --items 1 --out a.png", "bench refine",
    )  # fmt: skip
    for line in commands:
        assert run(line.split()) == 2
        assert "there is no shop at spring" in capsys.readouterr().err
    assert run(["tryon", "--person", "me.png", "--garment", "top=me.png", "--out", "a.png"]) == 2
    assert "me.png is empty" in capsys.readouterr().err
