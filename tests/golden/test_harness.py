# SPDX-License-Identifier: LGPL-2.1-or-later
"""Fixtures of forms that the golden data themselves do not have, made of those that they do.

Usage: test_harness.py GOLDEN DATA, the program and the folder of its data.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path


# What the reference makes of a training conversation up to "ASSISTANT:", with Llama's tokenizer.
PROMPT = [
    1, 319, 13563, 1546, 263, 12758, 1404, 322, 385, 23116, 21082, 20255, 29889, 450,
    20255, 4076, 8444, 29892, 13173, 29892, 322, 1248, 568, 6089, 304, 278, 1404, 29915,
    29879, 5155, 29889, 3148, 1001, 29901, 29871, -200, 29871, 13, 4002, 29581, 278, 6047,
    393, 508, 367, 6091, 297, 445, 9088, 29889, 319, 1799, 9047, 13566, 29901,
]


def read(path):
    """A safetensors file: {name: (dtype, shape, bytes)}."""
    content = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", content)[0]
    header = json.loads(content[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], content[start + begin:start + end])
    return tensors


def write(path, tensors):
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        offsets = [len(data), len(data) + len(content)]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def numbers(values):
    return ("I64", [len(values)], struct.pack(f"<{len(values)}q", *values))


def with_its_own_decoder(data, entry, prefix):
    """A training fixture whose decoder lies in the fixture's own file."""
    tensors = read(data / entry["file"])
    for name, tensor in read(data / "llama_mha.safetensors").items():
        if name.startswith("w."):
            tensors[prefix + name[2:]] = tensor
    entry["config"]["llm_weights"] = f"{prefix}* in this file"
    return tensors


def with_an_empty_caption():
    """A conversation that ends after "ASSISTANT:", without </s>, and teaches nothing."""
    return {
        "caption_utf8": ("U8", [0], b""),
        "caption_offsets": numbers([0, 0]),
        "input_ids_legacy": numbers(PROMPT),
        "labels_legacy": numbers([-100] * len(PROMPT)),
        "offsets_legacy": numbers([0, len(PROMPT)]),
    }


def check(golden, folder, name, entry, tensors):
    entry["file"] = name + ".safetensors"
    write(folder / entry["file"], tensors)
    (folder / "index.json").write_text(json.dumps({"fixtures": {name: entry}}))
    environment = dict(os.environ, DALI_GOLDEN_DIR=str(folder))
    ran = subprocess.run([golden], env=environment, text=True, stdout=subprocess.PIPE)
    print(ran.stdout, end="")
    if ran.returncode == 0:
        return True
    if "nothing was checked" in ran.stdout and "skipped: " in ran.stdout:
        return True  # for the reason that it printed
    print(f"FAIL  {name}: exit status {ran.returncode}")
    return False


def main():
    golden, data = sys.argv[1], Path(sys.argv[2])
    fixtures = json.loads((data / "index.json").read_text())["fixtures"]
    passed = True
    for stage in ("train_stage1a_prefix", "train_stage2_projector"):
        for prefix in ("w.", "llm."):
            with tempfile.TemporaryDirectory() as folder:
                entry = json.loads(json.dumps(fixtures[stage]))
                tensors = with_its_own_decoder(data, entry, prefix)
                passed &= check(golden, Path(folder), stage, entry, tensors)
    with tempfile.TemporaryDirectory() as folder:
        question = "Describe the sound that can be heard in this scene."
        entry = {"group": "5_tokenizer", "config": {"human": "<image>\n" + question}}
        passed &= check(golden, Path(folder), "empty_caption", entry, with_an_empty_caption())
    return 0 if passed else 1


sys.exit(main())
