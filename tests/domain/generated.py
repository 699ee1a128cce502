"""Strategies for valid Statements: every kind of Actor, object and context, and odd JSON in extensions."""

from __future__ import annotations

from hypothesis import strategies as st

HEX = "0123456789abcdef"

uuids = st.uuids(version=4).map(str)
names = st.text(alphabet="abc é😀", min_size=1, max_size=5)
iris = st.integers(0, 5).map(lambda n: f"https://example.org/{n}")
hashes = st.text(alphabet=HEX, min_size=40, max_size=40)
language_maps = st.dictionaries(st.sampled_from(["en", "en-GB", "nl", "fr-CA"]), names, max_size=3)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | names,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("a.$\0é", max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
extensions = st.dictionaries(iris, json_values, max_size=2)
timestamps = (
    st.datetimes()
    .map(lambda d: d.isoformat(timespec="milliseconds"))
    .flatmap(
        lambda t: st.sampled_from(["", "Z", "z", "+01:00", "-11:30"]).map(lambda zone: t + zone)
    )
    .filter(lambda t: "0002" < t < "9998")
)
durations = st.sampled_from(["PT1S", "PT1.239S", "P4W", "P1Y2M3DT4H5M6,7S", "PT0S"])


def optional(required, **others):
    return st.fixed_dictionaries(required, optional=others)


identifiers = st.one_of(
    st.fixed_dictionaries(
        {"mbox": st.sampled_from(["mailto:Ann@Example.org", "mailto:bob@example.org"])}
    ),
    st.fixed_dictionaries({"mbox_sha1sum": hashes}),
    st.fixed_dictionaries({"openid": iris}),
    st.fixed_dictionaries({"account": st.fixed_dictionaries({"homePage": iris, "name": names})}),
)


def _joined(*strategies):
    return st.tuples(*strategies).map(lambda ds: {k: v for d in ds for k, v in d.items()})


_agent = st.sampled_from([{}, {"objectType": "Agent"}])


def agents(kind=_agent):
    return _joined(kind, optional({}, name=names), identifiers)


_group = st.just({"objectType": "Group"})
groups = st.one_of(
    _joined(_group, identifiers, optional({}, name=names, member=st.lists(agents(), max_size=3))),
    _joined(_group, optional({"member": st.lists(agents(), min_size=1, max_size=4)}, name=names)),
)
actors = agents() | groups
definitions = optional({}, name=language_maps, description=language_maps, extensions=extensions)
activities = _joined(
    st.sampled_from([{}, {"objectType": "Activity"}]),
    optional({"id": iris}, definition=definitions),
)
verbs = optional({"id": iris}, display=language_maps)
references = st.fixed_dictionaries({"objectType": st.just("StatementRef"), "id": uuids})
results = optional(
    {},
    score=optional({}, raw=st.integers(0, 100) | st.floats(0, 100)),
    success=st.booleans(),
    response=names,
    duration=durations,
    extensions=extensions,
)
context_activities = st.dictionaries(
    st.sampled_from(["parent", "grouping", "category", "other"]),
    activities | st.lists(activities, max_size=3),
    max_size=2,
)
context_agents = st.fixed_dictionaries(
    {
        "objectType": st.just("contextAgent"),
        "agent": agents(),
        "relevantTypes": st.lists(iris, min_size=1),
    }
)
context_groups = optional({"objectType": st.just("contextGroup"), "group": groups})
contexts = optional(
    {},
    registration=uuids,
    instructor=actors,
    team=groups,
    contextActivities=context_activities,
    contextAgents=st.lists(context_agents, max_size=2),
    contextGroups=st.lists(context_groups, max_size=2),
    language=st.sampled_from(["en-US", "nl"]),
    statement=references,
    extensions=extensions,
)
attachments = st.lists(
    st.fixed_dictionaries(
        {
            "usageType": iris,
            "display": language_maps,
            "contentType": st.just("text/plain"),
            "length": st.integers(0, 9),
            "sha2": hashes,
        }
    ),
    max_size=2,
)
_as_object = st.just({"objectType": "Agent"})
plain_objects = activities | agents(_as_object) | groups | references


def _parts(objects):
    return optional(
        {"actor": actors, "verb": verbs, "object": objects},
        result=results,
        context=contexts,
        timestamp=timestamps,
        attachments=attachments,
    )


sub_statements = _joined(st.just({"objectType": "SubStatement"}), _parts(plain_objects))
statements = _joined(
    _parts(plain_objects | sub_statements),
    optional({}, id=uuids, version=st.just("1.0.0"), authority=agents(), stored=timestamps),
)
