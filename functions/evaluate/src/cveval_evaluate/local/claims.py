"""Does a sentence claim something for its author? What it denies, wishes for or tells of somebody else is evidence of nothing."""

import re

from cveval_evaluate.local.text import Sentence

_PRAISE = re.compile(
    # Denied harm is praise ("no downtime", "never lost a message", "reduced errors to none"), and some denials are none.
    r"\b(?:no|zero|0|never|none|nobody|nothing|not (?:one|a|any|a single)|without(?: any| a| a single)?|neither)\b(?:[ -](?!but\b)[\w’'-]+){0,4}?[ -]"
    r"(?:downtime|outages?|los[st]|losses|los(?:es|ing)|errors?|fail(?:s|ed|ures?|ing)?|incidents?|accidents?|defects?|faults?|bugs?|complain(?:ts?|ed)|"
    r"miss(?:es|ed|ing)?|late|delays?|overruns?|break(?:s|ing|age)?|broke|breach(?:es|ed)?|leaks?|regressions?|duplicates?|duplication|crash(?:es|ed)?|"
    r"violations?|interruptions?|escapes?|findings?|objections?|surprises?|injur(?:y|ies|ed)|mistakes?|turnover|resign(?:ed|ations?)|left|waste|rework|touching|"
    r"restart(?:s|ing)?|stopp?(?:s|ing|ed)?|exceed(?:s|ed|ing)?|harm)\b"
    r"|\bnot (?:only|just|merely|least)\b|\bno (?:longer|matter|more than|less than|fewer than|later than|doubt)\b|\bwhether or not\b"
    r"|\b(?:to|down to|at) (?:none|zero|0)\b|\bnever again\b|(?<=\d) [\w ]+, without(?: any)? training(?=\W*$)|\bnone other\b|\bnever[ -]ending\b|, not (?!yet\b)\w+"
)
_LEARNT = r"(?:experience|knowledge|exposure|background|expertise|skills?|training|practice|qualifications?|familiarity)"
_THING = (
    rf"(?:{_LEARNT}|(?:\w+ )?tests?|test coverage|coverage|"
    r"documentation|docs|docstrings?|readme|comments|retries|retry|fallback|timeouts?|logging|monitoring|validation|error handling|linter|linting|"
    r"backups?|ci|queue|type hints|alerts?|diagrams?|examples?)"
)
_SOMEBODY = (
    r"(?:(?:former|senior|junior|other) )?(?:colleagues?|co-?workers?|team-?mates?|class-?mates?|fellow students?|team leads?|team leaders?|tech leads?|manager|boss|supervisors?|"
    r"friends?|predecessors?|contractors?|freelancers?|agency|agencies|vendors?|consultants?|professor|tutor|brother|sister|husband|wife)"
)
_MADE = r"(?:built|build|builds|wrote|writes|written|ran|run|runs|led|leads|made|makes|did|does|set up|taught|won|[a-z]{2,12}ed)"
_DO = (
    r"(?:use|used|work|worked|write|written|wrote|build|built|do|done|did|lead|led|learn|learned|learnt|touch|touched|deploy|deployed|design|designed|"
    r"develop|developed|implement|implemented|program|programmed|manage|managed|test|tested|try|tried|seen|had|have|been)"
)
_NOTHING = "|".join(
    rf"(?<=\b{verb} nothing)"
    for verb in [
        "did",
        "led",
        "ran",
        "made",
        "used",
        "built",
        "wrote",
        "tested",
        "created",
        "managed",
        "shipped",
        "deployed",
        "designed",
        "achieved",
        "developed",
        "delivered",
        "implemented",
    ]
)
_DENIED = re.compile(
    rf"(?=[nizwlu0])(?:\bnever (?:yet |ever |really |actually |personally |myself )?{_DO}\b|(?:\bnot|n['’]t) (?:yet |ever |really |actually |personally |myself )?{_DO}\b|\bneither\b|\bi (?:do not|don['’]t) know\b|"
    rf"\bnothing\b(?:{_NOTHING})(?! but\b)|\b(?:nobody|no[ -]one) (?:has |had |ever |yet )*{_MADE}\b|\bnone (?:of|was|were|is|are|has|have|exists?)\b|"
    rf"\b(?:no|zero|0|without(?: any)?|lack(?:s|ed|ing)?(?: of)?|little or no) (?:(?!and\b|or\b|but\b)[\w/+#.-]+ ){{0,3}}{_THING}\b|"
    r"\bno (?:[\w-]+ ){1,3}(?:was|were|is|are|has been|have been) (?:made|written|built|done|set up|[a-z]{2,12}ed)\b|"
    r"\b(?:not (?:yet |very |really |at all )?|un|in)(?:familiar|experienced|trained|certified|proficient|skilled|qualified|comfortable|involved|responsible|acquainted)\b)"
)
"""Looks at the first letter first: most words begin with another."""
_WISHED = re.compile(
    # wished for; what somebody wants to become is an aim, and says something of the work that is sought
    r"\b(?:(?:(?:would|wants?|hopes?|hoping|wish(?:es)?|eager|keen|willing|intends?|plans|planning)(?: like| love)?|['’]d (?:like|love)) to (?:\w+ly )?"
    r"(?:learn|use|work|get|try|take|start|attend|gain|grow|know|improve|deepen|study|understand|explore|dive|apply|do|build|write|have)\b|"
    r"i plan to (?:\w+ly )?\w+\b|would be (?:\w+ly )?(?:glad|happy|pleased|delighted|excited) to\b|"
    r"interested in (?:learning|working|using|trying)\b|"
    r"looking forward to\b|on my (?:[\w-]+ )?list\b|(?:things|skills|topics|tools|technologies) (?:(?:left|still|i want) )?to learn\b|"
    r"(?:yet|still (?:have|need|want)) to (?:learn|use|try)\b)|"
    r"^\W*(?:(?:i am|i['’]m|very|also|highly|particularly) )*interested in [^,;]+$"
)
_OF_OTHERS = re.compile(
    rf"\b(?:an?|another|one|my|our|the|some|two|other) {_SOMEBODY} (?:(?:then|also|mainly|mostly|later|alone|and not i|[a-z]+ly|has|had|have) )?{_MADE}\b|"
    rf"\b{_MADE} (?:entirely |mainly |mostly |only )?by (?:(?:an?|another|my|our|the|some|two|other) {_SOMEBODY}|some(?:body|one) else|others|another team|an external)\b|"
    rf"\b(?:some(?:body|one) else|others|another team|the other team) (?:(?:has|had|then|also|alone) )?{_MADE}\b|"
    rf"\b(?:an?|the|our) (?:(?:neighbou?ring|sister|different|separate) (?:team|group|department|squad)|"
    rf"(?:team|group|department|squad) (?:next door|upstairs|downstairs|(?:down|across) the (?:hall|corridor))) "
    rf"(?:(?:has|had|then|also|alone) )?{_MADE}\b"
)
_PRODUCED = (
    r"(?:built|wrote|ran|led|made|set up|developed|designed|implemented|created|delivered|launched|migrated|moved|rolled out|shipped|deployed|"
    r"introduced|automated|operated|maintained|managed|handled|trained|tested|won|produced|released|rewrote|replaced|organi[sz]ed)"
)
"""What a customer or a team saved, sold or used may be the result of the author's work, so these are no such verbs."""
_OF_A_BODY = re.compile(
    # at the beginning, and nothing of the author after it; *the team* alone is most often the author's
    r"^(?:(?:(?:an?|the|their|its|his|her|another|other) (?:[\w&-]+(?:['’]s)? ){1,3}?(?:teams?|groups?|departments?|squads?|division|engineers|developers)"
    r"|(?:another|other) (?:teams?|groups?|departments?|squads?)|(?:the|their) (?:developers|engineers)"
    r"|an? (?:team|group|squad|department) (?:in|at|from) [\w-]+"
    r"|(?:an?|the|their|our|my|one) (?:[\w-]+ )?(?:clients?|customers?|vendors?|suppliers?|partners?|contractors?)(?:['’]s? [\w-]+)?"
    rf"|headquarters) (?:(?:then|also|later|mainly|mostly|alone|already|[a-z]+ly|has|had|have) )?{_PRODUCED}\b"
    r"|(?:(?:an?|the|their|its) (?:[\w-]+ )?(?:company|firm|start-?up|employer)|[\w& -]{2,30} (?:ltd|gmbh|inc|corp|llc|plc|ag)) "
    rf"(?:(?:then|also|later|[a-z]+ly|has|had) )?(?:{_PRODUCED}|grew|raised|employed|earned|sold|doubled|tripled|opened|served|reached)\b)"
    r"(?!.*\b(?:i|me|my|myself|we|us|our)\b)"
)
"""All are searched in lower case, which is much faster than without regard to case."""
_OWN = re.compile(
    r"(?:i |we |also |then |later |[a-z]+ly ){0,2}(?!(?:un|in(?!herited|troduced|creased|stalled|tegrated|structed|vented|vestigated|itiated|spected|terviewed)|"
    r"excited|motivated|limited|need|skilled|experienced|qualified|certified|dedicated|determined)[a-z]*\b)"
    r"(?:[a-z]{2,12}ed|took|led|ran|wrote|rewrote|built|rebuilt|made|taught|won|drove|grew|brought|cut|set|sold|kept|gave|held|oversaw|shrank|"
    r"began|found)\b"
)
"""Begins with what the author did: then others may be who lacked or wished something."""
_MADE_ITSELF = re.compile(
    r"(?:i |we )?(?:built|wrote|made|created|developed|implemented|designed|delivered|shipped|programmed|coded) (?:(?!for\b|to\b|into\b|at\b)\S+ )*(?:that|which) [a-z ]+\Z"
)
"""What the author's own work lacks is no circumstance of it."""
_PEOPLE = r"(?:people|staff|children|teams?|group|class|company|audience|those|juniors|nurses|graduates|clients|hires|[a-z]{2,}(?:ers|ees|ors|ists|ians|ants|ents))"
_CIRCUMSTANCE = re.compile(
    r"\b(?:where (?:(?!i )[a-z]+ ){0,3}|(?:that|which|who) (?:(?:previously|before|still|so far) )?(?:(?:had|was|were|did) )(?:previously |been )?|from |despite (?:having )?)\Z"
)
_TAKEN_OVER = re.compile(
    r"(?:i |we )?(?:took over|inherited|joined|rescued|revived) (?:[\w-]+ )+(?:with )?\Z"
)
_OF_PEOPLE = re.compile(rf"\b{_PEOPLE}(?: of \w+)? (?:with )?\Z")
_WITHOUT_LEARNING = re.compile(rf"without(?: any)? {_LEARNT}\Z")
_LEARNING = re.compile(rf"\b{_LEARNT}\Z")
_OF_WHAT = re.compile(r" (?:in|with|of|on|using)\b")
_QUALITY = re.compile(
    r"(?:un|in|not )(?:[a-z]+ )*(?:familiar|experienced|trained|certified|proficient|skilled|qualified|comfortable|involved|responsible|acquainted)"
)
_OF_THE_AUTHOR = re.compile(r"(?:\A|\b(?:i|am|was|but|though|while|yet|still)|['’]m|,) \Z")
_PEOPLE_WHO = re.compile(rf"\b(?:{_PEOPLE}(?: (?:who|that))?|who)(?: (?:are|were|is|was))? \Z")
_AFTER_A_NOUN = re.compile(r" (?!(?:and|but|or|am|is|also|very|highly|now|yet|still|always) )[a-z-]+ \Z")
_WISHFUL = ("eager", "keen", "willing", "hoping", "interested", "planning")
_ASKED = re.compile(
    r"(?:asked|trusted|entrusted|invited|appointed|promoted|tasked|selected|picked|named|charged|wanted) me (?:to|with|as|for|in|on)\b"
)
_THAT_I = re.compile(
    rf"[^,;]* (?:that|which|what) (?:i|we) (?:had |have |then |once |first )?(?!used|needed|wanted|inherited|reviewed|learned){_MADE}\b"
)
LONGEST_CIRCUMSTANCE = 40
_NONE_IN_FIGURES = re.compile(r"(?<![\d.,:])0 [a-z]")
_REVIEWED = re.compile(
    r"\b(?:reviewed|commented|checked|audited|praised|copied|adopted|used|approved|tested|mentored|supervised|managed|helped|supported|coached) by\b"
)
_KINDS = (
    # What there is to find, and the words of which one is in whatever is found: looking for these first is much faster.
    (
        _DENIED,
        frozenset(
            [
                "no",
                "zero",
                "never",
                "neither",
                "nobody",
                "none",
                "nothing",
                "no-one",
                "without",
                "lack",
                "lacks",
                "lacked",
                "lacking",
                "not",
                "unfamiliar",
                "inexperienced",
                "untrained",
                "uncertified",
                "unskilled",
                "unqualified",
                "uncomfortable",
                "uninvolved",
                "don't",
                "don’t",
                "doesn't",
                "doesn’t",
                "didn't",
                "didn’t",
                "haven't",
                "haven’t",
                "hasn't",
                "hasn’t",
                "hadn't",
                "hadn’t",
                "wasn't",
                "weren't",
                "isn't",
                "aren't",
                "can't",
                "couldn't",
                "wasn’t",
                "weren’t",
                "isn’t",
                "aren’t",
                "can’t",
                "couldn’t",
            ]
        ),
    ),
    (
        _WISHED,
        frozenset(
            [
                "would",
                "i'd",
                "i’d",
                "want",
                "wants",
                "hope",
                "hopes",
                "hoping",
                "wish",
                "wishes",
                "eager",
                "keen",
                "willing",
                "intend",
                "intends",
                "plan",
                "plans",
                "planning",
                "list",
                "learn",
                "yet",
                "still",
                "interested",
                "forward",
            ]
        ),
    ),
    (
        _OF_OTHERS,
        frozenset(
            [
                "colleague",
                "colleagues",
                "coworker",
                "coworkers",
                "co-worker",
                "co-workers",
                "teammate",
                "teammates",
                "team-mate",
                "team-mates",
                "classmate",
                "classmates",
                "lead",
                "leads",
                "leader",
                "leaders",
                "manager",
                "boss",
                "supervisor",
                "supervisors",
                "friend",
                "friends",
                "predecessor",
                "predecessors",
                "contractor",
                "contractors",
                "freelancer",
                "freelancers",
                "agency",
                "agencies",
                "vendor",
                "vendors",
                "consultant",
                "consultants",
                "professor",
                "tutor",
                "brother",
                "husband",
                "wife",
                "else",
                "other",
                "others",
                "neighbouring",
                "neighboring",
                "sister",
                "different",
                "separate",
                "door",
                "upstairs",
                "downstairs",
                "hall",
                "corridor",
                "another",
                "external",
                "students",
            ]
        ),
    ),
    (
        _OF_A_BODY,
        frozenset(
            [
                "team",
                "teams",
                "group",
                "groups",
                "department",
                "departments",
                "squad",
                "squads",
                "division",
                "engineers",
                "developers",
                "client",
                "clients",
                "customer",
                "customers",
                "vendor",
                "vendors",
                "supplier",
                "suppliers",
                "partner",
                "partners",
                "contractor",
                "contractors",
                "client's",
                "client’s",
                "customer's",
                "customer’s",
                "headquarters",
                "company",
                "firm",
                "startup",
                "start-up",
                "employer",
                "ltd",
                "gmbh",
                "inc",
                "corp",
                "llc",
                "plc",
                "ag",
            ]
        ),
    ),
)
_HINTS = frozenset[str]().union(*(hints for _, hints in _KINDS))


