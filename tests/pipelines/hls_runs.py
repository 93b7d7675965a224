# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs of live HLS for tests: a medium whose captions say what is to be seen, a stream of it, and a
browser that watches while the stream is killed and begun anew."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import hls_rules

HERE = os.path.dirname(os.path.abspath(__file__))
LAUNCH = "gst-launch-1.0"
PATIENCE_S = 120
BROWSER = next(filter(None, map(shutil.which, ["chromium-headless-shell", "chromium",
                                               "google-chrome"])), None)
TRANSPORT = {"media": "media%05d.ts", "captions": "captions%05d.vtt"}
CMAF = {"media": "media%05d.m4s", "captions": "captions%05d.m4s"}
CMAF_WITH_WEBVTT = {"media": "media%05d.m4s", "captions": "captions%05d.vtt"}


def srt_time(at):
    ms = round(at * 1000)
    return f"{ms // 3600000:02}:{ms // 60000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


class LiveStream(unittest.TestCase):
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

    def properties(self, files):
        return [f"location={self.path(files['media'])}", f"text-location={self.path(files['captions'])}",
                f"audio-location={self.path('audio%05d.m4s')}",
                f"playlist-location={self.path('media.m3u8')}",
                f"audio-playlist-location={self.path('audio.m3u8')}",
                f"text-playlist-location={self.path('captions.m3u8')}",
                f"master-playlist-location={self.path('master.m3u8')}"]

    def medium(self, pace, files=None):
        """Media and captions as a live source's when paced."""
        paced = ["!", "identity", "sync=true"] if pace else []
        return ["filesrc", f"location={self.path('medium.mp4')}", "!", "qtdemux", "name=media",
                "media.video_0", "!", "queue", "!", "h264parse", *paced, "!", "hls.video",
                "media.audio_0", "!", "queue", "!", "aacparse", *paced, "!", "hls.audio",
                "filesrc", f"location={self.path('white.srt')}", "!", "subparse", "!", "hls.text",
                "dalihlssink", "name=hls", *self.properties(files or TRANSPORT)]

    def playlist(self, name):
        return hls_rules.Playlist(self.path(f"{name}.m3u8"))

    def watch_across_a_restart(self, seconds, files, player, package):
        """The stream runs for so long, is killed in the middle of a segment and runs again, while
        `player`, of a package of npm, plays it. Returns what the page looked at, and its errors."""
        fetched = subprocess.run(["npm", "install", "--silent", "--prefix", self.path("npm"), package],
                                 capture_output=True, text=True, timeout=120, check=False)
        if fetched.returncode != 0:
            self.skipTest(f"{package} cannot be had: {fetched.stderr.strip()[-200:]}")
        shutil.copy(self.path(f"npm/node_modules/{player}"), self.folder)
        shutil.copy(os.path.join(HERE, "hls_live.html"), self.folder)
        self.make_medium(seconds)
        runs = ["target-duration=2", "playlist-length=0", "max-files=0"]
        first = self.launch(*self.medium(pace=True, files=files), *runs)
        while not os.path.exists(self.path("master.m3u8")):
            self.assertIsNone(first.poll(), "the stream has ended")
            time.sleep(0.1)
        shown = []
        page = f"hls_live.html?{os.path.basename(player)}"
        watching = threading.Thread(target=lambda: shown.append(subprocess.run(
            [sys.executable, "-B", os.path.join(HERE, "play_in_browser.py"), BROWSER, self.folder,
             page, str(4 * seconds + PATIENCE_S)], capture_output=True, text=True, check=False)))
        watching.start()
        time.sleep(seconds - 5)
        self.kill(first)
        self.end_of(self.launch(*self.medium(pace=True, files=files), *runs), seconds)
        watching.join()
        self.assertEqual(shown[0].returncode, 0, shown[0].stderr)
        report = json.loads(shown[0].stdout)
        media, captions = self.playlist("media"), self.playlist("captions")
        media.in_step_with(captions)
        self.assertEqual(sum(each.is_discontinuous for each in media.segments), 1)
        self.assertEqual([each for each in report["errors"] if each.startswith("fatal")], [])
        return report["looks"]

    def compare(self, seconds, looks):
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
              f"{sum(map(len, said.values()))} captions", file=sys.stderr)
        self.assertGreaterEqual(len(white), 2 * (seconds // 6) - 4)
        self.assertEqual([each for _, _, each in looks if len(set(each)) != len(each)], [])
        self.assertEqual([each for each, spans in said.items()
                          if len(spans) != 1 and not each.startswith("|")], [])
        spans = sorted(span for each in said.values() for span in each)
        self.assertEqual(len(spans), len(white), spans)
        worst = 0.0
        for (start, end), (begun, ended) in zip(white, spans):
            worst = max(worst, abs(begun - start), abs(ended - end))
        print(f"captions and pictures are at most {worst:.2f} s apart", file=sys.stderr)
        self.assertLess(worst, 1.0)
        return set(said)
