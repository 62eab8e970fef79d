"""`konduit plugin new` from an empty folder: what it writes builds, passes its tests and runs in a pipeline.

new_plugin_test.py KIND"""
import re
import sys

from installed import KONDUIT, Running, build, empty_folder, machine_time, run, web_server

MOST_MACHINE_TIME = 120  # seconds, for all that a newcomer waits for


def expect(text, part):
    if part not in text:
        raise AssertionError(f"expected {part!r} in:\n{text}")


def example(project, upstream=0):
    """The example document with ports that nobody has, and another upstream."""
    text = re.sub(r":(8080|8091)\b", ":0", (project / "example.yaml").read_text()).replace(":9000", f":{upstream}")
    (project / "test.yaml").write_text(text)
    return "test.yaml"


def curl(proxy_port, target, *words):
    return run("curl", *words, "--silent", "--show-error", "--max-time", "30", "--proxytunnel",
               "--proxy", f"http://127.0.0.1:{proxy_port}", f"http://{target}/", check=False)


def try_filter(project):
    with web_server() as web, Running(project, example(project)) as konduit:
        port = konduit.port("http-connect/")
        expect(curl(port, f"127.0.0.1:{web}"), "hello through konduit")
        expect(curl(port, "127.0.0.1:25"), "403")


def try_backend(project):
    with web_server() as web, Running(project, example(project, web)) as konduit:
        expect(curl(konduit.port("http-connect/"), "elsewhere.example"), "hello through konduit")


def try_authenticator(project):
    with web_server() as web, Running(project, example(project)) as konduit:
        port, target = konduit.port("http-connect/"), f"127.0.0.1:{web}"
        expect(curl(port, target, "--proxy-header", "Proxy-Authorization: Bearer secret"), "hello through konduit")
        expect(curl(port, target, "--proxy-header", "Proxy-Authorization: Bearer Secret"), "407")


def try_selector(project):
    with Running(project, example(project)) as konduit:
        expect(curl(konduit.port("http-connect/"), "host.example"), "503")  # it has been asked, and has nobody


KINDS = {"filter": try_filter, "backend": try_backend, "authenticator": try_authenticator, "selector": try_selector}


def main(kind):
    with empty_folder() as folder:
        print(run(KONDUIT, "plugin", "new", "hello", "--kind", kind, folder=folder))
        build(folder / "hello")
        KINDS[kind](folder / "hello")
    used = machine_time()
    print(f"{used:.0f} s of machine time")
    if used > MOST_MACHINE_TIME:
        raise AssertionError(f"it took {used:.0f} s of machine time, more than {MOST_MACHINE_TIME}")


main(sys.argv[1])
