/**
 * The cloud around Batch accounts, as tests see it from outside: accounts of either allocation mode, virtual networks, security groups and guest OS
 * releases, all made over the management paths of a running service; and an account in user subscription mode, which only a directory's token opens.
 */
import { request } from "node:http";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";
import { poolBody, type Served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";

/** Subscription, resource group and region of the account that a service is started with. */
export const SUBSCRIPTION = "00000000-0000-4000-8000-000000000001";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/weir`;

/** An answer of any kind. */
export interface Seen {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
  readonly body: any;
}

/** Whoever can be asked for Batch operations. */
export interface Asks {
  ask(method: string, path: string, body?: unknown): Promise<Seen>;
}

/** ComputeNode, as far as these tests read it. */
export interface PlacedNode {
  readonly id: string;
  readonly state: string;
  readonly ipAddress?: string;
  readonly affinityId: string;
  readonly lastBootTime?: string;
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
  readonly endpointConfiguration?: {
    readonly inboundEndpoints: readonly {
      readonly name: string;
      readonly protocol: string;
      readonly publicIPAddress: string;
      readonly frontendPort: number;
      readonly backendPort: number;
    }[];
  };
  readonly virtualMachineInfo?: { readonly imageReference: { readonly exactVersion: string } };
}

/** A rule of a security group; priority, port and access are what differs. */
export const rule = (name: string, priority: number, access: "Allow" | "Deny", port: string, source = "*"): object => ({
  name,
  properties: {
    priority,
    access,
    direction: "Inbound",
    protocol: "Tcp",
    sourceAddressPrefix: source,
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: port,
  },
});

/** A network: which kind, where, and what is in it. */
interface NetworkOptions {
  readonly classic?: boolean;
  readonly subscription?: string;
  readonly location?: string;
  /** Address prefixes of subnets by name. */
  readonly subnets: Readonly<Record<string, string>>;
  /** Resource id of the security group on all of them. */
  readonly group?: string;
}

/** The management side of a service. */
export class Cloud {
  readonly server: Served;

  constructor(server: Served) {
    this.server = server;
  }

  /** Asks a management path, signed with the first account's key. */
  async manage(method: string, path: string, body?: unknown): Promise<Seen> {
    return (await this.server.ask(method, path, body)) as Seen;
  }

  /** Asks for a Batch operation as a client of the spring of 2017 does. */
  old(method: string, path: string, body?: unknown): Promise<Seen> {
    const { endpoint, account, key } = this.server.document;
    const url = new URL(path, endpoint);
    url.searchParams.set("api-version", "2017-05-01.5.0");
    const bytes = bytesOf(body);
    const length = bytes === undefined && method !== "POST" ? {} : { bodyBytes: bytes?.length ?? 0 };
    const signed = signedHeaders({ account, key, method, url: url.href, at: new Date(), ...length });
    return send(url, method, signed, bytes);
  }

  private async made(path: string, body: unknown): Promise<void> {
    const { status, body: said } = await this.manage("PUT", path, body);
    if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(said)}`);
  }

  /** Makes a network with an address space of its own prefixes; its resource id. */
  async network(name: string, options: NetworkOptions): Promise<string> {
    const { classic = false, subscription = SUBSCRIPTION, location, subnets, group } = options;
    const provider = classic ? "Microsoft.ClassicNetwork" : "Microsoft.Network";
    const id = `/subscriptions/${subscription}/resourceGroups/weir/providers/${provider}/virtualNetworks/${name}`;
    const guard = group === undefined ? {} : { networkSecurityGroup: { id: group } };
    await this.made(id, {
      ...(location === undefined ? {} : { location }),
      properties: {
        addressSpace: { addressPrefixes: Object.values(subnets) },
        subnets: Object.entries(subnets).map(([subnet, addressPrefix]) => ({
          name: subnet,
          properties: { addressPrefix, ...guard },
        })),
      },
    });
    return id;
  }

  /** Makes a security group with these rules; its resource id. */
  async securityGroup(name: string, ...rules: object[]): Promise<string> {
    const id = `${GROUP}/providers/Microsoft.Network/networkSecurityGroups/${name}`;
    await this.made(id, { properties: { securityRules: rules } });
    return id;
  }

  /** Gives the Batch service's principal the role that it needs on a classic network. */
  async assignRole(network: string): Promise<void> {
    const name = crypto.randomUUID();
    await this.made(`${network}/providers/Microsoft.Authorization/roleAssignments/${name}`, {
      properties: { roleDefinitionId: "Classic Virtual Machine Contributor", principalId: "MicrosoftAzureBatch" },
    });
  }

  /** Makes an account in user subscription mode with a key vault of its own; a client of it, with a directory's token. */
  async userSubscriptionAccount(name: string): Promise<Asks> {
    const vault = `${GROUP}/providers/Microsoft.KeyVault/vaults/${name}-vault`;
    await this.made(vault, { properties: { passphrase: "a passphrase for tests" } });
    await this.made(`${GROUP}/providers/Microsoft.Batch/batchAccounts/${name}`, {
      location: "local",
      properties: {
        poolAllocationMode: "UserSubscription",
        keyVaultReference: { id: vault, url: `https://${name}-vault.vault.azure.net/` },
      },
    });
    const { endpoint, account, key } = this.server.document;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: account,
      client_secret: key,
      scope: "https://batch.core.windows.net/.default",
    });
    const answer = await fetch(`${endpoint}/common/oauth2/v2.0/token`, { method: "POST", body: form });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return new TokenClient(endpoint, name, token);
  }
}

