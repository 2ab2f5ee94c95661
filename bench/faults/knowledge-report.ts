import type { KnowledgeReport } from "./knowledge-harness.ts";

export function showKnowledge(report: KnowledgeReport): readonly string[] {
  const { backlog } = report;
  const steps = Object.entries(report.killsByStep).map(([step, count]) => `${step} ${count}`);
  return [
    `${report.transcripts} transcripts, ${report.kills} kills: ${report.indexed} indexed, ${report.distilled} distilled, ${report.lost} lost, ${report.doubled} doubled, ${report.orphans} orphans; ${backlog.samples} looks at the backlog, ${backlog.blind} blind, ${backlog.explained} with a reason; the embedder failed ${(report.embedderFailedShare * 100).toFixed(0)} %; recovered after ${report.recoveryMsP50} ms (p50), ${report.recoveryMsP99} ms (p99)`,
    `    ${steps.join(", ")}`,
    ...Object.entries(report.planted).map(
      ([bug, { caught, doubled, kills, lost }]) =>
        `planted ${bug}: ${caught ? "caught" : "NOT CAUGHT"} (${kills} kills, ${lost} lost, ${doubled} doubled)`,
    ),
    ...report.failures.map((failure) => `✗ ${failure}`),
    `${report.ok ? "All of it held" : "It did not hold"}, in ${report.seconds.toFixed(0)} s (seed ${report.seed}).`,
  ];
}
