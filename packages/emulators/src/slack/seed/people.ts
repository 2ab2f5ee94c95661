import type { Random } from "../../random.ts";
import { idOf, type SlackUser, USLACKBOT, type Workspace } from "../workspace.ts";

const FIRST =
  "Ana Bilal Carla Deniz Elif Farid Greta Hugo Ines Jonas Kemal Lena Mateo Nora Omar Petra Quentin Rosa Samir Tilda Umut Vera Wim Yara Zoë Łukasz".split(
    " ",
  );
const LAST =
  "Almeida Brandt Costa Demir Ekström Fischer García Haddad Iversen Jansen Kaya Lindqvist Moreau Novak O'Brien Petit Rossi Şahin Tanaka Vogel Weiß Ziegler".split(
    " ",
  );
const TITLES = [
  "Support engineer",
  "Customer success",
  "Account executive",
  "Product manager",
  "Engineer",
  "Head of support",
  "",
];
const ZONES = [
  ["Europe/Berlin", "Central European Time", 3_600],
  ["America/New_York", "Eastern Standard Time", -18_000],
  ["Asia/Tokyo", "Japan Standard Time", 32_400],
] as const;

const plain = (text: string) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replaceAll("ß", "ss")
    .replaceAll("Ł", "L")
    .replaceAll("ł", "l")
    .replaceAll("ı", "i")
    .replace(/[^A-Za-z]/g, "")
    .toLowerCase();

/** Employees, guests, people who left, bots of others, Slackbot, and our own app. */
export function seedPeople(
  workspace: Workspace,
  seed: number,
  random: Random,
  { botName, count, until }: { botName: string; count: number; until: number },
): void {
  const add = (user: SlackUser) => void workspace.users.set(user.id, user);
  const base = {
    title: "",
    deleted: false,
    isBot: false,
    isAdmin: false,
    isOwner: false,
    guest: "no" as const,
    tz: ZONES[0][0],
    tzLabel: ZONES[0][1],
    tzOffset: ZONES[0][2],
    updated: until,
  };
  const taken = new Set<string>();
  for (let i = 0; i < count; i++) {
    const first = FIRST[i % FIRST.length] ?? "Ana";
    const last = LAST[(i * 7 + (seed % 5)) % LAST.length] ?? "Costa";
    const handle = `${plain(first)}.${plain(last)}${taken.has(`${first}${last}`) ? i : ""}`;
    taken.add(`${first}${last}`);
    const guest = i === count - 1 ? "single" : i === count - 2 ? "multi" : "no";
    const [tz, tzLabel, tzOffset] = random.pick(ZONES);
    // A guest is of another company; one address has capitals, one person has none.
    const domain = guest === "no" ? workspace.emailDomain : "partner.example.org";
    const address = `${handle}@${domain}`;
    add({
      ...base,
      id: i === 0 ? workspace.ownerId : idOf("U", seed, i),
      name: handle,
      realName: `${first} ${last}`,
      displayName: i % 3 === 0 ? first : "",
      email: i === 5 ? undefined : i === 6 ? address.toUpperCase() : address,
      title: random.pick(TITLES),
      deleted: i === 7,
      isAdmin: i < 2,
      isOwner: i === 0,
      guest,
      tz,
      tzLabel,
      tzOffset,
    });
  }
  add({
    ...base,
    id: USLACKBOT,
    name: "slackbot",
    realName: "Slackbot",
    displayName: "Slackbot",
    email: undefined,
  });
  const bot = { ...base, isBot: true, email: undefined };
  const monitor = { id: idOf("U", seed, 901), botId: idOf("B", seed, 902), appId: idOf("A", seed, 903) };
  add({ ...bot, ...monitor, name: "pagerbird", realName: "PagerBird", displayName: "PagerBird" });
  add({
    ...bot,
    id: workspace.botUserId,
    botId: workspace.botId,
    appId: workspace.appId,
    name: botName.toLowerCase().replace(/\W+/g, "_"),
    realName: botName,
    displayName: botName,
  });
}
