#!/usr/bin/python3
"""Lets mpiexec start processes on the other nodes of a multi-instance task, as a remote shell would, without keys or passwords.

  node.py serve                  the coordination command, on every node: listens on the node's own address and returns (what it leaves running lives
                                 until the task ends)
  node.py -x HOST COMMAND ...    what `mpiexec -launcher-exec` calls, on the primary: has HOST run the command and shows what it writes
"""
import os
import socket
import subprocess
import sys

PORT = 6200


def own_address():
    """Addresses stand in the order of the instances, primary first; the directory of instance n > 0 is called n."""
    addresses = os.environ["AZ_BATCH_HOST_LIST"].split(",")
    if os.environ["AZ_BATCH_IS_CURRENT_NODE_MASTER"] == "true":
        return addresses[0]
    return addresses[int(os.path.basename(os.environ["AZ_BATCH_TASK_DIR"]))]


def serve():
    server = socket.create_server((own_address(), PORT))
    if os.fork() > 0:
        return
    while True:
        connection, _ = server.accept()
        command = connection.makefile().readline()
        subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=connection, stderr=connection)
        connection.close()


def run(host, command):
    with socket.create_connection((host, PORT)) as connection:
        connection.sendall(f"{command}\n".encode())
        while data := connection.recv(65536):
            sys.stdout.buffer.write(data)
            sys.stdout.flush()


if sys.argv[1:] == ["serve"]:
    serve()
else:
    run(sys.argv[2], " ".join(sys.argv[3:]))
