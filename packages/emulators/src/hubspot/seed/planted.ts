/** A fact that stands in exactly one engagement, so that an answer can be checked. */
export interface PlantedFact {
  readonly question: string;
  /** The words of the text that answer it. */
  readonly phrase: string;
  readonly kind: "emails" | "notes" | "calls" | "meetings" | "submissions";
  readonly engagementId: string;
  readonly customer: { readonly email: string; readonly name: string; readonly company: string | undefined };
}

export interface FactSketch {
  readonly kind: PlantedFact["kind"];
  /** Which engagement of its kind carries it, counted from 0. */
  readonly index: number;
  readonly question: string;
  readonly phrase: string;
  readonly title: string;
}

/** Indexes are low, so that the facts stand in small portals too, and avoid the awkward ones. */
export const FACT_SKETCHES: readonly FactSketch[] = [
  {
    kind: "emails",
    index: 4,
    title: "Label printer in Rotterdam",
    question: "Whose forklift drove over a label printer, and which model do they need instead?",
    phrase:
      "Last Friday a forklift drove over the label printer in our Rotterdam warehouse, so we need the rugged model HX-42 as a replacement.",
  },
  {
    kind: "emails",
    index: 10,
    title: "Blackout period for deployments",
    question: "Which customer forbids deployments during the olive harvest?",
    phrase:
      "During the olive harvest from 12 October to 3 November nothing may be deployed, because the presses run around the clock.",
  },
  {
    kind: "emails",
    index: 15,
    title: "Re: Escrow of the source code",
    question: "Who asked for the source code to be deposited with a notary in Geneva?",
    phrase:
      "Our supervisory board insists that the source code of the settlement module is deposited with a notary in Geneva before we sign.",
  },
  {
    kind: "notes",
    index: 5,
    title: "",
    question: "Which decision maker is allergic to lilies?",
    phrase:
      "Decision maker is severely allergic to lilies: no flowers at the signing ceremony, she likes dark chocolate instead.",
  },
  {
    kind: "calls",
    index: 6,
    title: "Call about the lighthouse offices",
    question: "Why does a customer need satellite uplink support for lighthouses?",
    phrase:
      "They operate eleven lighthouses without fibre and can only sync through a satellite uplink between 02:00 and 04:00.",
  },
  {
    kind: "meetings",
    index: 7,
    title: "Workshop on the penguin enclosure sensors",
    question: "What temperature threshold triggers the penguin enclosure alarm?",
    phrase:
      "The alarm for the penguin enclosure has to fire when the water rises above nine degrees Celsius for five minutes.",
  },
  {
    kind: "submissions",
    index: 2,
    title: "",
    question: "Who asked for a Braille version of the training handbook?",
    phrase: "Please offer a Braille version of the training handbook, two of our dispatchers are blind.",
  },
  {
    kind: "notes",
    index: 12,
    title: "",
    question: "Which prospect wants to pay in twelve instalments on the day after full moon?",
    phrase:
      "Wants to pay in twelve instalments, each due on the day after full moon, for reasons of tradition.",
  },
];
