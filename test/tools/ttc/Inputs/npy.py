"""npy.py FILE SHAPE: a float tensor of made-up values, as 1x3x8x8."""
import sys

import struct

shape = tuple(int(d) for d in sys.argv[2].split("x"))
count = 1
for d in shape:
    count *= d
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % "".join(f"{d}, " for d in shape)
header += " " * (63 - (10 + len(header)) % 64) + "\n"
with open(sys.argv[1], "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    f.write(struct.pack(f"<{count}f", *((i * 37 % 101) / 101 for i in range(count))))
