/** The service on this machine, and what is asked of it: serve, doctor. */
import { type Command, Option } from "commander";
import {
  countFromOneOption,
  countOption,
  durationOption,
  hostedNodesOption,
  listenOption,
  megabytesOption,
  positiveDurationOption,
  scaleOption,
  userNumbersOption,
} from "../optionValues.ts";
import { type Ended, outputOf } from "./tree.ts";

const periodOption = () =>
  new Option("--sample-period <duration>", "spacing of samples, such as PT30S").argParser(positiveDurationOption);

/** serve, doctor. */
export function addServiceCommands(program: Command, ended: Ended): void {
  const quota = (name: string, what: string) =>
    new Option(`--${name} <n>`, `quota: ${what}`).argParser(countOption).helpGroup("Quotas:");
  const machine = (name: string, what: string, read?: (text: string) => unknown) => {
    const option = new Option(`--${name}`, what).helpGroup("Nodes as machines:");
    return read === undefined ? option : option.argParser(read);
  };
  program
    .command("serve")
    .description("the Batch service on this machine: REST API, scheduler, local nodes")
    .addOption(
      new Option("--listen <address>", "host:port, or a port (default: 127.0.0.1 and any free port)").argParser(listenOption),
    )
    .option("--data <directory>", "keep everything there (default: in memory, gone when it stops)")
    .option("--account <name>", "account name (default: weir, or the one that was kept)")
    .option("--key <base64>", "account key (default: a new one, or the one that was kept)")
    .option("--https", "speak HTTPS with a self-made certificate")
    .addOption(periodOption())
    .addOption(new Option("--time-scale <n>", "service time passes n times as fast").argParser(scaleOption))
    .option("--fast", "no artificial waits, for tests")
    .addOption(new Option("--boot <duration>", "how long a node boots (default: PT0S)").argParser(durationOption))
    .addOption(new Option("--nodes-max <n>", "nodes this machine hosts (default: 64)").argParser(hostedNodesOption))
    .addOption(new Option("--cluster-nodes <n>", "nodes one cluster holds (default: no limit)").argParser(hostedNodesOption))
    .option("--isolate-nodes", "nodes reach each other only where their pool lets them (root, Linux)")
    .option("--strict-2017", "refuse what the service of spring 2017 refused")
    .addOption(
      machine("heartbeat <duration>", "sign of life of the nodes' agent, real time (default: PT5S)", positiveDurationOption),
    )
    .addOption(
      machine("task-users [first-last]", "tasks run as users with numbers of their own (root only)", userNumbersOption),
    )
    .addOption(machine("elevation <what>", "tasks that ask for an administrator (default: allow)").choices(["allow", "refuse"]))
    .addOption(machine("enforce-sizes", "hold nodes to the cores, memory and disk of their size"))
    .addOption(machine("node-disk <size>", "disk of a node, such as 500MB, whatever its size says", megabytesOption))
    .addOption(
      new Option("--on-stop <what>", "running tasks when it stops (default: leave)").choices(["leave", "requeue", "end"]),
    )
    .addOption(
      new Option(
        "--requests-per-second <n>",
        "answer what an account asks beyond it with 429, to try clients (default: no limit)",
      ).argParser(countFromOneOption),
    )
    .option("--seed <file>", "YAML with pools, jobs and tasks to be there at the start")
    .option("--reset", "forget what the data directory holds first")
    .addOption(
      new Option("--log-level <level>", "log on stderr (default: info)").choices(["debug", "info", "warn", "error", "silent"]),
    )
    .addOption(quota("dedicated-cores", "cores of dedicated nodes (default: 256)"))
    .addOption(quota("low-priority-cores", "cores of low-priority nodes (default: 256)"))
    .addOption(quota("active-jobs", "active jobs and schedules (default: 1000)"))
    .addOption(quota("pools", "pools (default: 100)"))
    .addHelpText(
      "after",
      "\nExamples:\n  weir serve\n  weir serve --data ~/batch --listen 8123\n  weir serve --fast --seed state.yaml --json",
    )
    .action(async (options, command: Command) => {
      const { serve } = await import("../commands/serve.ts");
      ended(await serve(options, outputOf(command)));
    });
  program
    .command("doctor")
    .description("say in a sentence why tasks of a pool do not run")
    .argument("<pool>", "id of the pool")
    .option("--endpoint <url>", "ask a running service")
    .option("--data <directory>", "read a service that is stopped; with --endpoint: where its account is kept")
    .option("--account <name>", "account name (default: AZURE_BATCH_ACCOUNT)")
    .option("--key <base64>", "account key (default: AZURE_BATCH_ACCESS_KEY)")
    .option("--certificate <file>", "self-made certificate to trust")
    .addHelpText(
      "after",
      "\nExamples:\n  weir doctor render --endpoint http://127.0.0.1:8123 --data ~/batch\n  weir doctor render --data ~/batch",
    )
    .action(async (pool: string, options, command: Command) => {
      const { doctor } = await import("../commands/doctor.ts");
      ended(await doctor(pool, options, outputOf(command)));
    });
}
