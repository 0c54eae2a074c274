"""What a run may spend, in tokens and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paperboy.domain.config import Prices, TranslationOptions


class Budget:
    """Counts what is spent, and says when a limit is reached.

    It is asked after each reply, so a run ends within one request per worker of the limit.
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        max_cost: float | None = None,
        prices: Prices | None = None,
        *,
        batch: bool = False,
    ) -> None:
        self._max_tokens = max_tokens
        self._max_cost = max_cost
        self._prices = prices
        self._batch = batch
        self._prompt = self._completion = 0

    @classmethod
    def of(cls, options: TranslationOptions, *, batch: bool = False) -> Budget:
        """The limits that the owner set, for tokens at the price of a batch or at the full one."""
        return cls(options.max_tokens_per_build, options.max_cost_per_build, options.prices, batch=batch)

    def spend(self, prompt_tokens: int, completion_tokens: int) -> str | None:
        """Take note of one reply's tokens; why to stop asking, if there is a reason now."""
        self._prompt += prompt_tokens
        self._completion += completion_tokens
        if self._max_tokens is not None and self._prompt + self._completion >= self._max_tokens:
            return f"translation.max_tokens_per_build ({self._max_tokens:,}) is reached"
        if self._max_cost is not None and self._prices is not None:
            cost = self._prices.cost(self._prompt, self._completion, batch=self._batch)
            if cost >= self._max_cost:
                return f"translation.max_cost_per_build ({self._max_cost:g}) is reached"
        return None
