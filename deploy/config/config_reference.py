#!/usr/bin/env python3
"""Writes the configuration reference from the comments of server_config.proto and key_ring.proto.

    python3 deploy/config/config_reference.py > deploy/config/REFERENCE.md

A test compares REFERENCE.md with what this prints, so that the page cannot drift from the schema.
"""

import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FIELD = re.compile(r"(optional |repeated )?([A-Za-z0-9.]+|map<string, *[A-Za-z.]+>) (\w+) = \d+;")
SCALARS = {"string": "text", "bool": "true or false", "int32": "number", "double": "number", "google.protobuf.Duration": "duration"}


class Block:
    """A message, enum or oneof of the schema: its comment and its members in order."""

    def __init__(self, kind, name, comment):
        self.kind, self.name, self.comment = kind, name, comment
        self.members = []  # (label, type, name, comment) of fields, (name, comment) of enum values
        self.blocks = {}


def parse(path):
    """Gives the file's messages by name. The schema keeps one declaration a line, which is all that is understood here."""
    root = Block("file", "", "")
    stack, comment = [root], []
    with open(path, encoding="utf-8") as schema:
        for line in (raw.strip() for raw in schema):
            if line.startswith("//"):
                comment.append(line[2:].strip())
                continue
            opened = re.match(r"(message|enum|oneof) (\w+) \{(\})?$", line)
            field = FIELD.match(line)
            value = re.match(r"([A-Z][A-Z0-9_]*) = (\d+);", line)
            if opened:
                block = Block(opened[1], opened[2], " ".join(filter(None, comment)))
                stack[-1].blocks[opened[2]] = block
                if not opened[3]:
                    stack.append(block)
            elif line == "}":
                stack.pop()
            elif field:
                # The members of a oneof are written like any others.
                owner = stack[-2] if stack[-1].kind == "oneof" else stack[-1]
                owner.members.append((field[1] or "", field[2], field[3], " ".join(filter(None, comment))))
            elif value and value[2] != "0":
                stack[-1].members.append((value[1], " ".join(filter(None, comment))))
            comment = []
    return root


def find(scopes, name):
    """The message or enum that `name` means inside the nested `scopes`."""
    for scope in reversed(scopes):
        if name in scope.blocks:
            return scope.blocks[name]
    return None


def value_names(enum):
    """An enum's values as they are written in YAML."""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
    return ["`" + name[len(prefix):].lower() + "`" for name, _ in enum.members]


def rows(message, path, scopes):
    """One row for every setting below `message`: path, kind of value, meaning."""
    scopes = scopes + [message]
    for label, kind, name, comment in message.members:
        map_of = re.match(r"map<string, *([A-Za-z.]+)>", kind)
        inner = map_of[1] if map_of else kind
        at = path + name + ("[]" if label == "repeated " else ".NAME" if map_of else "")
        block = find(scopes, inner)
        if block is None:
            yield at, SCALARS[inner], comment
        elif block.kind == "enum":
            yield at, ", ".join(value_names(block)), comment
        else:
            yield at, "section", comment
            yield from rows(block, at + ".", scopes)


def table(root, name, out):
    out.write("| setting | value | meaning |\n|---|---|---|\n")
    for path, kind, comment in rows(root.blocks[name], "", [root]):
        out.write("| `%s` | %s | %s |\n" % (path, kind, comment.replace("|", "\\|")))


def main(out):
    schemas = os.path.join(ROOT, "proto", "evertoken", "config", "v1")
    server = parse(os.path.join(schemas, "server_config.proto"))
    keys = parse(os.path.join(schemas, "key_ring.proto"))
    out.write("# Configuration reference\n\n")
    out.write("Made by `config_reference.py` from the comments of `proto/evertoken/config/v1`; change those.\n\n")
    out.write("## Server configuration\n\n%s\n\n" % server.blocks["ServerConfig"].comment)
    table(server, "ServerConfig", out)
    out.write("\n## Key ring\n\n%s\n\n" % keys.blocks["KeyRing"].comment)
    table(keys, "KeyRing", out)


if __name__ == "__main__":
    main(sys.stdout)
