# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of dali-serve, by what a viewer sees of it in a headless Chromium.

    test_serve_page.py DALI_SERVE

With PAGE_SCREENSHOTS, a folder, pictures of it are left there to be looked at.
"""

import json
import os
import shutil
import sys
import wave

from browser import Browser, browser_program
from served import HERE, equal, holds, run

CAPTIONS = [
    {"start": 0.0, "end": 10.0, "text": "a dog barks & runs", "confidence": 0.9, "modality": "audio"},
    {"start": 10.0, "end": 20.5, "text": "rain falls on a <tin> roof", "confidence": 0.8, "modality": "audio"},
    {"start": 20.5, "end": 30.0, "text": "a dog and a siren --> far away", "confidence": 0.7, "modality": "audio"},
]
TOKEN = "correct-horse-battery"
BROWSER = None


def medium(place, content, name="clip.mp4"):
    path = os.path.join(place.folder, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def playable(place):
    """A sound of 30 s, and a dali-caption that says CAPTIONS of whatever it is given."""
    path = os.path.join(place.folder, "market.wav")
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes([128]) * 8000 * 30)
    shutil.copy2(os.path.join(HERE, "captions_beside.sh"), os.path.join(place.folder, "dali-caption"))
    with open(os.path.join(place.folder, "captions.json"), "w", encoding="utf-8") as file:
        json.dump(CAPTIONS, file)
    with open(os.path.join(place.folder, "captions.ttml"), "w", encoding="utf-8") as file:
        file.write("<tt>typeset</tt>\n")
    return path


class Tab:
    """A page of a server's, which is faultless at the end."""

    def __init__(self, server, **options):
        self.page = BROWSER.open(server.address + "/", **options)

    def __enter__(self):
        return self.page

    def __exit__(self, kind, *_):
        if kind is None:
            equal(self.page.faults(), [])
        self.page.close()


class Source:
    """The live source of a server, and what the test makes of it."""

    def __init__(self, place, *options):
        self.lines = place.fifo("live-lines")
        self.server = place.serve("--source", "market=udp://127.0.0.1:5000", *options)

    def do(self, line):
        with open(self.lines, "w", encoding="utf-8") as fifo:
            fifo.write(line + "\n")

    def window(self, start, outcome="caption", **more):
        self.do(json.dumps({"start": start, "end": start + 5.0, "outcome": outcome, **more}))


def picture(page, name):
    folder = os.environ.get("PAGE_SCREENSHOTS")
    if folder:
        for width in [1100, 360]:
            for scheme in ["light", "dark"]:
                page.look(width, 900, scheme)
                page.screenshot(os.path.join(folder, f"{name}-{width}-{scheme}.png"))
        page.look(1000, 900, "light")


def the_page_is_of_its_own_files_alone(place):
    token = medium(place, TOKEN.encode(), "token")
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


def captions_of_a_file_show_at_their_time(place):
    path = playable(place)
    with Tab(place.serve()) as page:
        page.choose(path)
        page.wait_text("#work-phase", "Done: 3 captions.")
        equal(page.eval("[...document.querySelectorAll('#file-list li')].map((row) => row.innerText"
                        ".replace(/\\s+/g, ' '))"),
              ["0:00 a dog barks & runs", "0:10 rain falls on a <tin> roof",
               "0:20 a dog and a siren --> far away"])
        page.eval("document.querySelector('#player').currentTime = 12")
        cue = "document.querySelector('#player').textTracks[0].activeCues?.[0]"
        page.wait(f"{cue}?.startTime === 10")
        equal(page.eval(f"{cue}.getCueAsHTML().textContent"), "rain falls on a <tin> roof")
        equal(page.eval("document.querySelector('#player').textTracks[0].mode"), "showing")
        page.wait("document.querySelector('#file-list [aria-current]')?.innerText.includes('rain')")
        page.wait("document.querySelector('#sound-caption').innerText === 'rain falls on a <tin> roof'")
        picture(page, "file")
        # The player has the file from the user's disk, not from the server.
        equal(page.eval("document.querySelector('#player').src.startsWith('blob:')"), True)


