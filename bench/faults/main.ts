// `npm run faults -- [--flow main|actions|money|knowledge] [--kills N] [--embedded-kills M] [--seed S] [--lanes L] [--json]`: kill -9 at named
// steps and at random times, on PostgreSQL and on an embedded folder, and the same with bugs put in on purpose.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { startPostgres } from "../../packages/storage-pg/test/support/postgres-server.ts";
import { runActionHarness } from "./actions-harness.ts";
import { showActions } from "./actions-report.ts";
import { actionBugs } from "./actions-steps.ts";
import { runHarness, type Tally } from "./harness.ts";
import { runKnowledgeHarness } from "./knowledge-harness.ts";
import { showKnowledge } from "./knowledge-report.ts";
import { knowledgeBugs } from "./knowledge-steps.ts";
import { runMoneyHarness } from "./money-harness.ts";
import { showMoney } from "./money-report.ts";
import { moneyBugs } from "./money-steps.ts";
import { plantedBugs } from "./steps.ts";

const usage = `Usage: npm run faults -- [options]

  --flow FLOW          what is interrupted. main: backfill, webhooks and indexing (the default; also "sync").
                       actions: what agents do, and what people are told
                       money: proposals, people's decisions, and money that moves once
                       knowledge: 200 transcripts that are judged, indexed and distilled, by an embedder and a
                       model that fail (50 kills, on PostgreSQL)
  --kills N            kill -9 on PostgreSQL (300)
  --embedded-kills M   kill -9 on an embedded folder (a sixth of N)
  --seed S             decides the portals and what is struck where (random)
  --lanes L            rounds at once (4)
  --json               the result as one JSON object on the last line of stdout
`;

const flows = new Map<string, "main" | "actions" | "money" | "knowledge">([
  ["main", "main"],
  ["sync", "main"],
  ["actions", "actions"],
  ["money", "money"],
  ["knowledge", "knowledge"],
]);
const options = read();
const print = (line: string): void =>
  void (options.json ? process.stderr : process.stdout).write(`${line}\n`);
// Workers go with this process; see child.ts.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

print(
  `seed ${options.seed}: ${options.kills} kills on PostgreSQL 18, ${options.embeddedKills} on an embedded folder`,
);
const server = await startPostgres({ version: 18 });
const createDatabase = () => server.createDatabase();
try {
  process.exitCode = (await { actions, knowledge, main, money }[options.flow]()) ? 0 : 1;
} finally {
  await server.stop();
}

async function actions(): Promise<boolean> {
  const report = await runActionHarness({ ...options, planted: actionBugs, createDatabase, log: print });
  for (const line of showActions(report)) print(line);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok;
}

async function money(): Promise<boolean> {
  const report = await runMoneyHarness({ ...options, planted: moneyBugs, createDatabase, log: print });
  for (const line of showMoney(report)) print(line);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok;
}

async function knowledge(): Promise<boolean> {
  const report = await runKnowledgeHarness({
    ...options,
    planted: knowledgeBugs,
    createDatabase,
    log: print,
  });
  for (const line of showKnowledge(report)) print(line);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok;
}

async function main(): Promise<boolean> {
  const report = await runHarness({ ...options, planted: plantedBugs, createDatabase, log: print });
  show("PostgreSQL 18", report);
  show("embedded", report.embedded);
  for (const [bug, { caught, doubled, kills, lost }] of Object.entries(report.planted)) {
    print(
      `planted ${bug}: ${caught ? "caught" : "NOT CAUGHT"} (${kills} kills, ${lost} lost, ${doubled} doubled)`,
    );
  }
  for (const failure of report.failures) print(`✗ ${failure}`);
  print(
    `${report.ok ? "All of it held" : "It did not hold"}, in ${report.seconds.toFixed(0)} s (seed ${report.seed}).`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return report.ok;
}

function show(name: string, tally: Tally): void {
  const { frozen, terminated } = tally;
  print(
    `${name}: ${tally.kills} kills, ${tally.lost} lost, ${tally.doubled} doubled; recovered after ${tally.recoveryMsP50} ms (p50), ${tally.recoveryMsP99} ms (p99); ${frozen.fenced} late writes refused, ${frozen.taken} taken; ${terminated.count} ended in good order, successor at work after ${terminated.successorMsMax} ms at most`,
  );
  const steps = Object.entries(tally.killsByStep).map(([step, count]) => `${step} ${count}`);
  print(`    ${steps.join(", ")}`);
}

function read() {
  const { values } = parse();
  const count = (name: string, value: string | undefined, otherwise: number): number => {
    if (value === undefined) return otherwise;
    if (/^\d{1,6}$/.test(value)) return Number(value);
    return refuse(`--${name} needs a whole number, not "${value}".`);
  };
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const flow = flows.get(values.flow ?? "main") ?? refuse(`There is no flow "${values.flow}".`);
  const kills = count("kills", values.kills, flow === "knowledge" ? 50 : 300);
  const embedded = flow === "knowledge" ? 0 : Math.round(kills / 6);
  return {
    flow,
    kills,
    embeddedKills: count("embedded-kills", values["embedded-kills"], embedded),
    seed: values.seed ?? String(randomInt(1_000_000)),
    lanes: Math.max(1, count("lanes", values.lanes, 4)),
    json: values.json ?? false,
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        flow: { type: "string" },
        kills: { type: "string" },
        "embedded-kills": { type: "string" },
        seed: { type: "string" },
        lanes: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(why: string): never {
  console.error(`${why}\n\n${usage}`);
  process.exit(2);
}
