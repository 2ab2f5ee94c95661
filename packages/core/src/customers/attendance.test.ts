import { describe, expect, it } from "vitest";
import type { Attendance } from "../define/meeting.ts";
import { meetingPeople } from "./attendance.ts";
import { loadDomains } from "./domain.ts";

const domains = await loadDomains();
const host = { name: "Ann", email: "Ann@own.example" };

function links(attendance: Partial<Attendance>, settings = {}) {
  const { links } = meetingPeople({ host, participants: [], ...attendance }, settings, domains);
  return links.map((link) => ("email" in link ? link.email : "domain" in link ? link.domain : ""));
}

describe("whom a meeting is about", () => {
  it("is everybody with an address of another domain than the host's, and their companies, each once", () => {
    const participants = [
      { name: "Ann", email: "ann@own.example" },
      { name: "Bo", email: "bo@mail.own.example" },
      { name: "Zoe", email: "Zoe@client.example" },
      { name: "Zoe again", email: "zoe@CLIENT.example " },
      { name: "Yan", email: "yan@sub.client.example" },
    ];
    expect(links({ participants })).toEqual([
      "zoe@client.example",
      "client.example",
      "yan@sub.client.example",
    ]);
  });

  it.each([
    ["nobody was there", []],
    ["nobody has an address", [{ name: "Guest" }, { name: "iPhone" }]],
    ["addresses are none", [{ name: "A", email: "n/a" }, { email: "" }]],
    ["the vendor calls them internal", [{ name: "C", email: "c@contractor.example", internal: true }]],
    ["it is the host alone, under another spelling", [{ email: "ANN@OWN.EXAMPLE" }]],
  ])("is nobody when %s", (_, participants) => {
    expect(links({ participants })).toEqual([]);
  });

  it("is nobody of the setting's domains, however they are written", () => {
    const participants = ["a@one.example", "b@two.example", "c@three.example", "d@gmail.com"].map(
      (email) => ({ email }),
    );
    const own_domains = ["one.example", " @Two.example ", "https://www.three.example", "gmail.com"];
    expect(links({ participants }, { own_domains })).toEqual([]);
    expect(links({ participants }, { own_domains: "one.example" })).toHaveLength(7);
    expect(links({ participants }, { own_domains: [1, null] })).toHaveLength(7);
  });

  it("a host of a free-mail domain makes nobody else of it a colleague, nor a company of it", () => {
    const participants = [{ email: "me@gmail.com" }, { email: "customer@gmail.com" }];
    expect(links({ host: { email: "Me@gmail.com" }, participants })).toEqual(["customer@gmail.com"]);
  });

  it("without a host everybody with an address is outside, unless the vendor says otherwise", () => {
    const participants = [{ email: "a@x.example" }, { email: "b@own.example", internal: true }];
    expect(links({ host: undefined, participants })).toEqual(["a@x.example", "x.example"]);
  });

  it("one whom the vendor calls internal in one of several joins is", () => {
    const participants = [
      { name: "Cy", email: "cy@other.example" },
      { name: "Cy", email: "cy@other.example", internal: true },
    ];
    expect(links({ participants })).toEqual([]);
  });

  it("everybody is told once, with what is known of them", () => {
    const { participants, host: told } = meetingPeople(
      {
        host,
        participants: [
          { name: " Zoe ", email: "zoe@client.example" },
          { email: "ZOE@client.example" },
          { name: "Guest" },
          { name: "guest" },
          {},
        ],
      },
      {},
      domains,
    );
    expect(participants).toEqual([
      { name: "Zoe", email: "zoe@client.example", internal: false },
      { name: "Guest", internal: false },
    ]);
    expect(told).toEqual({ name: "Ann", email: "ann@own.example", internal: true });
  });
});
