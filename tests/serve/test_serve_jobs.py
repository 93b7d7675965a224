# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of dali-serve's jobs: those that wait, are cancelled, hang, or outlive the server, with
a stand-in for dali-caption.

    test_serve_jobs.py DALI_SERVE
"""

import json
import os
import select
import socket
import sys

from served import equal, form, holds, run


class Waiting:
    """A medium whose captioning waits, once it has begun, until it is told to go on."""

    def __init__(self, place, name, command="wait"):
        self.started_fifo = place.fifo(name + "-started")
        self.go_fifo = place.fifo(name + "-go")
        self.medium = f"{command} {self.started_fifo} {self.go_fifo}".encode()

    def started(self):
        """Waits for it; the process that captions."""
        with open(self.started_fifo, encoding="utf-8") as fifo:
            return int(fifo.read())

    def go(self):
        with open(self.go_fifo, "w", encoding="utf-8") as fifo:
            fifo.write("\n")


def has_ended(process):
    """Waits until it has, whoever's child it is."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    ended = select.select([descriptor], [], [], 60)[0] != []
    os.close(descriptor)
    return ended


def running_job(place, server):
    """(the request, the process that captions its medium), which go on until they are ended."""
    medium = Waiting(place, "first")
    return server.begin("POST", "/v1/captions", medium.medium), medium.started()


def who_comes_to_a_full_queue_is_sent_away_with_a_time(place):
    server = place.serve("--jobs", "1", "--queue", "1")
    first, second = Waiting(place, "first"), Waiting(place, "second")
    answers = [server.begin("POST", "/v1/captions", first.medium)]
    first.started()
    content_type, body = form(second.medium, {"async": "1"})
    job = server.request("POST", "/v1/captions", body, {"Content-Type": content_type}).json
    equal(job["state"], "queued")
    answer = server.post("/v1/captions", b"say no")
    equal(answer.error, (429, "overloaded"))
    equal(1 <= int(answer.headers["Retry-After"]) <= 600, True)
    equal((server.figure("dali_jobs_running"), server.figure("dali_jobs_waiting")), (1.0, 1.0))
    first.go()
    equal(answers[0].answer().json[0]["text"], "it went on")
    second.started()
    second.go()


def a_client_that_leaves_ends_its_job(place):
    server = place.serve()
    request, process = running_job(place, server)
    request.leave()
    equal(has_ended(process), True)
    # Its place is free.
    equal(server.post("/v1/captions", b"say it").status, 200)
    holds(server.request("GET", "/metrics").text, 'dali_jobs_total{outcome="cancelled"} 1')


def a_job_that_waits_goes_with_its_client(place):
    server = place.serve("--jobs", "1", "--queue", "2")
    first, second = Waiting(place, "first"), Waiting(place, "second")
    answer = server.begin("POST", "/v1/captions", first.medium)
    first.started()
    server.begin("POST", "/v1/captions", second.medium).leave()
    while 'outcome="cancelled"} 1' not in server.request("GET", "/metrics").text:
        pass
    first.go()
    equal(answer.answer().status, 200)


def a_job_is_asked_for_until_it_is_done(place):
    server = place.serve()
    first = Waiting(place, "first", "progress")
    answer = server.request("POST", "/v1/captions", first.medium, {"Prefer": "respond-async"})
    equal(answer.status, 202)
    equal(answer.headers["Preference-Applied"], "respond-async")
    address = answer.headers["Location"]
    equal(address, "/v1/jobs/" + answer.json["id"])
    equal(len(answer.json["id"]), 32)
    first.started()
    while server.request("GET", address).json["fraction"] == 0.0:
        pass
    job = server.request("GET", address).json
    equal((job["state"], job["fraction"]), ("running", 0.33))
    equal(server.request("GET", address + "/captions").error, (409, "not_done"))
    first.go()
    while server.request("GET", address).json["state"] == "running":
        pass
    job = server.request("GET", address).json
    equal((job["state"], job["fraction"], job["result"][0]["text"]), ("done", 1.0, "it went on"))
    equal(server.request("GET", address + "/captions").json, job["result"])


def a_job_in_another_format_has_its_captions_as_text(place):
    server = place.serve()
    address = server.request("POST", "/v1/captions?async=1&format=vtt",
                             b"say it").headers["Location"]
    while server.request("GET", address).json["state"] in ("queued", "running"):
        pass
    captions = server.request("GET", address + "/captions")
    equal(captions.headers["Content-Type"], "text/vtt; charset=utf-8")
    equal(server.request("GET", address).json["result"], captions.text)


def a_job_that_fails_says_why_when_it_is_asked_for(place):
    server = place.serve()
    address = server.request("POST", "/v1/captions?async=1", b"refuse no").headers["Location"]
    while server.request("GET", address).json["state"] in ("queued", "running"):
        pass
    job = server.request("GET", address).json
    equal((job["state"], job["error"]["type"]), ("failed", "media_error"))
    equal(server.request("GET", address + "/captions").error, (422, "media_error"))


