#!/usr/bin/env python3
"""Writes FOLDER/X.npy and FOLDER/train-images-idx3-ubyte, 590 MB each, with the same pictures, and their labels.
Usage: tests/ranks/large_arrays.py FOLDER"""
import random
import struct
import sys

ROWS, SIDE, CLASSES = 36_000, 128, 4


def npy_header(shape):
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def idx_header(*extents):
    return bytes([0, 0, 8, len(extents)]) + struct.pack(f">{len(extents)}I", *extents)


def main(folder):
    draw = random.Random(1)
    noise = draw.randbytes(1 << 20)
    with open(f"{folder}/X.npy", "wb") as npy, open(f"{folder}/train-images-idx3-ubyte", "wb") as idx:
        npy.write(npy_header((ROWS, SIDE, SIDE)))
        idx.write(idx_header(ROWS, SIDE, SIDE))
        for _ in range(ROWS):
            start = draw.randrange(len(noise) - SIDE * SIDE)
            pixels = noise[start : start + SIDE * SIDE]
            npy.write(pixels)
            idx.write(pixels)
    labels = bytes(draw.randrange(CLASSES) for _ in range(ROWS))
    with open(f"{folder}/y.npy", "wb") as npy, open(f"{folder}/train-labels-idx1-ubyte", "wb") as idx:
        npy.write(npy_header((ROWS,)) + labels)
        idx.write(idx_header(ROWS) + labels)


if __name__ == "__main__":
    main(sys.argv[1])
