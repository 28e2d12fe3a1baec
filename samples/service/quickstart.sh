#!/bin/sh
# The service with `az batch`: a pool of two nodes, a job, two tasks, their output.
#
#   npx weir serve --fast --listen 127.0.0.1:10100        # prints an `export` line: run it in the terminal of the next
#   sh samples/service/quickstart.sh
set -eu
: "${AZURE_BATCH_ENDPOINT:?}" "${AZURE_BATCH_ACCOUNT:?}" "${AZURE_BATCH_ACCESS_KEY:?}"

az batch pool create --id quickstart --vm-size standard_d4_v3 --target-dedicated-nodes 2 --task-slots-per-node 4 \
  --image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id "batch.node.ubuntu 22.04"
az batch job create --id quickstart --pool-id quickstart
az batch task create --job-id quickstart --task-id hello --command-line "/bin/sh -c 'echo hello from \$AZ_BATCH_NODE_ID'" --output none
az batch task create --job-id quickstart --task-id fails --command-line "/bin/sh -c 'exit 3'" --output none

until [ "$(az batch job task-counts show --job-id quickstart --query taskCounts.completed)" = 2 ]; do sleep 1; done

az batch task list --job-id quickstart --query "[].{task:id, state:state, result:executionInfo.result, exitCode:executionInfo.exitCode}" --output table
rm -f ./hello.txt
az batch task file download --job-id quickstart --task-id hello --file-path stdout.txt --destination ./hello.txt --output none
cat ./hello.txt

az batch job delete --job-id quickstart --yes
az batch pool delete --pool-id quickstart --yes
