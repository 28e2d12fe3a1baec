/**
 * Where the agent tells what happens to it: log lines of its program (main.ts), nothing by default. They have no level: what a server has to know comes to it
 * as a message.
 */
export type AgentLog = (event: string, fields: object) => void;