/** Batch operations with a directory's token; the host's first label says which account is meant. */
class TokenClient implements Asks {
  private readonly endpoint: string;
  private readonly account: string;
  private readonly token: string;

  constructor(endpoint: string, account: string, token: string) {
    this.endpoint = endpoint;
    this.account = account;
    this.token = token;
  }

  ask(method: string, path: string, body?: unknown): Promise<Seen> {
    const url = new URL(path, this.endpoint);
    url.searchParams.set("api-version", "2022-10-01.16.0");
    const bytes = bytesOf(body);
    const headers = {
      Host: `${this.account}.localhost:${url.port}`,
      Authorization: `Bearer ${this.token}`,
      ...(bytes === undefined ? {} : { "Content-Type": JSON_TYPE, "Content-Length": String(bytes.length) }),
    };
    return send(url, method, headers, bytes);
  }
}

const JSON_TYPE = "application/json; odata=minimalmetadata";

const bytesOf = (body: unknown): Buffer | undefined => (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));

function send(url: URL, method: string, headers: Record<string, string>, bytes: Buffer | undefined): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) }));
    });
    asked.on("error", reject);
    asked.end(bytes);
  });
}

/** A cloud services pool that needs no more than size and family. */
export const cloudPool = (id: string, more: object = {}): object => ({
  id,
  vmSize: "small",
  cloudServiceConfiguration: { osFamily: "5" },
  ...more,
});

/** A pool that is refused: its status, code, the property and the reason that the error names. */
export async function refusal(
  account: Asks,
  body: object,
): Promise<{ status: number; code: string; property?: string; reason?: string }> {
  const { status, body: said } = await account.ask("POST", "/pools", body);
  const values = new Map<string, string>(
    (said?.values ?? []).map(({ key, value }: { key: string; value: string }) => [key, value]),
  );
  const property = values.get("PropertyName");
  const reason = values.get("Reason");
  return {
    status,
    code: said?.code,
    ...(property === undefined ? {} : { property }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Adds a pool, or fails with what was said. */
export async function added(account: Asks, body: object): Promise<void> {
  const { status, body: said } = await account.ask("POST", "/pools", body);
  if (status !== 201) throw new Error(`POST /pools: ${status} ${JSON.stringify(said)}`);
}

/** The nodes of a pool. */
export async function nodesOf(account: Asks, pool: string): Promise<readonly PlacedNode[]> {
  return (await account.ask("GET", `/pools/${pool}/nodes`)).body.value;
}

/** Waits until the pool is steady; the pool then. */
export function steady(account: Asks, pool: string): Promise<Seen["body"]> {
  return eventually(`pool ${pool} to be steady`, async () => {
    const { body } = await account.ask("GET", `/pools/${pool}`);
    return body.allocationState === "steady" ? body : undefined;
  });
}

/** Waits until all nodes that a pool is to have are there and in this state; the nodes then. */
export function allNodes(account: Asks, pool: string, state: string): Promise<readonly PlacedNode[]> {
  let last: readonly PlacedNode[] = [];
  return eventually(
    `all nodes of pool ${pool} to be ${state}`,
    async () => {
      await steady(account, pool);
      last = await nodesOf(account, pool);
      return last.length > 0 && last.every((node) => node.state === state) ? last : undefined;
    },
    { describe: () => last.map((node) => [node.id, node.state, node.errors]) },
  );
}

export { poolBody };
