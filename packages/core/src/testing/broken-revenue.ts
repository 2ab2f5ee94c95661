import type { PageCommit } from "../ports/page-store.ts";
import type { Breakage } from "./broken-storage.ts";

type Records = PageCommit["records"];

const withRecords = (name: string, breaks: string, change: (records: Records) => Records): Breakage => ({
  name,
  room: "customers",
  breaks,
  rooms: (good) => ({
    pages: { commit: (page) => good.pages.commit({ ...page, records: change(page.records) }) },
  }),
});

/** Ways to count money wrongly. */
export const revenueBreakages: readonly Breakage[] = [
  withRecords("what records say of money is not kept", "a company's money is the sum", (records) =>
    records.map(({ revenue: _, ...record }) => record),
  ),
  withRecords("currencies are added up across", "a company's money is the sum", (records) =>
    records.map((record) =>
      record.revenue ? { ...record, revenue: { ...record.revenue, currency: "usd" } } : record,
    ),
  ),
  withRecords("links by a field find nobody", "a link by a field", (records) =>
    records.map((record) => ({ ...record, links: record.links.filter(({ field }) => field === undefined) })),
  ),
  withRecords("what test mode says counts as any other", "T09 what test mode says", (records) =>
    records.map((record) =>
      record.revenue ? { ...record, revenue: { ...record.revenue, isTest: false } } : record,
    ),
  ),
  withRecords("a payer's company is not followed", "a payer that moves", (records) =>
    records.filter(
      ({ updatedAt, key }) => !(key === "cus_1" && updatedAt && updatedAt.getTime() % 120_000 === 0),
    ),
  ),
];
