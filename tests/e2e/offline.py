"""Takes the network away from a process: a namespace of its own with nothing but the loopback, or a refusal to run."""

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
INTERFACE_UP_AND_RUNNING = 0x1 | 0x40


def go_offline() -> str:
    """Leave the machine's network for this process and its children. Returns how; raises OSError where the kernel allows neither way."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(CLONE_NEWNET) != 0 and library.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", INTERFACE_UP_AND_RUNNING))
    return "own network namespace"


def is_offline() -> bool:
    """Whether an address outside this machine is unreachable at once."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as outside:
        outside.settimeout(2)
        try:
            outside.connect(("192.0.2.1", 80))  # TEST-NET-1: routed nowhere, but only without a network is it refused at once
        except TimeoutError:
            return False
        except OSError as refused:
            return refused.errno == 101
    return False