def captions_are_downloaded_as_dali_caption_writes_them(place):
    path = playable(place)
    with Tab(place.serve()) as page:
        page.choose(path)
        page.wait_text("#work-phase", "Done")
        # What a press hands to the browser, in place of a file on a disk.
        page.eval("""globalThis.saved = [];
          globalThis.blobs = new Map();
          const create = URL.createObjectURL;
          URL.createObjectURL = (blob) => { const url = create(blob); blobs.set(url, blob); return url; };
          HTMLAnchorElement.prototype.click = function () {
            blobs.get(this.href).text().then((text) => saved.push(`${this.download}\\n${text}`));
          }; 0""")
        for format_name in ["vtt", "srt", "json", "ttml"]:
            page.eval(f"document.querySelector('[data-format={format_name}]').click(), saved.length = 0")
            page.wait("saved.length === 1")
            saved = page.eval("saved[0]")
            name, _, text = saved.partition("\n")
            equal(name, "market." + format_name)
            if format_name == "vtt":
                equal(text, "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\na dog barks &amp; runs\n"
                            "\n00:00:10.000 --> 00:00:20.500\nrain falls on a &lt;tin&gt; roof\n"
                            "\n00:00:20.500 --> 00:00:30.000\na dog and a siren --&gt; far away\n")
            elif format_name == "srt":
                holds(text, "3\n00:00:20,500 --> 00:00:30,000\na dog and a siren -> far away\n")
            elif format_name == "json":
                equal(json.loads(text), CAPTIONS)
            else:
                equal(text, "<tt>typeset</tt>\n")


def a_dropped_file_is_captioned(place):
    with Tab(place.serve()) as page:
        page.eval("""{
          const data = new DataTransfer();
          data.items.add(new File(['say a bell rings'], 'bell.wav'));
          data.items.add(new File(['say another'], 'other.wav'));
          document.querySelector('#drop').dispatchEvent(
            new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }""")
        page.wait_text("#file-list", "a bell rings")
        equal(page.text("#work-phase"), "Of 2 files, the first is taken. Done: 1 caption.")
        page.wait_text("#player-problem", "cannot play")


def progress_is_seen_and_a_job_can_be_cancelled(place):
    server = place.serve()
    started, go = place.fifo("started"), place.fifo("go")
    path = medium(place, f"progress {started} {go}\n".encode())
    with Tab(server) as page:
        page.choose(path)
        page.wait_text("#percent", "33 %")
        equal(page.text("#work-phase"), "Captioning")
        picture(page, "progress")
        page.eval("document.querySelector('#cancel').focus()")
        page.press("Enter")
        page.wait_text("#work-phase", "Cancelled.")
        # The focus is where the user can go on.
        equal(page.eval("document.activeElement.id"), "again")
        equal(page.eval("document.querySelector('#work-progress').checkVisibility()"), False)
    while 'dali_jobs_total{outcome="cancelled"} 1' not in server.request("GET", "/metrics").text:
        pass


def what_is_refused_is_said_in_words(place):
    server = place.serve("--queue", "0", "--max-upload", "1")
    started, go = place.fifo("started"), place.fifo("go")
    with Tab(server) as page:
        page.choose(medium(place, b"refuse This appears to be a text file\n", "list.txt"))
        page.wait_text("#work-problem", "This appears to be a text file")
        page.choose(medium(place, bytes(3 << 20), "large.mp4"))
        page.wait_text("#work-problem", "larger than the 1 MiB that this server takes")
        busy = server.begin("POST", "/v1/captions?async=1", f"wait {started} {go}\n".encode())
        equal(busy.answer().status, 202)
        with open(started, encoding="ascii") as fifo:
            fifo.read()
        page.choose(medium(place, b"say later\n"))
        page.wait_text("#work-problem", "as many media to caption as it takes")
        picture(page, "refused")
        with open(go, "w", encoding="ascii") as fifo:
            fifo.write("\n")
        while "\ndali_jobs_running 0\n" not in server.request("GET", "/metrics").text:
            pass
        page.eval("document.querySelector('#again').click()")
        page.wait_text("#file-list", "later")
        equal(page.text("#work-problem"), "")


def the_token_is_asked_for_and_kept_in_the_tab(place):
    server = place.serve("--token-file", medium(place, TOKEN.encode(), "token"))
    with Tab(server) as page:
        page.wait("document.querySelector('#token-form').checkVisibility()")
        equal(page.eval("document.activeElement.id"), "token")
        picture(page, "token")
        # A file can wait for the token, and not be waited for.
        page.choose(medium(place, b"say nothing\n", "waiting.mp4"))
        page.wait_text("#work-phase", "Asking the server")
        page.eval("document.querySelector('#cancel').click()")
        page.wait_text("#work-phase", "Cancelled.")
        page.eval("document.querySelector('#token').focus()")
        page.type("not-the-right-token")
        page.press("Enter")
        page.wait_text("#token-problem", "did not accept")
        page.type(TOKEN)
        page.press("Enter")
        page.wait("!document.querySelector('#token-form').checkVisibility()")
        page.choose(medium(place, b"say a bell rings\n"))
        page.wait_text("#file-list", "a bell rings")
        page.call("Page.reload")
        page.wait("document.readyState === 'complete' && document.querySelector('#file-list ol')")
        page.choose(medium(place, b"say another bell\n"))
        page.wait_text("#file-list", "another bell")
        equal(page.eval("[localStorage.length, document.cookie, location.href]"), [0, "", server.address + "/"])


