# SPDX-License-Identifier: LGPL-2.1-or-later
"""dali-serve run for a test, and requests to it."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "support"))
from tap_cases import run_cases


class Place:
    """A folder with a copy of dali-serve beside stand-ins for the programs that it starts, and the
    servers that were started in it."""

    def __init__(self, dali_serve):
        self.folder = tempfile.mkdtemp()
        self.media = os.path.join(self.folder, "media")
        os.mkdir(self.media)
        self.program = os.path.join(self.folder, "dali-serve")
        shutil.copy2(dali_serve, self.program)
        for name, stand_in in [("dali-caption", "caption"), ("dali-model", "model"),
                               ("gst-launch-1.0", "launch")]:
            shutil.copy2(os.path.join(HERE, f"stand_in_{stand_in}.sh"),
                         os.path.join(self.folder, name))
        self.servers = []

    def serve(self, *options, **more):
        # What a server that is killed leaves goes with the folder.
        environment = {**os.environ, "TMPDIR": self.folder}
        self.servers.append(Server(self.program, ["--folder", self.media, *options],
                                   env=environment, **more))
        return self.servers[-1]

    def fifo(self, name):
        path = os.path.join(self.folder, name)
        os.mkfifo(path)
        return path

    def close(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.folder)


class Server:
    """One process of dali-serve at a port of its own."""

    def __init__(self, program, options, is_ready=True, **popen):
        # A pipe that nobody reads would fill, and stop the server.
        self.log_file = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([program, "--port", "0", *options], stdout=subprocess.PIPE,
                                        stderr=self.log_file, text=True, **popen)
        line = self.process.stdout.readline()
        if not line.startswith("dali-serve: listening at "):
            self.process.wait(60)
            raise AssertionError(f"said {line!r}, {self.log}")
        self.address = line.split()[-1]
        self.host, _, self.port = self.address.removeprefix("http://").rpartition(":")
        self.port = int(self.port)
        while is_ready and self.request("GET", "/healthz").status != 200:
            pass

    @property
    def log(self):
        self.log_file.seek(0)
        return self.log_file.read()

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=60)

    def request(self, method, path, body=None, headers=None):
        return Pending(self, method, path, body, headers or {}).answer()

    def begin(self, method, path, body=None, headers=None):
        return Pending(self, method, path, body, headers or {})

    def post(self, path, medium, fields=None, headers=None):
        content_type, body = form(medium, fields or {})
        return self.request("POST", path, body, {"Content-Type": content_type, **(headers or {})})

    def figure(self, name):
        """A number of /metrics that has no labels."""
        for line in self.request("GET", "/metrics").text.splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise AssertionError("no " + name)

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def end(self):
        """Asks for its end and waits for it: the exit status."""
        self.terminate()
        return self.process.wait(60)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log_file.close()


class Source:
    """The live source "here" of a server, and what the test makes of it."""

    def __init__(self, place, *options):
        self.lines = place.fifo("live-lines")
        self.server = place.serve("--source", "here=udp://127.0.0.1:5000", *options)

    def do(self, *lines):
        with open(self.lines, "w", encoding="utf-8") as fifo:
            fifo.write("".join(line + "\n" for line in lines))

    def window(self, start, outcome="caption", **more):
        self.do(json.dumps({"start": start, "end": start + 5.0, "outcome": outcome, **more}))

    def event(self, event, name, time, **more):
        self.do(json.dumps({"event": event, "source": 0, "name": name, "label": name, "time": time, "start": time,
                            "known": time, "confidence": 0.5, "window": 0, "announced": False, **more}))

    def caption_of_events(self, text, start, end):
        self.do(json.dumps({"caption": text, "start": start, "end": end, "confidence": 0.25, "sources": [0]}))

    def caption(self, text, start, **more):
        self.window(start, **{"window": 0, "text": text, "extends_last": False, "confidence": 0.5,
                              "modality": "audio", **more})


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """(status, type)"""
        return self.status, self.json["error"]["type"]

    @property
    def message(self):
        return self.json["error"]["message"]


class Pending:
    """A request that was sent and waits for its answer."""

    def __init__(self, server, method, path, body, headers):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
        self.connection.request(method, path, body, headers)

    def answer(self):
        answer = Answer(self.connection.getresponse())
        self.connection.close()
        return answer

    def leave(self):
        self.connection.close()


def form(medium, fields, file_name="clip.mp4", boundary="dali-boundary"):
    """(content type, body) of multipart/form-data; `medium` None: without one."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
             for name, value in fields.items()]
    if medium is not None:
        head = (f'Content-Disposition: form-data; name="file"; filename="{file_name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n")
        parts.append(head.encode() + medium)
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return f"multipart/form-data; boundary={boundary}", body + b"--" + boundary.encode() + b"--\r\n"


def equal(actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{actual!r} is not {wanted!r}")


def holds(text, words):
    if words not in text:
        raise AssertionError(f"{text!r} does not hold {words!r}")


def run(cases, dali_serve):
    """Each case with a Place of its own, as TAP."""
    run_cases(cases, lambda: contextlib.closing(Place(dali_serve)))
