# SPDX-License-Identifier: LGPL-2.1-or-later
"""dali-model against a server that cuts, lies and is silent, and the model that comes of it.

    test_fetch.py DALI_MODEL DALI_EXPORT MODEL CATALOGUE [DALI_CAPTION]

MODEL is a model folder, which is exported and served as published files.
"""

import contextlib
import filecmp
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

from faulty_server import FaultyServer

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from tap_cases import run_cases

DALI_MODEL, DALI_EXPORT, MODEL, CATALOGUE = sys.argv[1:5]
DALI_CAPTION = sys.argv[5] if len(sys.argv) > 5 else None


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)


class Place:
    """A server, its folder, a catalogue of what it has, and a user's folders."""

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.served = os.path.join(self.folder, "served")
        self.home = os.path.join(self.folder, "home")
        self.models = os.path.join(self.home, "gst-dali", "models")
        self.catalogue = os.path.join(self.folder, "catalogue.toml")
        self.content = random.Random(1).randbytes(300_000)
        write(os.path.join(self.served, "things", "weights.bin"), self.content)
        write(os.path.join(self.served, "things", "config.json"), "{}")
        self.describe(sha256=hashlib.sha256(self.content).hexdigest())
        self.server = FaultyServer(self.served)
        self.waiting = []

    def close(self):
        for process in self.waiting:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.server.close()
        shutil.rmtree(self.folder)

    def describe(self, **known):
        lines = "".join(f"{key} = {value!r}\n".replace("'", '"') for key, value in known.items())
        write(self.catalogue, f'''
[[entry]]
name = "things"
what = "Two files."
licence = "none"
page = "https://example.org/things"
kind = "files"
[[entry.file]]
name = "weights.bin"
{lines}
[[entry.file]]
name = "config.json"
''')

    def environment(self, **more):
        environment = {key: value for key, value in os.environ.items()
                       if not key.lower().endswith("_proxy")}
        return {**environment, "XDG_DATA_HOME": self.home, **more}

    def command(self, *arguments):
        return [DALI_MODEL, *arguments, "--catalogue", self.catalogue]

    def run(self, *arguments, expected=0, environment=None, **options):
        """The program's output; of an error the one line."""
        result = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=100,
                                env=self.environment(**(environment or {})), check=False, **options)
        assert result.returncode == expected, (result.returncode, result.stdout, result.stderr)
        if expected == 0:
            return result.stdout
        lines = result.stderr.splitlines()
        assert len(lines) == 1 and lines[0].startswith("dali-model: "), lines
        return lines[0]

    def fetch(self, *more, **options):
        return self.run("fetch", "things", "--mirror", self.server.address, "--retries", "0", *more,
                        **options)

    def start(self, *arguments):
        process = subprocess.Popen(self.command(*arguments), stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True, env=self.environment())
        self.waiting.append(process)
        return process

    def stored(self, name="things"):
        return os.path.join(self.models, name)

    def part(self):
        return os.path.join(self.stored() + ".part", "things", "weights.bin.part")

    def expect_complete(self):
        for name in ("weights.bin", "config.json"):
            assert filecmp.cmp(os.path.join(self.stored(), name),
                               os.path.join(self.served, "things", name), shallow=False), name
        assert sorted(os.listdir(self.stored())) == ["config.json", "weights.bin"]
        assert os.listdir(self.models) == ["things"], os.listdir(self.models)

    def expect_nothing(self):
        assert not os.path.exists(self.stored())
        assert not os.path.exists(self.part())

    def faults(self, *faults):
        self.server.faults["/things/weights.bin"] = list(faults)


def files_come_as_they_are_and_nothing_else_is_left(place):
    said = place.fetch()
    assert "SHA-256 as published" in said and "no size or checksum is published" in said, said
    place.expect_complete()
    assert "is there" in place.fetch()
    for name in ("things", place.stored(), place.stored() + "/"):
        assert "as published; 1 of them have no published checksum" in place.run("verify", name)


def broken_connections_are_gone_on_from(place):
    place.faults("cut", "cut", "cut")
    place.fetch()
    place.expect_complete()
    ranges = [asked for asked, _ in place.server.asked("/things/weights.bin")]
    assert ranges == [None, "bytes=150000-", "bytes=225000-", "bytes=262500-"], ranges


def an_interrupted_fetch_goes_on_where_it_ended(place):
    place.faults("stops")
    process = place.start("fetch", "things", "--mirror", place.server.address, "--quiet")
    place.server.is_silent.wait()
    while not os.path.exists(place.part()) or os.path.getsize(place.part()) < 150_000:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    said = process.stderr.read().splitlines()
    assert process.wait() == 1 and len(said) == 1 and "fetching again goes on" in said[0], said
    assert "begun, 150.0 kB" in place.run("list")
    place.fetch()
    place.expect_complete()
    asked = place.server.asked("/things/weights.bin")[1]
    assert asked[0] == "bytes=150000-" and asked[1].startswith('"'), asked


