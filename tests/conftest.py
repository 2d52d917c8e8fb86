"""In CI nothing may be skipped: a skipped test there is a missing tool, and the run fails on it."""

import os

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a green run with skips into a failed one where CI is set."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run failed although no test did."""
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("CI") and skipped:
        terminalreporter.write_line(
            f"CI is set and {len(skipped)} tests were skipped: that fails the run", red=True
        )
