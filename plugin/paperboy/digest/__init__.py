"""The newest edition by e-mail: one letter a list of subscribers, each edition once."""

from __future__ import annotations

from paperboy.digest.mail import Server, message, send
from paperboy.digest.sent import Sent, is_due
from paperboy.digest.subscribers import Subscribers, read

__all__ = ["Sent", "Server", "Subscribers", "is_due", "message", "read", "send"]
