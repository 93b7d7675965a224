# SPDX-License-Identifier: LGPL-2.1-or-later
"""What dali-serve answers, with a stand-in for dali-caption.

    test_serve_requests.py DALI_SERVE
"""

import os
import subprocess
import sys

from served import equal, form, holds, run


def a_medium_as_the_body_is_captioned(place):
    server = place.serve()
    answer = server.request("POST", "/v1/captions", b"say a dog barks",
                            {"Content-Type": "video/mp4"})
    equal(answer.status, 200)
    equal(answer.headers["Content-Type"], "application/json")
    equal([caption["text"] for caption in answer.json], ["a dog barks"])


def a_medium_in_a_form_is_captioned(place):
    server = place.serve()
    answer = server.post("/v1/captions", b"say rain falls", {"format": "vtt"})
    equal(answer.status, 200)
    equal(answer.headers["Content-Type"], "text/vtt; charset=utf-8")
    equal(answer.text, "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\nrain falls\n")


def a_medium_in_chunks_is_captioned(place):
    server = place.serve()
    answer = server.request("POST", "/v1/captions?format=srt", iter([b"say ", b"rain ", b"falls"]),
                            {"Content-Type": "video/mp4"})
    equal(answer.text, "1\n00:00:00,000 --> 00:00:10,000\nrain falls\n")


def fields_become_options_of_dali_caption(place):
    server = place.serve("--model", "/models/mine.sock")
    fields = {"modality": "audio", "window": "5", "interval": "2.5", "language": "de",
              "prompt": "what --is \"it?", "max_new_tokens": "7", "temperature": "0.5", "seed": "3", "events": "1", "tell_stops": "true",
              "refresh": "30", "locate_words": "1", "off_screen": "1", "detail": "high", "window_cuts": "grid",
              "shortest-window": "4", "picture_at": "loudest-change"}
    said = server.post("/v1/captions", b"words", fields).json[0]["text"]
    for option in ["--model=/models/mine.sock", "--format=json", "--modality=audio",
                   "--window=5", "--interval=2.5", "--language=de", "--prompt=what --is 'it?",
                   "--max-new-tokens=7", "--temperature=0.5", "--seed=3", "-- /proc/self/fd/3", "--events", "--tell-stops",
                   "--refresh=30", "--locate-words", "--off-screen", "--detail=high", "--window-cuts=grid",
                   "--shortest-window=4", "--picture-at=loudest-change"]:
        holds(said, option)
    said = server.post("/v1/captions", b"words", {"events": "0", "off_screen": "false"}).json[0]["text"]
    equal([option for option in ["--events", "--off-screen"] if option in said], [])
    answer = server.post("/v1/captions", b"say it", {"format": "svg"})
    equal((answer.status, answer.headers["Content-Type"]), (200, "image/svg+xml; charset=utf-8"))


def fields_that_are_unknown_or_wrong_are_refused_in_a_sentence(place):
    server = place.serve()
    for fields, words in [({"formt": "vtt"}, 'do you mean format?'),
                          ({"format": "mkv"}, "not json, vtt, srt, ttml or svg"),
                          ({"window": "0.5"}, "from 1 to 60"),
                          ({"window": "nan"}, "from 1 to 60"),
                          ({"window": "5; rm"}, "from 1 to 60"),
                          ({"interval": "-1"}, "a number of seconds"),
                          ({"language": "../x"}, "a code such as en"),
                          ({"prompt": "two\nlines"}, "one line"),
                          ({"seed": "1e3"}, "from 0 to 4294967295"),
                          ({"audio-track": "--help"}, "a number from 1"),
                          ({"events": "perhaps"}, "0, 1, true or false"),
                          ({"detail": "most"}, "low, normal or high"),
                          ({"tell_stops": "1"}, "needs the field 'events'"),
                          ({"refresh": "5"}, "needs the field 'events'"),
                          ({"shortest_window": "5"}, "needs the field 'window_cuts'"),
                          ({"window_cuts": "shots", "events": "1"}, "may not be shots with 'events'"),
                          ({"async": "perhaps"}, "0, 1, true or false"),
                          ({"max-new-tokens": "5", "max_new_tokens": "6"}, "stands twice"),
                          ({"model": "other"}, "unknown")]:
        answer = server.post("/v1/captions", b"say no", fields)
        equal(answer.error, (400, "invalid_request_error"))
        holds(answer.message, words)
    for query in ["format", "format=vtt&format=srt", "window=%zz", "formt=vtt"]:
        equal((query, server.post("/v1/captions?" + query, b"say no").status), (query, 400))
    answer = server.post("/v1/captions?format=vtt", b"say no", {"format": "srt"})
    equal(answer.error, (400, "invalid_request_error"))
    holds(answer.message, "in the address and in the form")


