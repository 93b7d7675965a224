# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of examples/automation/ with receivers that are away, slow or unwilling, and the schemas of JSON.

    test_automation.py SOURCE_ROOT DALI_CAPTION DALI_TOYWORLD
"""
import calendar
import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from tap_cases import Skipped, run_cases

SOURCE_ROOT, DALI_CAPTION, DALI_TOYWORLD = sys.argv[1:4]
EXAMPLES = os.path.join(SOURCE_ROOT, "examples", "automation")


def window(number, **members):
    """A line of json-location, five seconds each."""
    line = {"window": number, "start": 5.0 * number, "end": 5.0 * number + 5, "shown_end": 5.0 * number + 5,
            "outcome": "caption", "text": f"text {number}", "extends_last": False, "confidence": 0.5,
            "modality": "audio", "model": "toyworld", "waited": 0.001, "described": 0.25}
    line.update(members)
    return {name: value for name, value in line.items() if value is not None}


def without_caption(number, outcome):
    return window(number, outcome=outcome, text=None, extends_last=None, confidence=None, modality=None, model=None)


def lines_of(windows):
    return "".join(json.dumps(each) + "\n" for each in windows)


class Receiver:
    """An HTTP server that answers each POST with the next of `statuses`, then with 200; None is no HTTP."""

    def __init__(self, statuses=()):
        self.posts = []  # (path, headers, body, status)
        statuses = list(statuses)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):  # noqa: N805, N802
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                status = statuses.pop(0) if statuses else 200
                self.posts.append((handler.path, dict(handler.headers), body.decode(), status))
                if status is None:
                    handler.wfile.write(b"nonsense\r\n")
                    return
                handler.send_response(status)
                if 300 <= status < 400:
                    handler.send_header("Location", "/elsewhere")
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def do_GET(handler):  # noqa: N805, N802
                handler.send_response(200)
                handler.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        return [post for post in self.posts if post[3] == 200]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def interpreter_with(module):
    """Another python3 may come first that knows nothing of Debian's modules."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([candidate, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return candidate
    return None


def command_of(program):
    needed = "paho.mqtt.client" if program == "publish_mqtt.py" else "json"
    return [interpreter_with(needed), "-B", os.path.join(EXAMPLES, program)]


def run(program, arguments, text, status=0):
    ended = subprocess.run([*command_of(program), *arguments], input=text, capture_output=True, text=True, timeout=120)
    assert ended.returncode == status, (ended.returncode, ended.stderr)
    return ended.stderr


def a_webhook_gets_each_caption(_):
    receiver = Receiver()
    windows = [window(0), without_caption(1, "silence"), window(2, text="\u00e9t\u00e9")]
    run("post_webhook.py", [receiver.address, "--header", "Authorization: Bearer x"],
        "Setting pipeline to PLAYING ...\n" + lines_of(windows))
    receiver.close()
    assert [json.loads(post[2]) for post in receiver.posts] == [windows[0], windows[2]], receiver.posts
    assert {post[1]["Authorization"] for post in receiver.posts} == {"Bearer x"}
    assert {post[1]["Content-Type"] for post in receiver.posts} == {"application/json"}


def a_webhook_gets_all_windows_when_told(_):
    receiver = Receiver()
    windows = [window(0), without_caption(1, "silence"), without_caption(2, "dropped")]
    run("post_webhook.py", [receiver.address, "--all"], lines_of(windows))
    receiver.close()
    assert [json.loads(post[2]) for post in receiver.posts] == windows


def a_webhook_that_is_busy_is_tried_again(_):
    receiver = Receiver([503, 429, None])
    said = run("post_webhook.py", [receiver.address], lines_of([window(0), window(1)]))
    receiver.close()
    assert [json.loads(post[2])["window"] for post in receiver.taken()] == [0, 1]
    assert "trying again" in said


def what_a_webhook_refuses_is_said_and_no_success(_):
    for status in (404, 302):
        receiver = Receiver([status])
        said = run("post_webhook.py", [receiver.address], lines_of([window(0), window(1)]), status=1)
        receiver.close()
        assert [json.loads(post[2])["window"] for post in receiver.taken()] == [1]
        assert str(status) in said and "1 of 2 messages were not delivered" in said, said


