# SPDX-License-Identifier: LGPL-2.1-or-later
"""A voice for tests: says a text as a tone of 1 kHz that lasts as long as its words would at the pace
that is asked for, with a little silence around it, so that what is heard where can be told exactly.

    tone_voice.py < TEXT > WAV
"""

import array
import math
import os
import sys
import wave

RATE_HZ = 22050
LEVEL = 0.3

words = len(sys.stdin.read().split())
seconds = words * 60.0 / float(os.environ["DALI_WORDS_A_MINUTE"])
silence = [0] * (RATE_HZ // 10)
tone = [round(32767 * LEVEL * math.sin(2 * math.pi * 1000 * i / RATE_HZ))
        for i in range(round(seconds * RATE_HZ))]
with wave.open(sys.stdout.buffer, "wb") as out:
    out.setnchannels(1)
    out.setsampwidth(2)
    out.setframerate(RATE_HZ)
    out.writeframes(array.array("h", silence + tone + silence).tobytes())
