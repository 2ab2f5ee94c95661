import { expect, it } from "vitest";
import { splitQuotedReply } from "./split-quoted-reply.ts";

const own = "Hi Jane,\n\nThe renewal is fine with us.\n\nBest\nBob";

it.each([
  ["Gmail's attribution", "On Mon, Mar 2, 2026 at 9:15 AM Jane Doe <jane@acme.test> wrote:\n> Is it?"],
  [
    "an attribution broken over two lines",
    "On Mon, Mar 2, 2026 at 9:15 AM Jane Doe\n<jane@acme.test> wrote:\n\nIs it?",
  ],
  ["a German attribution", "Am 02.03.2026 um 09:15 schrieb Jane Doe <jane@acme.test>:\n> Ist es?"],
  ["a French attribution", "Le lun. 2 mars 2026 à 09:15, Jane Doe a écrit :\n> Est-ce ?"],
  [
    "Outlook's header block",
    "From: Jane Doe <jane@acme.test>\nSent: Monday, March 2, 2026 9:15 AM\nTo: Bob\nSubject: Renewal\n\nIs it?",
  ],
  [
    "Outlook's header block in bold",
    "*From:* Jane Doe\n*Sent:* Monday\n*To:* Bob\n*Subject:* Renewal\n\nIs it?",
  ],
  [
    "Outlook's rule above its header block",
    "________________________________\nFrom: Jane\nSent: Monday\nTo: Bob",
  ],
  ["a German header block", "Von: Jane\nGesendet: Montag\nAn: Bob\nBetreff: Vertrag\n\nIst es?"],
  ["an original-message divider", "-----Original Message-----\nFrom: Jane\n\nIs it?"],
  ["a forward divider", "---------- Forwarded message ---------\nFrom: Jane\n\nIs it?"],
  ["a block of quoted lines at the end", "> Is it?\n>\n> Jane\n"],
  ["a signature", "-- \nBob Roe\nAcme GmbH"],
  ["a mobile signature", "Sent from my iPhone"],
  ["Outlook's mobile signature", "Get Outlook for iOS<https://aka.ms/x>"],
  ["a legal notice", "CONFIDENTIALITY NOTICE: This e-mail is for the addressee only."],
  [
    "a disclaimer without a title",
    "This email and any attachments are confidential and intended solely for the addressee.",
  ],
])("ends the sender's words at %s", (_, rest) => {
  expect(splitQuotedReply(`${own}\n\n${rest}`)).toEqual({ body: own, quoted: rest.trim() });
});

it.each([
  ["prose that begins with On and ends with a colon", "On Monday we met Jane, who said:\nall good"],
  ["a sentence that says who wrote", "On the whole Jane wrote: a lot"],
  ["a lone From line", "From: the terrace one sees the sea\nand the hills"],
  ["quotes between answers", "> Is it?\nYes.\n> And the price?\nAs agreed."],
  ["a dash in a list", "- one\n- two"],
  [
    "a mere forward, which has no other words",
    "---------- Forwarded message ---------\nFrom: Jane\n\nIs it?",
  ],
])("keeps %s", (_, text) => {
  expect(splitQuotedReply(text)).toEqual({ body: text.trim(), quoted: "" });
});

it("loses nothing but white space at the seam", () => {
  const text = `${own}\n\nOn 2 March 2026 Jane wrote:\n> a\n> b`;
  const { body, quoted } = splitQuotedReply(text);
  expect(text).toBe(`${body}\n\n${quoted}`);
});
