"""The service with the unmodified Python SDK (azure-batch 13): a pool, a job, 300 tasks, their output by ranges, a resize, and the end of it all.

    export AZURE_BATCH_ENDPOINT=... AZURE_BATCH_ACCOUNT=... AZURE_BATCH_ACCESS_KEY=...     # as `weir serve` prints them
    python3 samples/service/story.py
"""

import os
import sys
import time

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

TASKS = 300
NAME = "story-py"

try:
    account, key, endpoint = (os.environ["AZURE_BATCH_" + name] for name in ("ACCOUNT", "ACCESS_KEY", "ENDPOINT"))
except KeyError as missing:
    sys.exit(f"{missing} is not set: take it from what `weir serve` prints")

client = BatchServiceClient(SharedKeyCredentials(account, key), batch_url=endpoint)


def until(what, holds, seconds=60):
    """Asks until it holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            sys.exit(f"{what}: not within {seconds} s")
        time.sleep(0.1)


image = models.ImageReference(publisher="canonical", offer="0001-com-ubuntu-server-jammy", sku="22_04-lts")
client.pool.add(
    models.PoolAddParameter(
        id=NAME,
        vm_size="standard_d4_v3",
        virtual_machine_configuration=models.VirtualMachineConfiguration(
            image_reference=image, node_agent_sku_id="batch.node.ubuntu 22.04"
        ),
        target_dedicated_nodes=2,
        task_slots_per_node=4,
    )
)
client.job.add(models.JobAddParameter(id=NAME, pool_info=models.PoolInformation(pool_id=NAME)))

# The client cuts the list into collections of a hundred and sends them side by side.
tasks = [
    models.TaskAddParameter(id=f"t{i}", command_line=f"/bin/sh -c 'echo task {i}; exit {3 if i % 10 == 7 else 0}'")
    for i in range(TASKS)
]
client.task.add_collection(NAME, tasks, threads=2)

until("all tasks completed", lambda: client.job.get_task_counts(NAME).task_counts.completed == TASKS)
counts = client.job.get_task_counts(NAME).task_counts
print(f"completed {counts.completed}, succeeded {counts.succeeded}, failed {counts.failed}")

failed = client.task.list(NAME, models.TaskListOptions(filter="executionInfo/exitCode eq 3", select="id", max_results=20))
print("failed:", len(list(failed)))

whole = b"".join(client.file.get_from_task(NAME, "t42", "stdout.txt"))
part = client.file.get_from_task(NAME, "t42", "stdout.txt", models.FileGetFromTaskOptions(ocp_range="bytes=5-6"))
print("output:", whole.decode().strip(), "| part:", b"".join(part).decode())

try:
    client.task.get(NAME, "nothing")
except models.BatchErrorException as problem:
    print("refused:", problem.response.status_code, problem.error.code)

until("steady", lambda: client.pool.get(NAME).allocation_state == models.AllocationState.steady)
client.pool.resize(NAME, models.PoolResizeParameter(target_dedicated_nodes=1))
until("resized", lambda: len(list(client.compute_node.list(NAME))) == 1)
node = next(iter(client.compute_node.list(NAME)))
client.compute_node.disable_scheduling(NAME, node.id)
until("offline", lambda: client.compute_node.get(NAME, node.id).state == models.ComputeNodeState.offline)
client.compute_node.enable_scheduling(NAME, node.id)
client.compute_node.reboot(NAME, node.id)
until("idle again", lambda: client.compute_node.get(NAME, node.id).state == models.ComputeNodeState.idle)
print("node:", client.compute_node.get(NAME, node.id).scheduling_state.value)

client.job.delete(NAME)
client.pool.delete(NAME)
until("deleted", lambda: not client.pool.exists(NAME))
print("deleted")
