import type { ActionReport, ActionTally } from "./actions-harness.ts";

/** A report as people read it. */
export function showActions(report: ActionReport): readonly string[] {
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

function show(name: string, tally: ActionTally): readonly string[] {
  const { frozen, recoveryMsP50, recoveryMsP99, repeated, repeatedBound, unknown, unknownBound } = tally;
  const counts = (of: { readonly [name: string]: number }) =>
    Object.entries(of)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ");
  return [
    `${name}: ${tally.kills} kills, ${tally.lost} lost, ${tally.doubled} doubled; through after ${recoveryMsP50} ms (p50), ${recoveryMsP99} ms (p99)`,
    `    ${unknown} calls unknown (of ${unknownBound} that may be: no contact to look by), ${repeated} messages again where none can look (of ${repeatedBound} that may be), ${tally.updatesRepeated} equal updates again; ${tally.lostAnswers} answers lost; ${frozen.fenced} late sends refused, ${frozen.taken} taken`,
    `    calls: ${counts(tally.calls)}`,
    `    kills: ${counts(tally.killsByStep)}`,
  ];
}
