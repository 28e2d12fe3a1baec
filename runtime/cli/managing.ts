/**
 * Managing a server from the command line: the paths of resources that people name shortly, and refusals in Azure Resource Manager's shape as lines. Who
 * manages is the holder of the first account's key; a resource group and a subscription need to be named only where there is more than the usual one.
 */
import { HOME } from "../serve/accounts/document.ts";
import type { Answer } from "../serve/client.ts";
import { type Connection, type ConnectionOptions, connect } from "./connection.ts";
import { InputError } from "./exitCodes.ts";
import { visibleText } from "./output.ts";

/** Where a resource is. */
export interface PlaceOptions extends ConnectionOptions {
  readonly resourceGroup?: string;
  readonly subscription?: string;
}

/** A resource of any kind, as it is shown. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly kind?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A server that is managed. */
export class Managed {
  readonly connection: Connection;
  private readonly place: PlaceOptions;

  /** `command`: whose help tells more. Throws UsageError when nobody says whom to ask. */
  constructor(options: PlaceOptions, command: string) {
    this.connection = connect(options, command);
    this.place = options;
  }

  /** Asks for what has to be done. Throws InputError with the server's own words for any other answer than 2xx. */
  async expect<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const answer = await this.connection.ask(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body as Body;
    throw new InputError(visibleText(refusalText(answer)));
  }

  /** Path of a resource by its name, or the id itself. `type`: `Microsoft.Batch/batchAccounts`. */
  path(type: string, name: string): string {
    if (name.startsWith("/subscriptions/")) return name;
    const { subscription = HOME.subscriptionId, resourceGroup = HOME.resourceGroup } = this.place;
    const group = `/subscriptions/${encodeURIComponent(subscription)}/resourceGroups/${encodeURIComponent(resourceGroup)}`;
    return `${group}/providers/${type}/${encodeURIComponent(name)}`;
  }

  /** Everything of a type, in the subscription that was named or in all. */
  async list(type: string): Promise<Resource[]> {
    const found: Resource[] = [];
    for (const subscription of await this.subscriptions()) {
      const path = `/subscriptions/${encodeURIComponent(subscription)}/providers/${type}`;
      found.push(...(await this.expect<{ value: Resource[] }>("GET", path)).value);
    }
    const group = this.place.resourceGroup?.toLowerCase();
    return group === undefined ? found : found.filter(({ id }) => id.split("/")[4]?.toLowerCase() === group);
  }

  /** The one of this name, wherever it is. Throws InputError when there is none. */
  async find(type: string, name: string, what: string): Promise<Resource> {
    const found = (await this.list(type)).find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new InputError(`there is no ${what} ${visibleText(name)}`);
    return found;
  }

  private async subscriptions(): Promise<readonly string[]> {
    if (this.place.subscription !== undefined) return [this.place.subscription];
    const { value } = await this.expect<{ value: { subscriptionId: string }[] }>("GET", "/subscriptions");
    return value.map(({ subscriptionId }) => subscriptionId);
  }
}

/** Code and message of a refusal, in Resource Manager's shape or the service's own. */
function refusalText({ status, body, text }: Answer): string {
  type Refusal = { error?: { code?: string; message?: string }; code?: string; message?: { value?: string } };
  const { error, code = error?.code, message } = (body ?? {}) as Refusal;
  const why = (error?.message ?? message?.value ?? text.slice(0, 200)).split("\n")[0];
  return code === undefined ? `HTTP ${status}: ${why}` : `${code} (HTTP ${status}): ${why}`;
}
