"""`konduit plugin new` from an empty folder: what it writes builds, passes its tests and runs in a pipeline.

new_plugin_test.py KIND"""
import re
import socket
import sys
import time

from installed import KONDUIT, PATIENCE, Running, build, empty_folder, machine_time, run, web_server

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


def try_frontend(project):
    with web_server() as web, Running(project, example(project)) as konduit:
        port = konduit.port("hello/")
        expect(say(port, f"127.0.0.1:{web}\n", "GET / HTTP/1.0\r\n\r\n"), "hello through konduit")
        expect(say(port, "127.0.0.1:1\n"), "error: dial tcp 127.0.0.1:1")  # nobody listens there
        expect(say(port, "GET / HTTP/1.0\r\n\r\n"), "error: say in one line where to go")


def say(port, *words):
    """What a client is answered that says these words, each when it has an answer to the one before."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        for word in words:
            client.sendall(word.encode())
            said += client.recv(4096)
        while piece := client.recv(4096):
            said += piece
    return said.decode()


def try_transport(project):
    document = project / example(project)
    document.write_text(document.read_text().replace("hello://inner", f"hello://{project}"))  # nobody else has that name
    with web_server() as web, Running(project, document.name) as konduit:
        expect(curl(konduit.port("http-connect/local"), f"127.0.0.1:{web}"), "hello through konduit")


def try_discovery(project):
    (project / "servers.txt").write_text("tcp://127.0.0.1:1\n")  # nobody listens there
    with web_server() as web, Running(project, example(project)) as konduit:
        port = konduit.port("http-connect/")
        expect(curl(port, f"127.0.0.1:{web}"), "503")
        (project / "servers.txt").write_text(f"tcp://127.0.0.1:{konduit.port('agents/')}\n")
        deadline = time.monotonic() + PATIENCE
        while "hello through konduit" not in (said := curl(port, f"127.0.0.1:{web}")):
            if time.monotonic() > deadline:
                raise AssertionError(f"the server that servers.txt names by now is not found: {said}")
            time.sleep(0.2)


KINDS = {"authenticator": try_authenticator, "backend": try_backend, "discovery": try_discovery, "filter": try_filter,
         "frontend": try_frontend, "selector": try_selector, "transport": try_transport}


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