def live_captions_come_and_are_searched(place):
    source = Source(place)
    with Tab(source.server) as page:
        page.wait_text("#source-state", "Running")
        page.eval("""globalThis.shifts = [];
          new PerformanceObserver((list) => { 
            for (const entry of list.getEntries()) {
              for (const source of entry.sources) shifts.push(source.node?.textContent);
            }
          })
            .observe({ type: 'layout-shift' }); 0""")
        source.window(0.0, text="a dog barks")
        page.wait_text("#live-caption", "a dog barks")
        source.window(5.0, text="a dog barks", extends_last=True)
        source.window(10.0, outcome="dropped", reason="the model was too slow")
        page.wait_text("#live .until", "until ")
        page.wait_text("#live-list", "Not described: 0:10 to 0:15 of the source (the model was too slow)")
        long_text = "rain falls, and " * 30
        source.window(15.0, text=long_text)
        page.wait_text("#live-caption", "rain falls")
        source.window(20.0, text="a second dog, which barks (loudly)")
        page.wait_text("#live-caption", "loudly")
        equal(page.eval("shifts"), [])
        equal(page.eval("document.querySelector('#live-caption').getAttribute('aria-live')"), "polite")
        holds(page.text("#live .count"), "3 captions")
        holds(page.text("#live-counts"), "1 gap, 0 restarts")
        picture(page, "live")
        page.eval("document.querySelector('#live input[type=search]').focus()")
        page.type("BARKS dog")
        page.wait_text("#live .count", "2 of 3 captions")
        page.wait("document.querySelector('#live .hidden-text').textContent === '2 of 3 captions'")
        equal(page.eval("[...document.querySelectorAll('#live mark')].map((mark) => mark.textContent)"),
              ["dog", "barks", "dog", "barks"])
        equal(page.text("#live-list").count("rain falls"), 0)
        page.type(" (loud")
        page.wait_text("#live .count", "1 of 3 captions")
        page.type(" cat")
        page.wait_text("#live-list", "No caption has these words.")


def each_source_has_its_own_list(place):
    # In place of gst-launch-1.0: says where it listens.
    with open(os.path.join(place.folder, "gst-launch-1.0"), "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nfor word; do case $word in uri=*)\n'
                   'echo "{\\"outcome\\": \\"caption\\", \\"text\\": \\"heard at ${word#uri=}\\"}"\n'
                   ';; esac; done\nexec tail -f /dev/null\n')
    with Tab(place.serve("--source", "yard=udp://a:1", "--source", "hall=udp://b:2")) as page:
        page.wait_text("#live-caption", "heard at udp://a:1")
        page.tab_to("#source")
        page.type_key("h")
        page.wait_text("#live-caption", "heard at udp://b:2")
        equal(page.text("#live-list").count("heard at"), 1)
        equal(page.text("#live .count"), "1 caption")


def ends_and_lost_connections_of_a_source_are_seen(place):
    source = Source(place)
    with Tab(source.server) as page:
        page.wait_text("#source-state", "Running")
        source.window(0.0, text="before")
        page.wait_text("#live-caption", "before")
        source.do("fail Connection refused")
        page.wait_text("#live-list", "Connection refused; it begins anew in 1 s")
        page.wait_text("#live-list", "Running again")
        page.wait_text("#live-counts", "1 restart")
        source.window(0.0, text="after")
        page.wait_text("#live-caption", "after")
        source.server.process.kill()
        page.wait_text("#source-state", "No connection")
        holds(page.text("#live-list"), "before")
        picture(page, "lost")