def parts_of_two_versions_are_never_joined(place):
    place.describe()  # no checksum would tell
    place.faults("cut", 404)
    place.fetch(expected=1)
    assert os.path.getsize(place.part()) == 150_000
    write(os.path.join(place.served, "things", "weights.bin"), place.content[::-1])
    place.fetch()
    place.expect_complete()


def what_no_server_and_no_checksum_can_tell_apart_begins_anew(place):
    place.describe()
    place.faults("untagged")
    place.fetch()
    place.run("remove", "things")
    write(place.part(), place.content[:1000])
    place.fetch()
    place.expect_complete()
    assert place.server.asked("/things/weights.bin")[-1][0] is None


def a_damaged_part_is_fetched_anew(place):
    write(place.part(), b"x" * 1000)
    place.fetch()
    place.expect_complete()
    assert [asked for asked, _ in place.server.asked("/things/weights.bin")] == ["bytes=1000-", None]


def servers_that_ignore_ranges_send_everything_again(place):
    place.faults("cut", "ignores-range")
    place.fetch()
    place.expect_complete()


def a_part_that_is_longer_than_the_file_begins_anew(place):
    write(place.part(), place.content + b"more")
    place.fetch()
    place.expect_complete()
    assert [asked for asked, _ in place.server.asked("/things/weights.bin")] == ["bytes=300004-", None]


def another_part_than_asked_for_is_refused(place):
    write(place.part(), place.content[:1000])
    place.faults("other-part")
    assert "another part of the file" in place.fetch(expected=1)
    place.fetch()
    place.expect_complete()


def wrong_bytes_are_refused_and_not_kept(place):
    place.faults("wrong")
    said = place.fetch(expected=1)
    assert "is not the file that it should be: its SHA-256 is" in said, said
    place.expect_nothing()
    place.fetch()
    place.expect_complete()


def lies_about_the_length_are_noticed(place):
    place.faults("says-less")
    assert "SHA-256" in place.fetch(expected=1)
    place.expect_nothing()
    place.faults("says-more", 404)
    assert "404" in place.fetch(expected=1)  # all of it came, and no more does
    place.describe(bytes=300_001)
    shutil.rmtree(place.models)
    said = place.fetch(expected=1)
    assert "has 300000 bytes there, and not 300001 as published" in said, said
    place.describe(bytes=300_000)
    place.faults("says-more")
    assert "has 600000 bytes there" in place.fetch(expected=1)
    place.fetch()
    place.expect_complete()


def redirections_are_followed_but_not_in_circles(place):
    place.faults("redirect")
    place.fetch()
    place.expect_complete()
    place.run("remove", "things")
    place.faults("circle")
    assert "without an end" in place.fetch(expected=1)
    assert len(place.server.asked("/things/weights.bin")) == 1 + 11
    assert os.listdir(place.models) == []


def answers_that_are_errors_are_said(place):
    for status in (404, 403, 500, 503):
        place.faults(status)
        said = place.fetch(expected=1)
        assert f"/things/weights.bin: answers with HTTP status {status}" in said, said
    assert os.listdir(place.models) == []


def a_silent_server_is_given_up(place):
    place.faults("mute")
    assert "says nothing" in place.fetch("--silence", "1", expected=1)
    place.faults("stops", "mute")
    assert "says nothing; what was fetched stays" in place.fetch("--silence", "1", expected=1)
    assert os.path.getsize(place.part()) == 150_000


def a_second_process_waits_for_the_first(place):
    place.faults("stops")
    first = place.start("fetch", "things", "--mirror", place.server.address, "--quiet")
    place.server.is_silent.wait()
    second = place.start("fetch", "things", "--mirror", place.server.address, "--quiet")
    assert "another process is fetching things; waiting for it" in second.stderr.readline()
    assert "another process is fetching it" in place.run("remove", "things", expected=1)
    first.send_signal(signal.SIGTERM)
    assert first.wait() == 1
    assert second.wait() == 0, second.stderr.read()
    place.expect_complete()


def a_full_disk_is_a_line_and_what_came_stays(place):
    def at_most_100_kilobytes():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    said = place.fetch(expected=1, preexec_fn=at_most_100_kilobytes)
    assert "weights.bin.part: " in said, said
    assert os.path.getsize(place.part()) == 100_000
    place.fetch()
    place.expect_complete()


