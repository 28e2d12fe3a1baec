/**
 * Networks of nodes that are apart from this machine's: a network namespace each, in which there is nothing but loopback. A process in one reaches its own
 * node, and the nodes that share the network, and nobody else: no other node, not this machine, not the world. A namespace is entered by the launcher
 * that starts the processes of its nodes: the launcher is begun in it, and all that it starts is in it too. Linux, root, perl, `unshare` and `ip` only.
 */
import { spawnSync } from "node:child_process";
import type { Launch, LaunchListener } from "../launch/launcher.ts";
import { Launchers, type LaunchersOptions } from "../launch/launchers.ts";
import type { LauncherProgram } from "../launch/pipeLauncher.ts";

/** A network that nodes are told to join. */
export interface NodeNetworkSpec {
  /** Nodes with the same name share it. */
  readonly name: string;
  /** Ports up to this one cannot be connected to, neither by TCP nor by UDP, but on 127.0.0.0/16, which every node has for itself. Left out: none is closed. */
  readonly closedPortsMax?: number;
}

/**
 * Makes loopback work, closes low ports, and becomes the launcher. Rules of routing close them: the table of local addresses is normally asked first, so it is
 * put behind the rule that prohibits.
 */
const ENTER = `
PATH="$PATH:/usr/sbin:/sbin"
ip link set lo up && echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start || exit 71
if [ "$0" -gt 0 ]; then
  ip rule add pref 100 lookup local && ip rule del pref 0 && ip rule add pref 10 to 127.0.0.0/16 lookup local || exit 71
  for protocol in tcp udp; do
    ip rule add pref 20 to 127.0.0.0/8 ipproto $protocol dport 1-$0 prohibit || exit 71
  done
fi
exec "$@"`;

/** The launcher's program, begun in a network of its own. */
function apart({ kind, path, arguments: own }: LauncherProgram, closedPortsMax: number): LauncherProgram {
  return { kind, path: "unshare", arguments: ["--net", "--", "/bin/sh", "-c", ENTER, String(closedPortsMax), path, ...own] };
}

/** Why nodes cannot have networks of their own on this machine: a sentence. Undefined: they can. */
export function isolationProblem(): string | undefined {
  const args = ["--net", "--", "/bin/sh", "-c", ENTER, "1100", "perl", "-e", "exit 0"];
  const { status, error, stderr } = spawnSync("unshare", args, { encoding: "utf8", timeout: 10_000 });
  if (status === 0) return undefined;
  const why = error?.message ?? stderr.trim().split("\n")[0] ?? "";
  return `networks of nodes need Linux, root, perl, unshare and ip (iproute2): ${why}`;
}

/** The networks of one agent, each with the launcher that is in it. */
export class NodeNetworks {
  private readonly options: LaunchersOptions;
  private readonly launchers = new Map<string, Launchers>();
  private readonly joined = new Map<string, string>();

  /** `options`: as for the launcher of nodes without a network. */
  constructor(options: LaunchersOptions) {
    this.options = options;
  }

  /** The node's processes are started in this network from now on. */
  join(node: string, { name, closedPortsMax = 0 }: NodeNetworkSpec): void {
    if (this.joined.get(node) === name) return;
    this.leave(node);
    this.joined.set(node, name);
    if (this.launchers.has(name)) return;
    // One launcher, and always the same program: a second one would be in a second network.
    const enter = (program: LauncherProgram) => apart(program, closedPortsMax);
    const { directory: _, ...options } = this.options;
    this.launchers.set(name, new Launchers({ ...options, kind: "perl", count: 1, enter }));
  }

  /** The node is gone; a network that nobody is in any more goes too. */
  leave(node: string): void {
    const name = this.joined.get(node);
    this.joined.delete(node);
    if (name === undefined || [...this.joined.values()].includes(name)) return;
    const launchers = this.launchers.get(name);
    this.launchers.delete(name);
    void launchers?.close();
  }

  /** Starts a process of the node in its network; false: it has none. */
  launch(node: string, launch: Launch, listener: LaunchListener): boolean {
    const name = this.joined.get(node);
    const launchers = name === undefined ? undefined : this.launchers.get(name);
    launchers?.launch(launch, listener);
    return launchers !== undefined;
  }

  flush(): void {
    for (const launchers of this.launchers.values()) launchers.flush();
  }

  async close(): Promise<void> {
    await Promise.all([...this.launchers.values()].map((launchers) => launchers.close()));
  }
}
