# SPDX-License-Identifier: LGPL-2.1-or-later
"""The process in which dali-serve holds its model, with a stand-in for dali-model.

    test_serve_model.py DALI_SERVE
"""

import os
import select
import signal
import subprocess
import sys

from served import equal, holds, run


def path(place, name):
    return os.path.join(place.folder, name)


def written(file):
    with open(file, encoding="utf-8") as text:
        return text.read().strip()


def jobs_wait_until_the_model_is_loaded(place):
    place.fifo("model-go")
    server = place.serve(is_ready=False)
    equal(server.request("GET", "/healthz").json, {"status": "loading the model"})
    equal(server.request("GET", "/healthz").status, 503)
    answer = server.begin("POST", "/v1/captions", b"say it")
    while server.figure("dali_jobs_waiting") != 1.0:
        pass
    equal(server.figure("dali_jobs_running"), 0.0)
    with open(path(place, "model-go"), "w", encoding="utf-8") as fifo:
        fifo.write("\n")
    equal(answer.answer().json[0]["text"], "it")
    equal(server.request("GET", "/healthz").json, {"status": "ok"})


def jobs_are_given_the_socket_of_the_model_that_was_asked_for(place):
    server = place.serve("--model", "mine", "--device", "cpu", "--precision", "float32", "--threads", "3")
    words = written(path(place, "model-words"))
    holds(words, "serve mine --socket=")
    holds(words, "--threads=3 --device=cpu --precision=float32")
    socket = words.split("--socket=")[1].split()[0]
    said = server.post("/v1/captions", b"words").json[0]["text"]
    holds(said, f"--model={socket} ")
    equal(os.stat(os.path.dirname(socket)).st_mode & 0o777, 0o700)
    equal(server.request("GET", "/v1/models").json["data"][0]["id"], "mine")
    equal(server.end(), 0)
    equal(os.path.exists(os.path.dirname(socket)), False)


def a_model_that_is_lost_is_loaded_anew(place):
    server = place.serve()
    first = written(path(place, "model-process"))
    os.kill(int(first), signal.SIGKILL)
    while server.request("GET", "/healthz").status == 200:
        pass
    # Whoever comes now waits, and is not refused.
    equal(server.post("/v1/captions", b"say it").json[0]["text"], "it")
    equal(server.figure("dali_model_restarts_total"), 1.0)
    equal(written(path(place, "model-process")) == first, False)
    holds(server.log, "loaded anew")


def a_medium_whose_model_was_lost_is_captioned_anew(place):
    server = place.serve("--jobs", "1")
    trace = path(place, "trace")
    answer = server.post("/v1/captions", b"lose " + trace.encode())
    equal((answer.status, answer.json[0]["text"], os.path.exists(trace)), (200, "not lost", True))
    equal(answer.headers["Dali-Warning"], None)
    # One that the model cannot bear is not tried for ever.
    equal(server.post("/v1/captions", b"lose /nowhere").error, (500, "model_lost"))
    equal(server.figure("dali_jobs_running"), 0.0)
    equal(server.post("/v1/captions", b"say it").status, 200)


def a_model_that_cannot_be_loaded_ends_the_server_in_a_line(place):
    with open(path(place, "model-fault"), "w", encoding="utf-8") as file:
        file.write("dali-model: nowhere: no such folder, nor a fetched model\n")
    ended = subprocess.run([place.program, "--port", "0"], capture_output=True, text=True, timeout=60,
                           check=False)
    equal((ended.returncode, ended.stderr),
          (1, "dali-serve: nowhere: no such folder, nor a fetched model\n"))


def a_model_that_others_serve_is_used_as_it_is(place):
    place.serve("--model", "/run/others.sock").request("GET", "/healthz")
    equal(os.path.exists(path(place, "model-process")), False)


def the_model_ends_with_a_server_that_is_killed(place):
    server = place.serve()
    descriptor = os.pidfd_open(int(written(path(place, "model-process"))))
    server.process.kill()
    equal(select.select([descriptor], [], [], 60)[0], [descriptor])  # readable: it has ended
    os.close(descriptor)


CASES = [
    jobs_wait_until_the_model_is_loaded,
    jobs_are_given_the_socket_of_the_model_that_was_asked_for,
    a_model_that_is_lost_is_loaded_anew,
    a_medium_whose_model_was_lost_is_captioned_anew,
    a_model_that_cannot_be_loaded_ends_the_server_in_a_line,
    a_model_that_others_serve_is_used_as_it_is,
    the_model_ends_with_a_server_that_is_killed,
]

run(CASES, sys.argv[1])
