import { invalid } from "../errors.ts";
import type { ObjectType } from "../object-types.ts";
import type { Portal } from "../portal.ts";
import type { StoredRecord } from "../record.ts";

interface Unfit {
  readonly name: string;
  readonly error: string;
  readonly message: string;
}

export function refuseUnknownProperties(names: readonly string[]): void {
  if (names.length === 0) return;
  const unfit = names.map((name) => ({
    name,
    error: "PROPERTY_DOESNT_EXIST",
    message: `Property "${name}" does not exist`,
  }));
  throw invalid(listed(unfit), {
    errors: unfit.map(({ name, error, message }) => ({
      message,
      code: error,
      context: { propertyName: [name] },
    })),
  });
}

/** A value outside of a property's options, a pipeline, stage or owner that is not there, a number that is none. */
export function refuseUnfitValues(
  portal: Portal,
  type: ObjectType,
  properties: Readonly<Record<string, string>>,
  record: StoredRecord | undefined,
): void {
  const unfit = Object.entries(properties).flatMap(([name, value]) =>
    value === "" ? [] : (unfitValue(portal, type, name, value, { ...record?.fields, ...properties }) ?? []),
  );
  if (unfit.length > 0) throw invalid(listed(unfit));
}

function unfitValue(
  portal: Portal,
  type: ObjectType,
  name: string,
  value: string,
  fields: Readonly<Record<string, string>>,
): Unfit | undefined {
  const definition = portal.schema.of(type).get(name);
  if (name === "hubspot_owner_id") {
    // guess: the code, and that an owner who left is still one.
    if (portal.owners.some((owner) => owner.id === value)) return undefined;
    return { name, error: "INVALID_OWNER_ID", message: `Owner ${value} does not exist` };
  }
  if (definition?.type === "number" && !/^-?\d+(\.\d+)?(E[+-]?\d+)?$/i.test(value)) {
    return { name, error: "INVALID_LONG", message: `${value} was not a valid long.` };
  }
  const options = optionsOf(portal, type, name, fields) ?? definition?.options ?? [];
  const given = definition?.type === "enumeration" && options.length > 0 ? value.split(";") : [];
  if (given.every((one) => options.includes(one))) return undefined;
  const message = `${value} was not one of the allowed options: [${options.join(", ")}]`;
  return { name, error: "INVALID_OPTION", message };
}

/** Options that the account's pipelines give; a stage belongs to the deal's pipeline, the first one unless it is named. */
function optionsOf(
  portal: Portal,
  type: ObjectType,
  name: string,
  fields: Readonly<Record<string, string>>,
): readonly string[] | undefined {
  if (type !== "deals") return undefined;
  if (name === "pipeline") return portal.pipelines.map(({ id }) => id);
  if (name !== "dealstage") return undefined;
  const pipeline = portal.pipelines.find(({ id }) => id === (fields.pipeline || "default"));
  return pipeline?.stages.map(({ id }) => id) ?? [];
}

/** The list stands in the message alone, as JSON (answers quoted in public issues, read 2026-11-21). */
function listed(unfit: readonly Unfit[]): string {
  return `Property values were not valid: ${JSON.stringify(unfit.map((one) => ({ isValid: false, ...one })))}`;
}