def an_address_that_is_none_is_said_and_no_success(_):
    for address in ("http://127.0.0.1:port/", "http://127.0.0.1/a b"):
        said = run("post_webhook.py", [address], lines_of([window(0)]), status=1)
        assert "1 of 1 messages were not delivered" in said and "Traceback" not in said, said


def a_broken_line_is_said_and_passed_over(_):
    receiver = Receiver()
    said = run("post_webhook.py", [receiver.address], '{"window": 0, "outcome"\n' + lines_of([window(1)]))
    receiver.close()
    assert "no JSON" in said and len(receiver.posts) == 1, said


def youtube_gets_times_and_numbers(_):
    receiver = Receiver([200, 500])
    # Read at once, as if they had waited: all say the same beginning of the stream.
    windows = [window(number, waited=10.001 - 5 * number) for number in range(3)]
    before = time.time()
    run("post_youtube.py", [receiver.address + "/closedcaption?cid=key"], lines_of(windows))
    after = time.time()
    receiver.close()
    # The second post was refused once, and kept its number.
    assert [post[0] for post in receiver.posts] == [f"/closedcaption?cid=key&seq={number}" for number in (1, 2, 2, 3)]
    assert {post[1]["Content-Type"] for post in receiver.posts} == {"text/plain"}
    for number, post in enumerate(receiver.taken()):
        match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})\n(.*)\n", post[2])
        assert match is not None and match[3] == f"text {number}", post[2]
        moment = calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S")) + int(match[2]) / 1000
        # The stream began 15 s, and what the first window took, before it was told.
        began = moment - 5 * number
        assert before - 15.251 - 0.002 <= began <= after - 15.251 + 0.002, (before, began, after)


class Broker:
    """mosquitto at a port of its own, and what a subscriber to everything gets."""

    def __init__(self, folder):
        if shutil.which("mosquitto") is None or shutil.which("mosquitto_sub") is None:
            raise Skipped("mosquitto or mosquitto-clients is not installed")
        if interpreter_with("paho.mqtt.client") is None:
            raise Skipped("python3-paho-mqtt is not installed")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.settings = os.path.join(folder, "mosquitto.conf")
        with open(self.settings, "w") as file:
            file.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["mosquitto", "-c", self.settings], stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("mosquitto does not listen")

    def subscribe(self, count):
        """A subscriber that ends after so many messages."""
        subscriber = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-p", str(self.port), "-t", "house/#", "-v", "-C", str(count), "-W", "90", "-d"],
            stdout=subprocess.PIPE, text=True)
        for line in subscriber.stdout:
            if "SUBACK" in line:
                return subscriber
        raise AssertionError("mosquitto_sub has not subscribed")

    @staticmethod
    def messages_of(subscriber):
        """All that it still gets, topic and payload."""
        lines = [line.rstrip("\n") for line in subscriber.stdout]
        subscriber.wait()
        return [line.split(" ", 1) for line in lines if line.startswith("house/")]

    def close(self):
        self.process.terminate()
        self.process.wait()


SCENE = [window(0, text="a dog barking"), window(1, text="dogs and a siren"), without_caption(2, "dropped"),
         without_caption(3, "silence")]


def mqtt_topics_say_what_is_heard(folder):
    broker = Broker(folder)
    subscriber = broker.subscribe(13)
    run("publish_mqtt.py", ["--host", "127.0.0.1", "--port", str(broker.port), "--topic", "house/door",
                            "--sound", "dog=dog|bark", "--sound", "siren"], lines_of(SCENE))
    messages = broker.messages_of(subscriber)
    broker.close()
    by_topic = {}
    for topic, payload in messages:
        by_topic.setdefault(topic, []).append(payload)
    assert by_topic["house/door/state"] == ["online", "offline"], by_topic
    assert by_topic["house/door/caption"] == ["a dog barking", "dogs and a siren"], by_topic
    assert [json.loads(payload) for payload in by_topic["house/door/window"]] == SCENE, by_topic
    # What was dropped says nothing of the dog; silence does.
    assert by_topic["house/door/heard/dog"] == ["ON", "OFF"], by_topic
    assert by_topic["house/door/heard/siren"] == ["OFF", "ON", "OFF"], by_topic


