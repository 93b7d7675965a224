# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether a TTML document keeps each rule of EBU-TT-D (EBU Tech 3380) and of IMSC 1.1 Text Profile that what is
in it falls under: Debian has neither's schema. Written after the two texts, not after our writer.

    check_ttml.py DOCUMENT [COLUMNS]

Prints its cues, "START END TEXT" in seconds with lines apart by " / ", and each fault on standard error; the exit
status is 1 when there is one.
"""

import re
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree

TT = "{http://www.w3.org/ns/ttml}"
PARAMETER = "{http://www.w3.org/ns/ttml#parameter}"
STYLING = "{http://www.w3.org/ns/ttml#styling}"
METADATA = "{urn:ebu:tt:metadata}"
EBU_STYLE = "{urn:ebu:tt:style}"
XML = "{http://www.w3.org/XML/1998/namespace}"

PERCENT = r"\+?\d+(\.\d+)?%"
COLOUR = r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?"
TIME = r"\d\d+:[0-5]\d:[0-5]\d(\.\d+)?"

# Element -> the elements that may be in it in this order, and which of them must.
CHILDREN = {
    "tt": (["head", "body"], {"head"}),
    "head": (["metadata", "styling", "layout"], {"styling", "layout"}),
    "styling": (["style"], {"style"}),
    "layout": (["region"], {"region"}),
    "style": ([], set()),
    "region": ([], set()),
    "body": (["div"], {"div"}),
    "div": (["p"], {"p"}),
    "br": ([], set()),
}
# What EBU-TT-D lets an element have, which of it must be there, and what a value has to look like.
ATTRIBUTES = {
    "tt": {PARAMETER + "timeBase": "media", PARAMETER + "cellResolution": r"[1-9]\d* [1-9]\d*",
           XML + "lang": r"[a-z]{2,3}(-[A-Za-z0-9]+)*", XML + "space": "default|preserve"},
    "style": {XML + "id": r"\w+", STYLING + "direction": "ltr|rtl", STYLING + "fontFamily": r"[^,\s]+(,[^,\s]+)*",
              STYLING + "fontSize": PERCENT, STYLING + "lineHeight": PERCENT,
              STYLING + "textAlign": "left|center|right|start|end", STYLING + "color": COLOUR,
              STYLING + "backgroundColor": COLOUR, STYLING + "fontStyle": "normal|italic",
              STYLING + "fontWeight": "normal|bold", STYLING + "textDecoration": "none|underline",
              STYLING + "unicodeBidi": "normal|embed|bidiOverride", STYLING + "wrapOption": "wrap|noWrap",
              EBU_STYLE + "multiRowAlign": "start|center|end|auto", EBU_STYLE + "linePadding": r"\d+(\.\d+)?c"},
    "region": {XML + "id": r"\w+", STYLING + "origin": f"{PERCENT} {PERCENT}", STYLING + "extent": f"{PERCENT} {PERCENT}",
               STYLING + "displayAlign": "before|center|after", STYLING + "overflow": "visible|hidden", "style": r"\w+( \w+)*"},
    "body": {"style": r"\w+( \w+)*"},
    "div": {XML + "id": r"\w+", "region": r"\w+", "style": r"\w+( \w+)*", XML + "lang": ".*"},
    "p": {XML + "id": r"\w+", "region": r"\w+", "style": r"\w+( \w+)*", "begin": TIME, "end": TIME, XML + "lang": ".*"},
    "span": {XML + "id": r"\w+", "style": r"\w+( \w+)*", XML + "lang": ".*"},
}
REQUIRED = {"tt": {PARAMETER + "timeBase", XML + "lang"}, "style": {XML + "id"},
            "region": {XML + "id", STYLING + "origin", STYLING + "extent"},
            "p": {XML + "id", "region", "style", "begin", "end"}}
CONFORMS_TO = ["urn:ebu:tt:distribution:2014-01", "http://www.w3.org/ns/ttml/profile/imsc1/text",
               "http://www.w3.org/ns/ttml/profile/imsc1.1/text"]

faults = []


def expect(holds, fault):
    if not holds:
        faults.append(fault)


def name_of(element):
    return element.tag.removeprefix(TT)


def seconds(time):
    hours, minutes, rest = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def check_element(element):
    name = name_of(element)
    allowed = ATTRIBUTES.get(name, {})
    for key, value in element.attrib.items():
        expect(key in allowed, f"{name} may not have {key}")
        expect(re.fullmatch(allowed.get(key, ".*"), value), f"{name}'s {key} may not be \"{value}\"")
    missing = REQUIRED.get(name, set()) - element.attrib.keys()
    expect(not missing, f"{name} lacks {missing}")
    if name in CHILDREN:
        order, required = CHILDREN[name]
        children = [name_of(child) for child in element]
        expect(set(children) <= set(order), f"{name} holds {children}")
        expect(children == sorted(children, key=lambda child: order.index(child) if child in order else 0),
               f"{name} holds {children} in this order")
        expect(required <= set(children), f"{name} lacks {required - set(children)}")
        expect(not (element.text or "").strip(), f"{name} holds text")


def check_references(root):
    ids = [element.get(XML + "id") for element in root.iter() if element.get(XML + "id")]
    expect(len(ids) == len(set(ids)), "an id stands twice")
    styles = {style.get(XML + "id") for style in root.iter(TT + "style")}
    regions = {region.get(XML + "id") for region in root.iter(TT + "region")}
    for element in root.iter():
        for style in (element.get("style") or "").split():
            expect(style in styles, f"there is no style {style}")
        expect(element.get("region", *regions) in regions, f"there is no region {element.get('region')}")


def check_regions(root):
    for region in root.iter(TT + "region"):
        for start, length in zip(region.get(STYLING + "origin").split(), region.get(STYLING + "extent").split()):
            expect(float(start[:-1]) + float(length[:-1]) <= 100, "a region reaches beyond the picture")


def text_of(paragraph):
    lines = [""]
    for element in paragraph.iter():
        if name_of(element) == "br":
            lines.append("")
        lines[-1] += element.text or ""
        if element is not paragraph:
            lines[-1] += element.tail or ""
    return lines


def columns_of(line):
    seen = [letter for letter in line if unicodedata.category(letter) not in ("Mn", "Me", "Cf")]
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in seen)


def check_cues(root, columns):
    heights = {style.get(XML + "id") for style in root.iter(TT + "style") if style.get(STYLING + "lineHeight")}
    last_end = 0.0
    for paragraph in root.iter(TT + "p"):
        start, end, lines = seconds(paragraph.get("begin")), seconds(paragraph.get("end")), text_of(paragraph)
        expect(start < end, f"a cue ends at {end} before it begins")
        expect(last_end <= start, f"two cues show at {start}")
        expect(heights & set(paragraph.get("style").split()), "a paragraph's lines have no height")
        expect(len(lines) <= 2, f"a cue has {len(lines)} lines")
        for line in lines:
            expect(line == line.strip(" ") and line, f"a line is \"{line}\"")
            expect(columns_of(line) <= columns, f"a line has {columns_of(line)} columns")
        for child in paragraph:
            expect(name_of(child) == "span" and all(name_of(inner) == "br" for inner in child),
                   f"a paragraph holds {name_of(child)}")
        last_end = end
        print(f"{start:.3f} {end:.3f} {' / '.join(lines)}")


def main():
    with open(sys.argv[1], "rb") as file:
        document = file.read()
    expect(document.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n'), "its first line is not XML's")
    expect(b"<!" not in document, "it declares entities, or has CDATA")
    root = ElementTree.fromstring(document.decode("utf-8"))
    expect(root.tag == TT + "tt", f"it is {root.tag}")
    for element in root.iter():
        if not element.tag.startswith(METADATA) and name_of(element) != "metadata":
            check_element(element)
    said = [element.text for element in root.iter(METADATA + "conformsToStandard")]
    expect(said == CONFORMS_TO, f"it says to conform to {said}")
    check_references(root)
    check_regions(root)
    check_cues(root, int(sys.argv[2]) if len(sys.argv) > 2 else 37)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
