#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files with the names, shapes and layout of the published captioner, and random numbers in them:

    synthetic_checkpoint.py [--13b] CHECKPOINT_KEYS.json OUT

OUT/llava       LLaVA-1.5 7B: configuration, tokenizer, pytorch_model-*.bin with their index, float16;
                or 13B: *.safetensors with their index, in which all numbers are 0 and take no disk
OUT/clip        CLIP ViT-L/14-336's vision tower, pytorch_model.bin, float32
OUT/audio_backbone.pth, OUT/prefix.bin, OUT/prefixMLP.bin     as CHECKPOINT_KEYS.json lists them

The .bin and .pth files are written with Python's own pickle and zipfile, which is what torch.save
does, so that a reader is tried on something that did not come from its author. Needs no torch.
"""

import argparse
import collections
import json
import math
import os
import pickle
import random
import struct
import sys
import types
import zipfile
import zlib

FLOAT16, FLOAT32, INT64 = "HalfStorage", "FloatStorage", "LongStorage"
ELEMENT_BYTES = {FLOAT16: 2, FLOAT32: 4, INT64: 8}


def stand_in_for_torch():
    """Modules of torch's names, so that pickle can name what lies in them; nothing calls it."""
    torch = sys.modules["torch"] = types.ModuleType("torch")
    utils = sys.modules["torch._utils"] = types.ModuleType("torch._utils")
    for name in ELEMENT_BYTES:
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    for name in ("_rebuild_tensor_v2", "_rebuild_parameter"):
        function = types.FunctionType((lambda: None).__code__, {}, name)
        function.__module__, function.__qualname__ = "torch._utils", name
        setattr(utils, name, function)
    return torch, utils


TORCH, UTILS = stand_in_for_torch()


class Tensor:
    def __init__(self, name, shape, kind=FLOAT16):
        self.name, self.shape, self.kind, self.key = name, shape, kind, None

    def elements(self):
        return math.prod(self.shape)

    def __reduce__(self):
        strides = [math.prod(self.shape[i + 1:]) for i in range(len(self.shape))]
        return UTILS._rebuild_tensor_v2, (Storage(self), 0, tuple(self.shape), tuple(strides), False,
                                          collections.OrderedDict())


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return UTILS._rebuild_parameter, (self.tensor, True, collections.OrderedDict())


class Storage:
    def __init__(self, tensor):
        self.tensor = tensor


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        tensor = value.tensor
        return ("storage", getattr(TORCH, tensor.kind), tensor.key, "cpu", tensor.elements())


