/**
 * Bytes that go over the network for a node, as far as somebody here moves them. The agent: resource files and container listings in, output files out,
 * requests and heads included. The server: what goes through the ways in to a node, and files that clients read. The kernel counts by interface, and all
 * nodes share those; what the processes of a task send and receive by themselves is not in it.
 *
 * Whom a transfer is for is known from the asynchronous context: between a run and the socket lie resources, containers, blobs and tries again, and it is
 * the business of none of them.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";

/** Bytes of one direction each. */
export interface TrafficBytes {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What one node has received and sent since somebody last asked. */
export class Traffic {
  private readonly moved = { receivedBytes: 0, sentBytes: 0 };
  /** Reads off the sockets that are in use just now. */
  private readonly readings = new Set<() => void>();

  /** Everything that is done until the promise settles is done for this node. */
  for<T>(what: () => Promise<T>): Promise<T> {
    return current.run(this, what);
  }

  /** Counts what goes over a socket from now on, until the function that is given back is called. A socket may have served others before. */
  count(socket: Socket): () => void {
    let { bytesRead, bytesWritten } = socket;
    const read = () => {
      this.moved.receivedBytes += socket.bytesRead - bytesRead;
      this.moved.sentBytes += socket.bytesWritten - bytesWritten;
      ({ bytesRead, bytesWritten } = socket);
    };
    this.readings.add(read);
    return () => {
      if (this.readings.delete(read)) read();
    };
  }

  /** Bytes that went over no socket of their own. */
  add({ receivedBytes = 0, sentBytes = 0 }: Partial<TrafficBytes>): void {
    this.moved.receivedBytes += receivedBytes;
    this.moved.sentBytes += sentBytes;
  }

  /** The bytes since the last call; those of a transfer that is under way are in it up to now. */
  take(): TrafficBytes {
    for (const read of this.readings) read();
    const taken = { ...this.moved };
    this.moved.receivedBytes = 0;
    this.moved.sentBytes = 0;
    return taken;
  }
}

const current = new AsyncLocalStorage<Traffic>();

/** Has a request counted for the node that it is made for, if it is made for one. */
export function countTraffic(request: ClientRequest): void {
  const traffic = current.getStore();
  if (traffic === undefined) return;
  request.once("socket", (socket) => {
    const stop = traffic.count(socket);
    // Comes when the answer has been read, or the connection broke.
    request.once("close", stop);
  });
}
