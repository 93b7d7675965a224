#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live HLS of whole processes: playlists held to RFC 8216 while they slide, media as FFmpeg reads
them, captions against what is to be seen, and a browser that watches while the stream begins anew.

    test_live_hls.py [SECONDS]

SECONDS: how long each of the two runs is that the browser watches. It watches in the pace of the clock, and what it
sees then depends on how busy the machine is: so without SECONDS it does not.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import hls_rules

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCH = "gst-launch-1.0"
SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
PATIENCE_S = 120
BROWSER = next(filter(None, map(shutil.which, ["chromium-headless-shell", "chromium",
                                               "google-chrome"])), None)


def properties(folder):
    return [f"location={folder}/media%05d.ts", f"playlist-location={folder}/media.m3u8",
            f"text-location={folder}/captions%05d.vtt",
            f"text-playlist-location={folder}/captions.m3u8",
            f"master-playlist-location={folder}/master.m3u8"]


def srt_time(at):
    ms = round(at * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


class LiveHls(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def launch(self, *words, **options):
        # The live source that brings nothing: pipelines/launch.sh says why.
        process = subprocess.Popen(
            [LAUNCH, "-q", "-e", "fakesrc", "is-live=true", "num-buffers=0", "!", "fakesink",
             "async=false", *words], stderr=subprocess.PIPE, text=True, **options)
        self.addCleanup(self.kill, process)
        return process

    def kill(self, process):
        process.kill()
        process.wait()
        process.stderr.close()

    def end_of(self, process, length=0):
        said = process.communicate(timeout=length + PATIENCE_S)[1]
        self.assertEqual(process.returncode, 0, said)
        return said

    def make_medium(self, length, name="medium.mp4"):
        """Pictures that are white from the fourth to the sixth second of each six, with captions that
        say so; key frames each second, and sound."""
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"color=black:s=128x96:r=25:d={length}",
             "-f", "lavfi", "-i", f"sine=f=440:d={length}", "-vf",
             "drawbox=c=white:t=fill:enable='gte(mod(t,6),3)*lt(mod(t,6),5)'", "-c:v", "libx264",
             "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-ac", "2",
             self.path(name)], check=True)
        with open(self.path("white.srt"), "w", encoding="utf-8") as file:
            for number, at in enumerate(range(3, length - 1, 6)):
                file.write(f"{number + 1}\n{srt_time(at)} --> {srt_time(at + 2)}\nwhite {number}\n\n")

    def medium(self, pace):
        """Media and captions as a live source's when paced."""
        paced = ["!", "identity", "sync=true"] if pace else []
        return ["filesrc", f"location={self.path('medium.mp4')}", "!", "qtdemux", "name=media",
                "media.video_0", "!", "queue", "!", "h264parse", *paced, "!", "hls.video",
                "media.audio_0", "!", "queue", "!", "aacparse", *paced, "!", "hls.audio",
                "filesrc", f"location={self.path('white.srt')}", "!", "subparse", "!", "hls.text",
                "dalihlssink", "name=hls", *properties(self.folder)]

    def playlists(self):
        media = hls_rules.Playlist(self.path("media.m3u8"))
        captions = hls_rules.Playlist(self.path("captions.m3u8"))
        return media, captions

    def cues_of(self, captions):
        """Each cue once, having stood in all segments that it shows in and in no others."""
        cues = {}
        for segment in captions.segments:
            for cue in hls_rules.read_webvtt(captions.path_of(segment))[1]:
                self.assertEqual(cues.setdefault(cue.identifier, cue).key(), cue.key())
        return sorted(cues.values(), key=lambda cue: cue.start)

    def test_playlists_keep_the_rules_while_they_slide(self):
        self.make_medium(100)
        process = self.launch(*self.medium(pace=False), "target-duration=2", "playlist-length=5",
                              "max-files=11")
        before = None
        while process.poll() is None:
            try:
                now = hls_rules.Playlist(self.path("media.m3u8"))
            except FileNotFoundError:
                continue
            except hls_rules.BrokenRule as broken:
                # Files may go while they are looked for: this reader is slower than the stream.
                self.assertIn("is not there", str(broken))
                continue
            if before is not None:
                now.follows(before)
            before = now
        self.end_of(process)
        media, captions = self.playlists()
        media.follows(before)
        media.in_step_with(captions)
        self.assertTrue(media.has_ended)
        self.assertEqual(len(media.segments), 5)
        kept = sorted(name for name in os.listdir(self.folder) if name.endswith(".ts"))
        self.assertEqual(len(kept), 11)
        self.assertEqual(len([n for n in os.listdir(self.folder) if n.endswith(".vtt")]), 11)
        self.assertEqual([n for n in os.listdir(self.folder) if not n.endswith((".ts", ".vtt"))
                          and n not in ("medium.mp4", "white.srt", "media.m3u8", "captions.m3u8",
                                        "master.m3u8")], [])

    def test_captions_and_media_have_one_clock(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False), "playlist-length=0"))
        media, captions = self.playlists()
        media.in_step_with(captions)
        at = 0.0
        for segment, text in zip(media.segments, captions.segments):
            zero, cues = hls_rules.read_webvtt(captions.path_of(text))
            first = json.loads(subprocess.run(
                ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,flags",
                 "-of", "json", media.path_of(segment)], check=True, capture_output=True).stdout)
            pts = min(packet["pts"] for packet in first["packets"])
            self.assertIn("K", first["packets"][0]["flags"])
            self.assertAlmostEqual((pts - zero) / 90000, at, delta=0.1)
            shows = [number for number, start in enumerate(range(3, 39, 6))
                     if start < at + segment.duration and start + 2 > at]
            self.assertEqual([cue.text for cue in cues], [f"white {number}" for number in shows])
            self.assertAlmostEqual(
                (segment.date_time - media.segments[0].date_time).total_seconds(), at, delta=0.01)
            at += segment.duration
        self.assertAlmostEqual(at, 40, delta=0.2)
        wanted = [(start, start + 2, f"white {number}") for number, start in enumerate(range(3, 39, 6))]
        self.assertEqual([(cue.start, cue.end, cue.text) for cue in self.cues_of(captions)], wanted)

    def test_ffmpeg_reads_the_stream_and_its_captions(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False), "playlist-length=0"))
        variant, subtitles, address = hls_rules.read_master(self.path("master.m3u8"))
        self.assertEqual(address, "media.m3u8")
        self.assertEqual(subtitles["URI"], "captions.m3u8")
        self.assertRegex(variant["CODECS"], r"^avc1\.[0-9a-f]{6},mp4a\.40\.2$")
        self.assertEqual(variant["RESOLUTION"], "128x96")
        streams = subprocess.run(
            ["ffprobe", "-v", "error", "-strict", "experimental", "-show_entries", "stream=codec_name",
             "-of", "csv=p=0", self.path("master.m3u8")], check=True, capture_output=True, text=True)
        self.assertEqual(set(streams.stdout.split()), {"h264", "aac", "webvtt"})
        text = subprocess.run(
            ["ffmpeg", "-v", "error", "-strict", "experimental", "-i", self.path("master.m3u8"), "-map",
             "0:s", "-f", "srt", "-"], check=True, capture_output=True, text=True).stdout
        for number in range(6):
            self.assertIn(f"white {number}\n", text)
        self.assertNotIn("WEBVTT", text)

    @unittest.skipUnless(os.path.exists(os.path.join(os.environ.get("DALI_MODEL_DIR", ""),
                                                     "config.json")), "no embedded model")
    def test_what_the_captioner_says_of_a_live_source_is_in_the_segments(self):
        """As the documentation has it: the captions' times are those of the windows' records."""
        process = self.launch(
            "audiotestsrc", "is-live=true", "samplesperbuffer=1600", "num-buffers=140", "!",
            "audio/x-raw,rate=16000,channels=1", "!", "captioner.audio_sink",
            "videotestsrc", "is-live=true", "num-buffers=350", "!",
            "video/x-raw,format=I420,width=64,height=48,framerate=25/1", "!", "captioner.video_sink",
            "dalicaptioner", "name=captioner", "window=3000", "latency=60000",
            f"json-location={self.path('windows')}",
            "captioner.audio_src", "!", "queue", "!", "audioconvert", "!", "avenc_aac", "!",
            "hls.audio", "captioner.video_src", "!", "queue", "!", "x264enc", "speed-preset=ultrafast",
            "tune=zerolatency", "!", "hls.video", "captioner.text_src", "!", "hls.text",
            "dalihlssink", "name=hls", *properties(self.folder), "target-duration=2",
            "max-text-delay=60000", "playlist-length=0")
        self.end_of(process)
        media, captions = self.playlists()
        media.in_step_with(captions)
        self.assertAlmostEqual(sum(each.duration for each in media.segments), 14, delta=0.5)
        with open(self.path("windows"), encoding="utf-8") as file:
            windows = [json.loads(line) for line in file]
        said = [window for window in windows if window["outcome"] == "caption"]
        cues = self.cues_of(captions)
        self.assertGreaterEqual(len(said), 4)
        self.assertEqual([cue.text for cue in cues], [window["text"] for window in said])
        for cue, window in zip(cues, said):
            self.assertAlmostEqual(cue.start, window["start"], delta=0.1)
            self.assertAlmostEqual(cue.end, window["end"], delta=0.5)

    def test_a_disk_that_is_full_is_an_error_and_leaves_what_can_be_played(self):
        self.make_medium(40)

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

        process = self.launch(*self.medium(pace=False), "playlist-length=0", preexec_fn=limit,
                              env={**os.environ, "GST_REGISTRY_UPDATE": "no"})
        said = process.communicate(timeout=PATIENCE_S)[1]
        self.assertNotEqual(process.returncode, 0)
        self.assertRegex(said, r"ERROR.*media\d{5}\.ts|File too large")
        for name in ("media.m3u8", "captions.m3u8"):
            if os.path.exists(self.path(name)):
                hls_rules.Playlist(self.path(name))

    @unittest.skipIf(SECONDS == 0, "a browser watches in the pace of the clock: meson test --benchmark")
    @unittest.skipIf(BROWSER is None, "no Chromium on this machine")
    def test_a_browser_shows_each_caption_once_in_its_time(self):
        fetched = subprocess.run(["npm", "install", "--silent", "--prefix", self.path("npm"),
                                  "hls.js@1.5.20"], capture_output=True, text=True, timeout=120,
                                 check=False)
        if fetched.returncode != 0:
            self.skipTest(f"hls.js cannot be had: {fetched.stderr.strip()[-200:]}")
        shutil.copy(self.path("npm/node_modules/hls.js/dist/hls.min.js"), self.folder)
        shutil.copy(os.path.join(HERE, "hls_live.html"), self.folder)
        self.make_medium(SECONDS)
        runs = ["target-duration=2", "playlist-length=0", "max-files=0"]
        first = self.launch(*self.medium(pace=True), *runs)
        while not os.path.exists(self.path("master.m3u8")):
            self.assertIsNone(first.poll(), "the stream has ended")
            time.sleep(0.1)
        shown = []
        watching = threading.Thread(target=lambda: shown.append(subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "play_in_browser.py"), BROWSER, self.folder,
             "hls_live.html", str(4 * SECONDS + PATIENCE_S)], capture_output=True, text=True,
            check=False)))
        watching.start()
        # Killed in the middle of a segment, and begun anew.
        time.sleep(SECONDS - 5)
        self.kill(first)
        self.end_of(self.launch(*self.medium(pace=True), *runs), SECONDS)
        watching.join()
        self.assertEqual(shown[0].returncode, 0, shown[0].stderr)
        report = json.loads(shown[0].stdout)
        media, captions = self.playlists()
        media.in_step_with(captions)
        self.assertEqual(sum(each.is_discontinuous for each in media.segments), 1)
        self.assertEqual([each for each in report["errors"] if each.startswith("fatal")], [])
        self.compare(report["looks"], self.cues_of(captions))

    def compare(self, looks, cues):
        """When it was white, and when a caption said so."""
        white, said = [], {}
        for at, brightness, shown in looks:
            if brightness > 128:
                if not white or at - white[-1][1] > 1.0:
                    white.append([at, at])
                white[-1][1] = at
            for each in shown:
                spans = said.setdefault(each, [])
                if not spans or at - spans[-1][1] > 1.0:
                    spans.append([at, at])
                spans[-1][1] = at
        begun = looks[0][0]
        print(f"watched from {begun:.1f} to {looks[-1][0]:.1f} s, white {len(white)} times, "
              f"{len(said)} captions", file=sys.stderr)
        self.assertGreaterEqual(len(white), 2 * (SECONDS // 6) - 4)
        self.assertEqual([each for each, spans in said.items() if len(spans) != 1], [])
        self.assertEqual(len(said), len(white))
        worst = 0.0
        for (start, end), spans in zip(white, sorted(said.values())):
            worst = max(worst, abs(spans[0][0] - start), abs(spans[0][1] - end))
        print(f"captions and pictures are at most {worst:.2f} s apart", file=sys.stderr)
        self.assertLess(worst, 1.0)
        identifiers = {cue.identifier for cue in cues}
        self.assertTrue({each.split("|")[0] for each in said} <= identifiers, said)


if __name__ == "__main__":
    if shutil.which(LAUNCH) is None:
        print(f"{LAUNCH} is missing: install gstreamer1.0-tools")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
