#!/usr/bin/env python3
"""Holds the tree against the folder map and the house style; closes with `N passed, N failed, N skipped`, one for a rule.

usage: check.py [RULE...]        rules are the functions of rules.py and documents.py
"""
import sys

import tree
from documents import DOCUMENT_RULES
from rules import CODE_RULES


def largest(count=10):
    """Returns the COUNT largest source files as (lines, path)."""
    return sorted(((tree.read(p).count("\n"), p) for p in tree.files(*tree.SOURCE)), reverse=True)[:count]


def main():
    wanted, passed, failed = set(sys.argv[1:]), 0, 0
    for rule in CODE_RULES + DOCUMENT_RULES:
        if wanted and rule.__name__ not in wanted:
            continue
        violations = list(rule())
        print(f"{'FAIL' if violations else 'PASS'} {rule.__name__.replace('_', ' ')}: {rule.__doc__.strip()}")
        for violation in violations:
            print(f"  {violation}")
        passed, failed = passed + (not violations), failed + bool(violations)
    print("largest files: " + ", ".join(f"{path} {lines}" for lines, path in largest()))
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
