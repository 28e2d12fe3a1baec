/**
 * How far nodes of this machine are machines of their own: what `weir serve` may be told of users, sizes and signs of life. Nothing of it is on by
 * default, because each costs something or surprises: users need root, limits end programs that would have run, and all of it takes time at each start.
 */

/** First and last of the numbers that may be given to users and groups of tasks. */
export type NumberRange = readonly [first: number, last: number];

/** All of it, complete but for what is off. */
export interface MachineSettings {
  /** How often the nodes' agent is asked for a sign of life, milliseconds of real time. Default 5,000. */
  readonly heartbeatMs?: number;
  /** Tasks run as users of their own with numbers of this range (L-66); left out: as the user that the service has. */
  readonly taskUsers?: NumberRange;
  /** What becomes of tasks that ask for an elevated user: without users of their own they run as what the service is, or end as not startable. */
  readonly elevation: "allow" | "refuse";
  /** Nodes are held to the cores, the memory and the disk of their size. */
  readonly enforceSizes: boolean;
  /** Megabytes that a node's directory may take, in place of its size's disk; held to in any case. */
  readonly nodeDiskMb?: number;
}

/** As `weir serve` without options. */
export const machineDefaults: MachineSettings = Object.freeze({ elevation: "allow", enforceSizes: false });

/**
 * Above every number that Linux distributions give to people, services, and containers (systemd's list of ranges ends its containers at
 * 1,879,048,191 and leaves what follows free).
 */
export const TASK_USER_NUMBERS: NumberRange = [1_900_000_000, 1_900_999_999];
