import { describe, expect, it } from "vitest";
import { bench, orgId } from "../../test/harness.ts";
import { ConfigurationError, VendorError } from "../errors.ts";
import type { Embedder } from "../ports/embedder.ts";
import { checkedEmbedder, hashingEmbedder } from "./embedders/index.ts";
import { search } from "./search.ts";

/** An embedder that does what it is told before each call. */
function told(before: () => void, dimensions = 64): Embedder {
  const inner = hashingEmbedder({ dimensions: 64 });
  return checkedEmbedder({
    ...inner,
    async embed(texts, options) {
      before();
      const vectors = await inner.embed(texts, options);
      return dimensions === 64 ? vectors : vectors.map((vector) => vector.slice(0, dimensions));
    },
  });
}

async function synced(embedder?: Embedder, people = 30) {
  const halo = await bench({ people, engine: embedder ? { embedder } : {} });
  await halo.start();
  return halo;
}

/** Lets the indexer work for a moment, whether or not it can finish. */
async function forAMoment(halo: Awaited<ReturnType<typeof bench>>, ms = 400) {
  await Promise.race([halo.settle().catch(() => {}), new Promise((resolve) => setTimeout(resolve, ms))]);
}

describe("indexing", () => {
  it("makes every document searchable once, with its customer and its source", async () => {
    const halo = await synced();
    await halo.settle();
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({
      documents: 30,
      indexed: 30,
      pending: 0,
      chunks: 30,
    });
    const [hit] = await search(halo.engine, {
      orgId,
      query: "note of person 00017",
      scope: { kind: "staff" },
    });
    expect(hit).toMatchObject({
      citation: { sourceKey: "acme:note:00017", title: "Note 00017" },
      endUsers: [{ email: "p00017@team3.example" }],
    });
  });

  it("F05 replaces a changed text whole, and leaves no part of the old one", async () => {
    const halo = await synced();
    await halo.settle();
    halo.vendor.put({ id: "00017", note: "Now about kumquats only." });
    await halo.start({ mode: "incremental" });
    await halo.settle();
    const { chunks, documents } = await halo.storage.knowledge.counts(orgId);
    expect([chunks, documents]).toEqual([30, 30]);
    const hits = await search(halo.engine, { orgId, query: "kumquats", scope: { kind: "staff" } });
    expect(hits.map((hit) => hit.citation.sourceKey)).toEqual(["acme:note:00017"]);
    const old = await search(halo.engine, { orgId, query: "renewal", scope: { kind: "staff" }, limit: 50 });
    expect(old.map((hit) => hit.citation.sourceKey)).not.toContain("acme:note:00017");
  });

  it("does not index again what did not change", async () => {
    const halo = await synced();
    await halo.settle();
    let indexed = 0;
    halo.engine.events.on("documents.indexed", ({ documents }) => {
      indexed += documents;
    });
    await halo.start({ mode: "full_resync" });
    await halo.settle();
    expect(indexed).toBe(0);
  });

  it("F77 keeps the backlog visible while the embedder is down, and loses nothing", async () => {
    let down = true;
    const halo = await synced(
      told(() => {
        if (down) throw new VendorError("The embedder is away.", { retryable: true });
      }),
    );
    await forAMoment(halo);
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 30, indexed: 0 });
    down = false;
    // Its next try is a few seconds away by the clock; nobody has to ask for it.
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    await halo.settle();
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 0, indexed: 30 });
  }, 30_000);

  it("F77 stores no vector of another dimension", async () => {
    const halo = await synced(told(() => {}, 32));
    await forAMoment(halo);
    expect(await halo.storage.knowledge.counts(orgId)).toMatchObject({ pending: 30, indexed: 0, chunks: 0 });
  });

  it("asks an embedder again only for text that the org has not embedded", async () => {
    let texts = 0;
    const inner = hashingEmbedder({ dimensions: 64 });
    const halo = await synced({
      ...inner,
      quality: "semantic",
      embed: (given, options) => {
        if (options.kind === "document") texts += given.length;
        return inner.embed(given, options);
      },
    });
    await halo.settle();
    const first = texts;
    halo.vendor.put({ id: "00003", note: halo.vendor.people.get("00003")!.note, team: "z" });
    await halo.start({ mode: "backfill_transcripts" });
    await halo.settle();
    expect(first).toBe(30);
    expect(texts).toBe(30);
  });
});

describe("searching", () => {
  it("refuses a question without a scope, and one for a customer who is not named", async () => {
    const halo = await synced();
    const ask = (scope: unknown) => search(halo.engine, { orgId, query: "x", scope: scope as never });
    await expect(ask(undefined)).rejects.toMatchObject({ code: "input_invalid", path: "scope" });
    await expect(ask({ kind: "customer" })).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("T33 finds for a customer what is about them, and never what is about another", async () => {
    const halo = await synced();
    await halo.settle();
    const person = await halo.storage.customers.endUser(orgId, { email: "p00017@team3.example" });
    const hits = await search(halo.engine, {
      orgId,
      query: "note of person about renewal",
      scope: { kind: "customer", endUserId: person!.id },
      limit: 50,
    });
    expect(hits.map((hit) => hit.citation.sourceKey)).toEqual(["acme:note:00017"]);
    const general = await search(halo.engine, { orgId, query: "renewal", scope: { kind: "general" } });
    expect(general).toEqual([]);
    const stranger = await search(halo.engine, {
      orgId: "org-2",
      query: "renewal",
      scope: { kind: "staff" },
    });
    expect(stranger).toEqual([]);
  });

  it("answers by words alone when the embedder fails", async () => {
    let down = false;
    const halo = await synced(
      told(() => {
        if (down) throw new ConfigurationError("gone", { option: "embedder" });
      }),
    );
    await halo.settle();
    down = true;
    const hits = await search(halo.engine, {
      orgId,
      query: "person 00009",
      scope: { kind: "staff" },
      limit: 1,
    });
    expect(hits[0]?.citation.sourceKey).toBe("acme:note:00009");
  });
});