class Numbers:
    """Random bytes that are numbers of magnitude 2^exponent to 2^(exponent + 1)."""

    COUNT = 1_000_003  # odd: rows of a matrix that is filled from it again and again differ

    def __init__(self):
        self.blocks = {}

    def block(self, kind, exponent, is_positive):
        key = (kind, exponent, is_positive)
        if key not in self.blocks:
            width = 8 * ELEMENT_BYTES[kind]
            mantissa, bias = (10, 15) if kind == FLOAT16 else (23, 127)
            kept = (1 << mantissa) - 1 | (0 if is_positive else 1 << (width - 1))
            bits = random.Random(repr(key)).getrandbits(width * self.COUNT)
            ones = int.from_bytes((b"\1" + bytes(width // 8 - 1)) * self.COUNT, "little")
            bits = bits & kept * ones | (exponent + bias << mantissa) * ones
            self.blocks[key] = memoryview(bits.to_bytes(width // 8 * self.COUNT, "little"))
        return self.blocks[key]

    def write(self, tensor, file):
        size = ELEMENT_BYTES[tensor.kind]
        left = tensor.elements() * size
        if tensor.kind == INT64:
            file.write(struct.pack("<%dq" % tensor.elements(), *range(tensor.elements())))
            return
        # Norms around 1, the rest such that products keep the size of what they multiply.
        is_norm = "norm" in tensor.name and tensor.name.endswith("weight")
        inputs = math.prod(tensor.shape[1:]) if len(tensor.shape) > 1 else 4096
        exponent = -1 if is_norm else math.floor(math.log2(0.7 / math.sqrt(inputs)))
        block = self.block(tensor.kind, exponent, is_norm)
        start = zlib.crc32(tensor.name.encode()) % self.COUNT * size
        while left > 0:
            part = block[start:start + left]
            file.write(part)
            left -= len(part)
            start = 0


def write_torch_file(path, tensors, numbers, parameters=()):
    """torch.save's zip: the pickle, then a file a tensor, each beginning on a multiple of 64."""
    state = collections.OrderedDict()
    for key, tensor in enumerate(tensors):
        tensor.key = str(key)
        state[tensor.name] = Parameter(tensor) if tensor.name in parameters else tensor
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with archive.open("archive/data.pkl", "w") as file:
            Pickler(file, protocol=2).dump(state)
        for tensor in tensors:
            info = zipfile.ZipInfo("archive/data/" + tensor.key)
            info.file_size = tensor.elements() * ELEMENT_BYTES[tensor.kind]
            header = archive.fp.tell() + 30 + len(info.filename) + 4
            padding = -header % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            with archive.open(info, "w") as file:
                numbers.write(tensor, file)
        archive.writestr("archive/version", "3\n")


def write_sparse_safetensors(path, tensors):
    header, end = {}, 0
    for tensor in tensors:
        begin, end = end, end + tensor.elements() * ELEMENT_BYTES[tensor.kind]
        header[tensor.name] = {"dtype": {FLOAT16: "F16", FLOAT32: "F32"}[tensor.kind],
                               "shape": tensor.shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + end)


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=2)
        file.write("\n")


def llava_tensors(width, mlp_width, layers):
    """In the order of the decoder, shard by shard."""
    tensors = [Tensor("model.embed_tokens.weight", [32000, width])]
    for layer in range(layers):
        name = "model.layers.%d." % layer
        for projection in "qkvo":
            tensors.append(Tensor(name + "self_attn.%s_proj.weight" % projection, [width, width]))
        tensors += [
            Tensor(name + "self_attn.rotary_emb.inv_freq", [64], FLOAT32),
            Tensor(name + "mlp.gate_proj.weight", [mlp_width, width]),
            Tensor(name + "mlp.up_proj.weight", [mlp_width, width]),
            Tensor(name + "mlp.down_proj.weight", [width, mlp_width]),
            Tensor(name + "input_layernorm.weight", [width]),
            Tensor(name + "post_attention_layernorm.weight", [width])]
    return tensors + [
        Tensor("model.norm.weight", [width]),
        Tensor("model.mm_projector.0.weight", [width, 1024]),
        Tensor("model.mm_projector.0.bias", [width]),
        Tensor("model.mm_projector.2.weight", [width, width]),
        Tensor("model.mm_projector.2.bias", [width]),
        Tensor("lm_head.weight", [32000, width])]


def write_llava(folder, is_13b, numbers):
    width, mlp_width, layers, heads, shards = (
        (5120, 13824, 40, 40, 3) if is_13b else (4096, 11008, 32, 32, 2))
    os.makedirs(folder)
    write_json(os.path.join(folder, "config.json"), {
        "architectures": ["LlavaLlamaForCausalLM"], "model_type": "llava", "hidden_act": "silu",
        "hidden_size": width, "intermediate_size": mlp_width, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": heads, "vocab_size": 32000,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_scaling": None,
        "tie_word_embeddings": False, "torch_dtype": "float16", "bos_token_id": 1,
        "eos_token_id": 2, "pad_token_id": 0, "mm_hidden_size": 1024,
        "mm_projector_type": "mlp2x_gelu", "mm_vision_select_feature": "patch",
        "mm_vision_select_layer": -2, "mm_vision_tower": "openai/clip-vit-large-patch14-336",
        "image_aspect_ratio": "pad"})
    write_tokenizer(os.path.join(folder, "tokenizer.model"))
    tensors = llava_tensors(width, mlp_width, layers)
    ending = ".safetensors" if is_13b else ".bin"
    stem = "model" if is_13b else "pytorch_model"
    weight_map = {}
    for shard in range(shards):
        own = tensors[len(tensors) * shard // shards:len(tensors) * (shard + 1) // shards]
        name = "%s-%05d-of-%05d%s" % (stem, shard + 1, shards, ending)
        if is_13b:
            write_sparse_safetensors(os.path.join(folder, name), own)
        else:
            write_torch_file(os.path.join(folder, name), own, numbers)
        weight_map.update({tensor.name: name for tensor in own})
    total = sum(tensor.elements() * ELEMENT_BYTES[tensor.kind] for tensor in tensors)
    write_json(os.path.join(folder, stem + ending + ".index.json"),
               {"metadata": {"total_size": total}, "weight_map": weight_map})


def write_tokenizer(path):
    """A sentencepiece model of Llama's kind and size: bytes, letters, and words that mean nothing."""
    normal, unknown, control, byte = 1, 2, 3, 6

    def varint(number):
        digits = bytearray()
        while number >= 0x80:
            digits.append(number & 0x7F | 0x80)
            number >>= 7
        return bytes(digits + bytes([number]))

    def field(number, value):
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    pieces = [(b"<unk>", unknown), (b"<s>", control), (b"</s>", control)]
    pieces += [(b"<0x%02X>" % value, byte) for value in range(256)]
    pieces += [("\u2581".encode(), normal)] + [(bytes([x]), normal) for x in range(0x21, 0x7F)]
    pieces += [("\u2581w%d" % i, normal) for i in range(32000 - len(pieces))]
    fields = []
    for rank, (text, kind) in enumerate(pieces):
        text = text.encode() if isinstance(text, str) else text
        score = struct.pack("<f", -float(rank))
        fields.append(field(1, field(1, text) + varint(2 << 3 | 5) + score + field(3, kind)))
    fields.append(field(2, field(3, 2) + field(35, 1)))  # byte pair encoding, bytes where needed
    fields.append(field(3, field(1, b"identity") + field(4, 0)))  # no spaces are removed
    with open(path, "wb") as file:
        file.write(b"".join(fields))


def tensors_of(keys, kind=FLOAT32):
    return [Tensor(name, shape, kind) for name, shape in keys.items() if isinstance(shape, list)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--13b", dest="is_13b", action="store_true")
    parser.add_argument("keys")
    parser.add_argument("out")
    arguments = parser.parse_args()
    with open(arguments.keys) as file:
        keys = {name.split()[0]: shapes for name, shapes in json.load(file).items()}
    numbers = Numbers()
    os.makedirs(arguments.out, exist_ok=True)

    def out(name):
        return os.path.join(arguments.out, name)

    write_llava(out("llava"), arguments.is_13b, numbers)
    audio = tensors_of(keys["audio_backbone.pth"])
    write_torch_file(out("audio_backbone.pth"), audio, numbers)

    tower = "module.vision_tower."
    clip = [Tensor(tensor.name[len(tower):], tensor.shape, FLOAT32) for tensor in audio
            if tensor.name.startswith(tower)]
    clip.append(Tensor("vision_model.embeddings.position_ids", [1, 577], INT64))
    os.makedirs(out("clip"))
    write_json(os.path.join(out("clip"), "config.json"), {
        "model_type": "clip", "vision_config": {
            "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
            "num_attention_heads": 16, "image_size": 336, "patch_size": 14,
            "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05}})
    write_torch_file(os.path.join(out("clip"), "pytorch_model.bin"), clip, numbers)

    # The small files are for a decoder of 7B's width.
    if not arguments.is_13b:
        prefix = tensors_of(keys["prefix.bin"])
        write_torch_file(out("prefix.bin"), prefix, numbers, {"model.audio_tower.prefix"})
        write_torch_file(out("prefixMLP.bin"), tensors_of(keys["prefixMLP.bin"]), numbers)


if __name__ == "__main__":
    main()