def forms_that_are_none_are_refused(place):
    server = place.serve()
    content_type, body = form(b"say it", {})
    for wrong_type, wrong_body, words in [
            ("multipart/form-data", body, "needs a boundary"),
            ("multipart/form-data; boundary=" + "x" * 71, body, "boundary"),
            (content_type, body[:-10], "breaks off"),
            (content_type, body.replace(b'name="file"', b'title="file"'), "does not say its name"),
            (content_type, body.replace(b'name="file"', b'name="movie"'), "should be 'file'"),
            (content_type, body.replace(b"--dali-boundary--", body), "two files"),
            (content_type, b"x" * 20000, "breaks off"),
            (content_type, b"--dali-boundary\r\n" + b"x" * 20000, "too long")]:
        answer = server.request("POST", "/v1/captions", wrong_body, {"Content-Type": wrong_type})
        equal(answer.error, (400, "invalid_request_error"))
        holds(answer.message, words)
    equal(server.post("/v1/captions", None).error, (400, "invalid_request_error"))
    equal(server.post("/v1/captions", b"").error, (400, "invalid_request_error"))
    equal(server.request("POST", "/v1/captions", b"").error, (400, "invalid_request_error"))


def clients_of_openai_are_answered_in_its_forms(place):
    server = place.serve()

    def ask(response_format):
        fields = {"model": "whisper-1", "language": "en", "timestamp_granularities[]": "segment"}
        if response_format:
            fields["response_format"] = response_format
        answer = server.post("/v1/audio/transcriptions", b"say a dog barks", fields)
        equal(answer.status, 200)
        equal(answer.headers["Dali-Ignored"], "language, model, timestamp_granularities[]")
        return answer

    equal(ask(None).json, {"text": "a dog barks"})
    equal(ask("json").json, {"text": "a dog barks"})
    equal(ask("text").text, "a dog barks\n")
    holds(ask("srt").text, "00:00:00,000 --> 00:00:10,000")
    holds(ask("vtt").text, "WEBVTT")
    verbose = ask("verbose_json").json
    equal((verbose["text"], verbose["duration"], verbose["segments"][0]["end"]),
          ("a dog barks", 10.0, 10.0))
    # What is there of sources without a caption is no text of one.
    for response_format, text in (("json", '{"text":""}\n'), ("text", "\n")):
        equal(server.post("/v1/audio/transcriptions", b"sources", {"response_format": response_format}).text, text)
    nothing = server.post("/v1/audio/transcriptions", b"sources", {"response_format": "verbose_json"}).json
    equal((nothing["text"], nothing["segments"]), ("", []))
    equal(server.post("/v1/audio/transcriptions", b"say no", {"stream": "true"}).error,
          (400, "invalid_request_error"))
    equal(server.post("/v1/audio/transcriptions", b"say no", {"fromat": "x"}).error,
          (400, "invalid_request_error"))
    equal(server.request("GET", "/v1/models").json["data"][0]["id"], "toyworld")


def clients_of_whisper_cpp_are_answered(place):
    server = place.serve()
    answer = server.post("/inference", b"say a dog barks",
                         {"temperature": "0.0", "temperature_inc": "0.2", "response_format": "json"})
    equal(answer.json, {"text": "a dog barks"})
    equal(answer.headers["Dali-Ignored"], "temperature_inc")


