import type { CustomerKind } from "../define/customer.ts";
import type { ClaimRow, RecordRow } from "../ports/page-store.ts";
import type { CustomerFacts, FactValue, ThingFacts } from "../segments/evaluate.ts";
import type { SegmentComparison, SegmentFilter } from "../segments/filter.ts";
import { newId, seededRandom } from "./ids.ts";
import { at, claimRow, day, record } from "./storage-world.ts";

/** What a filter means, which every store has to agree with. */
export { fits } from "../segments/evaluate.ts";

/** Customers and what is known of them, as a test knows it without asking a store. */
export interface RandomOrg {
  readonly companies: readonly RecordRow[];
  readonly people: readonly RecordRow[];
  readonly deals: readonly RecordRow[];
  readonly seen: readonly { readonly id: string; readonly at: Date }[];
  readonly facts: ReadonlyMap<string, CustomerFacts>;
}

/** Words that a store could trip over: patterns, quotes, case beyond A to Z, what looks like a number or a day. */
const words = [
  "acme",
  "ACME",
  "Acme 100%",
  "a_b",
  "a%b",
  "O'Brien",
  'say "hi"',
  "back\\slash",
  "ÄÖÜ",
  "äöü",
  "straße",
  "İ",
  "ſ",
  "1",
  "1.0",
  "01",
  "-3.5",
  "2026-01-01",
  "true",
  "",
  "null",
  "{}",
  "emoji 🙂",
  "$1",
  "; drop table segments; --",
  "x\ny",
];
const customKeys = [
  "tier",
  "seats",
  "since",
  "Mixed Case",
  "__proto__",
  "constructor",
  "a'b",
  'a"b',
  "$1",
  "ключ",
];

export function randomOrg(
  seed: number,
  now: Date,
  counts = { companies: 8, people: 40, deals: 40 },
): RandomOrg {
  const random = seededRandom(seed);
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const maybe = <T>(value: () => T, share = 0.6): T | undefined => (random() < share ? value() : undefined);
  const whole = (most: number) => Math.floor(random() * most);
  const word = () => one(words.filter((text) => text.trim() !== ""));
  const moment = () => new Date(now.getTime() + (whole(120) - 60) * (day / 2) + one([0, 0, -1, 1]));
  const custom = () => {
    const entries = customKeys.flatMap((key) => {
      const value = one([
        undefined,
        undefined,
        word(),
        whole(5),
        random() < 0.5,
        whole(50) / 10,
        stamp(moment(), one),
      ]);
      return value === undefined ? [] : [[key, value] as const];
    });
    return Object.fromEntries(entries);
  };
  const facts = new Map<string, CustomerFacts>();
  const keys = { company: new Map<string, string>(), end_user: new Map<string, string>() };
  const things = new Map<string, { deal: ThingFacts[]; meeting: ThingFacts[]; activity: ThingFacts[] }>();

  const add = (
    kind: CustomerKind,
    key: string,
    fields: { [field: string]: string | undefined },
    like: Partial<ClaimRow>,
  ) => {
    const candidateId = newId();
    const said = Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined),
    ) as ClaimRow["fields"];
    const kept = custom();
    const claim = claimRow({ kind, candidateId, fields: said, custom: kept, ...like });
    const id = claim.candidateId;
    keys[kind].set(key, id);
    const own = { deal: [], meeting: [], activity: [] };
    things.set(id, own);
    const signedUp = said["signed_up_at"];
    const values: { [field: string]: FactValue | undefined } = { ...said };
    if (signedUp !== undefined) values["signed_up_at"] = new Date(signedUp);
    const employees = said["employee_count"];
    if (employees !== undefined) values["employee_count"] = Number(employees);
    const [identity] = claim.identities;
    if (identity !== undefined) values[kind === "company" ? "domain" : "email"] = identity;
    values["created_at"] = at(0);
    facts.set(id, { kind, fields: values, money: {}, custom: kept, company: undefined, things: own });
    return record(key, 1, { text: `${kind} ${key} ${seed}`, claim });
  };

  const companies = Array.from({ length: counts.companies }, (_, n) =>
    add(
      "company",
      `c${n}`,
      {
        name: maybe(word),
        industry: maybe(word),
        city: maybe(word),
        employee_count: maybe(() => String(whole(40))),
        signed_up_at: maybe(() => moment().toISOString()),
      },
      { identities: [`c${n}.test`] },
    ),
  );
  const seen: { id: string; at: Date }[] = [];
  const people = Array.from({ length: counts.people }, (_, n) => {
    const companyKey = maybe(() => `c${whole(counts.companies)}`, 0.7);
    const row = add(
      "end_user",
      `p${n}`,
      {
        name: maybe(word),
        phone: maybe(word),
        job_title: maybe(word),
        lifecycle_stage: maybe(word),
        signed_up_at: maybe(() => moment().toISOString()),
      },
      {
        identities: random() < 0.8 ? [`p${n}@people.test`] : [],
        company: companyKey === undefined ? undefined : { ref: { stream: "companies", key: companyKey } },
      },
    );
    const id = row.claim?.candidateId ?? "";
    const mine = facts.get(id);
    const companyId = companyKey && keys.company.get(companyKey);
    const company = companyId === undefined ? undefined : facts.get(companyId);
    const when = maybe(moment);
    if (mine) {
      const fields = when ? { ...mine.fields, first_seen: when, last_seen: when } : mine.fields;
      facts.set(id, { ...mine, fields, company });
    }
    if (when) seen.push({ id, at: when });
    if (when && company) widen(company.fields as { [field: string]: FactValue | undefined }, when);
    return row;
  });
  const deals = Array.from({ length: counts.deals }, (_, n) => {
    const kind = one(["deal", "deal", "meeting", "other"] as const);
    const columns = {
      kind,
      stage: maybe(word) ?? null,
      amount: maybe(() => `${whole(100)}.${whole(10)}0`) ?? null,
      won: maybe(() => random() < 0.5) ?? null,
      closes_at: maybe(() => moment().toISOString()) ?? null,
    };
    const person = `p${whole(counts.people)}`;
    const company = maybe(() => `c${whole(counts.companies)}`);
    const links = [
      { kind: "end_user", ref: { stream: "people", key: person }, reason: "association", score: 1 },
      ...(company
        ? [
            {
              kind: "company",
              ref: { stream: "companies", key: company },
              reason: "association",
              score: 1,
            } as const,
          ]
        : []),
    ] as const;
    const date = columns.closes_at === null ? undefined : new Date(columns.closes_at);
    for (const id of [keys.end_user.get(person), company && keys.company.get(company)]) {
      const own = things.get(id ?? "");
      if (kind === "deal")
        own?.deal.push({
          stage: columns.stage ?? undefined,
          amount: columns.amount ?? undefined,
          won: columns.won ?? undefined,
          at: date,
        });
      if (kind === "meeting") own?.meeting.push({ title: columns.stage ?? undefined, at: date });
    }
    return record(`d${n}`, 1, { text: `deal ${n} ${seed}`, columns, links });
  });
  return { companies, people, deals, seen, facts };
}

