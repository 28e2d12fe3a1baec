/**
 * Opens the front ends of nodes on this machine: whoever connects to one is led to the node's own port, if the rules let him. What a node does not listen
 * to, nobody gets to; who is not let in is cut off at once, before a byte of his was read. TCP streams, and UDP with one flow a client.
 */
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Traffic } from "../../agent/transfer/traffic.ts";
import type { Log } from "../log.ts";
import { type FrontEnd, isClosed, mayEnter } from "../network/frontEnds.ts";

/** Connections of one front end at a time. */
const CONNECTIONS_MAX = 1_000;
/** Clients of one UDP front end at a time, and how long a silent one is remembered, milliseconds of real time. */
const FLOWS_MAX = 1_000;
const FLOW_MS = 60_000;

/** Where a node listens, and who counts what goes to it and comes from it. */
interface Target {
  readonly address: string;
  readonly traffic: Traffic;
}

/** The open front ends of one provider's nodes. */
export class EndpointProxy {
  private readonly log: Log;
  private readonly opened = new Map<string, (() => void)[]>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Opens the ways in to a node that listens at `address`. Opening them again is fine. */
  open(node: string, target: Target, frontEnds: readonly FrontEnd[]): void {
    if (frontEnds.length === 0 || this.opened.has(node)) return;
    const closers = frontEnds
      .filter((frontEnd) => !isClosed(frontEnd))
      .map((frontEnd) =>
        frontEnd.protocol === "udp" ? this.openDatagrams(frontEnd, target) : this.openStreams(frontEnd, target),
      );
    this.opened.set(node, closers);
  }

  /** Closes them, and the connections that go through them. */
  close(node: string): void {
    for (const close of this.opened.get(node) ?? []) close();
    this.opened.delete(node);
  }

  closeAll(): void {
    for (const node of [...this.opened.keys()]) this.close(node);
  }

  private openStreams(frontEnd: FrontEnd, { address, traffic }: Target): () => void {
    const sockets = new Set<Socket>();
    const track = (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    };
    const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      track(client);
      client.on("error", () => client.destroy());
      if (!mayEnter(frontEnd, { address: client.remoteAddress ?? "", port: client.remotePort ?? 0 })) {
        client.resetAndDestroy();
        return;
      }
      const node = connect({ host: address, port: frontEnd.backendPort, allowHalfOpen: true });
      track(node);
      client.once("close", traffic.count(client));
      node.once("connect", () => {
        client.pipe(node).pipe(client);
        client.resume();
      });
      // What the node refuses is refused to the client too.
      node.on("error", () => client.resetAndDestroy());
      client.once("close", () => node.destroy());
      node.once("close", () => client.destroy());
    });
    server.maxConnections = CONNECTIONS_MAX;
    server.on("error", (error) => this.failed(frontEnd, error));
    server.listen(frontEnd.frontendPort, frontEnd.publicIPAddress);
    server.unref();
    return () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
  }

  private openDatagrams(frontEnd: FrontEnd, { address, traffic }: Target): () => void {
    const flows = new Map<string, { readonly socket: DatagramSocket; timer: NodeJS.Timeout }>();
    const front = createSocket("udp4");
    const end = (client: string) => {
      const flow = flows.get(client);
      if (flow === undefined) return;
      clearTimeout(flow.timer);
      flow.socket.close();
      flows.delete(client);
    };
    front.on("message", (bytes, { address: from, port }) => {
      if (!mayEnter(frontEnd, { address: from, port })) return;
      const client = `${from}:${port}`;
      let flow = flows.get(client);
      if (flow === undefined) {
        if (flows.size >= FLOWS_MAX) return;
        const socket = createSocket("udp4");
        socket.on("message", (answer) => {
          traffic.add({ sentBytes: answer.length });
          front.send(answer, port, from, () => {});
        });
        socket.on("error", () => end(client));
        socket.unref();
        flow = { socket, timer: setTimeout(() => {}, 0) };
        flows.set(client, flow);
      }
      clearTimeout(flow.timer);
      flow.timer = setTimeout(() => end(client), FLOW_MS).unref();
      traffic.add({ receivedBytes: bytes.length });
      flow.socket.send(bytes, frontEnd.backendPort, address, () => {});
    });
    front.on("error", (error) => this.failed(frontEnd, error));
    front.bind(frontEnd.frontendPort, frontEnd.publicIPAddress);
    front.unref();
    return () => {
      for (const client of [...flows.keys()]) end(client);
      front.close();
    };
  }

  private failed({ name, publicIPAddress, frontendPort }: FrontEnd, error: Error): void {
    this.log("warn", "endpointNotOpen", {
      endpoint: name,
      address: `${publicIPAddress}:${frontendPort}`,
      error: error.message,
    });
  }
}
