"""The newest edition by e-mail: one letter a list of subscribers, each edition once."""

from __future__ import annotations

from paperboy.tools.newsletter.delivery_log import Sent, is_due
from paperboy.tools.newsletter.smtp import Server, message, send
from paperboy.tools.newsletter.subscribers import Subscribers, read

__all__ = ["Sent", "Server", "Subscribers", "is_due", "message", "read", "send"]
