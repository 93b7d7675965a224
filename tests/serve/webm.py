# SPDX-License-Identifier: LGPL-2.1-or-later
"""WebM as matroskamux writes it to a pipe, and taken apart again, by RFC 8794 and RFC 9559."""

UNKNOWN = b"\x01" + 7 * b"\xff"
CLUSTER, SEGMENT = b"\x1f\x43\xb6\x75", b"\x18\x53\x80\x67"


def element(identifier, content):
    return identifier + (len(content) | 1 << 56).to_bytes(8, "big") + content


def header(codecs=("V_VP8", "A_OPUS")):
    tracks = b"".join(element(b"\xae", element(b"\x86", codec.encode())) for codec in codecs)
    return (element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm")) + SEGMENT + UNKNOWN +
            element(b"\x12\x54\xc3\x67", b"tags that nobody needs") +
            element(b"\x15\x49\xa9\x66", element(b"\x2a\xd7\xb1", b"\x0f\x42\x40")) +
            element(b"\x16\x54\xae\x6b", tracks))


def block(payload, is_key=True):
    return element(b"\xa3", b"\x81\x00\x00" + (b"\x80" if is_key else b"\x00") + payload)


def cluster(number, payloads, is_key=True):
    """Its blocks hold the payloads; the first is a key frame or not, the others are not."""
    blocks = b"".join(block(payload, is_key and index == 0) for index, payload in enumerate(payloads))
    return (CLUSTER + UNKNOWN + element(b"\xe7", number.to_bytes(4, "big")) +
            element(b"\xab", b"\x10") + blocks)


def take_apart(data):
    """Whether it opens as it should, and (number, payloads) of each cluster; what is cut off at the
    end is left out."""
    at, clusters, opens = 0, [], data.startswith(b"\x1a\x45\xdf\xa3")
    while at < len(data):
        id_size = 9 - data[at].bit_length()
        identifier = data[at:at + id_size]
        at += id_size
        if at >= len(data):
            break
        size_size = 9 - data[at].bit_length()
        if at + size_size > len(data):
            break
        size = int.from_bytes(data[at:at + size_size], "big") & (1 << 7 * size_size) - 1
        at += size_size
        if identifier in (CLUSTER, SEGMENT):
            if identifier == CLUSTER:
                clusters.append((None, []))
            continue
        content = data[at:at + size]
        at += size
        if at > len(data):
            break
        if identifier == b"\xe7":
            clusters[-1] = (int.from_bytes(content, "big"), clusters[-1][1])
        elif identifier == b"\xa3":
            clusters[-1][1].append(content[4:])
    return opens, clusters
