"""Every bound of the protocol and of its implementation, with its unit and its reason.

Starting values are measured and settled here, never elsewhere. A name ends
with its unit. docs/protocol.md, section 12, repeats those that a stranger
needs to know.
"""

from overlay.limits.clients import *  # noqa: F403
from overlay.limits.homes import *  # noqa: F403
from overlay.limits.links import *  # noqa: F403
from overlay.limits.records import *  # noqa: F403
from overlay.limits.routing import *  # noqa: F403
from overlay.limits.shares import *  # noqa: F403
from overlay.limits.wire import *  # noqa: F403