def folders_that_cannot_be_made_are_named(place):
    write(os.path.join(place.folder, "file"), "")
    said = place.fetch("--models", os.path.join(place.folder, "file", "models"), expected=1)
    assert "file/models/things.part: cannot be created" in said, said
    said = place.run("list", expected=1, environment={"XDG_DATA_HOME": "", "HOME": ""})
    assert "name one with --models" in said, said


def a_mirror_may_be_a_folder(place):
    said = place.run("fetch", "things", "--mirror", place.served)
    assert "SHA-256 as published" in said
    place.expect_complete()
    assert place.server.requests == []
    place.run("remove", "things")
    write(os.path.join(place.served, "things", "weights.bin"), b"something else")
    assert "is not the file that it should be" in place.run("fetch", "things", "--mirror", place.served,
                                                    expected=1)
    place.expect_nothing()
    assert "no such folder" in place.run("fetch", "things", "--mirror", "/nowhere", expected=2)
    assert "neither https nor http" in place.run("fetch", "things", "--mirror", "ftp://x", expected=2)


def a_file_without_an_address_says_where_a_person_finds_it(place):
    said = place.run("fetch", "things", expected=1)
    assert "things/weights.bin: has no address in the catalogue" in said, said
    assert "https://example.org/things" in said and "--mirror DIR" in said, said
    assert os.listdir(place.models) == []


def proxies_of_the_environment_are_asked(place):
    place.describe(address="https://example.invalid/weights.bin")
    said = place.run("fetch", "things", "--retries", "0", expected=1,
                     environment={"https_proxy": place.server.address})
    assert "https://example.invalid/weights.bin: " in said, said
    assert place.server.requests == [("CONNECT", "example.invalid:443", None, None)]
    said = place.run("fetch", "things", expected=1)  # nobody waits for a name that there is not
    assert "without internet: --mirror" in said, said


def names_and_actions_are_checked(place):
    assert "do you mean things" in place.run("fetch", "thing", expected=1)
    assert "fetch needs a name" in place.run("fetch", expected=2)
    assert "no name of a model" in place.run("remove", "../things", expected=2)
    assert "no such model was fetched" in place.run("remove", "things", expected=1)
    assert "no such folder, nor a fetched model" in place.run("verify", "nothing", expected=1)


def catalogues_are_checked(place):
    good = open(place.catalogue, encoding="utf-8").read()
    for before, after, words in [
            ("kind = \"files\"", "kind = \"file\"", "things: kind must be files, model or embedded"),
            ("what = ", "why = ", "things: what is missing"),
            ("[[entry.file]]", "[[entry.fil]]", "key 'fil' is unknown"),
            ("sha256 = \"", "sha256 = \"x", "is not 64 hexadecimal digits"),
            ("sha256 = ", "address = \"http://x/\"\nsha256 = ", "is not https"),
            ("name = \"config.json\"", "name = \"../config.json\"", "is no file's"),
            ("licence = \"none\"", "licence = 1", "licence must be a text"),
            ("licence = \"none\"", "licence = ", "catalogue.toml:5: ")]:
        assert before in good
        write(place.catalogue, good.replace(before, after))
        said = place.run("list", expected=1)
        assert words in said, said
    write(place.catalogue, good + good)
    assert "things stands there twice" in place.run("list", expected=1)
    os.remove(place.catalogue)
    assert "catalogue.toml: cannot be read" in place.run("list", expected=1)


def the_catalogue_that_is_installed_can_be_read(place):
    shutil.copy(CATALOGUE, place.catalogue)
    said = place.run("list")
    for name in ("toyworld (comes with gst-dali)", "dali-7b (not fetched)", "llava-1.5-13b-hf",
                 "clip-vit-large-patch14-336", "int4: 5.2 GiB of memory, 31 s a window"):
        assert name in said, said
    assert "comes with gst-dali" in place.run("fetch", "toyworld")


def serve_model(place):
    for folder, layout in (("llava", "llava-hf"), ("authors", "authors")):
        subprocess.run([DALI_EXPORT, MODEL, "--format", layout, "--out",
                        os.path.join(place.served, folder)], check=True, capture_output=True)
    entries = []
    for folder in ("llava", "authors"):
        files = "".join(f'[[entry.file]]\nname = "{name}"\n'
                        f'sha256 = "{sha256(os.path.join(place.served, folder, name))}"\n'
                        for name in sorted(os.listdir(os.path.join(place.served, folder))))
        entries.append(f'[[entry]]\nname = "{folder}"\nwhat = "W."\nlicence = "L"\nkind = "files"\n'
                       + files)
    entries.append('[[entry]]\nname = "small"\nwhat = "W."\nlicence = "L"\nkind = "model"\n'
                   'llava = "llava"\naudio = "authors/audio_backbone.pth"\n'
                   'prefix = "authors/prefix.bin"\nprojector = "authors/prefixMLP.bin"\n')
    write(place.catalogue, "\n".join(entries))


