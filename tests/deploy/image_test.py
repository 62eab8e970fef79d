"""The Containerfile, as far as it can be judged without building an image: what it copies, installs and runs as."""
import re
import shutil
import unittest

from programs import BIN, BUILD, ROOT, run, skip

TEXT = (ROOT / "deploy/Containerfile").read_text().replace("\\\n", " ")
# What debian:12-slim has: what dpkg and apt themselves need.
BASE = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g", "liblzma5", "libzstd1", "libgcrypt20", "libgpg-error0"}


def stage(name):
    return re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", TEXT, re.M | re.S)[1]


def linked_libraries(files):
    """The system's libraries that programs and plugins name themselves."""
    libraries = set()
    for file in files:
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run(["readelf", "-d", file], check=True).stdout)
        found = dict(re.findall(r"(\S+) => (/\S+)", run(["ldd", file], check=True).stdout))
        libraries |= {found[name] for name in needed if name in found and not found[name].startswith(str(BUILD))}
    return libraries


def packages_of(libraries):
    """The Debian packages that own them. dpkg may know a library of /usr/lib as one of /lib, and the reverse."""
    spellings = {path: {path, path.removeprefix("/usr"), "/usr" + path} for path in libraries}
    answer = run(["dpkg-query", "-S", *set().union(*spellings.values())]).stdout
    owners = {path: line.split(":")[0] for line in answer.splitlines() for path in line.split(": ")[1:]}
    return {next(owners[path] for path in paths if path in owners) for paths in spellings.values()}


class Image(unittest.TestCase):
    def test_it_copies_what_is_there(self):
        for words in re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.M):
            for source in words.split()[:-1]:
                self.assertTrue((ROOT / source).exists(), source)

    def test_a_build_tree_is_not_sent_to_the_builder_and_what_it_copies_is(self):
        ignored = set((ROOT / ".dockerignore").read_text().split())
        copied = {source for words in re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.M) for source in words.split()[:-1]}
        self.assertIn("build", ignored)
        self.assertFalse(ignored & {source.split("/")[0] for source in copied})

    def test_it_has_every_folder_that_the_product_is_built_from(self):
        modules = re.search(r"set\(konduit_modules(.*?)\)", (ROOT / "CMakeLists.txt").read_text(), re.S)[1].split()
        copied = {source for words in re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.M) for source in words.split()[:-1]}
        self.assertLessEqual({module.split("/")[0] for module in modules}, copied)

    def test_it_installs_every_library_that_the_programs_link(self):
        installed = set(re.search(r"--no-install-recommends (.*?) &&", stage("system"))[1].split())
        files = [BIN / "konduit", *BUILD.glob("lib/*.so"), *BUILD.glob("lib/konduit/plugins/*.so")]
        linked = packages_of(linked_libraries(files))
        self.assertIn("libnghttp2-14", linked)
        self.assertLessEqual(linked - BASE, installed)
        self.assertLessEqual(installed - BASE, linked, "installed for nothing")

    def test_it_runs_as_nobody_special_and_without_a_machine_id(self):
        self.assertEqual(re.findall(r"^FROM (\S+) AS (\S+)", TEXT, re.M)[-1], ("system", "konduit"))
        self.assertRegex(stage("konduit"), r"^USER 65532:65532$")
        self.assertIn("rm -f /etc/machine-id /var/lib/dbus/machine-id", stage("system"))

    def test_the_programs_have_the_references_names(self):
        for name in ("proxy-server", "proxy-agent"):
            self.assertIn(f"ln -s /usr/bin/{name} /{name}", stage("system"))


if __name__ == "__main__":
    for tool in ("dpkg-query", "readelf", "ldd"):
        if shutil.which(tool) is None:
            skip("the image", f"there is no {tool}")
    unittest.main(verbosity=2)
