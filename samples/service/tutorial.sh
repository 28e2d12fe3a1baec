#!/bin/sh
# The overview's six steps with the Azure CLI: words are counted in two texts, each by a task of its own, and the counts end up in storage.
#
#   npm run tutorial:az       # starts blob storage (Azurite) and the service on this machine, runs this file, stops both
#
# Against a service of your own: set AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY and AZURE_BATCH_ENDPOINT to what `weir serve` prints, and
# AZURE_STORAGE_CONNECTION_STRING to your storage account's.
set -eu
: "${AZURE_BATCH_ENDPOINT:?}" "${AZURE_BATCH_ACCOUNT:?}" "${AZURE_BATCH_ACCESS_KEY:?}" "${AZURE_STORAGE_CONNECTION_STRING:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tomorrow=$(date -u -d tomorrow +%Y-%m-%dT%H:%MZ)
# A container's address with a signature behind it.
signed() {
  sas=$(az storage container generate-sas --name "$1" --permissions "$2" --expiry "$tomorrow" --output tsv)
  endpoint=$(printf %s "$AZURE_STORAGE_CONNECTION_STRING" | tr ';' '\n' | sed -n 's/^BlobEndpoint=//p')
  printf '%s/%s?%s' "${endpoint%/}" "$1" "$sas"
}

echo "1. upload the data files"
mkdir "$work/input"
echo "the moon is far and the night is long" > "$work/input/moon.txt"
echo "the river runs to the sea" > "$work/input/river.txt"
az storage container create --name tutorial-az-input --output none
az storage blob upload-batch --destination tutorial-az-input --source "$work/input" --no-progress --output none

echo "2. upload the application file"
cat > "$work/input/count.sh" <<'PROGRAM'
#!/bin/sh
tr -s ' ' '\n' < "$1" | sort | uniq -c | sort -rn > counts.txt
echo "$(wc -l < counts.txt) different words in $1"
PROGRAM
az storage blob upload --container-name tutorial-az-input --name count.sh --file "$work/input/count.sh" --output none
input=$(signed tutorial-az-input rl)
az storage container create --name tutorial-az-output --output none
output=$(signed tutorial-az-output rwl)

echo "3. create a pool of two nodes"
az batch pool create --id tutorial-az --vm-size standard_d2_v3 --target-dedicated-nodes 2 \
  --image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id "batch.node.ubuntu 22.04"

echo "4. create a job"
az batch job create --id tutorial-az --pool-id tutorial-az

echo "5. add a task for each text"
for name in moon river; do
  cat > "$work/task.json" <<TASK
{
  "id": "$name",
  "commandLine": "./count.sh $name.txt",
  "resourceFiles": [{ "storageContainerUrl": "$input", "fileMode": "0755" }],
  "outputFiles": [{
    "filePattern": "counts.txt",
    "destination": { "container": { "containerUrl": "$output", "path": "counts/$name.txt" } },
    "uploadOptions": { "uploadCondition": "taskSuccess" }
  }]
}
TASK
  az batch task create --job-id tutorial-az --json-file "$work/task.json" --output none
done

echo "6. follow the tasks and fetch their output"
until [ "$(az batch job task-counts show --job-id tutorial-az --query taskCounts.completed)" = 2 ]; do sleep 1; done
az batch task list --job-id tutorial-az --query "[].{task:id, node:nodeInfo.nodeId, result:executionInfo.result}" --output table
az storage blob download --container-name tutorial-az-output --name counts/moon.txt --file "$work/counts.txt" --no-progress --output none
cat "$work/counts.txt"

az batch job delete --job-id tutorial-az --yes
az batch pool delete --pool-id tutorial-az --yes
az storage container delete --name tutorial-az-input --output none
az storage container delete --name tutorial-az-output --output none