def what_cannot_be_captioned_is_said_in_the_clients_words(place):
    server = place.serve()
    answer = server.post("/v1/captions", b"refuse no streams in file:///proc/self/fd/3")
    equal(answer.error, (422, "media_error"))
    equal(answer.message, "clip.mp4: no streams in clip.mp4")
    answer = server.post("/v1/captions", b"misuse the window is too short")
    equal(answer.error, (400, "invalid_request_error"))
    answer = server.post("/v1/captions", b"refuse the process that captions it crashed (Killed)")
    equal(answer.error, (500, "decoder_crashed"))
    answer = server.post("/v1/captions", b"misuse standard output: cannot be written: No space left")
    equal(answer.error, (507, "storage_full"))
    answer = server.post("/v1/captions", b"crash")
    equal(answer.error, (500, "decoder_crashed"))
    equal(server.post("/v1/captions", b"unheard-of").error, (500, "server_error"))
    equal(server.request("GET", "/healthz").status, 200)


def captions_that_lack_a_track_come_with_a_warning(place):
    server = place.serve()
    answer = server.post("/v1/captions", b"lack it")
    equal((answer.status, answer.json[0]["text"]), (200, "said of the picture"))
    equal(answer.headers["Dali-Warning"],
          "clip.mp4: captions are made without its sound (dts), which cannot be decoded")


def warnings_come_with_the_captions(place):
    server = place.serve()
    answer = server.post("/v1/captions", "warn ends after 3 s of 10 s; è cut".encode())
    equal((answer.status, answer.json[0]["text"]), (200, "said with a warning"))
    equal(answer.headers["Dali-Warning"], "clip.mp4: ends after 3 s of 10 s; ?? cut")
    job = server.post("/v1/captions?async=1", b"warn of it").headers["Location"]
    while server.request("GET", job).json["state"] != "done":
        pass
    equal(server.request("GET", job).json["warnings"], ["clip.mp4: of it"])


def file_names_of_clients_are_words_and_nothing_else(place):
    server = place.serve()
    for name, shown in [("../../etc/passwd", "../../etc/passwd"), ("a\\\"b", 'a"b'), ("", "the medium"),
                        ("x" * 300, "x" * 100 + "...")]:
        content_type, body = form(b"refuse no", {}, file_name=name)
        answer = server.request("POST", "/v1/captions", body, {"Content-Type": content_type})
        equal(answer.message, shown + ": no")
    equal(os.listdir(place.media), [])


def other_paths_and_methods_are_refused(place):
    server = place.serve()
    for method, path, status in [("GET", "/v1/captions", 405), ("DELETE", "/", 405),
                                 ("GET", "/nothing", 404), ("GET", "/v1/jobs/", 404),
                                 ("GET", "/v1/jobs/0", 404), ("DELETE", "/v1/jobs/0", 404),
                                 ("GET", "/../../etc/passwd", 404), ("GET", "/%2e%2e/etc/passwd", 404),
                                 ("POST", "/healthz", 405)]:
        equal((path, server.request(method, path).status), (path, status))
    holds(server.request("GET", "/").text, "/v1/captions")
    equal(server.request("HEAD", "/healthz").status, 200)


def a_token_is_needed_where_there_is_one(place):
    token_file = os.path.join(place.folder, "token")
    with open(token_file, "w", encoding="utf-8") as file:
        file.write("correct-horse-battery\n")
    server = place.serve("--token-file", token_file)
    for headers, status in [({}, 401), ({"Authorization": "Bearer wrong"}, 401),
                            ({"Authorization": "Bearer correct-horse-batterx"}, 401),
                            ({"Authorization": "Bearer correct-horse-battery-staple"}, 401),
                            ({"Authorization": "Basic correct-horse-battery"}, 401),
                            ({"Authorization": "bearer correct-horse-battery"}, 200)]:
        equal((headers, server.post("/v1/captions", b"say it", {}, headers).status),
              (headers, status))
    equal(server.request("GET", "/metrics").headers["WWW-Authenticate"], "Bearer")
    equal(server.request("GET", "/healthz").status, 200)


