"""The programs of the build tree, given what a manifest says."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KONDUIT_BUILD", ROOT / "build/release"))
BIN = BUILD / "bin"

# Flags that the programs refuse by name for now: they must say so, and the rest of their command line must be accepted.
NOT_YET = ()


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
    variables = {"PATH": os.environ["PATH"], **(environment or {})}

    def ask(words):
        return run([BIN / program, *words, "--print-config"], env=variables)

    early = [word for word in arguments if word.removesuffix("=true") in NOT_YET]
    for word in early:
        words = f"{word.removesuffix('=true')}: is not available yet"
        if words not in ask(arguments).stderr:
            raise AssertionError(f"{program} does not say \"{words}\": take the flag out of NOT_YET")
    accepted = [word for word in arguments if word not in early]
    done = ask(accepted)
    if done.returncode != 0:
        raise AssertionError(f"{program} {' '.join(accepted)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
