"""The programs of the build tree, given what a manifest says."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KONDUIT_BUILD", ROOT / "build/release"))
BIN = BUILD / "bin"


def skip(what, why):
    """Ends the test as skipped; scripts/test shows the line behind `Skipped`."""
    print(f"{what}: Skipped\n{why}")
    sys.exit(77)


def run(command, **options):
    """Runs to the end, in 30 s at the most; what the process says comes back as text."""
    options = {"capture_output": True, "text": True, "timeout": 30, "check": False} | options
    return subprocess.run([str(word) for word in command], **options)


def printed_config(program, arguments, environment=None):
    """The document that flags make. Raises AssertionError with the program's words where it refuses them."""
    done = run([BIN / program, *arguments, "--print-config"], env={"PATH": os.environ["PATH"], **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"{program} {' '.join(arguments)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