def is_claim(sentence: Sentence) -> bool:
    """Is what it tells its author's own, and done? One denial makes the whole sentence none, unless it is of what the author found."""
    if _HINTS.isdisjoint(sentence.lower) and "0 " not in sentence.text:
        return True
    found = [kind for kind, hints in _KINDS if not hints.isdisjoint(sentence.lower)]
    if not found and not _NONE_IN_FIGURES.search(sentence.text):
        return True
    text = " ".join(sentence.text.lower().split())
    kinds = [kind for kind in found or (_DENIED,) if kind.search(text)]
    if not kinds:
        return True
    is_own = bool(_OWN.match(text))
    text = _REVIEWED.sub("", _PRAISE.sub(" ", text))
    return all(
        _is_harmless(kind, match, text, is_own=is_own) for kind in kinds for match in kind.finditer(text)
    )


def _is_harmless(kind: re.Pattern[str], found: re.Match[str], text: str, *, is_own: bool) -> bool:
    """Is what was denied or wished somebody else's lack or wish, or what somebody else did the author's?"""
    before = text[max(0, found.start() - LONGEST_CIRCUMSTANCE) : found.start()]
    if kind is _DENIED:
        if _QUALITY.fullmatch(found[0]):
            return bool(_PEOPLE_WHO.search(before)) or (is_own and not _OF_THE_AUTHOR.search(before))
        return is_own and _is_circumstance(found, text, before)
    if kind is _WISHED:
        return bool(
            _PEOPLE_WHO.search(before)
            or (is_own and found[0].startswith(_WISHFUL) and _AFTER_A_NOUN.search(before))
        )
    if kind is _OF_OTHERS:
        verb = text.rfind(" ", 0, found.end()) + 1
        return bool(_ASKED.match(text, verb) or _THAT_I.match(text, found.end()))
    return False


def _is_circumstance(found: re.Match[str], text: str, before: str) -> bool:
    """In a sentence that begins with what the author did, what was not there before, what others did not know, or no training."""
    if _CIRCUMSTANCE.search(before):
        return not _MADE_ITSELF.match(text[: found.start()])
    if found[0].startswith(("nobody had ", "no one had ")):
        return True
    if _WITHOUT_LEARNING.match(found[0]):
        return not (before.endswith(", ") or _OF_WHAT.match(text, found.end()))
    if _LEARNING.search(found[0]) and _OF_PEOPLE.search(before):
        return True
    return bool(_TAKEN_OVER.match(text[: found.start()]))
