/**
 * Remote logins of all nodes of an agent. A node gets its SSH server when it is first asked for, with the users it has then; later lists of users only change
 * files, which the next login reads. A user is gone from the files the moment that its time is over. When a node boots anew or goes, its server and everybody
 * who is logged in go first; whoever asked for the login asks again.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AgentLog } from "../log.ts";
import type { HostedNode } from "../node/hostedNode.ts";
import { loginMark } from "../run/environment.ts";
import { findLoginPrograms } from "./programs.ts";
import { endLeftServer, LOGIN_ADDRESS, SshServer, unusablePath } from "./sshServer.ts";
import { type LoginUser, userFilesIn, writeUserFiles } from "./userFiles.ts";

/** Where somebody can log in. */
export interface LoginAddress {
  readonly address: string;
  readonly port: number;
}

/** The longest time a timer of Node can wait. */
const TIMER_MS_MAX = 2_147_483_647;

/** A user, and for how long: milliseconds from now. */
export interface VisitingUser extends LoginUser {
  readonly expiresInMs: number;
}

/** A user with the instant of its end, on the clock of `performance`. */
interface Timed {
  readonly user: LoginUser;
  readonly endsAt: number;
}

/** One node's login. */
interface Login {
  readonly node: HostedNode;
  users: readonly Timed[];
  server: SshServer | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** All logins, by node. */
export class Logins {
  private readonly directory: string;
  private readonly log: AgentLog;
  private readonly logins = new Map<string, Login>();
  /** What is asked of one node is done in order. */
  private readonly work = new Map<string, Promise<unknown>>();
  private edition = 0;

  /** `directory`: absolute, the agent's own; made when the first login is. */
  constructor(directory: string, log: AgentLog) {
    this.directory = directory;
    this.log = log;
    for (const name of leftIn(directory)) endLeftServer(join(directory, name));
  }

  /** Makes these the users of a node that can log in from now on, and no others. Rejects with why there is no logging in. */
  open(node: HostedNode, users: readonly VisitingUser[]): Promise<LoginAddress> {
    return this.inOrder(node.name, async () => {
      const programs = findLoginPrograms();
      if ("missing" in programs) throw new Error(programs.missing);
      const directory = join(this.directory, node.name);
      const unusable = unusablePath(directory) ?? unusablePath(node.root);
      if (unusable !== undefined) throw new Error(unusable);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const login = this.loginOf(node);
      const now = performance.now();
      login.users = users.map((user) => ({ user, endsAt: now + user.expiresInMs }));
      this.write(login);
      if (login.server?.isRunning !== true) {
        const taken = new Set([...this.logins.values()].map(({ server }) => server?.port ?? 0));
        login.server = await SshServer.start({ programs, directory, mark: loginMark(node.root), taken });
        this.log("loginOpened", { node: node.name, port: login.server.port });
      }
      return { address: LOGIN_ADDRESS, port: login.server.port };
    });
  }

  /** Ends the node's server; those who are logged in carry its mark. */
  close(name: string): Promise<void> {
    return this.inOrder(name, async () => {
      const login = this.logins.get(name);
      if (login === undefined) return;
      clearTimeout(login.timer);
      this.logins.delete(name);
      await login.server?.close();
    });
  }

  /** Nothing of it is to be left: the node is no more. */
  forget(name: string): void {
    rmSync(join(this.directory, name), { recursive: true, force: true });
  }

  private loginOf(node: HostedNode): Login {
    const present = this.logins.get(node.name);
    if (present?.node === node) return present;
    const login: Login = { node, users: [], server: present?.server, timer: undefined };
    clearTimeout(present?.timer);
    this.logins.set(node.name, login);
    return login;
  }

  /** Writes the users whose time is not over, and comes back when the next one's is. */
  private write(login: Login): void {
    clearTimeout(login.timer);
    const programs = findLoginPrograms();
    if ("missing" in programs) return;
    const now = performance.now();
    const good = login.users.filter(({ endsAt }) => endsAt > now);
    const files = userFilesIn(join(this.directory, login.node.name));
    const around = { home: login.node.root, shell: programs.shell, edition: ++this.edition };
    writeUserFiles(
      files,
      good.map(({ user }) => user),
      around,
    );
    if (good.length === 0) return;
    const nextAt = Math.min(...good.map(({ endsAt }) => endsAt));
    login.timer = setTimeout(() => this.expire(login), Math.min(TIMER_MS_MAX, Math.ceil(nextAt - now)));
  }

  private expire(login: Login): void {
    try {
      this.write(login);
    } catch (error) {
      // Rather nobody logs in than somebody who may not any more.
      this.log("loginUsersFailed", { node: login.node.name, message: (error as Error).message });
      void this.close(login.node.name);
    }
  }

  private inOrder<T>(name: string, what: () => Promise<T>): Promise<T> {
    const done = (this.work.get(name) ?? Promise.resolve()).then(what, what);
    this.work.set(name, done);
    const forget = () => {
      if (this.work.get(name) === done) this.work.delete(name);
    };
    done.then(forget, forget);
    return done;
  }
}

function leftIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
