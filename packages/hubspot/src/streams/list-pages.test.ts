import { type Json, type Page, type PullScope, silentLogger, type VendorHttp } from "@halo/core";
import { describe, expect, it } from "vitest";
import { paths } from "../paths.ts";
import { engagements } from "./engagements.ts";
import { listPages } from "./list-pages.ts";
import { ListPart, wholeList } from "./list-parts.ts";

/** A list of as many pages of one record, and a search that is never answered but can be given up. */
function slowSearch(pages: number) {
  let given: AbortSignal | undefined;
  const http = {
    get: async (_path: string, { query }: { query: { after?: string } }) => {
      const at = Number(query.after ?? 1);
      const paging = at < pages ? { next: { after: String(at + 1) } } : undefined;
      return { results: [{ id: String(at), properties: {} }], paging };
    },
    post: (_path: string, { signal }: { signal: AbortSignal }) => {
      given = signal;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  } as unknown as VendorHttp;
  return { http, givenUp: () => given?.aborted };
}

const signal = new AbortController().signal;

describe("a list whose search is slow", () => {
  const read = async (http: VendorHttp): Promise<Page[]> => {
    const caller = { http, signal, paths: paths("x") };
    const part = ListPart.parse(wholeList.params);
    const pages: Page[] = [];
    for await (const page of listPages(caller, "notes", part, { logger: silentLogger, resume: undefined }))
      pages.push(page);
    return pages;
  };

  it("is read by one cursor meanwhile, and the search is given up at its end", async () => {
    const { http, givenUp } = slowSearch(5);
    const pages = await read(http);
    expect(pages.map(({ done }) => done)).toEqual([false, false, false, false, true]);
    expect(pages.flatMap(({ shards }) => shards ?? [])).toEqual([]);
    expect(givenUp()).toBe(true);
  });

  it.each(["email", "note"])("gives the search up when nobody reads on (%s)", async (kind) => {
    const { http, givenUp } = slowSearch(5);
    const stream = engagements(paths("x"));
    const scope = {
      http,
      signal,
      mode: { kind: "backfill" },
      logger: silentLogger,
    } as unknown as PullScope<unknown>;
    const shard = { id: `${kind}/all`, params: { kind, part: wholeList.params as Json } };
    for await (const page of stream.pull({ ...scope, shard, cursor: undefined })) {
      expect(page.done).toBe(false);
      expect(givenUp()).toBe(false);
      break;
    }
    expect(givenUp()).toBe(true);
  });
});
