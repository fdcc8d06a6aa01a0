"""What the whole suite shares: two Hypothesis profiles, and the flag that rewrites expected texts."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW_IS_FINE = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)

# quick: the same few examples every time, so that a red build is red for everybody. It does not look for a smaller
# counterexample: for strategies of whole programs that can take hours and all memory. `make soak` does.
settings.register_profile(
    "quick",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=_SLOW_IS_FINE,
)
# long: `make soak`. New examples every time; what it finds is kept in .hypothesis and tried first next time.
settings.register_profile("long", max_examples=1500, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` for tests that compare with an expected text."""
    parser.addoption("--update-golden", action="store_true", help="skriv fasitfilene på nytt; les forskjellen etterpå")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected texts are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))
