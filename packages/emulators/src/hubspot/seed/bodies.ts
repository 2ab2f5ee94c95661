import { mixSeed, type Random, seededRandom } from "../../random.ts";
import type { Fields } from "../record.ts";
import { DISCLAIMER, deepHtml, escapeHtml, hostileHtml, mailHtml, type Quote } from "./html.ts";
import type { Identities, Person } from "./identity.ts";
import type { FactSketch } from "./planted.ts";
import { createMatter, type Matter } from "./prose.ts";
import { CLOSINGS } from "./topics.ts";

/** What the text of one engagement is made from. */
export interface BodySource {
  readonly seed: number;
  readonly index: number;
  readonly at: number;
  readonly identities: Identities;
  /** Index of the first contact, undefined for engagements without one. */
  readonly contact: number | undefined;
  readonly staff: { readonly name: string; readonly email: string };
  readonly fact: FactSketch | undefined;
}

interface Scene {
  readonly random: Random;
  readonly person: Person;
  readonly company: string;
  readonly matter: Matter;
}

const STRANGER: Person = {
  first: "Alex",
  last: "Unknown",
  email: "alex.unknown@example.org",
  title: "Visitor",
  phone: "",
  company: undefined,
};

function scene({ seed, identities, contact }: BodySource): Scene {
  const random = seededRandom(mixSeed(seed, 77));
  const person = contact === undefined ? STRANGER : identities.person(contact);
  const company = person.company === undefined ? "our company" : identities.organisation(person.company).name;
  return { random, person, company, matter: createMatter(random, company) };
}

const preview = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 200);
const onDate = (epochMs: number) => new Date(epochMs).toUTCString().slice(0, 22);

export function emailText(source: BodySource, incoming: boolean): Fields {
  const { random, person, company, matter } = scene(source);
  const customer = { name: `${person.first} ${person.last}`, email: person.email ?? "" };
  const [from, to] = incoming ? [customer, source.staff] : [source.staff, customer];
  const subject = source.fact?.title ?? `${random.chance(0.35) ? "Re: " : ""}${matter.subject()}`;
  const headers = JSON.stringify({
    from: {
      email: from.email,
      firstName: from.name.split(" ")[0],
      lastName: from.name.split(" ").slice(1).join(" "),
    },
    to: [{ email: to.email }],
    cc: [],
    bcc: [],
  });
  if (source.index % 97 === 13) {
    return { hs_email_subject: subject, hs_email_headers: headers };
  }
  const sentences = incoming ? matter.message() : [...matter.outcome(), matter.ask()];
  if (source.fact) sentences.splice(1, 0, source.fact.phrase);
  const greeting = `${random.pick(["Hi", "Hello", "Dear"])} ${to.name.split(" ")[0]},`;
  const signature = `${random.pick(CLOSINGS)},\n${from.name}\n${incoming ? `${person.title}, ${company}\n${person.phone}` : "Customer Team"}${random.chance(0.3) ? `\n${DISCLAIMER}` : ""}`;
  const quote: Quote | undefined =
    subject.startsWith("Re:") || source.index % 307 === 19
      ? {
          author: to.name,
          address: to.email,
          on: onDate(source.at - random.int(1, 90) * 3_600_000),
          sentences: incoming ? matter.outcome() : matter.message(),
        }
      : undefined;
  const paragraphs = source.index % 307 === 19 ? [] : [greeting, ...inParagraphs(random, sentences)];
  const html =
    source.index % 211 === 17
      ? hostileHtml(sentences.join(" "))
      : mailHtml(random, paragraphs, paragraphs.length > 0 ? signature : "", quote);
  const quotedText = quote
    ? `\n\nOn ${quote.on}, ${quote.author} <${quote.address}> wrote:\n${quote.sentences.map((line) => `> ${line}`).join("\n")}`
    : "";
  const text =
    paragraphs.length > 0 ? `${paragraphs.join("\n\n")}\n\n${signature}${quotedText}` : quotedText.trim();
  return {
    hs_email_subject: subject,
    hs_email_headers: headers,
    hs_email_html: html,
    hs_email_text: text,
    hs_body_preview: preview(text),
  };
}

