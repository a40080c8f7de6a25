"""Work threads, message by message, together with what a good summary says about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from training.talk.words import Words

SECTIONS = ("TL;DR", "Decisions", "Action items", "Open questions", "Disagreements")


@dataclass(slots=True, eq=False)
class Said:
    """One message; its number is given when the whole thread is known."""

    name: str
    text: str
    number: int = 0


@dataclass(slots=True)
class Bullet:
    """One line of the summary and the messages it rests on."""

    text: str
    sources: list[Said]


@dataclass(slots=True)
class Action:
    """What the bench compares: who does what until when."""

    owner: str
    task: str
    date: str
    sources: list[Said]

    def bullet(self) -> Bullet:
        text = f"{self.owner}: {self.task}" if self.owner else upper(self.task)
        return Bullet(text + (f" ({self.date})" if self.date else ""), self.sources)


@dataclass(slots=True)
class Event:
    """A few messages that belong together, and what the summary says of them."""

    said: list[Said] = field(default_factory=list)
    section: str = ""
    bullet: Bullet | None = None
    action: Action | None = None
    headline: Bullet | None = None  # what the TL;DR may say about it
    weight: int = 0  # how much it belongs into the TL;DR


@dataclass(slots=True)
class Thread:
    """A whole conversation with its true summary."""

    said: list[Said]
    events: list[Event]

    @property
    def actions(self) -> list[Action]:
        return [event.action for event in self.events if event.action]


def upper(text: str) -> str:
    """The same with a capital first letter."""
    return text[:1].upper() + text[1:]


ASKING = ("how", "why", "can", "is", "does", "what", "which", "where", "who", "when", "should", "do we")

BARE = ("tomorrow", "tonight", "next ", "this ")  # dates that need no word before them


def by(words: Words, date: str) -> str:
    """A date as a task carries it; the bracket of the summary holds only the date."""
    if not date:
        return " "
    if date.startswith(BARE):
        return f" {date}"
    return words.rng.choice(
        (" by {}", " by {}", " until {}", " before {}", ", deadline {}", " ({})", ", {} at the latest")
    ).format(date)


def by_front(words: Words, date: str) -> str:
    """The same at the head of a sentence."""
    if not date:
        return " "
    return (
        f"{upper(date)} "
        if date.startswith(BARE)
        else words.rng.choice(("By {} ", "Until {} ", "Before {} ")).format(date)
    )


def asked(words: Words, template: str, task: str, date: str, name: str = "") -> str:
    """Fill a promise or a request, with something before and behind it now and then."""
    v = words.vocabulary
    if words.maybe(0.2):
        template = words.pick(v.fronts) + template
    if words.maybe(0.2):
        template += ("" if template.endswith((".", "?", "!")) else ".") + words.pick(v.tails)
    given = {"task": task, "by": by(words, date), "byfront": by_front(words, date)}
    return tidy(words.fill(template, **given, **({"name": name} if name else {})))


def tidy(text: str) -> str:
    """Take out the blanks that empty fields leave."""
    for mark in " .?,:!":
        text = text.replace(" " + mark, mark)
    return text.strip()


def some_date(words: Words) -> str:
    return words.pick(words.vocabulary.dates) if words.maybe(0.55) else ""


def promise(words: Words) -> Event:
    """Somebody takes a task on."""
    owner, task, date = words.rng.choice(words.people), words.task(), some_date(words)
    said = Said(owner, asked(words, words.pick(words.vocabulary.promises), task, date))
    return done(words, [said], Action(owner, task, date, [said]))


def done(words: Words, said: list[Said], action: Action) -> Event:
    who = f"{action.owner} will {action.task}" if action.owner else f"Somebody has to {action.task}"
    return Event(said, "Action items", action.bullet(), action, Bullet(who + ".", action.sources), 2)


def request(words: Words) -> Event:
    """Somebody asks another one, who accepts, declines, or says nothing."""
    owner, task, date = words.rng.choice(words.people), words.task(), some_date(words)
    asker = words.other(owner)
    v = words.vocabulary
    said = [Said(asker, asked(words, words.pick(v.requests), task, date, owner))]
    if words.maybe(0.15):
        said.append(Said(owner, words.pick(v.refusals)))
        if words.maybe(0.4) or len(words.people) < 3:
            return Event(done(words, said, Action(owner, task, date, said)).said)
        taker = words.other(owner, asker)
        said.append(Said(taker, words.pick(v.takeovers)))
        return done(words, said, Action(taker, task, date, [said[0], said[2]]))
    if words.maybe(0.8):
        said.append(Said(owner, words.pick(v.accepts)))
    return done(words, said, Action(owner, task, date, list(said)))


def minutes(words: Words) -> Event:
    """A third person writes a task down."""
    owner, task, date = words.rng.choice(words.people), words.task(), some_date(words)
    text = asked(words, words.pick(words.vocabulary.minutes), task, date, owner)
    said = [Said(words.other(owner), text)]
    return done(words, said, Action(owner, task, date, said))


def unowned(words: Words) -> Event:
    task, date = words.task(), some_date(words)
    text = asked(words, words.pick(words.vocabulary.unowned), task, date)
    said = [Said(words.rng.choice(words.people), text)]
    return done(words, said, Action("", task, date, said))


def decision(words: Words) -> Event:
    v = words.vocabulary
    clause = words.content(v.clauses, words.rng.choice(("we ", "the ", "")))
    who = words.rng.choice(words.people)
    said = [Said(who, words.fill(words.pick(v.decisions), clause=clause))]
    said += [Said(words.other(who), words.pick(v.agreements)) for _ in range(words.rng.choice((0, 0, 1, 2)))]
    bullet = Bullet(upper(clause) + ".", said[:1])
    return Event(said, "Decisions", bullet, None, bullet, 3)


def question(words: Words) -> Event:
    """A question that stays open, or gets an answer and is then no longer worth a line."""
    v = words.vocabulary
    who = words.rng.choice(words.people)
    text = words.content(v.questions, upper(words.rng.choice(ASKING)) + " ", "?")
    said = [Said(who, text if words.maybe(0.8) else text[:1].lower() + text[1:])]
    if words.maybe(0.45):
        said.append(Said(words.other(who), words.fill(words.pick(v.replies))))
        return Event(said, headline=Bullet(f"{who} asks: {upper(text)}", said[:1]), weight=1)
    if words.maybe(0.4):
        said.append(Said(words.other(who), words.pick(v.shrugs)))
    bullet = Bullet(upper(text), said[:1])
    return Event(said, "Open questions", bullet, None, Bullet(f"{who} asks: {upper(text)}", said[:1]), 1)


def dispute(words: Words) -> Event:
    v = words.vocabulary
    one = words.rng.choice(words.people)
    two = words.other(one)
    option, reason = words.content(v.options), words.content(v.reasons)
    said = [Said(one, words.fill(words.pick(v.wishes), option=option)),
            Said(two, words.fill(words.pick(v.objections), reason=reason))]  # fmt: skip
    bullet = Bullet(f"{one} wants to {option}; {two} disagrees: {reason}.", list(said))
    return Event(said, "Disagreements", bullet, None, bullet, 2)


def chatter(words: Words) -> Event:
    text = words.aside() if words.maybe(words.noise) else words.fill(words.pick(words.vocabulary.chatter))
    if words.maybe(0.08):
        text += words.rng.choice(("\n", " ", "\n\n")) + words.fill(words.pick(words.vocabulary.chatter))
    return Event([Said(words.rng.choice(words.people), text)])


def opening(words: Words) -> Event:
    topic = words.content(words.vocabulary.topics)
    who = words.people[0]
    said = [Said(who, words.fill(words.pick(words.vocabulary.openers), topic=topic))]
    return Event(said, headline=Bullet(f"{who} brings up {topic}.", said), weight=4)


def strange_question(words: Words) -> str:
    """A question about anything, in one line."""
    about = words.babble(16) if words.maybe(0.5) else words.prose(16)
    text = " ".join(about.strip("`").split()).rstrip(" .!:;,)")
    return f"{words.rng.choice(ASKING)} {text[:120]}?"


def help_wanted(words: Words) -> Event:
    """A technical question with its answers, as in a help channel."""
    v = words.vocabulary
    asker = words.rng.choice(words.people)
    text = words.fill(words.pick(v.problems))
    if words.maybe(words.noise):
        text = strange_question(words)
    said = [Said(asker, text)]
    if words.maybe(words.noise):
        said[0].text = f"{text} {words.aside()}" if words.maybe(0.6) else f"{words.aside()} {upper(text)}"
    first = Bullet(f"{asker} asks: {upper(text)}", said[:1])
    answers = words.rng.choice((0, 1, 1, 2, 2, 3))
    for _ in range(answers):
        advice = words.aside() if words.maybe(words.noise) else words.fill(words.pick(v.advice))
        mention = words.rng.choice(("", "", "", f"@{asker} ", f"{asker}: "))
        said.append(Said(words.other(asker), mention + advice))
        if words.maybe(0.3):
            said.append(Said(asker, words.fill(words.pick(v.chatter))))
    if not answers:
        return Event(said, "Open questions", Bullet(upper(text), said[:1]), None, first, 4)
    if words.maybe(0.4):
        said.append(Said(asker, words.pick(v.thanks)))
    return Event(said, headline=first, weight=4)


MAKERS: tuple[tuple[Callable[[Words], Event], int], ...] = (
    (promise, 10), (request, 12), (minutes, 4), (unowned, 2), (decision, 7), (question, 7), (dispute, 4),
    (help_wanted, 3), (chatter, 14),
)  # fmt: skip


def weave(words: Words, events: list[Event]) -> list[Said]:
    """Put the events behind one another; now and then one starts before the last one has ended."""
    said: list[Said] = []
    for event in events:
        if said and len(event.said) > 1 and words.maybe(0.12):
            last = said.pop()
            said += [event.said[0], last, *event.said[1:]]
        else:
            said += event.said
    for number, one in enumerate(said, 1):
        one.number = number
        if words.maybe(0.2 * words.noise):
            one.text += ("" if one.text.endswith((".", "?", "!")) else ".") + ramble(words)
    return said


def ramble(words: Words) -> str:
    """How people go on when they have said what they wanted."""
    return words.rng.choice((" ", " ", "\n", "\n\n")) + words.aside()


def headlines(words: Words, said: list[Said], events: list[Event]) -> list[Bullet]:
    """One to three bullets: what it is about, then what weighs most, in the order of time."""
    told = [event for event in events if event.headline]
    if not told:
        first = max(said[:4], key=lambda one: len(one.text.split()[:12]))
        return [Bullet(f"{first.name} says: {excerpt(first.text)}", [first])]
    best = sorted(told, key=lambda event: -event.weight)[: 3 if len(told) > 4 else 2 if len(told) > 1 else 1]
    chosen = [event for event in told if any(event is one for one in best)]
    return [event.headline for event in chosen if event.headline]


def excerpt(text: str) -> str:
    """The first line of a message, twelve words at most."""
    line = text.split("\n")[0]
    parts = line.split()
    return " ".join(parts[:12]) + (" ..." if len(parts) > 12 else "")


def thread(words: Words, length: int) -> Thread:
    """Compose a thread of about this many messages."""
    words.gather(min(max(2, words.rng.choice((2, 3, 3, 4, 4, 5, 6, 8))), max(2, length)))
    makers, weights = zip(*MAKERS, strict=True)
    mood = [weight * words.rng.choice((0.2, 1, 1, 2)) for weight in weights]
    events = [opening(words)] if words.maybe(0.45) else []
    while sum(len(event.said) for event in events) < length:
        events.append(words.rng.choices(makers, mood)[0](words))
    return Thread(weave(words, events), events)


def empty_bullets() -> dict[str, list[Bullet]]:
    return {section: [] for section in SECTIONS}


def points(words: Words, made: Thread) -> dict[str, list[Bullet]]:
    """What the summary says, section by section."""
    found = empty_bullets()
    found["TL;DR"] = headlines(words, made.said, made.events)
    for event in made.events:
        if event.section and event.bullet:
            found[event.section].append(event.bullet)
    for section in SECTIONS[1:]:
        found[section].sort(key=lambda bullet: bullet.sources[0].number)
    return found
