"""examples/plugins/socks5: built against the installed SDK outside of this tree, loaded by path, used by curl."""
import shutil
import sys

from installed import PREFIX, ROOT, Running, build, empty_folder, run, web_server


def expect(said, part):
    if part not in said:
        raise AssertionError(f"expected {part!r} in:\n{said}")


def curl(*words):
    return run("curl", "--silent", "--show-error", "--max-time", "30", *words, check=False)


def document(project, name, frontend):
    (project / name).write_text(
        (project / "example.yaml").read_text().replace(":1080", ":0").replace("users: {alice: secret}", frontend))
    return name


def as_a_user(project, web):
    with Running(project, document(project, "users.yaml", "users: {alice: secret}")) as konduit:
        proxy = f"127.0.0.1:{konduit.port('socks5/')}"
        url = f"http://127.0.0.1:{web}/"
        expect(curl("--socks5", proxy, "--proxy-user", "alice:secret", url), "hello through konduit")
        expect(curl("--socks5-hostname", proxy, "--proxy-user", "alice:secret", f"http://localhost:{web}/"),
               "hello through konduit")
        expect(curl("--socks5", proxy, "--proxy-user", "alice:Secret", url), "User was rejected")
        expect(curl("--socks5", proxy, url), "curl: (97)")


def as_anybody(project, web):
    with Running(project, document(project, "open.yaml", "")) as konduit:
        proxy = f"127.0.0.1:{konduit.port('socks5/')}"
        expect(curl("--socks5", proxy, f"http://127.0.0.1:{web}/"), "hello through konduit")
        expect(curl("--socks5-hostname", proxy, f"http://localhost:{web}/"), "hello through konduit")
        # Nobody listens there: the reply is X'05', which curl prints.
        expect(curl("--socks5", proxy, "http://127.0.0.1:1/"), "(5)")


def served(project):
    build(project)
    with web_server() as web:
        as_a_user(project, web)
        as_anybody(project, web)


def fuzzed(project):
    compiler = shutil.which("clang++-19")
    if not compiler:
        print("the parser's fuzz target: Skipped\nthere is no clang++-19")
        sys.exit(77)
    run("cmake", "-B", "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}", f"-DCMAKE_CXX_COMPILER={compiler}",
        "-DSOCKS5_FUZZ=ON", folder=project)
    run("cmake", "--build", "build", "--target", "messages_fuzz", folder=project)
    print(run("ctest", "--test-dir", "build", "-R", "fuzz", "--output-on-failure", "--no-tests=error", folder=project))


def main(what):
    with empty_folder() as folder:
        project = folder / "socks5"
        shutil.copytree(ROOT / "examples/plugins/socks5", project, ignore=shutil.ignore_patterns("build"))
        {"served": served, "fuzzed": fuzzed}[what](project)


main(sys.argv[1])
