# SPDX-License-Identifier: LGPL-2.1-or-later
"""A headless Chromium, driven through the pipe of its DevTools as a viewer would: keys, files, what is
to be seen."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

PATIENCE_MS = 60000
NAMES = ["chromium-headless-shell", "chromium", "google-chrome"]
KEYS = {"Tab": ("\t", 9), "Enter": ("\r", 13), " ": (" ", 32), "Escape": ("", 27)}


def browser_program():
    """None where there is none on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, program):
        self.profile = tempfile.mkdtemp()
        to_read, self.to_browser = os.pipe()
        from_browser, to_write = os.pipe()

        def place_pipes():
            # Where the browser looks for them; away first, as they may lie there crosswise.
            ends = [os.dup(to_read), os.dup(to_write)]
            for descriptor, end in zip([3, 4], ends):
                os.dup2(end, descriptor)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--mute-audio", "--no-first-run",
             f"--user-data-dir={self.profile}", "--remote-debugging-pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=place_pipes, close_fds=False, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self.stream = os.fdopen(from_browser, "rb", buffering=0)
        self.waiting = b""
        self.number = 0
        self.pages = {}

    def _message(self):
        while b"\0" not in self.waiting:
            piece = self.stream.read(1 << 16)
            if not piece:
                raise AssertionError(f"the browser has ended, {self.process.wait(60)}")
            self.waiting += piece
        message, _, self.waiting = self.waiting.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if session is not None:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.to_browser, data):]
        while True:
            message = self._message()
            if message.get("id") == self.number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            page = self.pages.get(message.get("sessionId"))
            if page is not None and "method" in message:
                page.events.append((message["method"], message["params"]))

    def open(self, address, **options):
        return Page(self, address, **options)

    def close(self):
        self.process.kill()
        self.process.wait(60)
        os.close(self.to_browser)
        self.stream.close()
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    """One tab, which shares nothing with others."""

    def __init__(self, browser, address, width=1000, height=900, scheme="light"):
        self.browser = browser
        self.address = address
        self.events = []
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank",
                              browserContextId=self.context)["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target,
                                    flatten=True)["sessionId"]
        browser.pages[self.session] = self
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"]:
            self.call(domain + ".enable")
        self.call("Page.setInterceptFileChooserDialog", enabled=True)
        self.look(width, height, scheme)
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def look(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def eval(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True,
                           returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, condition):
        """Until it holds, which a test that fails waits for in vain."""
        holds = self.eval(f"""new Promise((resolve) => {{
            const begun = performance.now();
            const look = () => {{
              if ({condition}) resolve(true);
              else if (performance.now() - begun > {PATIENCE_MS}) resolve(false);
              else setTimeout(look, 20);
            }};
            look();
          }})""")
        if not holds:
            raise AssertionError(f"never came: {condition}; the page says: {self.text('body')!r}")

    def text(self, selector):
        return self.eval(f"document.querySelector({json.dumps(selector)}).innerText")

    def wait_text(self, selector, text):
        """Until what is to be read there holds `text`."""
        self.wait(f"document.querySelector({json.dumps(selector)})?.innerText"
                  f".includes({json.dumps(text)})")

    def press(self, key):
        text, code = KEYS[key]
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key.strip() or "Space",
                      windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def type_key(self, letter):
        """As a key is pressed; type() has the text alone, as it is pasted."""
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=letter, text=letter if kind == "keyDown" else "",
                      windowsVirtualKeyCode=ord(letter.upper()))

    def type(self, text):
        self.call("Input.insertText", text=text)

    def tab_to(self, selector):
        """With the Tab key alone, from where the focus is."""
        for _ in range(60):
            self.press("Tab")
            if self.eval(f"document.activeElement.matches({json.dumps(selector)})"):
                return
        raise AssertionError(f"the Tab key does not lead to {selector}")

    def choose(self, *paths):
        """The user's choice in the dialogue that a field for files opens."""
        element = self.call("Runtime.evaluate", expression="document.querySelector('#medium')")
        self.call("DOM.setFileInputFiles", files=list(paths),
                  objectId=element["result"]["objectId"])

    def came(self, name):
        return [parameters for method, parameters in self.events if method == name]

    def screenshot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                            clip={**size, "x": 0, "y": 0, "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def faults(self):
        """What the page asked of others, and what went wrong in it."""
        self.eval("0")  # what has been said until here has come
        asked = [each["request"]["url"] for each in self.came("Network.requestWillBeSent")]
        # The browser's own player has pictures of its own, as data.
        own = (self.address, "blob:" + self.address, "data:")
        faults = [url for url in asked if not url.startswith(own)]
        faults += [each["exceptionDetails"]["text"] for each in self.came("Runtime.exceptionThrown")]
        faults += [each["entry"]["text"] for each in self.came("Log.entryAdded")
                   if each["entry"]["source"] not in ("network",)]
        return faults

    def close(self):
        del self.browser.pages[self.session]
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)
