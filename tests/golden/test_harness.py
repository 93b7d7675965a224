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


def with_an_empty_caption(data, entry):
    """A conversation that ends after "ASSISTANT:", without </s>, and teaches nothing."""
    tensors = read(data / entry["file"])
    ids, labels, offsets = (
        struct.unpack(f"<{len(tensors[name][2]) // 8}q", tensors[name][2])
        for name in ("input_ids_legacy", "labels_legacy", "offsets_legacy"))
    prompt = [id for id, label in zip(ids[:offsets[1]], labels) if label == -100]
    tensors["caption_utf8"] = ("U8", [0], b"")
    tensors["caption_offsets"] = numbers([0, 0])
    tensors["input_ids_legacy"] = numbers(prompt)
    tensors["labels_legacy"] = numbers([-100] * len(prompt))
    tensors["offsets_legacy"] = numbers([0, len(prompt)])
    return tensors


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
        entry = fixtures["tokenizer_train_conversations"]
        tensors = with_an_empty_caption(data, entry)
        passed &= check(golden, Path(folder), "empty_caption", entry, tensors)
    return 0 if passed else 1


sys.exit(main())
