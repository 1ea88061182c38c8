"""The end-to-end run: two apps on a stack, and what has to hold while they are changed, switched off, broken and mended.

`cargo xtask end-to-end` runs it over an emulator, with a stack of its own; with `--account --stack NAME` it runs over a stack in the
account of the environment. Ends with 0 if everything held, 1 if something did not.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3

import expected
from expected import Stamps

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "local"))

import built  # noqa: E402
import policies  # noqa: E402
import stack as local  # noqa: E402
from cloudwatch import CloudWatch  # noqa: E402
from target import TEAM, TOKEN, Target, until  # noqa: E402

A, B = "stamp-a", "stamp-b"
# How often functions look for a change unless told otherwise, and what one may be late: two clocks, and the sending.
REFRESH, SLACK = 30, 2
# A park in front of a disabled app lasts a quarter of an hour; what is due then is sent by the minute's rule.
PARK = 900 + 120
SABOTAGE = ("lose", "double", "mix", "deliver-twice")

WARNING = """This sends {count} events through the stack `{name}` of account {account} in {region}, installs two apps, changes them, makes one
fail, and takes all of it away again. It takes 25 minutes and, at list prices, less than 0.05 USD (20,000 writes and 10,000 reads of
DynamoDB, 10,000 calls of SQS, a few minutes of Lambda). The alarm DeadLettersAlarm goes off, and mails whoever it mails.
"""


class Run:
    """The steps, what was found wrong, and the figures for the table at the end."""

    def __init__(self, target, folder, options):
        self.target, self.folder, self.options = target, folder, options
        self.problems, self.figures = [], []
        self.refresh = REFRESH
        self.started = time.monotonic()

    def step(self, text):
        print(f"{time.monotonic() - self.started:6.1f} s  {text}", flush=True)

    def figure(self, name, value, bar=""):
        self.figures.append((name, value, bar))

    def check(self, name, *found):
        """Notes what is wrong of something."""
        texts = [text for texts in found for text in texts]
        self.problems += [f"{name}: {text}" for text in texts]
        for text in texts:
            self.step(f"WRONG  {name}: {text}")

    def apply(self, a="", b="", enabled=True, on_disabled="pass"):
        """Installs both apps with these stamps."""
        file = self.folder / "hedgerow.toml"
        file.write_text(f'''[tokens]
{TOKEN} = {TEAM}

[[app]]
slug = "{A}"
source = "{FOLDER / "apps" / A}"
config = {{ stamp = "{a}" }}
enabled = {str(enabled).lower()}
on_disabled = "{on_disabled}"

[[app]]
slug = "{B}"
source = "{FOLDER / "apps" / B}"
config = {{ stamp = "{b}" }}
''')
        self.target.hedgerow("apply", "--yes", "--file", str(file))
        return time.time()

    def settle(self):
        """Waits until every environment has looked for changes."""
        time.sleep(self.refresh + 1)

    def outputs(self, uuids, seconds=120):
        received = self.target.wait_for(uuids, seconds)
        if self.options.sabotage == "lose":
            received = received[1:]
        if self.options.sabotage == "double":
            received = [*received, received[0]]
        if self.options.sabotage == "mix":
            received[0]["properties"]["a_global"] = "another"
        return received

    def delivered(self, app, uuids, times, seconds=120):
        """Checks how often each event was delivered to an app's onEvent, once as many are there as should be."""
        wanted = set(uuids)

        def counts():
            return {name: count for name, count in self.target.deliveries(app).items() if name in wanted}

        until(lambda: len(counts()) >= len(wanted) * (times > 0), seconds, pause=1)
        found = counts()
        if self.options.sabotage == "deliver-twice" and found:
            found[next(iter(found))] += 1
        self.check(f"deliveries to {app}", expected.delivered(app, uuids, found, times))
        return sum(found.values())

    def all(self):
        self.apply(a="1", b="1")
        self.step("installed two apps with `hedgerow apply`")
        self.changes()
        if self.target.is_emulator:
            # Half a minute has been waited twice; from here on it would only be waiting.
            self.refresh = 2
            self.target.refresh_every(self.refresh)
            self.step(f"the functions look for changes every {self.refresh} s from here on")
        self.passing()
        parked = self.parking()
        self.breaking()
        self.unparking(parked)
        self.check("dead letters", self.no_letters())

    def changes(self):
        """A thousand events, a change of config, a thousand more while it and another one are taken up."""
        count = self.options.events
        sending = time.monotonic()
        before = self.target.send(count)
        received = self.outputs(before, 300)
        self.check("first events", expected.once_each(before, received), expected.no_mix(received, {Stamps.both("1", "1")}))
        # Less the moment in which one too many would have come.
        rate = len(received) / (time.monotonic() - sending - 1)
        self.step(f"sent {count} events, {len(received)} came out")
        self.figure("events through the stack, a second", f"{rate:.0f}")

        self.target.hedgerow("config", "set", A, "stamp=2")
        one, long = time.time(), REFRESH + 3 * SLACK
        first = self.target.send(count // 2, long)
        two = self.apply(a="3", b="3")
        second = self.target.send(count - len(first), long)
        self.step(f"sent {count} more while A's config and then both were changed")
        states = [Stamps.both("1", "1"), Stamps.both("2", "1"), Stamps.both("3", "3")]
        for name, uuids, at, old, new in (
            ("config set", first, one, states[:1], states[1:]), ("apply", second, two, states[:2], states[2:])
        ):
            received = self.outputs(uuids)
            sent_at = self.target.sent_at
            self.check(
                name,
                expected.once_each(uuids, received),
                expected.no_mix(received, set(states)),
                expected.in_time(sent_at, received, at, REFRESH + SLACK, set(old)),
            )
            after = expected.seen_after(sent_at, received, at, set(new))
            late = max((sent_at[event["uuid"]] - at for event in received if Stamps.of(event) in old), default=0.0)
            self.figure(f"new config after `{name}`: first seen, old last seen", f"{after or 0:.1f} s, {late:.1f} s", f"<= {REFRESH} s")
        everything = [*before, *first, *second]
        received = self.target.received_of(everything)
        self.figure("events lost, doubled, mixed", f"{len(everything) - len({event['uuid'] for event in received})}, "
                    f"{len(received) - len({event['uuid'] for event in received})}, "
                    f"{sum(Stamps.of(event) not in states for event in received)}", "0, 0, 0")
        for app in (A, B):
            self.figure(f"deliveries to {app} of {len(everything)} events", self.delivered(app, everything, 1), len(everything))

    def passing(self):
        self.apply(a="3", b="3", enabled=False, on_disabled="pass")
        self.settle()
        uuids = self.target.send(self.options.few)
        received = self.outputs(uuids)
        self.check("disabled, pass", expected.once_each(uuids, received), expected.no_mix(received, {Stamps.both(None, "3")}))
        self.delivered(B, uuids, 1)
        self.figure("A disabled with `pass`: events out, delivered to A", f"{len(received)}, {self.delivered(A, uuids, 0)}",
                    f"{len(uuids)}, 0")
        self.step("disabled A: events pass it by")

    def parking(self):
        self.apply(a="3", b="3", enabled=False, on_disabled="park")
        self.settle()
        uuids = self.target.send(self.options.few)
        # As long as others took to come out.
        time.sleep(10)
        received = self.target.received_of(uuids)
        self.check("disabled, park", [f"{len(received)} events did not wait for A"] if received else [])
        self.figure("A disabled with `park`: events out meanwhile", len(received), 0)
        self.apply(a="3", b="3")
        self.settle()
        self.step("disabled A so that events wait, and enabled it")
        return uuids, time.monotonic()

    def unparking(self, parked):
        uuids, since = parked
        seconds = PARK - (time.monotonic() - since)
        if self.target.is_emulator:
            are_there = self.target.bring_forward(len(uuids))
            self.check("parked", [] if are_there else ["not all of them wait among the continuations"])
            self.step("brought the waiting events forward, which would come within a quarter of an hour")
            seconds = 60
        received = self.outputs(uuids, seconds)
        self.check("parked", expected.once_each(uuids, received), expected.no_mix(received, {Stamps.both("3", "3")}))
        deliveries = [self.delivered(app, uuids, 1) for app in (A, B)]
        self.figure("parked, after A was enabled: out, delivered to A, to B", f"{len(received)}, {deliveries[0]}, {deliveries[1]}",
                    f"{len(uuids)} each")

    def breaking(self):
        target = self.target
        target.hedgerow("config", "set", A, "mode=fail")
        self.settle()
        uuids = target.send(self.options.few)
        broken = time.monotonic()
        received = self.outputs(uuids)
        self.check("broken", expected.once_each(uuids, received), expected.no_mix(received, {Stamps.both("3", "3")}))
        until(lambda: len(target.dead_letters()) >= len(uuids), 60, pause=1)
        letters = target.dead_letters()
        self.check("broken", [] if letters == ["onEvent"] * len(uuids) else [f"{len(letters)} dead letters for {len(uuids)} events"])
        self.delivered(A, uuids, 0)
        self.delivered(B, uuids, 1)
        self.figure("A broken: dead letters", len(letters), len(uuids))
        self.step(f"broke A: {len(letters)} dead letters")
        alarmed = until(lambda: target.alarm("DeadLettersAlarm") == "ALARM", 60 if target.is_emulator else 600, pause=1)
        self.check("broken", [] if alarmed else ["DeadLettersAlarm does not tell"])
        self.figure("DeadLettersAlarm in ALARM after", f"{time.monotonic() - broken:.0f} s" if alarmed else "never")
        self.step("the alarm tells" if alarmed else "the alarm does not tell")

        target.hedgerow("config", "set", A, "mode=work")
        self.settle()
        target.hedgerow("dead-letters", "redrive", "--all-matching", "--app", A, "--yes")
        deliveries = [self.delivered(app, uuids, 1) for app in (A, B)]
        received = self.outputs(uuids)
        self.check("redriven", expected.once_each(uuids, received), self.no_letters())
        self.figure("redriven after the fix: delivered to A, to B", f"{deliveries[0]}, {deliveries[1]}", f"{len(uuids)} each")
        self.step("mended A and redrove its dead letters")

    def no_letters(self):
        left = self.target.dead_letters()
        return [f"{len(left)} dead letters are left"] if left else []

    def report(self):
        """Prints the figures. Whether everything held."""
        print()
        for name, value, bar in [("", "measured", "has to be"), *self.figures]:
            print(f"{name:62} {value!s:>20} {bar!s:>12}")
        print()
        for problem in self.problems:
            print("WRONG ", problem)
        print("everything held" if not self.problems else f"{len(self.problems)} things did not hold")
        return not self.problems


def archives(options):
    """What gives the archive of a function by its name."""
    return built.archive if options.built else lambda name: local.archive_of(options.binaries / name)


def emulated(options):
    """A stack at the emulator, which has none yet; and what makes metrics there and judges alarms."""
    stack = local.Stack(options.endpoint)
    local.create_stack(stack, local.upload_code(stack, archives(options)))
    policies.fit_emulator(stack)
    ended = threading.Event()

    def watch():
        cloudwatch = CloudWatch(local.Stack(options.endpoint))
        while not ended.wait(2):
            cloudwatch.one_pass()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def end():
        ended.set()
        watcher.join()

    return stack, end


def in_account(options):
    """A stack of a real account, if a person agrees."""
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    count = 2 * options.events + 3 * options.few
    print(WARNING.format(count=count, name=options.stack, account=account, region=session.region_name))
    if input("Type the stack's name to go on: ") != options.stack:
        raise SystemExit("nothing was done")
    return local.Stack(None, options.stack, session), lambda: None


def clean(target, folder):
    """Takes the apps and what they left out of a stack that lives on."""
    empty = folder / "empty.toml"
    empty.write_text("[tokens]\n")
    target.hedgerow("apply", "--yes", "--file", str(empty))
    target.forget([A, B])


def main():
    parser = argparse.ArgumentParser(description="Events through two apps of a stack while they are changed, broken and mended.")
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the binaries of the functions and of `hedgerow`")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--endpoint", help="address of an emulator without a stack")
    where.add_argument("--account", action="store_true", help="the account of the environment, and its stack --stack")
    parser.add_argument("--built", action="store_true", help="the functions that `sam build` left, at the emulator")
    parser.add_argument("--stack", default=local.STACK, help="name of the stack in the account; it has to be one without apps")
    parser.add_argument("--events", type=int, default=1000, help="how many events before the change of config, and how many after it")
    parser.add_argument("--few", type=int, default=100, help="how many for each further step")
    parser.add_argument("--sabotage", choices=SABOTAGE, help="tell the checks something else than what was found: they have to fail")
    options = parser.parse_args()
    if options.account and options.built:
        parser.error("an account has its functions already: --built is for the emulator")

    stack, end_watch = in_account(options) if options.account else emulated(options)
    with tempfile.TemporaryDirectory() as folder:
        target = Target(stack, options.binaries / "hedgerow")
        if not options.account:
            target.environment |= local.VARIABLES | {"AWS_ENDPOINT_URL": options.endpoint}
        installed = target.hedgerow("apps", "list")
        if installed:
            raise SystemExit(f"the stack {stack.name} has apps; take one that has none, as they would be removed")
        run = Run(target, Path(folder), options)
        try:
            run.all()
        finally:
            if options.account:
                clean(target, Path(folder))
            target.end()
            end_watch()
    sys.exit(0 if run.report() else 1)


if __name__ == "__main__":
    main()
