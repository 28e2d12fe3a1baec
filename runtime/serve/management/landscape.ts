/**
 * Documents of the network that all accounts of a server share, one kind a value: found by the resource that a request's path names, kept under the
 * resource's id without case, and every account's nodes looked at again when one has changed.
 */
import { type ManagementCall, notFound } from "./route.ts";

/** Which documents, and where the path names one of them. */
interface LandscapeOptions {
  /** Of the records. */
  readonly kind: string;
  /** Segment of the path behind which the name stands: `virtualNetworks`. */
  readonly segment: string;
  /** Name of that place in the route: `network`. */
  readonly parameter: string;
  /** For people. */
  readonly noun: string;
}

/** Key of a document; its id is that of the resource. */
export const keyOf = (id: string): string => id.toLowerCase();

/** Has every account look at its nodes again: the rules around them have changed. */
function networksChanged({ accounts }: ManagementCall): void {
  for (const { open } of accounts.list()) open?.provider.networkChanged();
}

/** The documents of one kind. */
export class LandscapeDocuments<Document extends { readonly id: string }> {
  private readonly options: LandscapeOptions;

  constructor(options: LandscapeOptions) {
    this.options = options;
  }

  /** Of the resource that the path names or lies in. */
  idOf({ resource, path }: ManagementCall): string {
    const { segment, parameter } = this.options;
    const start = resource.toLowerCase().indexOf(`/${segment.toLowerCase()}/`) + segment.length + 2;
    return resource.slice(0, start + path[parameter].length);
  }

  find(call: ManagementCall): Document | undefined {
    return call.accounts.landscape.get(this.options.kind, keyOf(this.idOf(call))) as Document | undefined;
  }

  /** Throws ManagementError 404. */
  found(call: ManagementCall): Document {
    const document = this.find(call);
    if (document === undefined) throw notFound(this.options.noun, call.path[this.options.parameter]);
    return document;
  }

  async keep(call: ManagementCall, document: Document): Promise<void> {
    await call.accounts.landscape.put(this.options.kind, keyOf(document.id), document);
    networksChanged(call);
  }
}