def pages_of_other_places_are_refused(place):
    server = place.serve()
    here = f"127.0.0.1:{server.port}"
    for headers, status in [({"Origin": "http://evil.example"}, 403), ({"Host": "evil.example"}, 403),
                            ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
                            ({"Origin": "null"}, 403), ({"Origin": "http://" + here}, 200),
                            ({"Host": "localhost"}, 200), ({"Host": "[::1]:80"}, 200),
                            ({"Host": "127.0.0.1.evil.example"}, 403)]:
        equal((headers, server.request("GET", "/metrics", None, headers).status), (headers, status))


def what_captions_a_medium_has_no_network(place):
    server = place.serve()
    address = server.address + "/healthz"
    equal(subprocess.run(["curl", "-s", address], stdout=subprocess.DEVNULL, check=False).returncode, 0)
    equal(server.post("/v1/captions", b"fetch " + address.encode()).json[0]["text"], "refused")


def media_by_uri_are_refused_unless_allowed(place):
    server = place.serve()
    answer = server.request("POST", "/v1/captions?uri=http://127.0.0.1/a.mp4", b"")
    equal(answer.error, (403, "forbidden"))
    allowing = place.serve("--allow-uri")
    answer = allowing.request("POST", "/v1/captions?uri=http://127.0.0.1:1/a.mp4", b"")
    holds(answer.json[0]["text"], "-- http://127.0.0.1:1/a.mp4")
    for uri in ["file:///etc/passwd", "/etc/passwd", "ftp://a/b", "http://a/%0A%20b%20"]:
        answer = allowing.request("POST", "/v1/captions?uri=" + uri, b"")
        equal((uri, answer.status), (uri, 200 if uri.startswith("http") and "%" not in uri else 400))
    equal(allowing.post("/v1/captions?uri=http://a/b", b"say it").error,
          (400, "invalid_request_error"))


def the_page_is_of_its_own_files_alone(place):
    token = os.path.join(place.folder, "token")
    with open(token, "w", encoding="ascii") as file:
        file.write("correct-horse-battery")
    server = place.serve("--token-file", token)
    page = server.request("GET", "/", headers={"Accept": "text/html,*/*"})
    equal((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
    holds(page.headers["Content-Security-Policy"], "default-src 'none'")
    holds(server.request("GET", "/").text, "/v1/captions")
    for name, kind in [("main.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg")]:
        answer = server.request("GET", "/page/" + name)
        equal((answer.status, answer.headers["Content-Type"][:len(kind)]), (200, kind))
    for path in ["/page/", "/page/none.js", "/page/..%2Fmain.js", "/page/../../etc/passwd"]:
        equal((path, server.request("GET", path).status in (400, 404)), (path, True))
    equal(server.request("GET", "/live").status, 401)


CASES = [
    a_medium_as_the_body_is_captioned,
    a_medium_in_a_form_is_captioned,
    a_medium_in_chunks_is_captioned,
    fields_become_options_of_dali_caption,
    fields_that_are_unknown_or_wrong_are_refused_in_a_sentence,
    forms_that_are_none_are_refused,
    clients_of_openai_are_answered_in_its_forms,
    clients_of_whisper_cpp_are_answered,
    what_cannot_be_captioned_is_said_in_the_clients_words,
    captions_that_lack_a_track_come_with_a_warning,
    warnings_come_with_the_captions,
    file_names_of_clients_are_words_and_nothing_else,
    other_paths_and_methods_are_refused,
    a_token_is_needed_where_there_is_one,
    pages_of_other_places_are_refused,
    what_captions_a_medium_has_no_network,
    media_by_uri_are_refused_unless_allowed,
    the_page_is_of_its_own_files_alone,
]

run(CASES, sys.argv[1])
