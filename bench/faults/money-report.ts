import type { MoneyReport, MoneyTally } from "./money-harness.ts";

/** A report as people read it. */
export function showMoney(report: MoneyReport): readonly string[] {
  const { embedded, failures, ok, planted, seconds, seed } = report;
  return [
    ...show("PostgreSQL 18", report),
    ...(embedded.kills > 0 ? show("embedded", embedded) : []),
    ...Object.entries(planted).map(
      ([bug, { caught, doubled, kills, lost }]) =>
        `planted ${bug}: ${caught ? "caught" : "NOT CAUGHT"} (${kills} kills, ${lost} lost, ${doubled} doubled)`,
    ),
    ...failures.map((failure) => `✗ ${failure}`),
    `${ok ? "All of it held" : "It did not hold"}, in ${seconds.toFixed(0)} s (seed ${seed}).`,
  ];
}

function show(name: string, tally: MoneyTally): readonly string[] {
  const counts = (of: { readonly [name: string]: number }) =>
    Object.entries(of)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  return [
    `${name}: ${tally.kills} kills, ${tally.lost} lost, ${tally.doubled} doubled; through after ${tally.recoveryMsP50} ms (p50), ${tally.recoveryMsP99} ms (p99)`,
    `    ${tally.wishes} proposals: ${counts(tally.states)}; ${tally.lostAnswers} answers lost after the vendor had moved the money`,
    `    kills: ${counts(tally.killsByStep)}`,
  ];
}
