/** The connection to an agent on a real socket: it is found, lost and found again, and what it says may come in any pieces. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FromAgent } from "../../runtime/agent/protocol.ts";
import { AgentLink } from "../../runtime/providers/local/agentLink.ts";
import { until } from "../support/waiting.ts";
import { ScriptedAgent } from "./scriptedAgent.ts";

let agent: ScriptedAgent;
let link: AgentLink;
let told: { hellos: number; losses: number; starts: number; messages: FromAgent[]; log: string[] };

beforeEach(() => {
  agent = new ScriptedAgent();
  told = { hellos: 0, losses: 0, starts: 0, messages: [], log: [] };
  link = new AgentLink({
    socket: agent.socket,
    startAgent: () => {
      told.starts++;
      if (told.starts === 1) throw new Error("no such program");
    },
    onHello: () => {
      told.hellos++;
    },
    onMessage: (message) => told.messages.push(message),
    onLost: () => {
      told.losses++;
    },
    log: (_level, event) => told.log.push(event),
  });
});

afterEach(async () => {
  await link.close();
  await agent.close();
});

const state = () => told;

test("an agent is started where none listens, once in a while, and what keeps it from starting is logged and no more", async () => {
  link.open();
  await until(() => told.starts === 1, state);
  expect(told.log).toEqual(["agent cannot be started"]);
  await agent.listen();
  await until(() => told.hellos === 1, state);
  expect(told.starts).toBe(1);
});

test("after an agent that had come up was lost, the next one is started at once", async () => {
  await agent.listen();
  link.open();
  await until(() => told.hellos === 1, state);
  await agent.die();
  await until(() => told.losses === 1 && told.starts === 1, state);
});

test("messages leave in order after Hello, and those before are dropped: whoever connects is told everything anyway", async () => {
  await agent.listen();
  link.send({ kind: "Kill", run: "early" });
  link.open();
  await until(() => told.hellos === 1, state);
  for (let i = 0; i < 500; i++) link.send({ kind: "Kill", run: `t${i}` });
  await until(
    () => agent.heard.length === 500,
    () => agent.heard.length,
  );
  expect(agent.of("Kill").map(({ run }) => run)).toEqual(Array.from({ length: 500 }, (_, i) => `t${i}`));
});

test("a line that comes in pieces, in the middle of a character too, is one message", async () => {
  await agent.listen();
  link.open();
  await until(() => told.hellos === 1, state);
  const message: FromAgent = { kind: "NodeFailed", node: "p.tvm-1", message: "kein Platz für „ümläute“ ☃" };
  for (const byte of Buffer.from(`${JSON.stringify(message)}\n`)) agent.write(Buffer.from([byte]));
  await until(() => told.messages.length === 1, state);
  expect(told.messages).toEqual([message]);
});

test("an agent that speaks another protocol, or no JSON, is not believed; another connection is sought", async () => {
  agent.hello = { protocol: 99 };
  await agent.listen();
  link.open();
  await until(() => told.log.length > 0, state);
  expect(told).toMatchObject({ hellos: 0, log: ["agent said something else"] });
  agent.hello = {};
  await until(() => told.hellos === 1, state);
  agent.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  await until(() => told.losses === 1, state);
  await until(() => told.hellos === 2, state);
});

test("an agent that was started and has not been heard yet is waited for and told to end; where none comes none is started for that", async () => {
  link.open();
  await until(() => told.starts === 1, state);
  const ended = link.shutDown();
  await agent.listen();
  await until(
    () => agent.heard.some(({ kind }) => kind === "Shutdown"),
    () => agent.heard,
  );
  await agent.die();
  await ended;
  expect([told.hellos, told.starts]).toEqual([1, 1]);
  const other = new AgentLink({
    socket: `${agent.socket}.none`,
    startAgent: () => told.starts++,
    onHello: () => {},
    onMessage: () => {},
    onLost: () => {},
    log: () => {},
  });
  await other.shutDown();
  expect(told.starts).toBe(1);
});
