# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of dali-serve with live sources, by what a viewer sees, and how well it can be read.

    test_serve_page_live.py DALI_SERVE
"""

import json
import os

from page_tab import Tab, picture, playable, run_in_browser
from served import HERE, Source, equal, holds


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


run_in_browser([
    live_captions_come_and_are_searched,
    each_source_has_its_own_list,
    ends_and_lost_connections_of_a_source_are_seen,
    one_who_comes_late_is_told_what_is_not_kept,
    it_is_read_in_both_schemes_and_at_320_pixels,
])
