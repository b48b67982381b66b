"""Checks a package the way a script would: every hash, the bundle's checksum, every document and every row as JSON."""

import hashlib
import json
import sys
import zipfile


def check(path):
    with zipfile.ZipFile(path) as package:
        manifest = json.loads(package.read("manifest.json"))
        entries = {entry["id"]: entry for entry in manifest["artifacts"]}
        bundle = hashlib.sha256()
        for artifact in manifest["installOrder"]:
            entry = entries[artifact]
            hashed = hashlib.sha256()
            with package.open(entry["file"]) as file:
                if entry["file"].endswith(".ndjson"):
                    header = None
                    for line in file:
                        hashed.update(line)
                        bundle.update(line)
                        value = json.loads(line)
                        if header is None:
                            header = value
                            width = len(header["columns"])
                        elif len(value) != width:
                            sys.exit(f"{entry['file']}: a row of {len(value)} values")
                else:
                    content = file.read()
                    hashed.update(content)
                    bundle.update(content)
                    header = json.loads(content)
            if header["id"] != entry["id"]:
                sys.exit(f"{entry['file']}: another id")
            if entry["hash"] != "sha256:" + hashed.hexdigest():
                sys.exit(f"{entry['file']}: another hash")
        if manifest["checksum"] != "sha256:" + bundle.hexdigest():
            sys.exit("another checksum")


check(sys.argv[1])
