#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns Parquet files of sounds, pictures and captions, as data sets are published on the Hugging Face
hub, into WebDataset shards, which training reads:

    parquet_to_shards.py FILE.parquet... --out FOLDER [--clips 1000] [--audio audio] [--picture image]
                         [--caption caption]... [--id id]

A column of sounds or pictures holds bytes, or structures of "bytes" and "path". Sounds and pictures go
into the shards as they are. A caption is a text or a list of texts; --caption may be given more than
once. Rows without a sound and a picture are counted and left out. Needs pyarrow, which is not in
Debian: python3 -m venv VENV && VENV/bin/pip install pyarrow.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import tarfile

# How files begin, and how they are called for that.
BEGINNINGS = [
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xfa", "mp3"),
    (b"\xff\xd8", "jpg"),
    (b"\x89PNG", "png"),
]


def kind_of(content):
    """The ending for a file of these bytes; None where nobody knows it."""
    if content[:4] == b"RIFF":
        return {b"WAVE": "wav", b"WEBP": "webp"}.get(content[8:12])
    if content[4:8] == b"ftyp":
        return "m4a"
    return next((ending for begin, ending in BEGINNINGS if content.startswith(begin)), None)


def content_of(value):
    """The bytes of a sound or a picture, or None."""
    if isinstance(value, dict):
        value = value.get("bytes")
    return value if isinstance(value, bytes) and value else None


def captions_of(row, columns):
    texts = []
    for column in columns:
        value = row.get(column)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.strip():
                texts.append(text.strip())
    return texts


class Shards:
    """Tar files of so many clips each, which appear when they are whole."""

    def __init__(self, folder, clips_per_shard):
        self.folder = folder
        self.clips_per_shard = clips_per_shard
        self.clips = 0
        self.tar = None

    def path(self):
        return os.path.join(self.folder, f"{(self.clips - 1) // self.clips_per_shard:06}.tar")

    def add(self, parts):
        """parts: (ending, bytes) of one clip."""
        if self.clips % self.clips_per_shard == 0:
            self.close()
        self.clips += 1
        if self.tar is None:
            self.tar = tarfile.open(self.path() + ".unfinished", "w")
        for ending, content in parts:
            member = tarfile.TarInfo(f"{self.clips - 1:08}.{ending}")
            member.size = len(content)
            self.tar.addfile(member, io.BytesIO(content))

    def close(self):
        if self.tar is not None:
            self.tar.close()
            os.replace(self.path() + ".unfinished", self.path())
            self.tar = None

    def discard(self):
        if self.tar is not None:
            self.tar.close()
            with contextlib.suppress(OSError):
                os.remove(self.path() + ".unfinished")
            self.tar = None


def rows_of(files, parquet):
    for file in files:
        try:
            for batch in parquet.ParquetFile(file).iter_batches(batch_size=64):
                yield from batch.to_pylist()
        except (OSError, ValueError) as error:
            raise SystemExit(f"parquet_to_shards.py: {file}: {' '.join(str(error).split())}")


def parts_of(row, arguments, unknown):
    """(ending, bytes) of what a row holds; counts in `unknown` what nobody can name."""
    parts = []
    for column in (arguments.audio, arguments.picture):
        content = content_of(row.get(column))
        if content is None:
            continue
        ending = kind_of(content)
        if ending is None:
            unknown[column] = unknown.get(column, 0) + 1
        else:
            parts.append((ending, content))
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     epilog=__doc__.split("\n\n")[2])
    parser.add_argument("files", nargs="+", metavar="FILE.parquet")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="for 000000.tar and so on")
    parser.add_argument("--clips", type=int, default=1000, help="in a shard (default: 1000)")
    parser.add_argument("--audio", default="audio", metavar="COLUMN", help="of sounds (default: audio)")
    parser.add_argument("--picture", default="image", metavar="COLUMN",
                        help="of pictures (default: image)")
    parser.add_argument("--caption", action="append", metavar="COLUMN",
                        help="of captions (default: caption)")
    parser.add_argument("--id", default="id", metavar="COLUMN", help="of the clips' ids (default: id)")
    arguments = parser.parse_args()
    if arguments.clips < 1:
        parser.error("--clips must be at least 1")
    try:
        import pyarrow.parquet
    except ImportError:
        raise SystemExit("parquet_to_shards.py: needs pyarrow, which is not in Debian: "
                         "python3 -m venv VENV && VENV/bin/pip install pyarrow")

    os.makedirs(arguments.out, exist_ok=True)
    shards = Shards(arguments.out, arguments.clips)
    rows = without = 0
    unknown = {}
    try:
        for row in rows_of(arguments.files, pyarrow.parquet):
            rows += 1
            parts = parts_of(row, arguments, unknown)
            if not parts:
                without += 1
                continue
            said = {"audio_captions": captions_of(row, arguments.caption or ["caption"])}
            if row.get(arguments.id) is not None:
                said["id"] = str(row[arguments.id])
            shards.add([("json", json.dumps(said).encode()), *parts])
        shards.close()
    finally:
        shards.discard()
    for column, count in unknown.items():
        print(f"{count} values of column {column} are of no kind that is known", file=sys.stderr)
    if without:
        print(f"{without} of {rows} rows have neither sound nor picture", file=sys.stderr)
    if shards.clips == 0:
        columns = f"{arguments.audio} and {arguments.picture}"
        raise SystemExit(f"parquet_to_shards.py: none of {rows} rows has a sound or a picture in the "
                         f"columns {columns}")
    print(f"{shards.clips} of {rows} rows are in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
