#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Live HLS as CMAF, of whole processes: fragments taken apart and read by FFmpeg, files that are read
first, captions as wvtt and as WebVTT beside them, runs that are killed, and browsers that watch while
the stream begins anew.

    test_live_cmaf.py [SECONDS]

SECONDS: how long each of the two runs is that a browser watches; without it none does.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

import hls_rules
from hls_runs import BROWSER, CMAF, CMAF_WITH_WEBVTT, LAUNCH, PATIENCE_S, LiveStream
from mp4_fragments import Fragment, Initialisation

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
ZERO_S = 3600  # where files have the zero of running time
KINDS = ("media", "audio", "captions")


class LiveCmaf(LiveStream):
    def playlists(self):
        media, sound, captions = map(self.playlist, KINDS)
        media.in_step_with(sound)
        media.in_step_with(captions)
        return media, sound, captions

    def fragments(self, playlist):
        """Those of a playlist, held to each other where nothing comes between."""
        found, before = [], None
        for segment in playlist.segments:
            initialisation = Initialisation(playlist.initialisation_of(segment))
            fragment = Fragment(playlist.path_of(segment), initialisation)
            fragment.initialisation = initialisation
            if before is not None and not segment.is_discontinuous:
                self.assertEqual(fragment.start, before.end, segment.address)
                self.assertEqual(fragment.number, before.number + 1)
            found.append(fragment)
            before = fragment
        return found

    def joined(self, playlist, name):
        """A file of all segments, as a player has them."""
        path = self.path(name)
        with open(path, "wb") as file:
            for part in [playlist.initialisation_of(playlist.segments[0]),
                         *map(playlist.path_of, playlist.segments)]:
                with open(part, "rb") as segment:
                    shutil.copyfileobj(segment, file)
        return path

    def packets(self, path, stream):
        """FFmpeg's: time, decoding time in seconds, checksum."""
        told = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", stream, "-show_packets", "-show_data_hash",
             "md5", "-of", "json", path], check=True, capture_output=True).stdout
        return [(float(each["pts_time"]), float(each["dts_time"]), each["data_hash"])
                for each in json.loads(told)["packets"]]

    def files(self):
        return sorted(os.listdir(self.folder))

    def test_ffmpeg_has_the_packets_of_the_medium_in_its_times(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False, files=CMAF), "playlist-length=0"))
        media, sound, _ = self.playlists()
        for playlist, stream, length in ((media, "v", 0.04), (sound, "a", 1024 / 44100)):
            # qtdemux leaves out the frame of sound that reaches behind the medium's end.
            wanted = [each for each in self.packets(self.path("medium.mp4"), stream)
                      if each[0] + length < 40.001]
            found = self.packets(self.joined(playlist, "joined.mp4"), stream)
            self.assertEqual(len(found), len(wanted))
            self.assertEqual([each[2] for each in found], [each[2] for each in wanted])
            for at, (one, other) in enumerate(zip(found, wanted)):
                # A tick of MPEG's clock, and the nanoseconds that times are rounded to twice.
                self.assertAlmostEqual(one[0] - ZERO_S, other[0], delta=1.2e-5, msg=f"{stream} {at}")
                self.assertAlmostEqual(one[1] - ZERO_S, other[1], delta=1.2e-5, msg=f"{stream} {at}")

    def test_frames_of_sound_are_whole_and_pictures_begin_with_a_key(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False, files=CMAF), "playlist-length=0"))
        media, sound, _ = self.playlists()
        for fragment in self.fragments(sound):
            self.assertEqual(fragment.initialisation.form, b"mp4a")
            self.assertEqual({sample.duration for sample in fragment.samples}, {1024})
        for fragment, segment in zip(self.fragments(media), media.segments):
            self.assertEqual(fragment.initialisation.form, b"avc1")
            self.assertTrue(fragment.samples[0].is_key)
            self.assertEqual(fragment.end - fragment.start,
                             round(segment.duration * fragment.initialisation.ticks_per_second))
        self.assertEqual(len({each.initialisation for each in media.segments}), 1)
        self.assertEqual([name for name in self.files() if ".init." in name],
                         [f"{kind}00000.init.m4s" for kind in ("audio", "captions", "media")])

    def test_captions_and_media_have_one_clock(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False, files=CMAF), "playlist-length=0"))
        media, _, captions = self.playlists()
        at, sources = 0.0, {}
        for picture, text, segment in zip(self.fragments(media), self.fragments(captions),
                                          media.segments):
            self.assertEqual((text.initialisation.form, text.initialisation.handler), (b"wvtt", "text"))
            ticks = text.initialisation.ticks_per_second
            begun = min(sample.shown for sample in picture.samples)
            self.assertAlmostEqual(begun / picture.initialisation.ticks_per_second,
                                   text.start / ticks, delta=0.001)
            self.assertAlmostEqual(text.start / ticks - ZERO_S, at, delta=0.001)
            self.assertEqual(text.end - text.start, round(segment.duration * ticks))
            end = at + segment.duration
            wanted = [(max(start, at), min(start + 2, end), f"white {number}")
                      for number, start in enumerate(range(3, 39, 6)) if start < end and start + 2 > at]
            cues = text.cues(ticks, ZERO_S)
            self.assertEqual([(round(cue.start, 3), round(cue.end, 3), cue.text) for cue in cues], wanted)
            for cue in cues:
                self.assertEqual(sources.setdefault(cue.text, (cue.identifier, cue.source)),
                                 (cue.identifier, cue.source))
            at = end
        self.assertEqual(len(set(sources.values())), 6)

    def test_webvtt_beside_fragments_has_their_clock(self):
        self.make_medium(40)
        self.end_of(self.launch(*self.medium(pace=False, files=CMAF_WITH_WEBVTT), "playlist-length=0"))
        media, _, captions = self.playlists()
        self.assertEqual((media.version, captions.version), (7, 3))
        for picture, text in zip(self.fragments(media), captions.segments):
            zero, cues = hls_rules.read_webvtt(captions.path_of(text))
            ticks = picture.initialisation.ticks_per_second
            self.assertEqual(zero * ticks, ZERO_S * 90000 * ticks)
            for cue in cues:
                self.assertGreater(cue.end, picture.start / ticks - ZERO_S)
                self.assertLess(cue.start, picture.end / ticks - ZERO_S)
        variant = hls_rules.read_master(self.path("master.m3u8"))[0]
        self.assertRegex(variant["CODECS"], r"^avc1\.[0-9a-f]{6},mp4a\.40\.2$")

    def test_ffmpeg_reads_the_master_playlist(self):
        self.make_medium(40)
        for files in (CMAF, CMAF_WITH_WEBVTT):
            self.end_of(self.launch(*self.medium(pace=False, files=files), "playlist-length=0"))
            variant, address, subtitles, sound = hls_rules.read_master(self.path("master.m3u8"))
            self.assertEqual((address, subtitles["URI"], sound["URI"], sound["CHANNELS"]),
                             ("media.m3u8", "captions.m3u8", "audio.m3u8", "2"))
            if files is CMAF:
                self.assertRegex(variant["CODECS"], r"^avc1\.[0-9a-f]{6},mp4a\.40\.2,wvtt$")
            packets = subprocess.run(
                ["ffprobe", "-v", "error", "-count_packets", "-show_entries",
                 "stream=codec_name,nb_read_packets", "-of", "csv=p=0", self.path("master.m3u8")],
                check=True, capture_output=True, text=True)
            self.assertEqual(packets.stderr, "")
            counts = dict(line.split(",") for line in packets.stdout.split())
            self.assertEqual(counts["h264"], "1000")
            self.assertAlmostEqual(int(counts["aac"]), 40 * 44100 / 1024, delta=3)
            for name in self.files():
                if not name.startswith(("medium", "white")):
                    os.remove(self.path(name))

    def test_ffmpeg_decodes_sound_of_each_codec(self):
        codecs = {"aac": "avenc_aac ! aacparse", "mp3": "lamemp3enc ! mpegaudioparse",
                  "ac3": "avenc_ac3 ! ac3parse"}
        for codec, encoder in codecs.items():
            self.end_of(self.launch(
                "audiotestsrc", "num-buffers=300", "samplesperbuffer=1600", "!",
                "audio/x-raw,rate=48000,channels=2", "!", *encoder.split(), "!", "hls.audio",
                "dalihlssink", "name=hls", *self.properties(CMAF), "playlist-length=0"))
            path = self.joined(self.playlist("media"), "joined.mp4")
            told = subprocess.run(
                ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels",
                 "-of", "csv=p=0", path], check=True, capture_output=True, text=True)
            self.assertEqual((told.stdout.strip().rstrip(","), told.stderr), (f"{codec},48000,2", ""))
            sound = subprocess.run(
                ["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-"], check=True,
                capture_output=True)
            self.assertEqual(sound.stderr, b"")
            self.assertAlmostEqual(len(sound.stdout) / 4 / 48000, 10, delta=0.1)
            for name in self.files():
                os.remove(self.path(name))

    def test_files_stay_as_long_as_players_may_need_them(self):
        self.make_medium(30)
        keeping = ["target-duration=2", "playlist-length=4", "max-files=9"]
        before = None
        for number_of_run in range(3):
            process = self.launch(*self.medium(pace=False, files=CMAF), *keeping)
            while process.poll() is None:
                try:
                    now = self.playlist("media")
                except FileNotFoundError:
                    continue
                except hls_rules.BrokenRule as broken:
                    # Files may go while they are looked for: this reader is slower than the stream.
                    self.assertIn("is not there", str(broken))
                    continue
                if before is not None and not before.has_ended:
                    now.follows(before)
                before = now
            self.end_of(process)
            media, _, _ = self.playlists()
            self.assertEqual(media.segments[-1].number, 15 * (number_of_run + 1) - 1)
            kept = range(15 * number_of_run + 6, 15 * (number_of_run + 1))
            for kind in KINDS:
                wanted = [f"{kind}{15 * number_of_run:05}.init.m4s"]
                wanted += [f"{kind}{number:05}.m4s" for number in kept]
                found = [name for name in self.files() if name.startswith(kind) and
                         name.endswith(".m4s")]
                self.assertEqual(found, sorted(wanted))

    def test_a_run_that_is_killed_is_followed_by_one_that_goes_on(self):
        self.make_medium(30)
        keeping = ["target-duration=2", "playlist-length=0", "max-files=0"]
        first = self.launch(*self.medium(pace=True, files=CMAF), *keeping)
        deadline = time.monotonic() + PATIENCE_S
        while not os.path.exists(self.path("media00001.m4s")) and time.monotonic() < deadline:
            time.sleep(0.1)
        first.send_signal(signal.SIGKILL)
        first.wait()
        before = self.playlist("media")
        self.end_of(self.launch(*self.medium(pace=False, files=CMAF), *keeping))
        media, sound, captions = self.playlists()
        known = {each.number: each for each in media.segments}
        for each in before.segments:
            self.assertEqual(known[each.number].address, each.address)
        begun = [each for each in media.segments if each.is_discontinuous]
        self.assertEqual([each.number for each in begun], [len(before.segments)])
        self.assertEqual(begun[0].initialisation, f"media{len(before.segments):05}.init.m4s")
        for playlist in (media, sound, captions):
            self.fragments(playlist)
        listed = {name for playlist in (media, sound, captions) for each in playlist.segments
                  for name in (each.address, each.initialisation)}
        self.assertEqual({name for name in self.files() if name.endswith(".m4s")}, listed)
        self.assertEqual({name for name in self.files() if not name.endswith(".m4s")},
                         {"medium.mp4", "white.srt", "master.m3u8", *(f"{kind}.m3u8" for kind in KINDS)})

    def test_a_disk_that_is_full_is_an_error_and_leaves_what_can_be_played(self):
        self.make_medium(40)

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))

        process = self.launch(*self.medium(pace=False, files=CMAF), "playlist-length=0",
                              preexec_fn=limit, env={**os.environ, "GST_REGISTRY_UPDATE": "no"})
        said = process.communicate(timeout=PATIENCE_S)[1]
        self.assertNotEqual(process.returncode, 0)
        self.assertRegex(said, r"ERROR.*(media|audio)\d{5}\.m4s.*File too large")
        self.assertFalse(os.path.exists(self.path("audio00000.m4s")))

    @unittest.skipIf(SECONDS == 0, "a browser watches in the pace of the clock: meson test --benchmark")
    @unittest.skipIf(BROWSER is None, "no Chromium on this machine")
    def test_shaka_shows_each_caption_once_in_its_time(self):
        looks = self.watch_across_a_restart(
            SECONDS, CMAF, "shaka-player/dist/shaka-player.compiled.js", "shaka-player@4.16.50")
        self.compare(SECONDS, looks)

    @unittest.skipIf(SECONDS == 0, "a browser watches in the pace of the clock: meson test --benchmark")
    @unittest.skipIf(BROWSER is None, "no Chromium on this machine")
    def test_hls_js_shows_each_webvtt_beside_fragments_once_in_its_time(self):
        looks = self.watch_across_a_restart(SECONDS, CMAF_WITH_WEBVTT, "hls.js/dist/hls.min.js",
                                            "hls.js@1.5.20")
        self.compare(SECONDS, looks)


if __name__ == "__main__":
    if shutil.which(LAUNCH) is None:
        print(f"{LAUNCH} is missing: install gstreamer1.0-tools")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
