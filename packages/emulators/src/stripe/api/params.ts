import { badParameter, refuse } from "./errors.ts";

/** What a form or a query says, its brackets unfolded: text, lists and maps of text. */
export type Param = string | readonly Param[] | { readonly [name: string]: Param };
export type Params = Readonly<Record<string, Param>>;

interface Branch {
  [name: string]: Branch | string | (Branch | string)[];
}

/** `a[b][]=1&a[c][0]=2` becomes `{ a: { b: ["1"], c: ["2"] } }`. */
export function readParams(...sources: readonly URLSearchParams[]): Params {
  const root: Branch = {};
  for (const source of sources) {
    for (const [name, value] of source) {
      const [, first = name, rest = ""] = /^([^[]+)((?:\[[^\]]*\])*)$/.exec(name) ?? [];
      const path = [first, ...[...rest.matchAll(/\[([^\]]*)\]/g)].map((part) => part[1] ?? "")];
      put(root, path, value);
    }
  }
  return listed(root) as Params;
}

function put(branch: Branch, [name = "", ...rest]: readonly string[], value: string): void {
  const key = name === "" ? String(Object.keys(branch).length) : name;
  if (rest.length === 0) {
    branch[key] = value;
    return;
  }
  const inner = branch[key];
  const next: Branch = typeof inner === "object" && !Array.isArray(inner) ? inner : {};
  branch[key] = next;
  put(next, rest, value);
}

/** Maps whose names count from 0 are lists. */
function listed(value: Branch | string): Param {
  if (typeof value === "string") return value;
  const names = Object.keys(value);
  const inner = (name: string) => listed(value[name] as Branch | string);
  if (names.length > 0 && names.every((name, at) => name === String(at))) return names.map(inner);
  return Object.fromEntries(names.map((name) => [name, inner(name)]));
}

/** Refuses names that the endpoint does not know. */
export function requireKnown(params: Params, known: readonly string[]): void {
  const unknown = Object.keys(params).filter((name) => !known.includes(name) && name !== "expand");
  if (unknown.length === 0) return;
  const word = unknown.length === 1 ? "parameter" : "parameters";
  throw refuse(400, {
    code: "parameter_unknown",
    message: `Received unknown ${word}: ${unknown.join(", ")}`,
    param: unknown[0] ?? "",
  });
}

export function textParam(params: Params, name: string): string | undefined {
  const value = params[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw badParameter(name, undefined, "Invalid string: must be a string");
  return value;
}

/** Text that is not empty: an empty one is how a parameter is unset, and this one cannot be. */
export function givenText(params: Params, name: string): string | undefined {
  const value = textParam(params, name);
  if (value === "") {
    throw badParameter(
      name,
      "parameter_invalid_empty",
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
    );
  }
  return value;
}

export function requiredText(params: Params, name: string): string {
  const value = givenText(params, name);
  if (value === undefined) throw badParameter(name, "parameter_missing", `Missing required param: ${name}.`);
  return value;
}

export function integerParam(params: Params, name: string, shown = name): number | undefined {
  const value = givenText(params, name);
  if (value === undefined) return undefined;
  // guess: beyond 2^53 the vendor refuses as it does a fraction.
  if (!/^-?\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
    throw badParameter(shown, "parameter_invalid_integer", `Invalid integer: ${value}`);
  return Number(value);
}

export function flagParam(params: Params, name: string): boolean | undefined {
  const value = givenText(params, name);
  if (value === undefined) return undefined;
  if (value !== "true" && value !== "false") throw badParameter(name, undefined, `Invalid boolean: ${value}`);
  return value === "true";
}

export function choiceParam<Choice extends string>(
  params: Params,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = givenText(params, name);
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (!found) {
    const all = choices.map((choice) => (choice === choices.at(-1) ? `or ${choice}` : choice)).join(", ");
    throw badParameter(name, undefined, `Invalid ${name}: must be one of ${all}`);
  }
  return found;
}

export function listParam(params: Params, name: string): readonly string[] | undefined {
  const value = params[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    throw badParameter(name, "parameter_invalid", "Invalid array");
  return value as readonly string[];
}

export function mapParam(params: Params, name: string): Params | undefined {
  const value = params[name];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw badParameter(name, undefined, "Invalid object");
  return value as Params;
}

/** Metadata as it stands after a change: names with an empty value go, an empty text takes all of them. */
export function metadataParam(
  params: Params,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  if (params.metadata === "") return {};
  const after: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(mapParam(params, "metadata") ?? {})) {
    if (typeof value !== "string")
      throw badParameter(`metadata[${name}]`, undefined, "Metadata values must be strings");
    if (value === "") delete after[name];
    else after[name] = value;
  }
  return after;
}

/** A moment or a range of moments, in Unix seconds. */
export interface Range {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
}

export function rangeParam(params: Params, name: string): Range | undefined {
  const value = params[name];
  if (value === undefined) return undefined;
  if (typeof value === "string") {
    const at = integerParam(params, name);
    return at === undefined ? undefined : { gte: at, lte: at };
  }
  const bounds = value as Params;
  const range: Record<string, number> = {};
  for (const bound of Object.keys(bounds)) {
    if (!["gt", "gte", "lt", "lte"].includes(bound))
      throw refuse(400, {
        code: "parameter_unknown",
        message: `Received unknown parameter: ${name}[${bound}]`,
        param: `${name}[${bound}]`,
      });
    const at = integerParam(bounds, bound, `${name}[${bound}]`);
    if (at !== undefined) range[bound] = at;
  }
  return range;
}

export const inRange = (at: number, { gt, gte, lt, lte }: Range): boolean =>
  (gt === undefined || at > gt) &&
  (gte === undefined || at >= gte) &&
  (lt === undefined || at < lt) &&
  (lte === undefined || at <= lte);
