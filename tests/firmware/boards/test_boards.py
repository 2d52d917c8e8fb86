"""Boards as data: what a wrong pin would break, on both Pythons."""

from firmware import boards


def pins_of(wires):
    return [wires.tx, wires.rx] if isinstance(wires, boards.Uart) else [wires.scl, wires.sda]


def pins(board):
    """Every GPIO number the board uses."""
    found = pins_of(board.reader) + pins_of(board.scanner) + pins_of(board.display)
    found.extend(board.light)
    found.extend((board.reader_reset, board.buzzer))
    if board.reader_irq is not None:
        found.append(board.reader_irq)
    return found


def every():
    return [boards.load(name) for name in boards.BOARDS]


def test_each_is_named_as_its_folder():
    assert tuple([board.name for board in every()]) == boards.BOARDS


def test_no_pin_is_used_twice():
    for board in every():
        assert len(set(pins(board))) == len(pins(board)), board.name


def test_no_bus_is_used_twice():
    for board in every():
        buses = [(type(wires).__name__, wires.id) for wires in (board.reader, board.scanner, board.display)]
        assert len(set(buses)) == 3, board.name


def test_buffers_hold_the_longest_message():
    for board in every():
        assert board.scanner.rxbuf > 513  # the longest code and its tail
        if isinstance(board.reader, boards.Uart):
            assert board.reader.rxbuf >= 275  # an extended frame


def test_the_esp32_leaves_strapping_console_and_flash_pins_alone():
    used = pins(boards.load("esp32_devkit"))
    assert not set(used) & {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 15}
    assert not set(used) & {34, 35, 36, 39}  # inputs only; everything here but RX must drive


def test_the_pico_gives_each_bus_pins_it_can_have():
    board = boards.load("pico_w")
    assert (board.scanner.tx, board.scanner.rx) == (0, 1) and board.scanner.id == 0
    for wires in (board.reader, board.display):
        # RP2040: I2C0 is on 0/1, 4/5, 8/9 ..., I2C1 on 2/3, 6/7, 10/11 ...; SDA even, SCL odd.
        assert wires.sda % 4 == 2 * wires.id and wires.scl == wires.sda + 1
    assert not set(pins(board)) & {23, 24, 25, 29}  # the radio's


def test_the_picos_buzzer_has_a_pwm_slice_of_its_own():
    board = boards.load("pico_w")
    assert (board.buzzer >> 1) % 8 not in [(pin >> 1) % 8 for pin in board.light]


def test_watchdogs_fit_their_boards():
    assert boards.load("pico_w").wdt_ms <= 8388  # RP2040
    assert boards.load("esp32_devkit").wdt_ms <= 25500  # what the bench's wire carries


def test_boards_without_parts_have_none():
    for name in boards.BEACONS + boards.TAGS:
        board = boards.load(name)
        assert board.name == name
        assert [board[at] for at in range(1, 10)] == [None] * 9
        assert (
            board.wdt_ms <= 25500 and board.epoch_year == 2000
        )  # an ESP32, and what the bench's wire carries
        assert board.heap_kib < board.bench_heap_kib


def test_an_unknown_board_is_named_with_the_known_ones():
    try:
        boards.load("pico")
    except boards.UnknownBoard as error:
        assert error.name == "pico" and "pico_w" in str(error)
        return
    raise AssertionError("loaded")
