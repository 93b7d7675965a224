# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of dali-serve with a file of the user's, by what a viewer sees.

    test_serve_page.py DALI_SERVE
"""

import json
import os

from page_tab import CAPTIONS, Tab, medium, picture, playable, run_in_browser
from served import equal, holds

TOKEN = "correct-horse-battery"


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
        for format_name in ["vtt", "srt", "json", "ttml", "svg"]:
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
                equal(text, "<tt>typeset</tt>\n" if format_name == "ttml" else "<svg/>\n")


def sources_over_time_are_shown_where_they_are_asked_for(place):
    path = playable(place)
    spans = [{"source": 0, "name": "dog <b>", "start": 3.0, "end": 9.0, "confidence": 0.5},
             {"source": 1, "name": "siren", "start": 12.0, "end": 30.0, "confidence": 1.0, "off_screen": True},
             {"source": 2, "name": "dog <b>", "start": 15.0, "end": 18.0, "confidence": 1.0}]
    with open(os.path.join(place.folder, "captions.json"), "w", encoding="utf-8") as file:
        json.dump([{**CAPTIONS[0], "spans": spans[:1]}, {**CAPTIONS[1], "spans": spans[1:]}], file)
    with Tab(place.serve()) as page:
        page.choose(path)
        page.wait_text("#work-phase", "Done: 2 captions.")
        page.wait("document.querySelectorAll('#file-programme .bar').length === 3")
        # Bars lie in proportion to their times, between the ends of the axis.
        bars = page.eval("""(() => {
          const axis = document.querySelector('#file-programme .axis');
          const left = Number(axis.getAttribute('x1'));
          const width = axis.getAttribute('x2') - left;
          return [...document.querySelectorAll('#file-programme .bar')].map((bar) => [
            Math.round(30 * (bar.getAttribute('x') - left) / width), Math.round(30 * bar.getAttribute('width') / width),
            bar.classList.contains('off'), bar.textContent]);
        })()""")
        equal([bar[:3] for bar in bars], [[3, 6, False], [15, 3, False], [12, 18, True]])
        equal(bars[0][3], "dog <b>: 0:03 to 0:09, confidence 0.50")
        equal(page.eval("[...document.querySelectorAll('#file-programme .name')].map((name) => "
                        "name.firstChild.textContent)"), ["dog <b>", "siren"])
        equal(page.eval("document.querySelector('#file-programme svg').getAttribute('aria-label')"),
              "2 sources: dog <b>, siren")
        page.eval("document.querySelectorAll('#file-programme .bar')[2]"
                  ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        page.wait("document.querySelector('#player').currentTime >= 12")
        picture(page, "programme")
        # The box has the file captioned once more.
        page.eval("document.querySelector('#wants-events').click()")
        page.wait_text("#work-phase", "Done: 2 captions.")
        equal(page.eval("document.querySelector('#file-programme').hidden"), False)
        # Also where no caption tells any of it.
        with open(os.path.join(place.folder, "captions.json"), "w", encoding="utf-8") as file:
            json.dump([{"start": 0.0, "end": 30.0, "spans": spans}], file)
        page.eval("document.querySelector('#wants-events').click()")
        page.wait_text("#work-phase", "Nothing in the file was worth a caption.")
        page.wait("document.querySelectorAll('#file-programme .bar').length === 3")
        equal(page.eval("document.querySelectorAll('#file-list li').length"), 0)
        equal(page.eval("document.querySelector('#downloads').hidden"), False)


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


def a_page_that_is_left_cancels(place):
    server = place.serve()
    started, go = place.fifo("started"), place.fifo("go")
    with Tab(server) as page:
        page.choose(medium(place, f"progress {started} {go}\n".encode()))
        page.wait_text("#percent", "33 %")
        page.call("Page.navigate", url="about:blank")
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


run_in_browser([
    captions_of_a_file_show_at_their_time,
    captions_are_downloaded_as_dali_caption_writes_them,
    sources_over_time_are_shown_where_they_are_asked_for,
    a_dropped_file_is_captioned,
    progress_is_seen_and_a_job_can_be_cancelled,
    a_page_that_is_left_cancels,
    what_is_refused_is_said_in_words,
    the_token_is_asked_for_and_kept_in_the_tab,
    the_keyboard_alone_goes_all_the_way,
])