function widen(fields: { [field: string]: FactValue | undefined }, when: Date): void {
  const [first, last] = [fields["first_seen"], fields["last_seen"]];
  if (!(first instanceof Date) || when < first) fields["first_seen"] = when;
  if (!(last instanceof Date) || when > last) fields["last_seen"] = when;
}

/** A day or a time, as an org's own fields hold it. */
function stamp(when: Date, one: <T>(list: readonly T[]) => T): string {
  const iso = when.toISOString();
  return one([
    iso,
    iso.slice(0, 10),
    `${iso.slice(0, 19)}Z`,
    `${iso.slice(0, 19)}+00:00`,
    `${iso.slice(0, 21)}Z`,
  ]);
}

const fieldsOf: { readonly [kind in CustomerKind]: readonly (readonly [string, string])[] } = {
  end_user: [
    ["name", "text"],
    ["email", "text"],
    ["phone", "text"],
    ["job_title", "text"],
    ["lifecycle_stage", "text"],
    ["signed_up_at", "date"],
    ["last_seen", "date"],
    ["first_seen", "date"],
    ["created_at", "date"],
    ["company.name", "text"],
    ["company.industry", "text"],
    ["company.employee_count", "number"],
    ["company.last_seen", "date"],
    ["company.domain", "text"],
    ...customKeys.map((key) => [`custom:${key}`, "custom"] as const),
    ["company.custom:tier", "custom"],
    ["company.custom:seats", "custom"],
  ],
  company: [
    ["name", "text"],
    ["domain", "text"],
    ["industry", "text"],
    ["city", "text"],
    ["employee_count", "number"],
    ["signed_up_at", "date"],
    ["last_seen", "date"],
    ["first_seen", "date"],
    ...customKeys.map((key) => [`custom:${key}`, "custom"] as const),
  ],
};
const dealFields = [
  ["stage", "text"],
  ["amount", "number"],
  ["won", "boolean"],
  ["at", "date"],
] as const;
const meetingFields = [
  ["title", "text"],
  ["at", "date"],
] as const;

