/**
 * Remote logins of local nodes. Nobody knows the way in before having asked for it, so that is when the node's SSH server is started; from then on the agent is
 * told who may log in whenever the users change, and again after everything that makes it forget (a boot, another agent, another server).
 */
import type { FromAgent, RemoteUser } from "../../agent/protocol.ts";
import type { ComputeNode } from "../../core/node.ts";
import { type LoginAddress, NoLogin, type NodeLogins, type NodeUser } from "../nodeLogins.ts";
import type { Host } from "./hosts.ts";
import { machineDefaults } from "./machineSettings.ts";
import type { LocalState } from "./state.ts";
import { identityOf } from "./taskUser.ts";

/** How long an agent may take to start an SSH server, milliseconds of real time. */
const ANSWER_MS_MAX = 20_000;

interface Waiting {
  readonly resolve: (address: LoginAddress) => void;
  readonly reject: (reason: NoLogin) => void;
  readonly timer: NodeJS.Timeout;
}

/** Tells the agent of users, and hears where they can log in. */
export class LoginLife implements NodeLogins {
  private readonly state: LocalState;
  /** Names of hosts that were asked for their login: they keep one without a user too. */
  private readonly opened = new Set<string>();
  private readonly waiting = new Map<number, Waiting>();
  private number = 0;

  constructor(state: LocalState) {
    this.state = state;
  }

  open(node: ComputeNode): Promise<LoginAddress> {
    const host = this.hostOf(node);
    if (host === undefined) return Promise.reject(new NoLogin("the node is not up"));
    return this.tell(host, node);
  }

  /** Whose login nobody has asked for has none that could be changed. */
  async usersChanged(node: ComputeNode): Promise<void> {
    const host = this.hostOf(node);
    if (host !== undefined && this.opened.has(host.name)) await this.tellOrLog(host, node);
  }

  /** The agent has the host up: nobody is in, and its users are not known there, unless that was an earlier server's doing. */
  up(host: Host): void {
    const { node } = host;
    if (node === undefined || this.hostOf(node) === undefined || !isLinux(node)) return;
    if (this.opened.has(host.name) || this.users(node).length > 0) void this.tellOrLog(host, node);
  }

  gone(host: Host): void {
    this.opened.delete(host.name);
  }

  heard(message: Extract<FromAgent, { kind: "LoginOpen" | "LoginRefused" }>): void {
    const waiting = this.waiting.get(message.number);
    if (waiting === undefined) return;
    this.waiting.delete(message.number);
    clearTimeout(waiting.timer);
    if (message.kind === "LoginOpen") waiting.resolve({ address: message.address, port: message.port });
    else waiting.reject(new NoLogin(message.reason));
  }

  /** The agent is away; the next one is told everything anew. */
  lost(): void {
    for (const number of [...this.waiting.keys()]) this.giveUp(number, "the node's agent has just gone; ask again");
  }

  private async tellOrLog(host: Host, node: ComputeNode): Promise<void> {
    try {
      await this.tell(host, node);
    } catch (error) {
      this.state.options.log("info", "no login to the node", { node: host.name, reason: (error as Error).message });
    }
  }

  private tell(host: Host, node: ComputeNode): Promise<LoginAddress> {
    const { state } = this;
    if (!state.synced) return Promise.reject(new NoLogin("the node's agent is not there yet; ask again"));
    this.opened.add(host.name);
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(number, "the node's SSH server did not start in time"), ANSWER_MS_MAX);
      timer.unref();
      this.waiting.set(number, { resolve, reject, timer });
      const users = this.users(node).map((user) => this.remote(user, node));
      state.send({ kind: "OpenLogin", node: host.name, number, users });
    });
  }

  private giveUp(number: number, reason: string): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    clearTimeout(waiting?.timer);
    waiting?.reject(new NoLogin(reason));
  }

  /** Where tasks have users of their own, one who is no administrator is what tasks are that are not elevated. */
  private remote({ name, isAdmin, expiryAt, passwordHash, sshPublicKey }: NodeUser, { pool }: ComputeNode): RemoteUser {
    const { now, timeScale, machines = machineDefaults } = this.state.options;
    const elevationLevel = isAdmin ? "admin" : "nonadmin";
    const { user } = identityOf(
      { autoUser: { scope: "pool", elevationLevel } },
      pool,
      { ...machines, elevation: "allow" },
      false,
    );
    return {
      name,
      expiresInMs: (expiryAt - now()) / timeScale,
      ...(passwordHash === undefined ? {} : { passwordHash }),
      ...(sshPublicKey === undefined ? {} : { sshPublicKey }),
      ...(user === undefined ? {} : { user }),
    };
  }

  private users(node: ComputeNode): readonly NodeUser[] {
    return this.state.options.usersOf?.(node) ?? [];
  }

  private hostOf(node: ComputeNode): Host | undefined {
    const host = this.state.hosts.of(node.pool, node.id);
    return host === undefined || host.phase === "leaving" || host.phase === "down" ? undefined : host;
  }
}

const isLinux = ({ pool }: ComputeNode) => pool.spec.configuration !== "cloudService";
