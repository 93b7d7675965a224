# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of dali-serve with live sources, by what a viewer sees, and how well it can be read.

    test_serve_page_live.py DALI_SERVE
"""

import json
import os
import subprocess

import webm
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


def sources_of_the_last_minutes_are_shown(place):
    source = Source(place, "--live-events")
    with Tab(source.server) as page:
        page.wait_text("#source-state", "Running")
        equal(page.eval("document.querySelector('#live-programme').hidden"), True)
        source.event("starts", "dog", 1.0, label="dog barks", announced=True)
        source.caption_of_events("[dog barks]", 1.0, 3.0)
        page.wait_text("#live-caption", "[dog barks]")
        source.do(json.dumps({"event": "starts", "source": 1, "name": "siren", "label": "siren", "time": 2.0,
                              "start": 2.0, "confidence": 1.0, "window": 0, "announced": False}))
        page.wait("document.querySelectorAll('#live-programme .bar').length === 2")
        # What goes on grows; what has stopped does not.
        source.event("stops", "dog", 1.5, start=1.0)
        page.wait("document.querySelector('#live-programme .bar').textContent.includes('0:01 to 0:01')")
        siren = "Number(document.querySelectorAll('#live-programme .bar')[1].textContent.match(/to 0:(\\d+)/)[1])"
        first = page.eval(siren)
        page.wait(f"{siren} > {first}")
        picture(page, "live-programme")
        source.do("fail Connection refused")
        page.wait_text("#live-list", "Running again")
        equal(page.eval("document.querySelector('#live-programme').hidden"), True)


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


def media_by_the_second(place):
    """What opens 24 s, white from 4 to 6 s and from 9 to 11 s, and each second of them. FFmpeg begins a
    cluster with a key frame where the one before is not small, as noise is not."""
    path = os.path.join(place.folder, "media.webm")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=24", "-f", "lavfi",
         "-i", "sine=f=440:d=24", "-vf", "drawbox=c=white:t=fill:enable='between(t,4,5.999)"
         "+between(t,9,10.999)',noise=alls=20:allf=t", "-c:v", "libvpx", "-deadline", "realtime", "-g", "25",
         "-c:a", "libopus", "-f", "webm", "-cluster_time_limit", "5000", "-cluster_size_limit", "5000000",
         "-live", "1", path], check=True)
    with open(path, "rb") as file:
        header, *clusters = file.read().split(webm.CLUSTER)
    if len(clusters) != 24:
        raise AssertionError(f"{len(clusters)} clusters")
    return [header] + [webm.CLUSTER + each for each in clusters]


def picture_and_sound_play_with_captions_in_their_time(place):
    seconds = media_by_the_second(place)
    source = Source(place)

    def write(first, last):
        path = os.path.join(place.folder, f"media-{first}")
        with open(path, "wb") as file:
            file.write(b"".join(seconds[first:last]))
        source.do("media " + path)

    with Tab(source.server) as page:
        page.wait_text("#source-state", "Running")
        equal(page.eval("document.querySelector('#live-player').hidden"), True)
        write(0, 14)
        page.wait("!document.querySelector('#live-player').hidden")
        page.eval("""globalThis.looks = [];
          const video = document.querySelector('#live-player');
          const context = new OffscreenCanvas(2, 2).getContext('2d', { willReadFrequently: true });
          const look = () => {
            context.drawImage(video, 0, 0, 2, 2);
            looks.push([video.currentTime, context.getImageData(0, 0, 1, 1).data[0],
                        [...video.textTracks[0].activeCues ?? []].map((cue) => cue.text)]);
          };
          setInterval(look, 40); 0""")
        for start in [4.0, 9.0]:
            source.do(json.dumps({"start": start, "end": start + 2, "outcome": "caption", "text": "white",
                                  "extends_last": False, "confidence": 0.5, "modality": "image"}))
        page.wait("looks.some(([at]) => at > 4.5)")
        picture(page, "live-media")
        # What is shown is as far behind as captions are, and goes on as more comes.
        for second in range(14, 25):
            page.wait(f"looks.some(([at]) => at > {second} - 10.6)")
            write(second, second + 1)
        page.wait("looks.some(([at]) => at > 11.5)")
        looks = page.eval("looks")
        for start in [4.0, 9.0]:
            near = [look for look in looks if start - 2 < look[0] < start + 3]
            white = [at for at, brightness, _ in near if brightness > 128]
            said = [at for at, _, texts in near if texts]
            if not said or max(abs(min(white) - min(said)), abs(max(white) - max(said))) > 1.0:
                raise AssertionError(f"white {white[:1]} to {white[-1:]}, said {said[:1]} to {said[-1:]}")
        equal(page.eval("document.querySelector('#live-player').muted"), True)
        equal(page.eval("document.querySelector('#live-player').videoWidth"), 320)
        # The run's end is no end of the page, and the next run begins with its own captions.
        source.do("end")
        page.wait_text("#live-list", "Running again")
        equal(page.eval("document.querySelector('#live-player').textTracks[0].cues.length"), 0)
        write(0, 14)
        page.wait("document.querySelector('#live-player').currentTime < 6.5")
        page.wait("document.querySelector('#live-player').currentTime > 5.5")


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
    sources_of_the_last_minutes_are_shown,
    each_source_has_its_own_list,
    ends_and_lost_connections_of_a_source_are_seen,
    one_who_comes_late_is_told_what_is_not_kept,
    picture_and_sound_play_with_captions_in_their_time,
    it_is_read_in_both_schemes_and_at_320_pixels,
])
