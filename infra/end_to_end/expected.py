"""What has to hold of events that went through the two apps of the end-to-end run. Nothing here talks to anything."""

from collections import Counter
from typing import NamedTuple



class Stamps(NamedTuple):
    """What the apps wrote into an event: A twice, B once."""

    a_config: str | None
    a_global: str | None
    b_config: str | None

    @classmethod
    def of(cls, event):
        properties = event["properties"]
        return cls(*(properties.get(name) for name in cls._fields))

    @classmethod
    def both(cls, a, b):
        """As they are where A has one config and B one."""
        return cls(a, a, b)


def some(uuids):
    """A few of many, for a message."""
    listed = sorted(uuids)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


def once_each(sent, received):
    """Each event that was sent came out, once, and nothing else did. What is wrong, a text each."""
    counts = Counter(event["uuid"] for event in received)
    lost = set(sent) - counts.keys()
    doubled = {uuid for uuid, count in counts.items() if count > 1}
    strange = counts.keys() - set(sent)
    for wrong, what in ((lost, "lost"), (doubled, "in the output more than once"), (strange, "in the output and never sent")):
        if wrong:
            yield f"{len(wrong)} events are {what}: {some(wrong)}"


def no_mix(received, allowed):
    """Each event has the stamps of one state that was installed: the old or the new, and nothing between."""
    found = Counter(Stamps.of(event) for event in received)
    for stamps, count in found.items():
        if stamps not in allowed:
            yield f"{count} events have {tuple(stamps)}, which was never installed"


def in_time(sent_at, received, changed_at, limit, old):
    """Nothing that was sent later than the limit after a change has the old stamps, and the change was seen at all."""
    late = [sent_at[event["uuid"]] for event in received if event["uuid"] in sent_at and Stamps.of(event) in old]
    latest = max((at - changed_at for at in late), default=0.0)
    if latest > limit:
        yield f"an event that was sent {latest:.1f} s after the change still has the old config; it may take {limit:.0f} s"
    if len(late) == len(received):
        yield "no event has the new config"


def seen_after(sent_at, received, changed_at, new):
    """Seconds from the change to the first event that was sent after it and has the new stamps; None if none has."""
    times = (sent_at[event["uuid"]] for event in received if event["uuid"] in sent_at and Stamps.of(event) in new)
    return min((max(0.0, at - changed_at) for at in times), default=None)


def delivered(app, uuids, counts, times):
    """The app's onEvent succeeded that often for each of the events."""
    wrong = {uuid: counts.get(uuid, 0) for uuid in uuids if counts.get(uuid, 0) != times}
    if wrong:
        found = ", ".join(f"{number} of them {count} times" for count, number in sorted(Counter(wrong.values()).items()))
        yield f"{app} should have {len(list(uuids))} events {times} times each, but has {found}: {some(wrong)}"
