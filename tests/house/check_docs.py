# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages say that there is, is there: files, headings, functions, tests and properties.

Usage: check_docs.py SOURCE_ROOT

Looked at are README.md, CONTRIBUTING.md, CHANGELOG.md, examples/README.md and what docs/ holds. Links must lead to a file, and to
a heading of it. What stands in `backticks` is a path when it begins with a folder of ours, a file when
it ends as a source file does, and a function when it ends in "()". Words in capitals (NAME, ROOM) stand
for something else; such names are passed over.
"""
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
faults = []

# Source files of the folders that hold them, not of build folders beside them.
ROOMS = ("command", "fetch", "gst-plugin", "import", "media", "model", "models", "pipelines",
         "tests", "toyworld", "training", "docs", "debian", "examples", ".ci", "build-aux")
files = [path for room in ROOMS for path in (root / room).rglob("*") if path.is_file()]
files += [path for path in root.iterdir() if path.is_file()]
names = {path.name for path in files}
words_of_code = set()
for file in files:
    is_code = file.suffix in (".cpp", ".h", ".sh", ".py") or file.name == "meson.build"
    if is_code and file.parent.name != "house":
        words_of_code.update(re.findall(r"\w+", file.read_text(encoding="utf-8")))


def pages():
    yield from (root / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    yield root / "examples" / "README.md"
    yield from sorted((root / "docs").rglob("*.md"))


def without_code(text):
    """The text without blocks of commands, in which # begins a comment."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return re.sub(r"^(    ).*$", "", text, flags=re.M)


def anchors(page):
    """As GitHub and GitLab make them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", without_code(page.read_text(encoding="utf-8")), re.M):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


def check_links(page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"links to {target}, and there is no such file"
        elif anchor and anchor not in anchors(file):
            yield f"links to {target}, and there is no such heading"


def is_path(word):
    return word.split("/")[0] in ROOMS and "/" in word


def check_words(text):
    for word in set(re.findall(r"`([^`\n]+)`", text)):
        if re.search(r"(?<![A-Za-z])[A-Z]{3,}(?![A-Za-z])", word):
            continue  # a placeholder
        if is_path(word) and re.fullmatch(r"[\w.*/-]+", word):
            if not any(root.glob(word.rstrip("/"))):
                yield f"names {word}, and there is no such path"
        elif re.fullmatch(r"[\w.-]+\.(cpp|h|sh|py|build)", word) and word not in names:
            yield f"names {word}, and there is no such file"
        elif re.fullmatch(r"[\w:]+\(\)", word):
            function = word[:-2].split("::")
            if not words_of_code.issuperset(function):
                yield f"names {word}, which is nowhere in the sources"


def first_column(page, heading, until="\n## "):
    """The words in backticks of the first column of the tables under a heading."""
    text = (root / page).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split(until)[0]
    cells = re.findall(r"^\| ([^|]*) \|", section, re.M)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def compare(page, told, there, what):
    for name in sorted(told - there):
        yield f"{page}: there is no {what} {name}"
    for name in sorted(there - told):
        yield f"{page}: leaves out the {what} {name}"


def check_tests():
    # All but those beside this file, whose names are not those of files.
    told = first_column("docs/testing.md", "Which test tests what", "### The house")
    there = {re.sub("^test_", "", path.stem).replace("_", "-")
             for path in files
             if path.name.startswith("test_") and path.suffix in (".cpp", ".py", ".sh")
             and path.parent.name in ("fetch", "model", "plugin", "pipelines", "serve", "training")}
    # Three that are called otherwise than their files.
    there |= {"subtitle-bin-lines", "stress", "element-reference"}
    return compare("docs/testing.md", told, there, "test")


def check_properties():
    told = first_column("docs/pipelines.md", "Properties of dalicaptioner")
    sources = [path for path in files if path.suffix == ".cpp"
               and path.parent == root / "gst-plugin" / "captioner"
               and "properties" in path.name]
    there = {name for path in sources
             for name in re.findall(r'"([a-z]+(?:-[a-z]+)*)",\s*"[A-Z]', path.read_text())}
    return compare("docs/pipelines.md", told, there, "property")


for page in pages():
    text = page.read_text(encoding="utf-8")
    for fault in [*check_links(page, without_code(text)), *check_words(without_code(text))]:
        faults.append(f"{page.relative_to(root)} {fault}")
faults += [*check_tests(), *check_properties()]
print("\n".join(faults))
sys.exit(1 if faults else 0)
