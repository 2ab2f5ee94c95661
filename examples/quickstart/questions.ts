import { formatCitation, type SearchHit } from "@halo/core";
import { orgId, type Tour } from "./tour.ts";

export async function questions({ halo, hold, options, screen, vendor }: Tour): Promise<void> {
  const planted = await vendor.planted();
  for (const { question, phrase } of planted.slice(0, 3)) {
    const [hit] = await halo.knowledge.search({ orgId, query: question, scope: { kind: "staff" }, limit: 3 });
    screen.line(`? ${question}`);
    show(screen, hit, phrase);
    hold(hit?.text.includes(phrase.slice(0, 60)) === true, "the first hit holds the answer");
  }
  if (options.ask) {
    screen.line(`? ${options.ask}`);
    const hits = await halo.knowledge.search({
      orgId,
      query: options.ask,
      scope: { kind: "staff" },
      limit: 3,
    });
    if (hits.length === 0) screen.line("  nothing was found");
    for (const hit of hits) show(screen, hit, "");
  }
}

function show(screen: Tour["screen"], hit: SearchHit | undefined, phrase: string): void {
  if (!hit) return;
  const at = phrase === "" ? 0 : Math.max(0, hit.text.indexOf(phrase));
  const person = hit.endUsers[0];
  const customer =
    [person?.name ?? person?.email, hit.companies[0]?.name].filter(Boolean).join(", ") ||
    "nobody in particular";
  screen.line(`  “${hit.text.slice(at, at + 140).replaceAll(/\s+/g, " ")}”`);
  screen.line(`  customer: ${customer} · score ${hit.score.toFixed(3)}`);
  const { start, end, text } = hit;
  screen.line(`  source: ${formatCitation({ ...hit.citation, text, start, end })}`);
}