def mqtt_says_offline_for_a_program_that_dies(folder):
    broker = Broker(folder)
    subscriber = broker.subscribe(2)
    program = subprocess.Popen([*command_of("publish_mqtt.py"), "--host", "127.0.0.1", "--port", str(broker.port),
                                "--topic", "house"], stdin=subprocess.PIPE)
    for line in subscriber.stdout:
        if line.startswith("house/state"):
            break
    program.kill()
    program.wait()
    messages = broker.messages_of(subscriber)
    broker.close()
    assert line == "house/state online\n" and messages == [["house/state", "offline"]], (line, messages)


def a_broker_that_restarts_gets_all(folder):
    broker = Broker(folder)
    program = subprocess.Popen([*command_of("publish_mqtt.py"), "--host", "127.0.0.1", "--port", str(broker.port),
                                "--topic", "house"], stdin=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
    subscriber = broker.subscribe(3)  # state, and the first window with its caption
    program.stdin.write(lines_of([window(0)]))
    program.stdin.flush()
    messages = broker.messages_of(subscriber)
    broker.close()
    program.stdin.write(lines_of([window(1), window(2)]))
    program.stdin.flush()
    broker.start()
    # A subscriber that keeps its session would still miss what came before it subscribed anew; so this
    # one is told by hand when it may go on.
    subscriber = broker.subscribe(1)
    program.stdin.write(lines_of([window(3, text="the last")]))
    program.stdin.close()
    messages += broker.messages_of(subscriber)
    assert program.wait(timeout=100) == 0
    broker.close()
    assert ["house/caption", "text 0"] in messages and len(messages) == 4, messages


def a_broker_that_is_not_there_is_named(folder):
    broker = Broker(folder)
    broker.close()
    said = run("publish_mqtt.py", ["--host", "127.0.0.1", "--port", str(broker.port)], "", status=1)
    assert f"127.0.0.1:{broker.port}" in said and "Traceback" not in said, said


def a_sound_that_no_topic_can_name_is_refused(_):
    if interpreter_with("paho.mqtt.client") is None:
        raise Skipped("python3-paho-mqtt is not installed")
    assert "C#: a topic to publish to has neither # nor +" in run("publish_mqtt.py", ["--sound", "C#=note"], "", status=2)


def a_user_who_has_enough_gets_what_was_read_delivered(_):
    receiver = Receiver()
    program = subprocess.Popen([*command_of("post_webhook.py"), receiver.address], stdin=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    program.stdin.write(lines_of([window(0)]))
    program.stdin.flush()
    while not receiver.posts:
        time.sleep(0.05)
    program.send_signal(signal.SIGINT)
    said = program.communicate(timeout=60)[1]
    receiver.close()
    assert program.returncode == 0 and said == "", (program.returncode, said)


def validator(name):
    try:
        import jsonschema
    except ImportError as error:
        raise Skipped("python3-jsonschema is not installed") from error
    with open(os.path.join(SOURCE_ROOT, "docs", "schema", name)) as file:
        schema = json.load(file)
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    return kind(schema)


def a_clip(folder):
    """Ten seconds of the toy world and twenty of silence."""
    subprocess.run([DALI_TOYWORLD, "--clips", "1", "--split", "test", "--seed", "4711", "--out", folder + "/world"],
                   check=True, capture_output=True)
    media = folder + "/world/media/"
    clip = folder + "/clip.mkv"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", media + os.listdir(media)[0], "-vn", "-af",
                    "apad=whole_dur=30", "-c:a", "flac", clip], check=True)
    return clip


def lines_are_as_their_schema_says(folder):
    checks = validator("window-1.schema.json")
    lines = folder + "/windows.jsonl"
    subprocess.run(["gst-launch-1.0", "-q", "fakesrc", "is-live=true", "num-buffers=0", "!", "fakesink", "async=false",
                    "filesrc", "location=" + a_clip(folder), "!", "decodebin", "!", "captioner.audio_sink",
                    "dalicaptioner", "name=captioner", "json-location=" + lines, "silence-threshold=-50", "silence-hold=0",
                    "captioner.text_src", "!", "fakesink", "captioner.audio_src", "!", "fakesink"],
                   check=True, timeout=120)
    with open(lines) as file:
        windows = [json.loads(line) for line in file]
    assert {"caption", "silence"} <= {each["outcome"] for each in windows}, windows
    for each in windows:
        checks.validate(each)
        assert set(each) <= set(checks.schema["properties"]), each
    # And it can say no.
    for member in ("text", "start", "modality"):
        lacking = dict(windows[0])
        del lacking[member]
        assert not checks.is_valid(lacking), member
    assert not checks.is_valid(dict(windows[0], outcome="forgotten"))


