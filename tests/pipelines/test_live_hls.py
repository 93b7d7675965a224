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
import unittest

import hls_rules
from hls_runs import BROWSER, LAUNCH, PATIENCE_S, TRANSPORT, LiveStream

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 0


class LiveHls(LiveStream):
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
        media, captions = self.playlist("media"), self.playlist("captions")
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
        media, captions = self.playlist("media"), self.playlist("captions")
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
        variant, address, subtitles, sound = hls_rules.read_master(self.path("master.m3u8"))
        self.assertIsNone(sound)
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
            "dalihlssink", "name=hls", *self.properties(TRANSPORT), "target-duration=2",
            "max-text-delay=60000", "playlist-length=0")
        self.end_of(process)
        media, captions = self.playlist("media"), self.playlist("captions")
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
        looks = self.watch_across_a_restart(SECONDS, TRANSPORT, "hls.js/dist/hls.min.js",
                                            "hls.js@1.5.20")
        shown = self.compare(SECONDS, looks)
        identifiers = {cue.identifier for cue in self.cues_of(self.playlist("captions"))}
        self.assertTrue({each.split("|")[0] for each in shown} <= identifiers, shown)


if __name__ == "__main__":
    if shutil.which(LAUNCH) is None:
        print(f"{LAUNCH} is missing: install gstreamer1.0-tools")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
