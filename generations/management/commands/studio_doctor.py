"""Look at every part of the studio and say what to do; exit status 1 when something is broken."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from generations.engine.doctor import examine
from generations.engine.findings import Finding

_MARKS = {"ok": "ok", "attention": "attention", "broken": "BROKEN"}


class Command(BaseCommand):
    help = "Look at every part of the studio and say what to do about what is not well."
    requires_system_checks: list[str] = []  # it has to run when the database is away

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            findings = [self._said(finding, quietly=options["json"]) for finding in examine()]
        count = sum(finding.state == "broken" for finding in findings)
        if options["json"]:
            found = {"broken": count, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(_conclusion(findings))
        if count:
            raise SystemExit(1)

    def _said(self, finding: Finding, *, quietly: bool) -> Finding:
        if not quietly:
            self.stdout.write(f"{_MARKS[finding.state]:<10} {finding.about}: {finding.words}")
            if finding.advice:
                self.stdout.write(f"{'':<10} > {finding.advice}")
        return finding


def _conclusion(findings: list[Finding]) -> str:
    counts = {state: sum(finding.state == state for finding in findings) for state in _MARKS}
    return f"{counts['ok']} well, {counts['attention']} want attention, {counts['broken']} broken."
