import { ownerOf, type StripeObject } from "../book/table.ts";
import { badParameter } from "./errors.ts";
import type { Filter } from "./list.ts";
import { choiceParam, flagParam, givenText, inRange, listParam, mapParam, rangeParam } from "./params.ts";

type Get = (row: StripeObject) => unknown;

/** The field of the parameter's name, unless another is told. */
export const same =
  (get?: Get): Filter =>
  (params, name) => {
    const wanted = givenText(params, name);
    return wanted === undefined
      ? undefined
      : (row) => (get ? get(row) : (ownerOf(row, name) ?? row[name])) === wanted;
  };

export const oneOf =
  (choices: readonly string[]): Filter =>
  (params, name) => {
    const wanted = choiceParam(params, name, choices);
    return wanted === undefined ? undefined : (row) => row[name] === wanted;
  };

export const flag: Filter = (params, name) => {
  const wanted = flagParam(params, name);
  return wanted === undefined ? undefined : (row) => row[name] === wanted;
};

export const range: Filter = (params, name) => {
  const wanted = rangeParam(params, name);
  return wanted && ((row) => typeof row[name] === "number" && inRange(row[name], wanted));
};

export const anyOf =
  (get: Get): Filter =>
  (params, name) => {
    const wanted = listParam(params, name);
    return wanted && ((row) => wanted.includes(String(get(row))));
  };

/** A period that some item of the subscription has. */
export const period: Filter = (params, name, book) => {
  const wanted = rangeParam(params, name);
  if (!wanted) return undefined;
  const items = book.tables.subscription_item;
  return (row) =>
    (items.by("subscription", row.id) ?? []).some((item) => inRange(Number(item[name]), wanted));
};

export const withPrice: Filter = (params, name, book) => {
  const wanted = givenText(params, name);
  if (wanted === undefined) return undefined;
  const items = book.tables.subscription_item;
  return (row) => (items.by("subscription", row.id) ?? []).some((item) => item.price === wanted);
};

const STATUSES = [
  ..."active all canceled ended incomplete incomplete_expired past_due paused trialing unpaid".split(" "),
];

/** Without it the canceled ones are missing; `ended` means those, and the ones whose first payment never came. */
export const subscriptionStatus: Filter = (params, name) => {
  const wanted = choiceParam(params, name, STATUSES);
  switch (wanted) {
    case undefined:
      return (row) => row.status !== "canceled";
    case "all":
      return () => true;
    case "ended":
      return (row) => row.status === "canceled" || row.status === "incomplete_expired";
    default:
      return (row) => row.status === wanted;
  }
};

/** `payment[type]` with `payment[payment_intent]`. */
export const payment: Filter = (params, name) => {
  const wanted = mapParam(params, name);
  if (!wanted) return undefined;
  if (givenText(wanted, "type") === undefined)
    throw badParameter("payment[type]", "parameter_missing", "Missing required param: payment[type].");
  return (row) => {
    const given = row[name] as Readonly<Record<string, unknown>>;
    return Object.entries(wanted).every(([field, value]) => given[field] === value);
  };
};
