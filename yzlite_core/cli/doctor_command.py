"""`yzlite doctor`: is everything there?"""

from __future__ import annotations

from dataclasses import asdict

from yzlite_core.cli.frame import Json, Shown, Verbose, command, table


@command
def main(json: Json = False, verbose: Verbose = False) -> Shown:
    """Look whether everything that YZLite needs is there, and say how to get what is not."""
    from yzlite_core.functions.doctor import OK, PROBLEM, checkup

    findings = checkup()
    problems = [finding for finding in findings if finding.state == PROBLEM]
    rows = [(finding.state, finding.name, finding.text) for finding in findings]
    lines = [table(("STATE", "WHAT", "FOUND"), rows), ""]
    lines += [f"{found.name}: {found.hint}" for found in findings if found.state != OK and found.hint]
    many = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
    lines.append(f"There is trouble: {many}." if problems else "All is well.")
    error = None
    if problems:
        message = "; ".join(f"{finding.name}: {finding.text}" for finding in problems)
        hint = "; ".join(finding.hint for finding in problems if finding.hint)
        error = {"stage": None, "type": "YZLiteError", "message": message, "hint": hint or None}
    data = {
        "status": "failed" if problems else "ok",
        "error": error,
        "checks": [asdict(finding) for finding in findings],
    }
    return Shown(data, "\n".join(lines), code=1 if problems else 0)
