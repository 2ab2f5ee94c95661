import { orgId, type Tour } from "./tour.ts";

export async function statusPage({ halo, hold, screen }: Tour): Promise<void> {
  const detail = await halo.detail(orgId, "hubspot");
  const date = (at: Date | undefined) => at?.toISOString().replace("T", " ").slice(0, 19) ?? "–";
  screen.table([
    ["Integration", `${detail.name} (${detail.state})`],
    ["Account", detail.account?.id ?? "–"],
    ["Webhook URL to paste", detail.webhookUrl ?? "–"],
    ...detail.stats.map(({ name, value }) => [name, value.toLocaleString("en")] as const),
    ["Last sync", date(detail.lastSyncAt)],
    ["Next sync", date(detail.nextSyncAt)],
    ["Errors", String(detail.errors)],
    ...detail.banners.map(({ level, message }) => [`  ${level}`, message] as const),
  ]);
  hold(detail.state === "connected" && detail.errors === 0, "the status page shows no error");
  hold(
    detail.lastSyncAt !== undefined && detail.nextSyncAt !== undefined,
    "it knows the last and the next sync",
  );
}
