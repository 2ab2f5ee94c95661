import { parseArgs } from "node:util";

export interface Options {
  readonly seed: string;
  readonly ask: string | undefined;
  readonly postgres: string | undefined;
  readonly psql: boolean;
  readonly keep: string | undefined;
  readonly json: boolean;
  /** Share of the full portal, so that a check of the example takes seconds. */
  readonly scale: number;
  /** How soon an event has to be searchable, ms. */
  readonly withinMs: number;
}

export const usage = `npm start -- [options]

  --seed S         another made-up HubSpot account (1)
  --ask "…"        ask another question at the end
  --postgres URL   store on a PostgreSQL server instead of in a folder
  --psql           at the end, serve the embedded store to psql until Ctrl-C
  --keep FOLDER    keep the store there; a second start on it resumes and does no backfill
  --scale N        a share of the portal, such as 0.05 (1)
  --within MS      how soon a webhook's text has to be searchable (2000)
  --json           the summary as one JSON object on the last line`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      ask: { type: "string" },
      postgres: { type: "string" },
      psql: { type: "boolean", default: false },
      keep: { type: "string" },
      scale: { type: "string", default: "1" },
      within: { type: "string", default: "2000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new RangeError("--scale takes a number above 0 and up to 1.");
  const withinMs = Number(values.within);
  if (!(withinMs > 0)) throw new RangeError("--within takes milliseconds.");
  if (values.psql && values.postgres)
    throw new RangeError("--psql serves the embedded store: leave --postgres out.");
  const { seed, ask, postgres, psql, keep, json } = values;
  return { seed, ask, postgres, psql, keep, json, scale, withinMs };
}
