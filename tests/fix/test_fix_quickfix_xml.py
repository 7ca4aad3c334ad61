"""Dictionaries in QuickFIX's form: read, and refused with file, line, element and rule."""

from pathlib import Path

import pytest

from blotter.fix.codec import decode, encode
from blotter.fix.quickfix_xml import DictionaryFileError, load, parse

XML = """<?xml version="1.0"?>
<fix type="FIX" major="4" minor="4" servicepack="0">
 <header>
  <field name="BeginString" required="Y"/><field name="BodyLength" required="Y"/>
  <field name="MsgType" required="Y"/><field name="MsgSeqNum" required="Y"/>
 </header>
 <messages>
  <message name="NewOrderSingle" msgtype="D" msgcat="app">
   <field name="ClOrdID" required="Y"/>
   <component name="Parties" required="N"/>
   <field name="Side" required="Y"/>
   <field name="Reason" required="N"/>
  </message>
 </messages>
 <trailer><field name="CheckSum" required="Y"/></trailer>
 <components>
  <component name="Parties">
   <group name="NoPartyIDs" required="N">
    <field name="PartyID" required="Y"/><field name="PartyRole" required="N"/>
   </group>
  </component>
 </components>
 <fields>
  <field number="8" name="BeginString" type="STRING"/><field number="9" name="BodyLength" type="LENGTH"/>
  <field number="35" name="MsgType" type="STRING"/><field number="34" name="MsgSeqNum" type="SEQNUM"/>
  <field number="10" name="CheckSum" type="STRING"/><field number="11" name="ClOrdID" type="STRING"/>
  <field number="54" name="Side" type="CHAR">
   <value enum="1" description="BUY"/><value enum="2" description="SELL"/></field>
  <field number="453" name="NoPartyIDs" type="NUMINGROUP"/><field number="448" name="PartyID" type="STRING"/>
  <field number="452" name="PartyRole" type="INT"/>
  <field number="7001" name="Reason" type="STRING" allowOtherValues="Y"><value enum="A" description="ANY"/></field>
 </fields>
</fix>
"""


ENTRY = '<field name="PartyID" required="Y"/><field name="PartyRole" required="N"/>'


def verdict(fields: list[tuple[int, str]]):
    grammar = parse(XML.encode(), "broker.xml")
    fault = grammar.check(decode(encode("FIX.4.4", "D", [(34, "1")], fields)))
    return None if fault is None else (fault.reason, fault.tag)


def test_what_it_demands() -> None:
    assert verdict([(11, "a"), (54, "1")]) is None
    assert verdict([(11, "a"), (54, "3")]) == (5, 54)
    assert verdict([(54, "1")]) == (1, 11)
    assert verdict([(11, "a"), (453, "1"), (448, "p"), (452, "1"), (54, "1")]) is None
    assert verdict([(11, "a"), (453, "2"), (448, "p"), (54, "1")]) == (16, 453)
    assert verdict([(11, "a"), (54, "1"), (7001, "B")]) is None


def test_what_it_names(tmp_path: Path) -> None:
    path = tmp_path / "broker.xml"
    path.write_text(XML)
    names = load(path).names
    assert names.name == "FIX.4.4"
    assert (names.field_name(7001), names.meaning(54, "2"), names.message_name("D")) == (
        "Reason",
        "SELL",
        "NewOrderSingle",
    )
    assert names.groups == {453: {448, 452}}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name="Side" required', 'name="Syde" required', "line 11: <field name='Syde' .*>: there is no field 'Syde'"),
        ('name="Parties" required', 'name="Party" required', "line 10: .*there is no component 'Party'"),
        ('name="ClOrdID" required="Y"', 'name="ClOrdID" required="X"', "line 9: .*required 'X' must be Y or N"),
        ('type="CHAR"', 'type="LETTER"', "line 27: .*type 'LETTER' is no data type of FIX"),
        ('number="11"', 'number="-1"', "line 26: .*number '-1' must be a positive number"),
        ('number="11" name="ClOrdID"', 'number="10" name="ClOrdID"', "line 26: .*must stand once"),
        ('number="11" name="ClOrdID"', 'number="11"', "line 26: .*must have name"),
        ('msgtype="D"', 'msgtype="D D"', "line 8: <message .*letters and digits"),
        ("<messages>", "<massages>", "line 7: <massages .*cannot stand in <fix>"),
        ("</fix>", "", "line 34: no XML"),
        ('<fix type="FIX"', '<!DOCTYPE fix [<!ENTITY a "b">]><fix type="FIX"', "line 2: <!DOCTYPE fix>: not allowed"),
        (ENTRY, "", "line 18: <group .*must hold a field"),
        ('<field name="PartyRole" required="N"/>', '<component name="Parties"/>', "block Parties contains itself"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong(old: str, new: str, complaint: str) -> None:
    assert old in XML
    with pytest.raises(DictionaryFileError, match=f"^broker.xml.*{complaint}"):
        parse(XML.replace(old, new, 1).encode(), "broker.xml")


def test_a_file_that_lacks_a_part() -> None:
    with pytest.raises(DictionaryFileError, match=r"broker.xml, line 1: <fix .*must have <header>"):
        parse(b"<fix><messages/><fields/></fix>", "broker.xml")
    with pytest.raises(DictionaryFileError, match="line 1: <other >: must be <fix>"):
        parse(b"<other/>", "broker.xml")


def test_a_file_nested_without_end() -> None:
    deep = b"<group name='a'>" * 5000
    with pytest.raises(DictionaryFileError, match="must not be nested more than 32 deep"):
        parse(b"<fix><header>" + deep, "broker.xml")
