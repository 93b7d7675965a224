# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that are slow, many, too large or liars, and a disk that is full, with a stand-in for
dali-caption.

    test_serve_limits.py DALI_SERVE
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading

from served import equal, form, holds, run
from tap_cases import Skipped

MIB = 1 << 20


def head(length, content_type="video/mp4", path="/v1/captions", more=""):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {length}\r\n{more}\r\n").encode()


def all_of(connection):
    """What the server still sends before it closes."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def a_client_that_does_not_finish_its_header_is_cut(place):
    server = place.serve("--header-seconds", "2")
    slow = [server.connect() for _ in range(20)]
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
    equal(server.request("GET", "/healthz").status, 200)
    equal([all_of(connection) for connection in slow], [b""] * 20)
    equal(server.figure("dali_connections_cut_total"), 20.0)


def a_client_that_trickles_its_body_is_cut_and_its_place_is_free(place):
    server = place.serve("--body-seconds", "2", "--jobs", "1", "--queue", "0")
    slow = server.connect()
    slow.sendall(head(1000) + b"say ")
    while server.figure("dali_jobs_waiting") != 1.0:
        pass
    equal(server.post("/v1/captions", b"say no").error, (429, "overloaded"))
    all_of(slow)
    while server.figure("dali_jobs_waiting") != 0.0:
        pass
    equal(server.post("/v1/captions", b"say it").status, 200)
    equal(os.listdir(place.media), [])


def a_thousand_idle_clients_do_not_keep_others_away(place):
    wanted = 1000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < 2 * wanted:
        raise Skipped(f"only {hard} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = place.serve()
    idle = [server.connect() for _ in range(wanted)]
    while server.figure("dali_connections") < wanted:
        pass
    equal(server.post("/v1/captions", b"say it").status, 200)
    for connection in idle:
        connection.close()


def who_comes_beyond_the_limit_of_connections_is_turned_away(place):
    server = place.serve("--connections", "2")
    others = [server.connect(), server.connect()]
    late = server.connect()
    holds(all_of(late).decode(), "503 Service Unavailable")
    others.pop().close()
    while True:
        connection = server.connect()
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        except OSError:
            continue
        if b"200 OK" in all_of(connection):
            break
    others.pop().close()


def a_hundred_uploads_at_once_are_all_captioned(place):
    server = place.serve("--jobs", "2", "--queue", "100")
    said = {}

    def upload(number):
        medium = f"say caption {number}\n".encode() + b"x" * 300_000
        said[number] = server.post("/v1/captions", medium).json[0]["text"]

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(said, {number: f"caption {number}" for number in range(100)})
    equal(os.listdir(place.media), [])


def a_medium_that_is_too_large_is_refused_before_it_comes(place):
    server = place.serve("--max-upload", "1")
    connection = server.connect()
    connection.sendall(head(100 * MIB))  # and not a byte of it
    answer = all_of(connection)
    holds(answer.decode(), "413 ")
    holds(answer.decode(), "larger than the 1 MiB")
    waits = server.connect()
    waits.sendall(head(100 * MIB, more="Expect: 100-continue\r\n"))
    holds(waits.makefile("rb").readline().decode(), "413 ")


def a_medium_that_grows_too_large_is_refused_while_it_comes(place):
    server = place.serve("--max-upload", "1")
    chunks = (b"x" * 65536 for _ in range(32))
    answer = server.request("POST", "/v1/captions", chunks, {"Content-Type": "video/mp4"})
    equal(answer.error, (413, "too_large"))
    content_type, body = form(b"x" * (MIB + 1), {})
    answer = server.request("POST", "/v1/captions", body, {"Content-Type": content_type})
    equal(answer.error, (413, "too_large"))
    equal(server.post("/v1/captions", b"say it").status, 200)


def a_body_that_ends_early_leaves_nothing(place):
    server = place.serve("--jobs", "1", "--queue", "0")
    for encoding in [b"", b"Transfer-Encoding: chunked\r\n"]:
        liar = server.connect()
        if encoding:
            liar.sendall(b"POST /v1/captions HTTP/1.1\r\nHost: localhost\r\nContent-Type: video/mp4\r\n"
                         + encoding + b"\r\n40\r\nsay it")
        else:
            liar.sendall(head(100) + b"say it")
        liar.shutdown(socket.SHUT_WR)
        equal(b" 200 OK" in all_of(liar), False)
        liar.close()
        while server.figure("dali_jobs_waiting") != 0.0:
            pass
    equal(server.post("/v1/captions", b"say it").status, 200)


def requests_that_are_none_get_an_answer_or_an_end(place):
    server = place.serve()
    for request in [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
                    b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
                    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"POST /v1/captions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                    b"POST /v1/captions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                    b"POST /v1/captions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
                    b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n"]:
        connection = server.connect()
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has closed already
        all_of(connection)
        connection.close()
    equal(server.request("GET", "/healthz").status, 200)


def a_full_disk_is_said_and_leaves_nothing(place):
    # A limit to the size of files fails like a full disk does, and needs no disk.
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))

    server = place.serve(preexec_fn=limit)
    answer = server.post("/v1/captions", b"x" * (2 * MIB))
    equal(answer.error, (507, "storage_full"))
    equal(os.listdir(place.media), [])
    equal(server.post("/v1/captions", b"say it").status, 200)


def a_full_file_system_is_said_and_leaves_nothing(place):
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place.media],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise Skipped("a file system of its own needs the right to mount: " + made.stderr.strip())
    try:
        server = place.serve()
        equal(server.post("/v1/captions", b"x" * (2 * MIB)).error, (507, "storage_full"))
        equal(os.statvfs(place.media).f_bfree, os.statvfs(place.media).f_blocks)
        equal(server.post("/v1/captions", b"say it").status, 200)
    finally:
        for each in place.servers:
            each.kill()
        subprocess.run(["umount", place.media], check=True)


def a_server_that_cannot_begin_says_why(place):
    taken = socket.create_server(("127.0.0.1", 0))
    short = os.path.join(place.folder, "short")
    with open(short, "w", encoding="utf-8") as file:
        file.write("secret\n")
    for options, words in [(["--listen", "0.0.0.0", "--port", "0"], "needs --token-file"),
                           (["--listen", "nowhere"], "no address"),
                           (["--port", str(taken.getsockname()[1])], "cannot listen"),
                           (["--port", "0", "--token-file", short], "16 printable characters"),
                           (["--port", "0", "--token-file", short + "er"], "no token can be read"),
                           (["--port", "0", "--folder", "/nowhere"], "/nowhere")]:
        ended = subprocess.run([place.program, *options], capture_output=True, text=True, timeout=60,
                               check=False)
        equal((options, ended.returncode, ended.stderr.count("\n")), (options, 1, 1))
        holds(ended.stderr, words)
    taken.close()


def a_socket_of_the_service_manager_is_used(place):
    listening = socket.create_server(("127.0.0.1", 0))

    def hand_on():
        os.dup2(listening.fileno(), 3)
        os.environ["LISTEN_PID"] = str(os.getpid())

    process = subprocess.Popen(
        ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", place.program, "--folder", place.media],
        preexec_fn=hand_on, pass_fds=[3], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        equal(process.stdout.readline(),
              f"dali-serve: listening at http://127.0.0.1:{listening.getsockname()[1]}\n")
        client = socket.create_connection(listening.getsockname(), timeout=60)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        holds(all_of(client).decode(), "/v1/captions")
        process.send_signal(signal.SIGTERM)
        equal(process.wait(60), 0)
    finally:
        process.kill()
        process.communicate()
        listening.close()


CASES = [
    a_client_that_does_not_finish_its_header_is_cut,
    a_client_that_trickles_its_body_is_cut_and_its_place_is_free,
    a_thousand_idle_clients_do_not_keep_others_away,
    who_comes_beyond_the_limit_of_connections_is_turned_away,
    a_hundred_uploads_at_once_are_all_captioned,
    a_medium_that_is_too_large_is_refused_before_it_comes,
    a_medium_that_grows_too_large_is_refused_while_it_comes,
    a_body_that_ends_early_leaves_nothing,
    requests_that_are_none_get_an_answer_or_an_end,
    a_full_disk_is_said_and_leaves_nothing,
    a_full_file_system_is_said_and_leaves_nothing,
    a_server_that_cannot_begin_says_why,
    a_socket_of_the_service_manager_is_used,
]

run(CASES, sys.argv[1])
