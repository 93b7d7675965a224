#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays FOLDER/PAGE in a headless browser and prints what the page reports.

    play_in_browser.py BROWSER FOLDER PAGE [SECONDS]

The page reports with one POST of plain text. Exit status 1 when none comes within SECONDS (60).
"""
import functools
import http.server
import os
import signal
import subprocess
import sys
import tempfile
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {'.html': 'text/html', '.js': 'text/javascript', '.vtt': 'text/vtt',
                      '.m3u8': 'application/vnd.apple.mpegurl', '.ts': 'video/mp2t',
                      '.mp4': 'video/mp4', '.m4s': 'video/iso.segment', '': 'application/octet-stream'}
    report = None
    reported = threading.Event()

    # Files are replaced more often than once a second, which is what HTTP tells their ages in.
    def end_headers(self):
        self.send_header('Cache-Control', 'no-store')
        super().end_headers()

    def do_POST(self):
        Handler.report = self.rfile.read(int(self.headers['Content-Length'])).decode()
        self.send_response(204)
        self.end_headers()
        Handler.reported.set()

    def log_message(self, *_):
        pass


def main():
    browser, folder, page = sys.argv[1:4]
    patience_s = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    server = http.server.ThreadingHTTPServer(
        ('127.0.0.1', 0), functools.partial(Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        player = subprocess.Popen(
            [browser, '--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={profile}',
             '--autoplay-policy=no-user-gesture-required', '--remote-debugging-port=0',
             f'http://127.0.0.1:{server.server_port}/{page}'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        Handler.reported.wait(patience_s)
        os.killpg(player.pid, signal.SIGKILL)  # a browser is many processes
        player.wait()
    server.shutdown()
    if Handler.report is None:
        sys.exit(f'play_in_browser.py: {page} reported nothing within {patience_s} s')
    print(Handler.report)


if __name__ == '__main__':
    main()