/** A filter that passes `checkSegmentFilter`; most of them fit some and not all of `randomOrg`. */
export function randomFilter(random: () => number, kind: CustomerKind, now: Date, depth = 0): SegmentFilter {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(make: () => T): T[] => Array.from({ length: 1 + Math.floor(random() * 3) }, make);
  const roll = random();
  if (depth < 4 && roll < 0.18) return { all: some(() => randomFilter(random, kind, now, depth + 1)) };
  if (depth < 4 && roll < 0.36) return { any: some(() => randomFilter(random, kind, now, depth + 1)) };
  if (depth < 4 && roll < 0.46) return { not: randomFilter(random, kind, now, depth + 1) };
  if (roll < 0.6) {
    const has = one(["deal", "deal", "meeting", "activity"] as const);
    const fields = has === "deal" ? dealFields : meetingFields;
    const where = () => randomWhere(random, fields, now, 0);
    return {
      has,
      ...(kind === "end_user" && random() < 0.3 && { of: "company" as const }),
      ...(random() < 0.4 && { atLeast: 1 + Math.floor(random() * 3) }),
      ...(has !== "activity" && random() < 0.7 && { where: where() }),
    };
  }
  const [field, type] = one(fieldsOf[kind]);
  return randomComparison(random, field, type, now);
}

function randomWhere(
  random: () => number,
  fields: readonly (readonly [string, string])[],
  now: Date,
  depth: number,
): SegmentFilter {
  const again = () => randomWhere(random, fields, now, depth + 1);
  const roll = random();
  if (depth < 2 && roll < 0.15) return { all: [again(), again()] };
  if (depth < 2 && roll < 0.3) return { any: [again(), again()] };
  if (depth < 2 && roll < 0.4) return { not: again() };
  const [field, type] = fields[Math.floor(random() * fields.length)] ?? ["at", "date"];
  return randomComparison(random, field, type, now);
}

function randomComparison(random: () => number, field: string, type: string, now: Date): SegmentComparison {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const as = type === "custom" ? one(["text", "number", "date", "boolean"]) : type;
  const moment = () => {
    const when = new Date(now.getTime() + (Math.floor(random() * 120) - 60) * (day / 2));
    return one([
      when.toISOString(),
      when.toISOString().slice(0, 10),
      when.toISOString().replace("Z", "+00:00"),
    ]);
  };
  const number = () =>
    one([
      Math.floor(random() * 40),
      Math.floor(random() * 50) / 10,
      String(Math.floor(random() * 90)),
      "3.50",
    ]);
  const text = () => one(words);
  const set = { field, operator: one(["is_set", "is_not_set"] as const) };
  if (random() < 0.15) return set;
  if (as === "text") {
    const operator = one([
      "is",
      "is_not",
      "in",
      "not_in",
      "contains",
      "not_contains",
      "starts_with",
    ] as const);
    if (operator === "in" || operator === "not_in") return { field, operator, value: [text(), text()] };
    if (operator === "is" || operator === "is_not") return { field, operator, value: text() };
    const piece = one([...text().slice(0, 3), "a", "%", "_", "'", "\\"]);
    return { field, operator, value: piece };
  }
  if (as === "number") {
    const operator = one([
      "is",
      "is_not",
      "in",
      "more_than",
      "at_least",
      "less_than",
      "at_most",
      "between",
    ] as const);
    if (operator === "between") return { field, operator, value: [number(), number()] };
    const plain = () => (type === "custom" ? Number(number()) : number());
    if (operator === "in") return { field, operator, value: [plain(), plain()] };
    if (operator === "is" || operator === "is_not") return { field, operator, value: plain() };
    return { field, operator, value: number() };
  }
  if (as === "boolean") return { field, operator: one(["is", "is_not"] as const), value: random() < 0.5 };
  const operator = one([
    "on",
    "before",
    "after",
    "on_or_before",
    "on_or_after",
    "between",
    "in_last_days",
    "not_in_last_days",
    "in_next_days",
  ] as const);
  if (operator === "between") return { field, operator, value: [moment(), moment()] };
  if (operator === "in_last_days" || operator === "not_in_last_days" || operator === "in_next_days")
    return { field, operator, value: 1 + Math.floor(random() * 40) };
  return { field, operator, value: moment() };
}