def a_model_is_imported_when_its_files_are_whole(place):
    serve_model(place)
    place.server.faults["/authors/prefixMLP.bin"] = [404]
    fetch = ("fetch", "small", "--mirror", place.server.address, "--retries", "0", "--quiet")
    place.run(*fetch, expected=1)
    assert not os.path.exists(place.stored("small"))
    place.server.requests.clear()
    subprocess.run(place.command(*fetch), env=place.environment(), check=True, capture_output=True)
    assert [request[1] for request in place.server.requests] == ["/authors/prefixMLP.bin"]
    assert sorted(os.listdir(place.models)) == ["small"]
    said = place.run("verify", "small")
    assert "all there and finite" in said and "as they were imported" in said, said

    # Other programs find it by its name, and it is the model that was exported.
    again = os.path.join(place.folder, "again")
    subprocess.run([DALI_EXPORT, "small", "--format", "llava-hf", "--out", again], check=True,
                   capture_output=True, env=place.environment())
    assert filecmp.cmp(os.path.join(again, "model.safetensors"),
                       os.path.join(place.served, "llava", "model.safetensors"), shallow=False)

    weights = os.path.join(place.stored("small"), "model.safetensors")
    with open(weights, "r+b") as file:
        file.seek(-1000, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1000, os.SEEK_END)
        file.write(bytes([byte[0] ^ 1]))
    said = place.run("verify", "small", expected=1)
    assert "model.safetensors: is not the file that it should be" in said, said
    place.run("remove", "small")
    assert os.listdir(place.models) == []


def a_model_is_made_of_what_was_fetched_before(place):
    serve_model(place)
    for name in ("llava", "authors"):
        place.run("fetch", name, "--mirror", place.served)
    place.run("verify", "llava")
    subprocess.run(place.command("fetch", "small", "--as", "tiny", "--weights", "int8"),
                   env=place.environment(), check=True, capture_output=True)
    assert sorted(os.listdir(place.models)) == ["authors", "llava", "tiny"]
    assert "all there" in place.run("verify", "tiny")


def dali_caption_finds_a_fetched_model_by_its_name(place):
    everybodys = os.path.join(place.folder, "share")
    shutil.copytree(MODEL, place.stored("small"))
    shutil.copytree(MODEL, os.path.join(everybodys, "gst-dali", "models", "shared"))
    environment = place.environment(XDG_DATA_DIRS="/nowhere:" + everybodys)
    sound = os.path.join(place.folder, "beep.wav")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
                    "sine=sample_rate=16000:duration=2", sound], check=True)
    captions = [subprocess.run([DALI_CAPTION, "-q", "--model", model, sound], check=True,
                               capture_output=True, env=environment).stdout
                for model in (MODEL, "small", "shared")]
    assert captions[0] != b"" and captions == captions[:1] * 3, captions
    result = subprocess.run([DALI_CAPTION, "-q", "--model", "smal", sound], check=False,
                            capture_output=True, text=True, env=environment)
    assert result.returncode == 1 and "nor a fetched model of that name" in result.stderr, result


CASES = [
    files_come_as_they_are_and_nothing_else_is_left,
    broken_connections_are_gone_on_from,
    an_interrupted_fetch_goes_on_where_it_ended,
    parts_of_two_versions_are_never_joined,
    what_no_server_and_no_checksum_can_tell_apart_begins_anew,
    a_damaged_part_is_fetched_anew,
    servers_that_ignore_ranges_send_everything_again,
    a_part_that_is_longer_than_the_file_begins_anew,
    another_part_than_asked_for_is_refused,
    wrong_bytes_are_refused_and_not_kept,
    lies_about_the_length_are_noticed,
    redirections_are_followed_but_not_in_circles,
    answers_that_are_errors_are_said,
    a_silent_server_is_given_up,
    a_second_process_waits_for_the_first,
    a_full_disk_is_a_line_and_what_came_stays,
    folders_that_cannot_be_made_are_named,
    a_mirror_may_be_a_folder,
    a_file_without_an_address_says_where_a_person_finds_it,
    proxies_of_the_environment_are_asked,
    names_and_actions_are_checked,
    catalogues_are_checked,
    the_catalogue_that_is_installed_can_be_read,
    a_model_is_imported_when_its_files_are_whole,
    a_model_is_made_of_what_was_fetched_before,
]


run_cases(CASES + ([dali_caption_finds_a_fetched_model_by_its_name] if DALI_CAPTION else []),
          lambda: contextlib.closing(Place()))
