/**
 * The models of the wire. A model is written as its properties in one text, `name! type attributes, …`:
 *   `id! string`                       required
 *   `nodeList! [string] max=100`       a list, of at most so many items (for a string: characters)
 *   `exactVersion string readonly`     only in answers; dropped from requests, since clients send back what they have read
 *   `blobSource string old=httpUrl`    the name of older versions; a request's is renamed, an answer of such a version carries it
 * Types: string, boolean, int32, int64, double, date-time, duration, object (anything below it), an enumeration, a model. Names of versions newer than
 * 2022-10-01 stand among the others: requests are read tolerantly. The texts are taken apart once, on first use.
 */
import { accountModels } from "./models/account.ts";
import { enums } from "./models/enums.ts";
import { jobModels } from "./models/jobs.ts";
import { nodeModels } from "./models/nodes.ts";
import { poolModels } from "./models/pools.ts";
import { taskModels } from "./models/tasks.ts";

const texts = { ...poolModels, ...nodeModels, ...jobModels, ...taskModels, ...accountModels };

/** Names of all models, the service's own. */
export type ModelName = keyof typeof texts;

const primitives = ["string", "boolean", "int32", "int64", "double", "date-time", "duration", "object"] as const;
/** Types that are not taken apart further. */
type Primitive = (typeof primitives)[number];

/** One property of a model. */
export interface Property {
  readonly name: string;
  readonly required: boolean;
  readonly readOnly: boolean;
  /** Of the value, or of each item when it is a list. */
  readonly type: Primitive | "enum" | "model";
  readonly isList: boolean;
  /** Most items of a list, or characters of a string. */
  readonly max: number | undefined;
  /** How a value is spelled, by itself and by its lower case; only of enumerations. */
  readonly spellings: ReadonlyMap<string, string> | undefined;
  /** Only of type model. */
  readonly modelName: ModelName | undefined;
  /** The present name of what this is the older name of. */
  readonly presentName: string | undefined;
}

/** A model taken apart; its properties in the order of the text. */
export interface Model {
  readonly name: ModelName;
  readonly properties: ReadonlyMap<string, Property>;
  /** Names that a request must have. */
  readonly required: readonly string[];
}

const spellingsOf = new Map<string, ReadonlyMap<string, string>>(
  Object.entries(enums).map(([name, values]) => [
    name,
    new Map(values.split(" ").flatMap((value) => [[value.toLowerCase(), value] as const, [value, value] as const])),
  ]),
);

const PROPERTY_FORM = /^([\w.]+)(!)? (\[)?([\w-]+)\]?((?: (?:readonly|max=\d+|old=\w+))*)$/;

function property(text: string): Property {
  const match = PROPERTY_FORM.exec(text);
  if (match === null) throw new Error(`a property is written wrongly: ${text}`);
  const [, name, bang, bracket, typeName, attributes] = match;
  const primitive = primitives.find((candidate) => candidate === typeName);
  const spellings = spellingsOf.get(typeName);
  const modelName = Object.hasOwn(texts, typeName) ? (typeName as ModelName) : undefined;
  if (primitive === undefined && spellings === undefined && modelName === undefined) throw new Error(`no type ${typeName}`);
  const max = /max=(\d+)/.exec(attributes);
  return Object.freeze({
    name,
    required: bang !== undefined,
    readOnly: attributes.includes("readonly"),
    type: primitive ?? (spellings === undefined ? "model" : "enum"),
    isList: bracket !== undefined,
    max: max === null ? undefined : Number(max[1]),
    spellings,
    modelName,
    presentName: /old=(\w+)/.exec(attributes)?.[1],
  });
}

const models = new Map<ModelName, Model>();

/** The model of this name. */
export function model(name: ModelName): Model {
  const known = models.get(name);
  if (known !== undefined) return known;
  const properties = texts[name].trim().split(/,\s*/).map(property);
  const made: Model = {
    name,
    properties: new Map(properties.map((each) => [each.name, each])),
    required: properties.filter((each) => each.required).map((each) => each.name),
  };
  models.set(name, made);
  return made;
}

/** All names, for tests and pages. */
export const modelNames = Object.keys(texts) as ModelName[];

/**
 * The property at a path with `/`, as `$filter` and `$select` write it: `executionInfo/exitCode`; undefined when the model has none. Names are exact in case.
 */
export function propertyAt(name: ModelName, path: string): Property | undefined {
  const parts = path.split("/");
  let at: ModelName | undefined = name;
  let found: Property | undefined;
  for (const part of parts) {
    if (at === undefined) return undefined;
    found = model(at).properties.get(part);
    if (found === undefined) return undefined;
    at = found.modelName;
  }
  return found;
}
