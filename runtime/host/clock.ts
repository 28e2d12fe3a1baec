/**
 * Time, as the service in real time asks for it. The loop itself never waits: it says when it next has something to do, and a driver brings it there. In a
 * simulation that driver jumps from instant to instant and needs no clock; the service sleeps until the instant by one, or until something wakes it up.
 */

/** Milliseconds since 1970 UTC. */
export interface Clock {
  now(): number;
}
