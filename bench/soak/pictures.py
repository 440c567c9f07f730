"""Random procedures for the walks: a process of nested blocks, the processes that it calls, and those that answer its letters.

Every block has one way in and one way out, whatever happens inside it. No two timers are ever due at one moment, since the order of such
two is nobody's promise: each element counts seconds of its own, and the clock of a walk moves by whole hours.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.factories.bpmn import (
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    end,
    error,
    escalation,
    event_sub,
    flow,
    gateway,
    inputs,
    loop,
    many,
    message,
    on_condition,
    on_error,
    on_escalation,
    on_link,
    on_message,
    on_signal,
    passes,
    process,
    properties,
    receive,
    returns,
    script,
    send,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.properties.engine.random_diagrams import Drawing, Tree

GATEWAYS = ("exclusive", "parallel", "inclusive")
TIMED = ("guarded", "reminded", "later", "race")  # blocks that are drawn only where one run at a time counts their time
KINDS = (
    *GATEWAYS, *TIMED, *TIMED, "task", "exchange", "exchange", "again", "again", "rounds", "repeated", "several", "each", "each", "inner", "inner",
    "called", "called", "listening", "listening", "listening", "printed", "flaky", "refused", "external", "rung", "counted", "failing", "escalated", "conditional",
    "linked", "terminated", "crowded",
)  # fmt: skip
LARGE = 120  # elements after which only tasks are drawn
DEPTH = 3
REPEATED = 2_000  # a repeating timer counts seconds that no other does: once these, and twice as many at its second turn
PRINT, FLAKY, REFUSE, RING, AWAY = "walks.print", "walks.flaky", "walks.refuse", "walks.ring", "walks.away"
BY_CASE = "case_id()"
Ends = tuple[str, str]  # the first and the last element of a block


def draw(seed: int) -> dict[str, str]:
    """The files of one procedure; its cases are those of the process `walk<seed>`."""
    picture = Picture(random.Random(seed), KINDS, seed=seed)
    picture.whole(f"walk{seed}", picture.first_sheet)
    return picture.files


@dataclass
class Picture(Drawing):
    """One procedure in the making; `parts` and `declared` are those of the process that is drawn just now."""

    seed: int = 0
    files: dict[str, str] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    is_timed: bool = True
    drawn: set[str] = field(default_factory=set)

    # --- processes, and what stands inside something ----------------------------------------------------------------------

    def whole(self, id_: str, body: Callable[[], Ends], begin: str = "", last: str = "") -> None:
        """Draws a process into a file of its own; `begin` triggers its start event, `last` stands before its end."""
        kept = self.parts, self.declared
        self.parts, self.declared = [], []
        entry, over = self.name("b"), self.name("e")
        first, final = body()
        if last:
            self.parts.append(last)
        self.parts += [start(entry, begin), end(over), flow(entry, first)]
        self.parts.append(chain(final, *([f"{id_}_last"] if last else []), over))
        references = "".join(dict.fromkeys(self.declared))
        self.files[f"{id_}.bpmn"] = process(properties(may_cancel="clerk"), *self.parts, id_=id_, references=references).decode()
        self.parts, self.declared = kept

    def first_sheet(self) -> Ends:
        """The process of the case: some blocks, and perhaps a listener at its side from the first moment on."""
        blocks = [self.block(DEPTH) for _ in range(self.rng.randint(4, 6))]
        for left, right in itertools.pairwise(blocks):
            self.parts.append(flow(left[1], right[0]))
        if self.rng.random() < 0.4:
            self.parts.append(self._listener(interrupting=False))
        return blocks[0][0], blocks[-1][1]

    def inside(self, depth: int, *more: str, timed: bool = True, first: str = "") -> str:
        """A sequence between a start and an end, for a sub-process; `first` is an element that stands before it."""
        kept, self.parts = self.parts, []
        was_timed, self.is_timed = self.is_timed, self.is_timed and timed
        entry, over = self.name("b"), self.name("e")
        begin, final, _tree = self.sequence(depth - 1)
        drawn = "".join([start(entry), *self.parts, chain(entry, *([first] if first else []), begin), end(over), flow(final, over), *more])
        self.parts, self.is_timed = kept, was_timed
        return drawn

    # --- blocks ------------------------------------------------------------------------------------------------------------

    def block(self, depth: int) -> tuple[str, str, Tree]:
        kind = self.rng.choice(self.kinds) if depth and self.count < LARGE else "task"
        if kind in TIMED and not self.is_timed:
            kind = "task"
        self.drawn.add(kind)
        if kind in GATEWAYS:
            return self._split(kind, depth)
        first, last = getattr(self, kind)(depth)
        return first, last, (kind, None)

    def _one(self, prefix: str, made: Callable[[str], str]) -> Ends:
        id_ = self.name(prefix)
        self.parts.append(made(id_))
        return id_, id_

    def task(self, _depth: int) -> Ends:
        return self._one("t", user)

    def counted(self, _depth: int) -> Ends:
        return self._one("n", lambda id_: script(id_, "n", "n + 1"))

    def rung(self, _depth: int) -> Ends:
        return self._one("o", lambda id_: service(id_, RING))

    def printed(self, _depth: int) -> Ends:
        return self._one("p", lambda id_: service(id_, PRINT, inputs(text="n")))

    def flaky(self, _depth: int) -> Ends:
        return self._one("p", lambda id_: service(id_, FLAKY))

    def external(self, _depth: int) -> Ends:
        return self._one("w", lambda id_: service(id_, AWAY))

    def refused(self, _depth: int) -> Ends:
        """An effect that ends in an error of the model, which is caught."""
        work, edge, merge = self.name("p"), self.name("g"), self.name("x")
        self.declared.append(error("refused"))
        self.parts += [service(work, REFUSE), boundary(edge, work, on_error("refused")), gateway("exclusive", merge), chain(work, merge), chain(edge, merge)]
        return work, merge

    # --- time --------------------------------------------------------------------------------------------------------------

    def _after(self) -> str:
        """A timer of its own second: counted from now, said as a moment, or computed."""
        text = f"PT{self.rng.randint(1, 5)}H{self.count}S"
        said = f'duration("{text}")'
        return self.rng.choice((timer(text), timer(said), timer(f"now() + {said}", "timeDate")))

    def _often(self) -> str:
        return timer(f"R2/PT{self.rng.randint(1, 3)}H{REPEATED + self.count}S", "timeCycle")

    def later(self, _depth: int) -> Ends:
        return self._one("l", lambda id_: catch(id_, self._after()))

    def guarded(self, _depth: int) -> Ends:
        """Something that a timer takes away, and what is done instead."""
        host, edge, instead, merge = self.name("t"), self.name("g"), self.name("t"), self.name("x")
        repeats = self.rng.choice(("", "", many("[1, 2]"), many("[1, 2]", sequential=True), loop(most=2)))
        self.parts += [user(host, inside=repeats), boundary(edge, host, self._after()), user(instead), gateway("exclusive", merge)]
        self.parts += [chain(host, merge), chain(edge, instead, merge)]
        return host, merge

    def reminded(self, _depth: int) -> Ends:
        """Something that goes on while a timer has something else done, once or twice."""
        host, edge, then, over = self.name("t"), self.name("g"), self.name("o"), self.name("e")
        when = self.rng.choice((self._after, self._often))()
        what = self.rng.choice((user(then), service(then, RING)))
        self.parts += [user(host), boundary(edge, host, when, interrupting=False), what, end(over), chain(edge, then, over)]
        return host, host

    # --- letters -----------------------------------------------------------------------------------------------------------

    def _partner(self, depth: int) -> Ends:
        """(letter, reply) of a process that is begun by the one and sends the other."""
        number = self.name("")
        id_, letter, reply = f"answer{self.seed}x{number}", f"letter{self.seed}x{number}", f"reply{self.seed}x{number}"
        was_timed, self.is_timed = self.is_timed, False  # several may run at once

        def body() -> Ends:
            self.declared += [message(letter), message(reply)]
            first, last, _tree = self.sequence(max(depth - 2, 0))
            return first, last

        post = send(f"{id_}_last", reply, correlation="number", payload="{ told: n }")
        self.whole(id_, body, on_message(letter), post)
        self.is_timed = was_timed
        self.declared += [message(letter), message(reply)]
        return letter, reply

    def _asking(self, letter: str) -> str:
        return send(self.name("a"), letter, payload=f'{{ office_id: "nb", number: {BY_CASE}, n: n }}')

    def exchange(self, depth: int) -> Ends:
        letter, reply = self._partner(depth)
        self.parts.append(self._asking(letter))
        ask, got = f"a{self.count}", self.name("r")
        self.parts += [receive(got, reply, correlation=BY_CASE), chain(ask, got)]
        return ask, got

    def race(self, depth: int) -> Ends:
        """A reply or a moment, whichever comes first."""
        letter, reply = self._partner(depth)
        self.parts.append(self._asking(letter))
        ask, gate, got, late, merge = f"a{self.count}", self.name("s"), self.name("r"), self.name("l"), self.name("x")
        answer = catch(got, properties(correlation=BY_CASE) + on_message(reply))
        self.parts += [gateway("eventBased", gate), answer, catch(late, self._after()), gateway("exclusive", merge)]
        self.parts += [chain(ask, gate, got, merge), chain(gate, late, merge)]
        return ask, merge

    # --- again and again ---------------------------------------------------------------------------------------------------

    def again(self, depth: int) -> Ends:
        """A loop of flows that lead back."""
        zero, into, count, more, out = self.name("n"), self.name("x"), self.name("n"), self.name("x"), self.name("x")
        turn = f"i{zero}"
        first, last, _tree = self.sequence(depth - 1)
        self.parts += [script(zero, turn, "0"), gateway("exclusive", into), script(count, turn, f"{turn} + 1"), gateway("exclusive", more, f"{more}_over")]
        self.parts += [gateway("exclusive", out), chain(zero, into, first), chain(last, count, more), flow(more, into, f"{turn} < 2")]
        self.parts.append(flow(more, out, id_=f"{more}_over"))
        return zero, out

    def rounds(self, _depth: int) -> Ends:
        return self._one("t", lambda id_: user(id_, inside=loop(most=2)))

    def repeated(self, depth: int) -> Ends:
        """A sub-process with a standard loop."""
        zero, id_, count = self.name("n"), self.name("u"), self.name("n")
        turn = f"i{zero}"
        kept, self.parts = self.parts, []
        entry, over = self.name("b"), self.name("e")
        first, last, _tree = self.sequence(depth - 1)
        body = [start(entry), *self.parts, script(count, turn, f"{turn} + 1"), end(over), flow(entry, first), chain(last, count, over)]
        self.parts = kept
        self.parts += [script(zero, turn, "0"), sub(id_, *body, inside=loop(f"{turn} < 2", most=5)), chain(zero, id_)]
        return zero, id_

    def _runs(self) -> tuple[bool, str]:
        in_turn = self.rng.random() < 0.5
        until = self.rng.choice(("", "", "nrOfCompletedInstances >= 2"))
        return in_turn, many("[1, 2, 3]", until=until, sequential=in_turn)

    def several(self, _depth: int) -> Ends:
        collected = properties(output_collection=f"seen{self.count}", output_element="item")
        return self._one("m", lambda id_: user(id_, inside=collected + self._runs()[1]))

    def each(self, depth: int) -> Ends:
        """A sub-process for each of three; where they run side by side, each may begin with a wait of its own."""
        id_, (in_turn, runs) = self.name("u"), self._runs()
        wait, first = "", ""
        if not in_turn and self.is_timed and self.rng.random() < 0.5:
            first = self.name("l")
            wait = catch(first, timer(f'duration("PT" + string(loopCounter + 1) + "H{self.count}S")'))
        body = self.inside(min(depth, 2), wait, timed=in_turn, first=first)
        self.parts.append(sub(id_, body, inside=properties(output_collection=f"seen{id_}", output_element="item") + runs))
        return id_, id_

    # --- scopes ------------------------------------------------------------------------------------------------------------

    def inner(self, depth: int) -> Ends:
        """A sub-process, perhaps taken away by a timer."""
        id_ = self.name("u")
        self.parts.append(sub(id_, self.inside(depth)))
        if not self.is_timed or self.rng.random() < 0.5:
            return id_, id_
        edge, instead, merge = self.name("g"), self.name("t"), self.name("x")
        self.parts += [boundary(edge, id_, self._after()), user(instead), gateway("exclusive", merge), chain(id_, merge), chain(edge, instead, merge)]
        return id_, merge

    def called(self, depth: int) -> Ends:
        """A call activity, perhaps for each of three."""
        id_, made = self.name("c"), self.name("n")
        other, several = f"call{self.seed}x{id_}", self.rng.random() < 0.3
        was_timed, self.is_timed = self.is_timed, self.is_timed and not several

        def body() -> Ends:
            first, last, _tree = self.sequence(depth - 1)
            self.parts += [script(made, "made", "n + 1"), chain(last, made)]
            return first, made

        self.whole(other, body)
        self.is_timed = was_timed
        written = call(id_, other, passes("n", "n"), returns("made", f"made{id_}"))
        self.parts.append(written.replace("</callActivity>", f"{many('[1, 2, 3]')}</callActivity>") if several else written)
        return id_, id_

    def _listener(self, *, interrupting: bool) -> str:
        """An event sub-process with a task, begun by a moment, or by a signal that the caller throws."""
        id_ = self.name("v")
        trigger = self._after() if interrupting else self.rng.choice((self._after, self._often))()
        return self._listening_for(id_, trigger, interrupting=interrupting)

    def _listening_for(self, id_: str, trigger: str, *, interrupting: bool) -> str:
        task, over = self.name("t"), self.name("e")
        return event_sub(id_, trigger, user(task), end(over), chain(f"{id_}_begun", task, over), interrupting=interrupting)

    def listening(self, depth: int) -> Ends:
        """A sub-process with an event sub-process in it: for a moment, a signal thrown beside it, or an error."""
        id_, kind = self.name("u"), self.rng.choice(("moment", "signal", "error"))
        interrupting = self.rng.random() < 0.5
        if kind == "moment" and self.is_timed:
            self.parts.append(sub(id_, self.inside(depth, self._listener(interrupting=interrupting))))
        elif kind == "error":
            listener, work = self.name("v"), self.name("p")
            self.declared.append(error("refused"))
            body = self.inside(depth, self._listening_for(listener, on_error("refused"), interrupting=True), service(work, REFUSE), first=work)
            self.parts.append(sub(id_, body))
        else:
            listener, call_out, name = self.name("v"), self.name("h"), f"signal{self.seed}x{id_}"
            self.declared.append(signal(name))
            heard = self._listening_for(listener, on_signal(name), interrupting=interrupting)
            self.parts.append(sub(id_, self.inside(depth, heard, throw(call_out, on_signal(name)), first=call_out)))
        return id_, id_

    def failing(self, _depth: int) -> Ends:
        """A sub-process that ends in an error beside something still open, caught at its edge."""
        id_, edge, instead, merge = self.name("u"), self.name("g"), self.name("t"), self.name("x")
        begin, both, one, two, over, fault = (self.name(prefix) for prefix in "bsttee")
        self.declared.append(error("failed"))
        body = [start(begin), gateway("parallel", both), user(one), user(two), end(over), end(fault, on_error("failed"))]
        body += [chain(begin, both, one, over), chain(both, two, fault)]
        self.parts += [sub(id_, *body), boundary(edge, id_, on_error("failed")), user(instead), gateway("exclusive", merge)]
        self.parts += [chain(id_, merge), chain(edge, instead, merge)]
        return id_, merge

    def escalated(self, depth: int) -> Ends:
        """A sub-process that calls for help and goes on."""
        id_, edge, help_, over, cry = self.name("u"), self.name("g"), self.name("t"), self.name("e"), self.name("h")
        self.declared.append(escalation("help"))
        body = self.inside(depth, throw(cry, on_escalation("help")), first=cry)
        self.parts += [sub(id_, body), boundary(edge, id_, on_escalation("help"), interrupting=False), user(help_), end(over), chain(edge, help_, over)]
        return id_, id_

    def conditional(self, _depth: int) -> Ends:
        """What one branch writes takes a task of the other away, or has another opened beside it."""
        zero, both, one, two, count, join, edge = (self.name(prefix) for prefix in "nsttnjg")
        flag, interrupting = f"c{zero}", self.rng.random() < 0.5
        self.parts += [script(zero, flag, "0"), gateway("parallel", both), user(one), user(two), script(count, flag, "1"), gateway("parallel", join)]
        self.parts += [boundary(edge, one, on_condition(f"{flag} = 1"), interrupting=interrupting), chain(zero, both), chain(both, two, count, join)]
        if interrupting:
            merge = self.name("x")
            self.parts += [gateway("exclusive", merge), chain(both, one, merge, join), chain(edge, merge)]
        else:
            seen, over = self.name("t"), self.name("e")
            self.parts += [user(seen), end(over), chain(both, one, join), chain(edge, seen, over)]
        return zero, join

    def crowded(self, _depth: int) -> Ends:
        """A sub-process in which two tokens come by one flow to a join that waits for another."""
        id_ = self.name("u")
        begin, split, one, two, three, merge, both, join, last, over = (self.name(prefix) for prefix in "bstttxtjte")
        body = [start(begin), gateway("parallel", split), user(one), user(two), user(three), gateway("exclusive", merge), user(both), user(last), end(over)]
        body += [gateway("inclusive", join), chain(begin, split, one, merge, both, join, last, over), chain(split, two, merge), chain(split, three, join)]
        self.parts.append(sub(id_, *body))
        return id_, id_

    def linked(self, _depth: int) -> Ends:
        away, here = self.name("h"), self.name("k")
        self.parts += [throw(away, on_link(away)), catch(here, on_link(away))]
        return away, here

    def terminated(self, _depth: int) -> Ends:
        """A sub-process in which one branch ends all."""
        id_ = self.name("u")
        begin, both, one, two, over, all_over = (self.name(prefix) for prefix in "bsttee")
        body = [start(begin), gateway("parallel", both), user(one), user(two), end(over), end(all_over, TERMINATE)]
        self.parts.append(sub(id_, *body, chain(begin, both, one, over), chain(both, two, all_over)))
        return id_, id_
