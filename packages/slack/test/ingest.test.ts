import { describe, expect, it } from "vitest";
import { orgId, slackWorld } from "./slack-world.ts";

const MINUTE = 60_000;

describe("Slack in the engine", () => {
  it("brings a mapped channel's past, and then what is said, edited and deleted", async () => {
    const world = await slackWorld();
    const { person, workspace } = world;
    const { id: channel } = world.channel("support");
    const old = workspace.post({ channel, user: person.id, text: "The *Northwind* contract ends in May" });
    workspace.post({ channel, user: person.id, text: "Renewal is likely", threadTs: old.ts });
    await world.clock.advance(60_000);
    const connection = await world.connect();
    expect(connection).toMatchObject({ account: { id: workspace.id, name: "Acme" }, state: "connected" });
    await world.map(channel, connection.id);
    await world.work(MINUTE);
    expect(await world.find("Northwind contract")).toEqual([
      "Grace Hopper: The *Northwind* contract ends in May\n\nGrace Hopper: Renewal is likely",
    ]);

    const said = workspace.post({ channel, user: person.id, text: "Fabrikam wants 40 seats" });
    await world.work(MINUTE);
    expect(await world.find("Fabrikam seats")).toEqual(["Grace Hopper: Fabrikam wants 40 seats"]);
    workspace.edit(channel, said.ts, "Fabrikam wants 60 seats");
    await world.work(MINUTE);
    expect(await world.find("Fabrikam seats")).toEqual(["Grace Hopper: Fabrikam wants 60 seats"]);
    workspace.remove(channel, said.ts);
    await world.work(MINUTE);
    expect(await world.find("Fabrikam seats")).toEqual([]);
    const [runs] = await Promise.all([world.halo.runs.list(orgId, {})]);
    expect(
      runs.map(({ error, status }) => ({ error, status })).filter((run) => run.status !== "succeeded"),
    ).toEqual([]);
  });
});
