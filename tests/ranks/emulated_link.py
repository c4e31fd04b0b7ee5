#!/usr/bin/env python3
"""A network between two hosts in namespaces of this machine: with delay, loss and bandwidth.

Usage: emulated_link.py NAMESPACE_A ADDRESS_A NAMESPACE_B ADDRESS_B [--delay-ms D] [--loss-percent P] [--mbit M]

Makes a tun device for each of the two, moves it into its namespace, and carries packets between
them until it is killed. A packet leaves when the one before it has left at M megabits a second,
arrives D milliseconds later, and is lost with P percent. It prints "ready" when both are up. Needs root.
"""
import argparse
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
MTU = 9000


def device(name, namespace, address):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", namespace], check=True)
    for command in (["addr", "add", address + "/24", "dev", name],
                    ["link", "set", name, "mtu", str(MTU), "txqueuelen", "10000", "up"],
                    ["link", "set", "lo", "up"]):
        subprocess.run(["ip", "-n", namespace, *command], check=True)
    return fd


def main():
    parser = argparse.ArgumentParser()
    for name in ("namespace_a", "address_a", "namespace_b", "address_b"):
        parser.add_argument(name)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--loss-percent", type=float, default=0)
    parser.add_argument("--mbit", type=float, default=0, help="0: as many as it can carry")
    arguments = parser.parse_args()
    ends = [device("cr_link_a", arguments.namespace_a, arguments.address_a),
            device("cr_link_b", arguments.namespace_b, arguments.address_b)]
    print("ready", flush=True)
    draw = random.Random(1)
    free_at = [0.0, 0.0]  # when each direction's line is free again
    under_way, number = [], 0
    while True:
        now = time.monotonic()
        while under_way and under_way[0][0] <= now:
            _, _, to, packet = heapq.heappop(under_way)
            try:
                os.write(ends[to], packet)
            except OSError:  # the device is going away, or takes no more: a loss
                pass
        wait = max(0.0, under_way[0][0] - now) if under_way else 1.0
        for fd in select.select(ends, [], [], wait)[0]:
            side = ends.index(fd)
            try:
                packet = os.read(fd, MTU + 100)
            except OSError:
                continue
            if draw.random() * 100 < arguments.loss_percent:
                continue
            now = time.monotonic()
            if arguments.mbit > 0:
                free_at[side] = max(now, free_at[side]) + len(packet) * 8e-6 / arguments.mbit
            else:
                free_at[side] = now
            number += 1
            heapq.heappush(under_way,
                           (free_at[side] + arguments.delay_ms * 1e-3, number, 1 - side, packet))


if __name__ == "__main__":
    main()
