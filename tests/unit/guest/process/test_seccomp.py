"""The system call filter, run by a small interpreter of its own: what it says on every architecture, also those not at hand."""

from __future__ import annotations

import struct

import pytest
from scopebox_guest.process.seccomp import ALLOW, KILL, REFUSE, TABLES, Table, program

CHANNEL, PID = 3, 4711


def verdict(code: bytes, number: int, args: tuple[int, ...] = (), audit: int = 0) -> int:
    """Run classic BPF over ``struct seccomp_data``."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *(args + (0,) * 6)[:6])
    value, at = 0, 0
    while True:
        operation, yes, no, operand = struct.unpack_from("<HBBI", code, 8 * at)
        at += 1
        match operation:
            case 0x20:
                (value,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return int(operand)
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


@pytest.fixture(params=sorted(TABLES))
def table(request: pytest.FixtureRequest) -> Table:
    return TABLES[request.param]


def judge(table: Table, number: int, *args: int) -> int:
    return verdict(program(table, CHANNEL, PID), number, args, table.audit)


def test_exactly_nineteen_calls_can_be_allowed(table: Table) -> None:
    args = dict.fromkeys(table.channel, (CHANNEL,)) | {table.tgkill: (PID,)}
    allowed = {number for number in range(600) if judge(table, number, *args.get(number, ())) == ALLOW}
    assert allowed == {*table.channel, *table.mapping, *table.plain, *table.clocks, table.futex, table.tgkill}
    assert len(allowed) == 19


def test_everything_else_is_refused_with_an_ordinary_error(table: Table) -> None:
    assert judge(table, 599) == REFUSE
    assert REFUSE & 0xFFFF == 1


def test_the_channel_is_the_only_descriptor(table: Table) -> None:
    for number in table.channel:
        assert judge(table, number, CHANNEL) == ALLOW
        for other in (0, 1, 2, 4, CHANNEL + 2**32, 2**32 - 1):
            assert judge(table, number, other) == REFUSE


def test_no_mapping_is_executable(table: Table) -> None:
    for number in table.mapping:
        assert judge(table, number, 0, 4096, 3) == ALLOW
        for protection in (4, 5, 7):
            assert judge(table, number, 0, 4096, protection) == REFUSE


def test_a_signal_goes_to_oneself_alone(table: Table) -> None:
    assert judge(table, table.tgkill, PID, PID, 6) == ALLOW
    for other in (1, PID + 1, 0, PID + 2**32):
        assert judge(table, table.tgkill, other, PID, 6) == REFUSE


def test_only_the_clocks_of_everybody_and_its_own_are_told(table: Table) -> None:
    for number in table.clocks:
        for clock in range(12):
            assert judge(table, number, clock) == ALLOW
        for process in (1, PID, 4_194_304):
            for kind in range(8):
                of_a_process = (~process << 3) | kind
                assert judge(table, number, of_a_process & 0xFFFFFFFF) == REFUSE
                assert judge(table, number, of_a_process & 0xFFFFFFFFFFFFFFFF) == REFUSE
        assert judge(table, number, 12) == REFUSE


def test_a_futex_is_for_waiting_and_waking_and_looks_up_no_process(table: Table) -> None:
    for operation in (0, 1, 9, 10):
        for flags in (0, 128, 256, 384):
            assert judge(table, table.futex, 0, operation | flags) == ALLOW
    for operation in {*range(16)} - {0, 1, 9, 10}:
        for flags in (0, 128, 256, 384, 512):
            assert judge(table, table.futex, 0, operation | flags) == REFUSE


def test_another_architecture_is_killed(table: Table) -> None:
    code = program(table, CHANNEL, PID)
    assert verdict(code, table.plain[0], (), table.audit ^ 1) == KILL
    assert verdict(code, 0x40000000 + table.plain[0], (), table.audit) == KILL


def test_every_table_has_the_same_calls() -> None:
    assert [len(set(table.plain)) for table in TABLES.values()] == [9, 9]
