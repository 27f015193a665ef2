"""Bytes of text -> UTF-8, by rule: a byte order mark, UTF-16 by its pattern of zeros, UTF-8, else Windows-1252.

What cannot be read is refused with the line it stands on. Nothing is replaced, cut or skipped: a name that
arrives wrong would go on being wrong in every table.
"""

import codecs

from pch.decode.model import Reject, Report

SAVE_AS = "Save the file as 'CSV UTF-8' and send it again."
_SAMPLE = 2_000


def to_utf8(content: bytes, report: Report) -> bytes:
    """Raises Reject where the encoding is none of those read, or a character was lost before we got it."""
    if content.startswith(codecs.BOM_UTF8):
        text = _utf8(content.removeprefix(codecs.BOM_UTF8), report)
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _utf16(content[2:], "le" if content.startswith(codecs.BOM_UTF16_LE) else "be")
    elif endian := _utf16_without_mark(content):
        text = _utf16(content, endian)
    else:
        text = _utf8(content, report)
    if (at := text.find(b"\0")) >= 0:
        raise Reject(
            "nul_byte",
            f"Line {_line(text, at)} holds a zero byte, which no text has: the file is damaged.",
            "Export it again; if it happens again, ask the supplier of the system it comes from.",
        )
    if (at := text.find("\ufffd".encode())) >= 0:
        raise Reject(
            "replacement_character",
            f"Line {_line(text, at)} holds the replacement character (a question mark in a diamond): "
            "a letter was lost when the file was saved.",
            "Export it again from the source. " + SAVE_AS,
        )
    return text


def _utf8(content: bytes, report: Report) -> bytes:
    try:
        content.isascii() or content.decode("utf-8")
    except UnicodeDecodeError as broken:
        return _windows(content, broken, report)
    return content


def _windows(content: bytes, not_utf8: UnicodeDecodeError, report: Report) -> bytes:
    #  Bytes that are UTF-8 elsewhere in the file would turn to gibberish, silently, if all were read as cp1252.
    is_mixed = any(ord(c) > 127 and c != "\ufffd" for c in content.decode("utf-8", errors="replace"))
    try:
        if is_mixed:
            raise not_utf8
        text = content.decode("cp1252").encode()
    except UnicodeDecodeError as broken:
        raise Reject(
            "unknown_encoding",
            f"Line {_line(content, broken.start)} (byte {broken.start + 1:,} of the file) holds a byte "
            f"(0x{content[broken.start]:02X}) that is neither UTF-8 nor Windows text.",
            SAVE_AS,
        ) from None
    report.add(
        "information",
        "read_as_cp1252",
        f"The file is not UTF-8 and was read as Windows text (cp1252); the first such letter is on line "
        f"{_line(content, not_utf8.start)}.",
        "Check that names with accents or dashes look right. Saving as 'CSV UTF-8' avoids the question.",
    )
    return text


def _utf16(content: bytes, endian: str) -> bytes:
    try:
        return content.decode(f"utf-16-{endian}").encode().removeprefix(codecs.BOM_UTF8)
    except UnicodeDecodeError as broken:
        line = content[: broken.start].decode(f"utf-16-{endian}", errors="ignore").count("\n") + 1
        raise Reject(
            "unknown_encoding",
            f"The file looks like UTF-16 text but breaks off or is damaged on line {line} "
            f"(byte {broken.start + 1:,} of the file).",
            SAVE_AS,
        ) from None


def _utf16_without_mark(content: bytes) -> str | None:
    """English text in UTF-16 has a zero in nearly every second byte, and nowhere else."""
    sample = content[:_SAMPLE]
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if half < 2:
        return None
    if odd > 0.7 * half and even < 0.05 * half:
        return "le"
    return "be" if even > 0.7 * half and odd < 0.05 * half else None


def _line(content: bytes, at: int) -> int:
    before = content[:at]
    newlines = before.count(b"\n")
    return 1 + newlines + before.count(b"\r") - before.count(b"\r\n")