def members_of_a_caption(checks):
    items = checks.schema["items"]
    return set(items["required"]) | set(items["if"]["required"]) | set(items["then"]["required"])


def captions_are_as_their_schema_says(folder):
    checks = validator("captions-1.schema.json")
    written = subprocess.run([DALI_CAPTION, "-q", a_clip(folder), "-f", "json", "-o", "-"], check=True,
                             capture_output=True, timeout=120)
    captions = json.loads(written.stdout)
    assert captions
    checks.validate(captions)
    assert set(captions[0]) == members_of_a_caption(checks), captions[0]
    assert not checks.is_valid([dict(captions[0], modality="smell")])
    # An item without text has spans, and nothing of a caption.
    span = {"source": 0, "name": "dog", "start": 0, "end": 1.5, "confidence": 0.25}
    alone = {"start": 0, "end": 2, "spans": [span]}
    checks.validate([alone])
    for fault in ({"start": 0, "end": 2}, dict(alone, confidence=0.5), dict(alone, text=""), dict(alone, spans=[])):
        assert not checks.is_valid([fault]), fault


def events_are_as_their_schemas_say(folder):
    checks = validator("captions-1.schema.json")
    clip = a_clip(folder)
    written = subprocess.run([DALI_CAPTION, "-q", clip, "--events", "--tell-stops", "-f", "json", "-o", "-"],
                             check=True, capture_output=True, timeout=120)
    captions = json.loads(written.stdout)
    assert captions
    checks.validate(captions)
    for each in captions:
        assert set(each) - {"spans"} == members_of_a_caption(checks) | {"events"}, each
    started = {event["source"] for each in captions for event in each["events"] if event["event"] == "starts"}
    assert started <= {span["source"] for each in captions for span in each.get("spans", [])}, captions
    assert not checks.is_valid([dict(captions[0], events=[{"event": "pauses"}])])

    checks = validator("event-1.schema.json")
    lines = folder + "/events.jsonl"
    subprocess.run(["gst-launch-1.0", "-q", "fakesrc", "is-live=true", "num-buffers=0", "!", "fakesink", "async=false",
                    "filesrc", "location=" + clip, "!", "decodebin", "!", "captioner.audio_sink",
                    "dalicaptioner", "name=captioner", "mode=events", "json-location=" + lines,
                    "captioner.text_src", "!", "fakesink", "captioner.audio_src", "!", "fakesink"],
                   check=True, timeout=120)
    with open(lines) as file:
        told = [each for each in map(json.loads, file) if "outcome" not in each]
    events = [each for each in told if "caption" not in each]
    assert {"starts", "stops"} <= {each["event"] for each in events}, events
    for each in events:
        checks.validate(each)
        assert set(each) == set(checks.schema["required"]) | {"known"}, each
        assert each["known"] >= each["time"], each
        assert not checks.is_valid(dict(each, event="pauses"))

    checks = validator("caption-1.schema.json")
    lines = [each for each in told if "caption" in each]
    assert lines
    for each in lines:
        checks.validate(each)
        assert set(each) == set(checks.schema["required"]), each
        assert set(each["sources"]) <= {event["source"] for event in events if event["announced"]}, (each, events)
        assert not checks.is_valid(dict(each, sources=[]))


CASES = [
    a_webhook_gets_each_caption,
    a_webhook_gets_all_windows_when_told,
    a_webhook_that_is_busy_is_tried_again,
    what_a_webhook_refuses_is_said_and_no_success,
    an_address_that_is_none_is_said_and_no_success,
    a_broken_line_is_said_and_passed_over,
    a_user_who_has_enough_gets_what_was_read_delivered,
    youtube_gets_times_and_numbers,
    mqtt_topics_say_what_is_heard,
    mqtt_says_offline_for_a_program_that_dies,
    a_broker_that_restarts_gets_all,
    a_broker_that_is_not_there_is_named,
    a_sound_that_no_topic_can_name_is_refused,
    lines_are_as_their_schema_says,
    captions_are_as_their_schema_says,
    events_are_as_their_schemas_say,
]


run_cases(CASES, tempfile.TemporaryDirectory)
