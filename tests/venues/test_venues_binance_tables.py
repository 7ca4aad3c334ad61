"""The tables of the dialect against the official schema files, and names for people."""

import pytest
from binance_samples import EXECUTION_REPORT, LIMIT_RESPONSE, LOGON, message
from binance_schema import Member, Schema, market_data_schema, order_entry_schema

from blotter.venues.base import SessionKind
from blotter.venues.binance import BinanceSpot
from blotter.venues.binance import tags as t
from blotter.venues.binance.fields import FIELDS
from blotter.venues.binance.messages import CLIENT_MESSAGES, HEADER, Shape
from blotter.venues.binance.tags import MsgType

SCHEMAS = pytest.mark.parametrize("schema_of", [order_entry_schema, market_data_schema])
# Long descriptions of 1109, which nobody wants to read in an inspector.
REWORDED = {t.TRIGGER_PRICE_DIRECTION}


@SCHEMAS
def test_every_field_has_the_schemas_name_type_and_values(schema_of) -> None:
    schema: Schema = schema_of()
    for tag, name in schema.names.items():
        assert FIELDS[tag].name == name
        assert FIELDS[tag].type.value == schema.types[tag]
        values = schema.enums.get(tag, {})
        assert set(FIELDS[tag].values) >= set(values)
        if tag not in REWORDED:
            assert {value: FIELDS[tag].values[value] for value in values} == values


def test_every_tag_number_stands_for_one_field() -> None:
    numbers = {name: value for name, value in vars(t).items() if isinstance(value, int)}
    assert sorted(numbers.values()) == sorted(FIELDS)
    short = {t.CANCEL_AND_NEW_MODE}
    for name, tag in numbers.items():
        assert tag in short or name.replace("_", "").lower() == FIELDS[tag].name.lower()


def compare(shape: Shape, members: dict[int, Member], firmer: set[int], only_theirs: set[int]) -> None:
    """`firmer`: required by the prose though the schema does not say so (one definition for both directions)."""
    assert set(members) - set(shape.fields) == only_theirs
    assert set(shape.fields) <= set(members)
    for tag, required in shape.fields.items():
        assert required == (members[tag].required or tag in firmer), tag
        group = members[tag].group
        assert (group is not None) == (tag in shape.groups)
        if group is not None:
            compare(shape.groups[tag], group, set(), set())


SERVER_ONLY = {t.UUID}
BINARY_ONLY = {t.SBE_SCHEMA_ID, t.SBE_SCHEMA_VERSION}
LOGON_REQUIRED = {98, 95, 96, 141, 553, 25035}


@pytest.mark.parametrize("kind", SessionKind)
def test_client_messages_are_the_schemas(kind: SessionKind) -> None:
    schema = market_data_schema() if kind is SessionKind.MARKET_DATA else order_entry_schema()
    assert set(HEADER) == set(schema.header)
    for msg_type, shape in CLIENT_MESSAGES[kind].items():
        firmer: set[int] = set()
        only_theirs: set[int] = set()
        if msg_type == MsgType.LOGON:
            firmer = LOGON_REQUIRED | ({t.DROP_COPY_FLAG} if kind is SessionKind.DROP_COPY else set())
            only_theirs = SERVER_ONLY | BINARY_ONLY
        if msg_type == MsgType.NEW_ORDER_LIST:
            firmer = {t.NO_ORDERS}
        compare(shape, schema.messages[msg_type], firmer, only_theirs)


@SCHEMAS
def test_message_and_group_names_for_people(schema_of) -> None:
    schema: Schema = schema_of()
    dictionary = BinanceSpot.dictionary
    for msg_type, name in schema.message_names.items():
        assert dictionary.message_name(msg_type) == name

    def check(members: dict[int, Member]) -> set[int]:
        everything = set(members)
        for tag, member in members.items():
            if member.group is not None:
                inner = check(member.group)
                assert inner <= dictionary.groups[tag]
                everything |= inner
        return everything

    for members in schema.messages.values():
        check(members)


def test_the_inspector_names_own_tags_enums_and_groups() -> None:
    dictionary = BinanceSpot.dictionary
    explained = {field.tag: field for field in dictionary.explain(message(EXECUTION_REPORT))}
    assert (explained[25001].name, explained[25001].meaning) == ("SelfTradePreventionMode", "EXPIRE_MAKER")
    assert (explained[25017].name, explained[150].meaning) == ("CumQuoteQty", "NEW")
    assert dictionary.field_name(7940) == "StrategyID"
    assert dictionary.field_name(9406) == "DropCopyFlag"
    assert dictionary.meaning(25056, "8") == "EXECUTION_RULE_PRICE_RANGE_EXCEEDED"
    assert dictionary.message_name("XCN") == "OrderCancelRequestAndNewOrderSingle"
    depths = [(field.tag, field.depth) for field in dictionary.explain(message(LIMIT_RESPONSE))]
    assert (6136, 0) in depths
    assert depths.count((25004, 1)) == 3


def test_the_inspector_masks_the_logon() -> None:
    venue = BinanceSpot()
    shown = {
        field.tag: field.value for field in venue.dictionary.explain(message(LOGON), mask=venue.secret_tags)
    }
    assert (shown[96], shown[553]) == ("***", "***")
    assert shown[25035] == "2"
