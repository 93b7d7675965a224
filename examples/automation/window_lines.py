# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lines of JSON that dalicaptioner's json-location writes, and how to hand them on.

A line is a window: docs/schema/window-1.schema.json in gst-dali says what it holds.
"""
import collections
import json
import sys
import threading
import time


def complain(message):
    print(f"{sys.argv[0]}: {message}", file=sys.stderr, flush=True)


def windows(stream):
    """The windows of a stream of lines, one by one, until it ends or the user has enough. What is no window, as
    gst-launch prints, is passed over."""
    try:
        for line in stream:
            if not line.startswith("{"):
                continue
            try:
                window = json.loads(line)
            except ValueError as error:
                complain(f"a line is no JSON: {error}")
                continue
            if "outcome" in window:
                yield window
    except KeyboardInterrupt:
        pass


class Outbox:
    """Hands messages to `deliver`, in order, from a thread of its own.

    Whoever reads the element's lines must not wait for a network: the element would wait too. So
    messages queue here, and when a receiver stays away for long the oldest go, which is said. A
    delivery that raises OSError is tried again, after a pause that doubles up to half a minute.
    """

    LONGEST_QUEUE = 1000
    LONGEST_PAUSE_S = 30

    def __init__(self, deliver, give_up_after_s=60):
        self._deliver = deliver
        self._give_up_after_s = give_up_after_s  # once there are no more lines
        self._messages = collections.deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._deadline = None
        self.delivered = 0
        self.lost = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, message):
        with self._changed:
            if len(self._messages) == self.LONGEST_QUEUE:
                self._messages.popleft()
                self.lost += 1
                if self.lost == 1:
                    complain("the receiver is too slow or away: the oldest messages are dropped")
            self._messages.append(message)
            self._changed.notify()

    def close(self):
        """Waits for what is left, and returns the exit status: 1 when anything was not delivered."""
        with self._changed:
            self._is_closed = True
            self._deadline = time.monotonic() + self._give_up_after_s
            self._changed.notify()
        self._thread.join()
        if self.lost > 0:
            complain(f"{self.lost} of {self.delivered + self.lost} messages were not delivered")
        return 1 if self.lost > 0 else 0

    def _next(self):
        with self._changed:
            while not self._messages and not self._is_closed:
                self._changed.wait()
            return self._messages.popleft() if self._messages else None

    def _run(self):
        while (message := self._next()) is not None:
            pause_s = 0.5
            while True:
                try:
                    self._deliver(message)
                    self.delivered += 1
                    break
                except OSError as error:
                    if pause_s == 0.5:
                        complain(f"{error}; trying again")
                except ValueError as error:  # the receiver refuses this one for good
                    complain(str(error))
                    self.lost += 1
                    break
                if not self._wait(pause_s):
                    self.lost += 1 + len(self._messages)
                    return
                pause_s = min(2 * pause_s, self.LONGEST_PAUSE_S)

    def _wait(self, pause_s):
        """False when there is no time left for another try."""
        end = time.monotonic() + pause_s
        with self._changed:
            while True:
                now = time.monotonic()
                if self._deadline is not None and now >= self._deadline:
                    return False
                if now >= end:
                    return True
                limits = [end] if self._deadline is None else [end, self._deadline]
                self._changed.wait(min(limits) - now)
