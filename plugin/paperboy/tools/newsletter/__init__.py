"""The newsletter: the newest edition by e-mail, one message for each list of subscribers, each edition once."""

from __future__ import annotations

from paperboy.tools.newsletter.delivery_log import DeliveryLog, is_due
from paperboy.tools.newsletter.smtp import SmtpServer, build_message, send_newsletter
from paperboy.tools.newsletter.subscribers import Subscribers, read_subscribers

__all__ = ["DeliveryLog", "SmtpServer", "Subscribers", "build_message", "is_due", "read_subscribers", "send_newsletter"]
