#!/usr/bin/python3
"""An MPI program without compiler or headers: a number goes round all ranks, and each adds its own. It calls MPICH's library directly, whose constants
are fixed by the MPICH ABI; a program in C or with mpi4py is started in the same way."""
import ctypes
import os

mpi = ctypes.CDLL("libmpich.so.12", mode=ctypes.RTLD_GLOBAL)
WORLD, INT, IGNORE = 0x44000000, 0x4C000405, ctypes.c_void_p(1)

mpi.MPI_Init(None, None)
rank, size, token = ctypes.c_int(), ctypes.c_int(), ctypes.c_int(0)
mpi.MPI_Comm_rank(WORLD, ctypes.byref(rank))
mpi.MPI_Comm_size(WORLD, ctypes.byref(size))
me, all_of_us = rank.value, size.value


def receive():
    mpi.MPI_Recv(ctypes.byref(token), 1, INT, (me - 1) % all_of_us, 0, WORLD, IGNORE)


def send():
    mpi.MPI_Send(ctypes.byref(token), 1, INT, (me + 1) % all_of_us, 0, WORLD)


if me > 0:
    receive()
token.value += me + 1
print(f"rank {me} of {all_of_us} on {os.environ.get('AZ_BATCH_NODE_ID')} has {token.value}", flush=True)
send()
if me == 0:
    receive()
    print(f"the ring of {all_of_us} came to {token.value}", flush=True)
mpi.MPI_Finalize()
