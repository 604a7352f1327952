"""Results of the tests of guardrails as JUnit XML, as CI systems read it: a suite a file, a case a trial."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from factory.guardrails.trials import Result

NAME = "guardrails"


def junit(results: Sequence[Result]) -> str:
    """The report; it holds no times and no names of machines, so that equal results are equal texts."""
    root = ET.Element("testsuites", {"name": NAME, **_counts(results)})
    files: dict[str, list[Result]] = {}
    for result in results:
        files.setdefault(result.test.source.file, []).append(result)
    for file, found in files.items():
        suite = ET.SubElement(root, "testsuite", {"name": file, **_counts(found)})
        for result in found:
            case = ET.SubElement(
                suite,
                "testcase",
                classname=result.test.guardrail or "tree",
                name=f"{result.test.name}: {result.words}",
                file=file,
                line=str(result.test.source.line),
            )
            if not result.passed:
                failure = ET.SubElement(case, "failure", message=result.lines[0])
                failure.text = "\n".join((str(result.test.source), *result.lines))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(results: Sequence[Result]) -> dict[str, str]:
    failures = sum(not result.passed for result in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": "0"}
