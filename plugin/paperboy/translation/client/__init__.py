"""Endpoints that speak OpenAI's protocol: requests, limits, errors, budgets and batches."""
