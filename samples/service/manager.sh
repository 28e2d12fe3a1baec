#!/bin/sh
# A job manager in shell: adds ten tasks to its own job, waits until they are completed, adds one that merges what they wrote, waits for that, and ends the
# job. With the word `merge` it is the merging task. A task with `authenticationTokenSettings: {access: ["job"]}` finds in its environment all that it takes
# to do to its own job, and to nothing else, whatever a client can. `manager.mjs` beside it submits such a job; SCRIPT_URL is where the nodes find this file.
set -eu
job="$AZ_BATCH_ACCOUNT_URL/jobs/$AZ_BATCH_JOB_ID"
parts=10

# batch METHOD PATH [BODY]
batch() {
  curl --silent --show-error --fail-with-body --request "$1" ${3:+--data "$3"} \
    --header "Authorization: Bearer $AZ_BATCH_AUTHENTICATION_TOKEN" \
    --header "Content-Type: application/json; odata=minimalmetadata" \
    "$job$2?api-version=2022-10-01.16.0"
}

# completed NUMBER: waits until so many tasks of the job are; the manager itself is one that is not.
completed() {
  until batch GET /taskcounts | grep -q "\"taskCounts\":{[^}]*\"completed\":$1[,}]"; do sleep 0.2; done
}

if [ "${1:-}" = merge ]; then
  sum=0
  for i in $(seq $parts); do sum=$((sum + $(batch GET "/tasks/part-$i/files/stdout.txt"))); done
  echo "$sum is the sum of the first $parts squares"
  exit
fi

tasks=""
for i in $(seq $parts); do
  tasks="$tasks${tasks:+,}{\"id\":\"part-$i\",\"commandLine\":\"/bin/sh -c 'echo $((i * i))'\"}"
done
batch POST /addtaskcollection "{\"value\":[$tasks]}" > added.json
completed $parts

batch POST /tasks "{
  \"id\": \"merge\",
  \"commandLine\": \"/bin/sh manager.sh merge\",
  \"resourceFiles\": [{\"httpUrl\": \"$SCRIPT_URL\", \"filePath\": \"manager.sh\"}],
  \"authenticationTokenSettings\": {\"access\": [\"job\"]}
}"
completed $((parts + 1))

# Ends every task of the job that still runs: this one.
batch POST /terminate '{"terminateReason": "everything is merged"}'
