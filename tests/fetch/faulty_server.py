# SPDX-License-Identifier: LGPL-2.1-or-later
"""A web server that does what web servers on the way do, one request after the other."""

import hashlib
import http.server
import os
import threading


class FaultyServer:
    """Serves a folder on a port of its own. `faults[path]` is a list of what goes wrong with the next
    requests for it; after them all is well. `requests` are (method, path, Range, If-Range)."""

    def __init__(self, folder):
        self.folder = folder
        self.faults = {}
        self.requests = []
        self.is_silent = threading.Event()  # set while a request waits for ever
        self.release = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                server.answer(self)

            def do_CONNECT(self):
                server.requests.append(("CONNECT", self.path, None, None))
                self.send_error(403)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()

    def asked(self, path):
        return [request[2:] for request in self.requests if request[1] == path]

    def answer(self, handler):
        path = handler.path
        asked_range = handler.headers.get("Range")
        condition = handler.headers.get("If-Range")
        self.requests.append(("GET", path, asked_range, condition))
        faults = self.faults.get(path, [])
        fault = faults.pop(0) if faults else None
        handler.close_connection = True
        if isinstance(fault, int):
            return self.head(handler, fault, {"Content-Length": "0"})
        if fault == "redirect":
            return self.head(handler, 302, {"Location": path + "?moved", "Content-Length": "0"})
        if fault == "circle":
            self.faults[path] = ["circle"]
            return self.head(handler, 302, {"Location": path, "Content-Length": "0"})
        if fault == "mute":
            self.is_silent.set()
            self.release.wait()
            return None
        try:
            with open(os.path.join(self.folder, path.lstrip("/").split("?")[0]), "rb") as file:
                content = file.read()
        except OSError:
            return self.head(handler, 404, {"Content-Length": "0"})
        tag = '"' + hashlib.md5(content).hexdigest() + '"'
        headers = {"ETag": tag}
        if fault == "wrong":
            content = bytes(byte ^ 1 for byte in content)
        begin = 0
        if asked_range and fault != "ignores-range" and condition in (None, tag):
            begin = int(asked_range.removeprefix("bytes=").rstrip("-"))
            if begin >= len(content):
                return self.head(handler, 416, {"Content-Length": "0"})
            headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
        body = content[begin:]
        headers["Content-Length"] = str(len(body))
        if fault == "says-less":
            headers["Content-Length"] = str(len(body) // 2)
        if fault == "says-more":
            headers["Content-Length"] = str(len(body) * 2)
        if fault == "other-part":
            headers["Content-Range"] = f"bytes 0-{len(content) - 1}/{len(content)}"
        if fault == "untagged":
            del headers["ETag"]
        self.head(handler, 206 if "Content-Range" in headers else 200, headers)
        if fault in ("cut", "stops"):
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            if fault == "stops":
                self.is_silent.set()
                self.release.wait()
            return None
        try:
            handler.wfile.write(body)
        except OSError:
            pass  # the client has heard enough
        return None

    @staticmethod
    def head(handler, status, headers):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        handler.end_headers()
