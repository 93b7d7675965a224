# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files of state dicts as Python and PyTorch read them.

    load_in_torch.py opcodes WRITTEN.PTH OF_TORCH.PTH   only what torch itself writes stands in WRITTEN
    load_in_torch.py resave FROM.PTH TO.PTH             loaded, and saved again, by torch itself

The exit status is 77, with the reason, where there is no PyTorch.
"""

import pickletools
import sys
import zipfile


def pickle_of(path):
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()  # reads all members and their checksums
        if damaged is not None:
            sys.exit(f"{path}: {damaged} is damaged")
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        return archive.read(name)


def words_of(path):
    """Opcodes, and the names that they import."""
    operations = list(pickletools.genops(pickle_of(path)))
    return ({opcode.name for opcode, _, _ in operations},
            {argument for opcode, argument, _ in operations if opcode.name == "GLOBAL"})


def check_opcodes(written, of_torch):
    opcodes, names = words_of(written)
    known_opcodes, known_names = words_of(of_torch)
    # One number in eight bytes where it needs them, which small fixtures do not.
    strange = (opcodes - known_opcodes - {"LONG1"}) | (names - known_names)
    if strange:
        sys.exit(f"{written}: torch does not write {sorted(strange)}")


def resave(source, target):
    try:
        import torch
    except ImportError as error:
        print(f"without PyTorch: {error} (python3-torch)")
        sys.exit(77)
    tensors = torch.load(source, weights_only=True)
    torch.save({name: tensor.clone() for name, tensor in tensors.items()}, target)


{"opcodes": check_opcodes, "resave": resave}[sys.argv[1]](*sys.argv[2:])