def one_who_comes_late_is_told_what_is_not_kept(place):
    source = Source(place)
    # More than are kept, of which nothing is announced but the last.
    with open(source.lines, "w", encoding="utf-8") as fifo:
        for number in range(1100):
            fifo.write(json.dumps({"outcome": "caption", "start": number, "end": number + 1,
                                   "text": f"sound {number}"}) + "\n")
    while 'outcome="caption"} 1100' not in source.server.request("GET", "/metrics").text:
        pass
    with Tab(source.server) as page:
        page.wait_text("#live-caption", "sound 1099")
        holds(page.text("#live-list"), "101 events of before this are no longer kept")
        # Whoever reads further up stays there, and others see the newest.
        box = "document.querySelector('#live .rows')"
        page.wait(f"{box}.scrollTop + {box}.clientHeight >= {box}.scrollHeight - 1")
        page.eval(f"{box}.scrollTo({{top: 100, behavior: 'instant'}})")
        page.wait(f"{box}.scrollTop === 100")
        source.window(2000.0, text="newest")
        page.wait_text("#live-caption", "newest")
        equal(page.eval(f"{box}.scrollTop"), 100)


def the_keyboard_alone_goes_all_the_way(place):
    path = playable(place)
    with Tab(place.serve()) as page:
        page.press("Tab")
        equal(page.eval("document.activeElement.className"), "skip")
        equal(page.eval("document.activeElement.getBoundingClientRect().left >= 0"), True)
        page.press("Enter")
        page.wait("document.activeElement.id === 'main'")
        page.tab_to("#medium")
        equal(page.eval("getComputedStyle(document.activeElement).outlineStyle"), "solid")
        page.press("Enter")
        page.wait("true")
        while not page.came("Page.fileChooserOpened"):
            page.eval("0")
        page.choose(path)
        page.wait_text("#work-phase", "Done")
        page.tab_to("#player")
        page.tab_to("[data-format=vtt]")
        page.tab_to("input[type=search]")
        page.type("roof")
        page.wait_text("#file .count", "1 of 3 captions")
        page.tab_to(".rows")
        page.tab_to("button.when")
        equal(page.eval("document.activeElement.getAttribute('aria-label')"), "Play from 0:10")
        page.press("Enter")
        page.wait("document.querySelector('#player').currentTime >= 10")
        page.wait("document.querySelector('#file-list [aria-current]')?.innerText.includes('roof')")


def it_is_read_in_both_schemes_and_at_320_pixels(place):
    path = playable(place)
    source = Source(place)
    with open(os.path.join(HERE, "page_measures.js"), encoding="utf-8") as file:
        measures = file.read()
    with Tab(source.server) as page:
        source.window(0.0, text="a dog barks")
        source.window(5.0, outcome="dropped", reason="too late")
        page.wait_text("#live-list", "Not described")
        page.choose(path)
        page.wait_text("#work-phase", "Done")
        page.eval("""document.querySelector('#work-problem').textContent = 'A problem';
          document.querySelector('#token-form').hidden = false;
          document.querySelector('#again').hidden = false;
          document.querySelector('#work-progress').hidden = false; 0""")
        page.eval("document.querySelector('#live input[type=search]').focus()")
        page.type("dog")
        page.wait("document.querySelector('mark')")
        grounds = []
        for scheme in ["light", "dark"]:
            page.look(320, 640, scheme)
            found = page.eval(measures)
            equal(found["faults"], [])
            if found["texts"] < 20:
                raise AssertionError(f"only {found['texts']} texts were looked at")
            grounds.append(page.eval("getComputedStyle(document.body).backgroundColor"))
            # Nothing lies beside what is seen, which a scroll bar may take a part of.
            equal(page.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0)
            equal(page.eval("innerWidth"), 320)
        if grounds[0] == grounds[1]:
            raise AssertionError("both schemes are one")


CASES = [
    captions_of_a_file_show_at_their_time,
    captions_are_downloaded_as_dali_caption_writes_them,
    a_dropped_file_is_captioned,
    progress_is_seen_and_a_job_can_be_cancelled,
    what_is_refused_is_said_in_words,
    the_token_is_asked_for_and_kept_in_the_tab,
    live_captions_come_and_are_searched,
    each_source_has_its_own_list,
    ends_and_lost_connections_of_a_source_are_seen,
    one_who_comes_late_is_told_what_is_not_kept,
    the_keyboard_alone_goes_all_the_way,
    it_is_read_in_both_schemes_and_at_320_pixels,
]


def main():
    global BROWSER
    program = browser_program()
    if program is None:
        run([the_page_is_of_its_own_files_alone], sys.argv[1])
        print("# the other cases are left out: no Chromium on this machine")
        return
    BROWSER = Browser(program)
    try:
        run([the_page_is_of_its_own_files_alone, *CASES], sys.argv[1])
    finally:
        BROWSER.close()


main()
