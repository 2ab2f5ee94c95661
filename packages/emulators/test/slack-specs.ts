import { sharedFile } from "./specs.ts";

/** The mini language in which the derived file writes types. */
export interface SlackType {
  readonly type?: string;
  readonly object?: Readonly<Record<string, SlackType>>;
  readonly array?: SlackType;
  readonly enum?: readonly unknown[];
  readonly optional?: boolean;
}

export interface SlackMethods {
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly arguments: Readonly<Record<string, SlackType>>;
        readonly response: Readonly<Record<string, SlackType>>;
      }
    >
  >;
}

export interface SlackOpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly security?: readonly { readonly slackAuth?: readonly string[] }[];
            readonly responses: {
              readonly default?: {
                readonly schema?: {
                  readonly properties?: { readonly error?: { readonly enum?: readonly string[] } };
                };
              };
            };
          }
        >
      >
    >
  >;
}

export const slackMethods = () => sharedFile<SlackMethods>("specs/slack/web-api-8.2.0.methods.json");
export const slackOpenApi = () => sharedFile<SlackOpenApi>("specs/slack/web-openapi-v2.trimmed.json");
export const slackSample = (path: string) => sharedFile<unknown>(`specs/slack/samples/${path}.json`);

/** Where an answer holds what the vendor's types do not know, or in another type; empty when it fits. */
export function typeErrors(type: SlackType, value: unknown, at: string): string[] {
  const wrong = (what: string) => [`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${what}`];
  if (type.enum) return type.enum.includes(value) ? [] : wrong(type.enum.join(" or "));
  if (type.array) {
    const item = type.array;
    return Array.isArray(value)
      ? value.flatMap((one, i) => typeErrors(item, one, `${at}[${i}]`))
      : wrong("list");
  }
  if (type.object) return fieldErrors(type.object, value, at);
  if (type.type === "string" || type.type === "number" || type.type === "boolean") {
    return typeof value === type.type ? [] : wrong(type.type);
  }
  // Named types stand for what the file cut off.
  return [];
}

export function fieldErrors(
  fields: Readonly<Record<string, SlackType>>,
  value: unknown,
  at: string,
): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at}: not an object`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = fields[name];
    if (!field) return [`${at}.${name}: not in the vendor's types`];
    return inner === null ? [] : typeErrors(field, inner, `${at}.${name}`);
  });
}

/** Where a value holds a field that the recorded sample does not have, or one of another type. */
export function sampleErrors(sample: unknown, value: unknown, at: string): string[] {
  if (value === null || sample === null) return [];
  if (Array.isArray(sample)) {
    if (!Array.isArray(value)) return [`${at}: not a list`];
    return sample.length === 0 ? [] : value.flatMap((one, i) => sampleErrors(sample[0], one, `${at}[${i}]`));
  }
  if (typeof sample === "object") {
    if (typeof value !== "object" || Array.isArray(value)) return [`${at}: not an object`];
    return Object.entries(value).flatMap(([name, inner]) => {
      const known = (sample as Record<string, unknown>)[name];
      return known === undefined
        ? [`${at}.${name}: not in the sample`]
        : sampleErrors(known, inner, `${at}.${name}`);
    });
  }
  return typeof value === typeof sample
    ? []
    : [`${at}: ${typeof value} where the sample has ${typeof sample}`];
}
