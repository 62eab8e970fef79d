"""docs/write-a-plugin.md, carried out from an empty folder: its commands in order in one shell, its diffs in between. A YAML
block only shows what another plugin would say."""
import os
import re
import socket
import subprocess

from installed import PREFIX, ROOT, empty_folder, web_server

PAGE = (ROOT / "docs/write-a-plugin.md").read_text()
LANGUAGES = {
    "sh": lambda text: text,
    "diff": lambda text: f"git apply -p1 - <<'END_OF_DIFF'\n{text}END_OF_DIFF\n",
    "yaml": lambda text: "",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def script(web, port):
    """The page's blocks as one script, with ports and a site that this machine has."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    if [language for language, _ in blocks] != ["sh", "sh", "diff", "sh", "sh", "yaml"]:
        raise AssertionError(f"the page's blocks are others than this test knows: {[each[0] for each in blocks]}")
    text = "".join(LANGUAGES[language](block) for language, block in blocks)
    text = text.replace("http://example.com/", f"http://127.0.0.1:{web}/").replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    return text.replace("cd hello\n", f"cd hello\nsed -i 's/:8080/:{port}/' example.yaml\n", 1)


def main():
    environment = os.environ | {"PREFIX": str(PREFIX), "PATH": f"{PREFIX}/bin:{os.environ['PATH']}"}
    with empty_folder() as folder, web_server() as web:
        done = subprocess.run(["bash", "-euo", "pipefail"], input=script(web, free_port()), cwd=folder, env=environment,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280, check=False)
    print(done.stdout)
    for part in ("hello through konduit", "denied, as it should be", "LetsExemptHostsPass", " 0 broken"):
        if part not in done.stdout:
            raise AssertionError(f"the page does not lead to {part!r}")
    if done.returncode != 0:
        raise AssertionError(f"the page's commands ended with {done.returncode}")


main()
