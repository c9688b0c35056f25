#!/usr/bin/env python3
"""Writes a PNG of coloured shapes on a gradient, so that the demo has a picture without a download.

    make_picture.py FILE.png [WIDTH HEIGHT]
"""
import struct
import sys
import zlib


def pixel(x, y, w, h):
    r, g, b = 90 + 100 * x // w, 120 + 80 * y // h, 160 - 60 * x // w
    if (x - w // 4) ** 2 + (y - h // 2) ** 2 < (h // 6) ** 2:
        r, g, b = 200, 60, 40
    if abs(x - 2 * w // 3) < w // 8 and abs(y - 3 * h // 5) < h // 5:
        r, g, b = 40, 110, 60
    if y > 4 * h // 5:
        r, g, b = 110 + (x * 7 + y * 13) % 17, 100, 90
    return bytes((r, g, b))


def main():
    path = sys.argv[1]
    w, h = (int(v) for v in sys.argv[2:4]) if len(sys.argv) > 3 else (640, 480)
    rows = b"".join(b"\0" + b"".join(pixel(x, y, w, h) for x in range(w)) for y in range(h))

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


main()
