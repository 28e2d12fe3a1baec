/**
 * Remote logins of local nodes. Nobody knows the way in before having asked for it, so that is when the node's SSH server is started; from then on the agent is
 * told who may log in whenever the users change, and again after everything that makes it forget (a boot, another agent, another server).
 */
import type { FromAgent, RemoteUser } from "../../agent/protocol.ts";
import type { ComputeNode } from "../../core/node.ts";
import { type LoginAddress, NoLogin, type NodeLogins, type NodeUser } from "../nodeLogins.ts";
import type { Host } from "./hosts.ts";
import type { LocalState } from "./state.ts";

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
    return this.tell(host, this.users(node));
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
      await this.tell(host, this.users(node));
    } catch (error) {
      this.state.options.log("info", "no login to the node", { node: host.name, reason: (error as Error).message });
    }
  }

  private tell(host: Host, users: readonly NodeUser[]): Promise<LoginAddress> {
    const { state } = this;
    if (!state.synced) return Promise.reject(new NoLogin("the node's agent is not there yet; ask again"));
    this.opened.add(host.name);
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(number, "the node's SSH server did not start in time"), ANSWER_MS_MAX);
      timer.unref();
      this.waiting.set(number, { resolve, reject, timer });
      state.send({ kind: "OpenLogin", node: host.name, number, users: users.map((user) => this.remote(user)) });
    });
  }

  private giveUp(number: number, reason: string): void {
    const waiting = this.waiting.get(number);
    this.waiting.delete(number);
    clearTimeout(waiting?.timer);
    waiting?.reject(new NoLogin(reason));
  }

  private remote({ name, expiryAt, passwordHash, sshPublicKey }: NodeUser): RemoteUser {
    const { now, timeScale } = this.state.options;
    return {
      name,
      expiresInMs: (expiryAt - now()) / timeScale,
      ...(passwordHash === undefined ? {} : { passwordHash }),
      ...(sshPublicKey === undefined ? {} : { sshPublicKey }),
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