export function noteText(source: BodySource): Fields {
  const { random, person, matter } = scene(source);
  if (source.index % 97 === 13) return { hs_note_body: "" };
  const lines = [...matter.outcome(), ...(random.chance(0.5) ? [`Next step: ${matter.ask()}`] : [])];
  if (source.fact) lines.unshift(source.fact.phrase);
  if (source.index % 5000 === 21) {
    // The longest note the vendor takes, 65,536 characters.
    while (lines.join("</p><p>").length < 65_000) lines.push(...matter.message());
  }
  const title = random.chance(0.4)
    ? `<p><strong>${escapeHtml(`${person.first} on ${matter.topic.id}`)}</strong></p>`
    : "";
  const body =
    source.index % 211 === 17
      ? hostileHtml(lines.join(" "))
      : source.index % 5000 === 33
        ? deepHtml(4_000, lines.join(" "))
        : `${title}${random.chance(0.3) ? `<ul>${lines.map((l) => `<li>${escapeHtml(l)}</li>`).join("")}</ul>` : lines.map((l) => `<p>${escapeHtml(l)}</p>`).join("")}`;
  return { hs_note_body: body.slice(0, 65_536), hs_body_preview: preview(lines.join(" ")) };
}

export function callText(source: BodySource): Fields {
  const { random, person, company, matter } = scene(source);
  const title =
    source.fact?.title ||
    `Call with ${person.first} ${person.last} about ${matter.topic.id.replace("-", " ")}`;
  if (source.index % 97 === 13) return { hs_call_title: title };
  const lines = [
    `Spoke with ${person.first} (${person.title}, ${company}).`,
    ...matter.message(),
    ...matter.outcome(),
  ];
  if (source.fact) lines.splice(1, 0, source.fact.phrase);
  const body = random.chance(0.5)
    ? lines.map((line) => `<p>${escapeHtml(line)}</p>`).join("")
    : lines.join("\n");
  return { hs_call_title: title, hs_call_body: body, hs_body_preview: preview(lines.join(" ")) };
}

export function meetingText(source: BodySource): Fields {
  const { random, company, matter } = scene(source);
  const title = source.fact?.title || `${matter.subject()} (${company})`;
  if (source.index % 97 === 13) return { hs_meeting_title: title };
  const agenda = matter.message();
  if (source.fact) agenda.push(source.fact.phrase);
  return {
    hs_meeting_title: title,
    hs_meeting_body: `<p>Agenda</p><ol>${agenda.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ol>`,
    hs_internal_meeting_notes: random.chance(0.6)
      ? matter
          .outcome()
          .map((line) => `<p>${escapeHtml(line)}</p>`)
          .join("")
      : "",
    hs_body_preview: preview(agenda.join(" ")),
  };
}

export function taskText(source: BodySource): Fields {
  const { person, matter } = scene(source);
  return {
    hs_task_subject: `Follow up with ${person.first}: ${matter.topic.id}`,
    hs_task_body: `<p>${escapeHtml(matter.ask())}</p>`,
  };
}

/** What a visitor typed into a form. */
export function submissionMessage(source: BodySource): string {
  const { matter } = scene(source);
  const sentences = matter.message();
  if (source.fact) sentences.unshift(source.fact.phrase);
  return sentences.join(" ");
}

function inParagraphs(random: Random, sentences: readonly string[]): string[] {
  const paragraphs: string[] = [];
  for (const sentence of sentences) {
    const last = paragraphs.length - 1;
    if (last >= 0 && random.chance(0.5)) paragraphs[last] = `${paragraphs[last]} ${sentence}`;
    else paragraphs.push(sentence);
  }
  return paragraphs;
}