def delete_ends_a_job(place):
    server = place.serve()
    first = Waiting(place, "first")
    address = server.request("POST", "/v1/captions?async=1", first.medium).headers["Location"]
    process = first.started()
    equal(server.request("DELETE", address).json["state"], "cancelled")
    equal(has_ended(process), True)
    equal(server.request("GET", address).status, 404)


def a_job_that_hangs_is_killed_in_time(place):
    server = place.serve("--job-seconds", "5")
    request, process = running_job(place, server)
    answer = request.answer()
    equal(answer.error, (504, "time_limit"))
    holds(answer.message, "5 seconds")
    equal(has_ended(process), True)


def answers_are_forgotten_in_time(place):
    server = place.serve("--keep-seconds", "1")
    address = server.request("POST", "/v1/captions?async=1", b"say it").headers["Location"]
    while server.request("GET", address).status == 200:
        pass
    equal(server.request("GET", address).error, (404, "not_found"))


def what_runs_is_answered_and_what_waits_refused_at_the_end(place):
    server = place.serve("--jobs", "1")
    first, second = Waiting(place, "first"), Waiting(place, "second")
    running = server.begin("POST", "/v1/captions", first.medium)
    first.started()
    waiting = server.begin("POST", "/v1/captions", second.medium)
    while server.figure("dali_jobs_waiting") != 1.0:
        pass
    # Half of a request, which comes to its end while the server does.
    content_type, body = form(b"say it", {})
    late = server.connect()
    late.sendall((f"POST /v1/captions HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n").encode() + body[:40])
    while server.figure("dali_jobs_waiting") != 2.0:
        pass
    server.terminate()
    equal(waiting.answer().error, (503, "shutting_down"))
    late.sendall(body[40:])
    holds(late.makefile("rb").readline().decode(), "503")
    late.close()
    first.go()
    equal(running.answer().json[0]["text"], "it went on")
    equal(server.process.wait(60), 0)
    holds(server.log, "shutting down: 1 running, 2 refused")


def a_second_signal_ends_the_server_and_its_jobs(place):
    server = place.serve()
    request, process = running_job(place, server)
    server.terminate()
    while True:
        try:
            socket.create_connection((server.host, server.port)).close()
        except OSError:
            break
    server.terminate()
    equal(server.process.wait(60), 0)
    equal(has_ended(process), True)
    request.leave()


def jobs_end_with_a_server_that_is_killed(place):
    server = place.serve()
    request, process = running_job(place, server)
    server.process.kill()
    equal(has_ended(process), True)
    equal(os.listdir(place.media), [])
    request.leave()


def every_request_is_a_line_of_the_log(place):
    server = place.serve("--log-json")
    server.post("/v1/captions?async=0", b"say it")
    server.post("/v1/captions", b"refuse no")
    equal(server.end(), 0)
    lines = [json.loads(line) for line in server.log.splitlines()]
    requests = [line for line in lines if line.get("method") == "POST"]
    equal([(line["method"], line["path"], line["status"]) for line in requests],
          [("POST", "/v1/captions", 200), ("POST", "/v1/captions", 422)])
    equal(requests[1]["error"], "clip.mp4: no")
    plain = place.serve()
    plain.post("/v1/captions", b"say it")
    equal(plain.end(), 0)
    holds(plain.log, "127.0.0.1 POST /v1/captions 200 ")


def metrics_say_what_became_of_jobs_and_how_long_it_took(place):
    server = place.serve()
    server.post("/v1/captions", b"say it")
    server.post("/v1/captions", b"say it")
    server.post("/v1/captions", b"crash")
    text = server.request("GET", "/metrics").text
    for line in ['dali_jobs_total{outcome="done"} 2', 'dali_jobs_total{outcome="decoder_crashed"} 1',
                 'dali_http_requests_total{route="/v1/captions",status="200"} 2',
                 'dali_job_delay_seconds_bucket{le="+Inf"} 2', "dali_job_delay_seconds_count 2",
                 "dali_windows_total 4", 'dali_stage_seconds_total{stage="audio_tower"} 1\n',
                 'dali_stage_seconds_total{stage="decoding"} 0.2\n', "dali_jobs_running 0"]:
        holds(text, line)
    for line in text.splitlines():
        equal((line, line.startswith("# ") or len(line.rsplit(" ", 1)) == 2), (line, True))


CASES = [
    who_comes_to_a_full_queue_is_sent_away_with_a_time,
    a_client_that_leaves_ends_its_job,
    a_job_that_waits_goes_with_its_client,
    a_job_is_asked_for_until_it_is_done,
    a_job_in_another_format_has_its_captions_as_text,
    a_job_that_fails_says_why_when_it_is_asked_for,
    delete_ends_a_job,
    a_job_that_hangs_is_killed_in_time,
    answers_are_forgotten_in_time,
    what_runs_is_answered_and_what_waits_refused_at_the_end,
    a_second_signal_ends_the_server_and_its_jobs,
    jobs_end_with_a_server_that_is_killed,
    every_request_is_a_line_of_the_log,
    metrics_say_what_became_of_jobs_and_how_long_it_took,
]

run(CASES, sys.argv[1])
