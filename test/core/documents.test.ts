/**
 * The service's documents draw each machine as a table; here they stand row by row, and the tables of the code are compared with them both ways.
 * Where the two differ, the row is named with the reason. That the rows happen as well is in `transitions.test.ts` of the simulator's tests.
 */
import { describe, expect, it } from "vitest";
import { machines } from "../../runtime/core/machines.ts";

/** `number: from, from > to, to` a line; a row of the document may stand for several changes. */
const documents: Readonly<Record<string, string>> = {
  pool: `
    pool states 1: (none) > active
    pool states 1: active > deleting, upgrading
    pool states 2: upgrading > active
    pool states 3: deleting > (none)`,
  "pool allocation": `
    allocation 1: (none) > steady
    allocation 2: steady > resizing
    allocation 3: resizing > steady
    allocation 4: resizing > steady
    allocation 5: resizing > stopping
    allocation 5: stopping > steady
    P-70: resizing > resizing
    P-20: stopping > resizing`,
  node: `
    1: (none) > creating
    2: creating > starting
    3: starting > waitingforstarttask
    4: starting > idle
    5: starting > unusable
    6: waitingforstarttask > idle
    7: waitingforstarttask > starttaskfailed
    8: idle > running
    9: running > idle
    10: idle > offline
    11: running > offline
    12: offline > idle
    13: idle, running, offline, starttaskfailed, unusable > rebooting
    13: rebooting > starting
    14: idle, running, offline, starttaskfailed, unusable > reimaging
    14: reimaging > starting
    15: creating, starting, waitingforstarttask, starttaskfailed, idle, running, offline, rebooting, reimaging, leavingpool, preempted, unusable, unknown > leavingpool
    15: leavingpool > (none)
    16: creating, starting, waitingforstarttask, starttaskfailed, idle, running, offline, rebooting, reimaging, leavingpool, unusable, unknown > preempted
    17: preempted > creating
    18: creating, starting, waitingforstarttask, starttaskfailed, idle, running, offline, rebooting, reimaging, unusable > unknown
    19: unknown > creating, starting, waitingforstarttask, starttaskfailed, idle, running, offline, rebooting, reimaging, unusable
    20: idle, running > unusable
    21: unusable > rebooting
    22: creating, starting, waitingforstarttask, starttaskfailed, idle, running, offline, rebooting, unusable > reimaging`,
  job: `
    job states 1: (none) > active
    job states 2: active > disabling
    job states 3: disabled > disabling
    job states 4: disabling > disabled
    job states 5: disabled > enabling
    job states 6: enabling > active
    job states 7: active, disabling, disabled, enabling > terminating
    job states 8: terminating > completed
    job states 9: active > completed
    job states 10: active, disabling, disabled, enabling, terminating, completed > deleting
    job states 11: deleting > (none)`,
  task: `
    task states 1: (none) > active
    task states 2: active > preparing
    task states 3: active > running
    task states 4: preparing > running
    task states 5: preparing > active
    task states 6: running > completed
    task states 7: running > active
    task states 8-10: running > completed
    task states 11-12: running, preparing > active
    task states 13: active, preparing, running > completed
    task states 14: completed > active
    task states 15: active, preparing, running, completed > (none)`,
  "job schedule": `
    S-02: (none) > active
    S-08: active > disabled
    S-08: disabled > active
    S-08: active, disabled > terminating
    S-08: active, disabled, terminating, completed > deleting
    S-05: active, terminating > completed
    S-08: deleting > (none)`,
  certificate: `
    P-160: (none) > active
    P-161: active, deletefailed > deleting
    P-161: deleting > (none), deletefailed
    P-161: deletefailed > active`,
};

/** Rows of the documents that the code does not have. */
const notTaken: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  node: {
    "leavingpool > leavingpool": "it is what it is to become",
    "leavingpool > preempted": "it is being given back; that it was taken away meanwhile makes no difference",
    "unknown > creating": "an agent that answers has started: starting",
    "unknown > reimaging": "an agent that answers has started: starting",
    "creating > reimaging": "an upgrade waits until the node has come up (P-125)",
    "starting > reimaging": "an upgrade waits until the node has come up (P-125)",
    "waitingforstarttask > reimaging": "an upgrade waits until the node has come up (P-125)",
    "rebooting > reimaging": "an upgrade waits until the node has come up (P-125)",
  },
};

/** Rows of the code that no document has. */
const added: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pool: { "upgrading > deleting": "P-20 makes no exception for a pool that is being upgraded" },
  "pool allocation": {
    "steady > (none)": "the record goes with the last node (P-20)",
    "resizing > (none)": "the record goes with the last node (P-20)",
  },
  node: {
    "starting > offline": "disabled scheduling outlasts a boot (P-91)",
    "waitingforstarttask > offline": "disabled scheduling outlasts a boot (P-91)",
    "leavingpool > unusable": "the provider could not take it back (RemoveNodesFailed)",
    "waitingforstarttask > unusable": "a full disk does not wait for the start task",
    "starttaskfailed > unusable": "a full disk does not wait for the start task",
    "offline > unusable": "nor for scheduling",
  },
  "job schedule": {
    "disabled > completed": "doNotRunAfter passes for a disabled schedule, too (S-05)",
  },
};

/** Each change once, as `from > to`. */
function changesOf(document: string): Set<string> {
  const changes = new Set<string>();
  for (const line of document.trim().split("\n")) {
    const [, from, to] = /^\s*[^:]+: (.+) > (.+)$/.exec(line)!;
    for (const one of from.split(", ")) for (const other of to.split(", ")) changes.add(`${one} > ${other}`);
  }
  return changes;
}

describe.each(machines.map((machine) => [machine.name, machine] as const))("%s", (name, machine) => {
  const code = new Set(machine.transitions.map(({ from, to }) => `${from} > ${to}`));
  const document = changesOf(documents[name]);

  it("has every row of the documents, but for those named with the reason", () => {
    expect([...document].filter((row) => !code.has(row)).sort()).toEqual(Object.keys(notTaken[name] ?? {}).sort());
  });

  it("has no other row, but for those named with the reason", () => {
    expect([...code].filter((row) => !document.has(row)).sort()).toEqual(Object.keys(added[name] ?? {}).sort());
  });
});

it("the node's rows carry the numbers of the document's, each of them", () => {
  const node = machines.find(({ name }) => name === "node")!;
  const rows = documents.node
    .trim()
    .split("\n")
    .map((line) => /^\s*(\d+): (.+) > (.+)$/.exec(line)!);
  const numbered = new Map<string, string[]>();
  for (const [, number, from, to] of rows)
    for (const one of from.split(", "))
      for (const other of to.split(", ")) {
        const change = `${one} > ${other}`;
        numbered.set(change, [...(numbered.get(change) ?? []), number]);
      }
  for (const { from, to, rule } of node.transitions.filter((row) => /^\d/.test(row.rule))) {
    const change = `${from} > ${to}`;
    if (Object.hasOwn(added.node, change)) continue;
    for (const number of rule.split(", ")) {
      // An upgrade is a reimage of those that can be reimaged: one row of the code stands for both.
      expect(numbered.get(change), change).toContain(number);
    }
  }
  const cited = new Set(node.transitions.flatMap(({ rule }) => rule.split(", ")));
  for (let number = 1; number <= 22; number++) expect(cited).toContain(String(number));
});
