"""docker-compose.yml keeps to the Compose specification, and .env.example names every setting there is."""

import json
import re
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

# The Compose specification's schema (Apache-2.0, licence beside it), as check-jsonschema 0.39.0 carries it.
SCHEMA = Path(__file__).parent / "compose-spec.json"
COMPOSE = Path("docker-compose.yml")
SETTINGS = (Path("imagestudio/settings.py"), Path("imagestudio/storages.py"))


def main() -> int:
    text = COMPOSE.read_text(encoding="utf-8")
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    findings = [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(yaml.safe_load(text))
    ]
    explained = set(
        re.findall(r"^#? ?([A-Z][A-Z0-9_]*)=", Path(".env.example").read_text(encoding="utf-8"), re.M)
    )
    read = set(re.findall(r"(?<!\$)\$\{([A-Z][A-Z0-9_]*)", text))
    for file in SETTINGS:
        read |= set(re.findall(r"\benv\.\w+\(\s*\"([A-Z][A-Z0-9_]*)\"", file.read_text(encoding="utf-8")))
    findings += [f"{name} can be set and is missing in .env.example" for name in sorted(read - explained)]
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
