/** A sentence that is said in exactly one meeting, with the question it answers. */
export interface MeetingFact {
  readonly question: string;
  /** What is said, word for word, within one cue. */
  readonly phrase: string;
}

export const MEETING_FACTS: readonly MeetingFact[] = [
  {
    question: "Which customer runs payroll on a ship that is offline for nine days?",
    phrase: "Our payroll runs on the research vessel Halcyon, and she is offline for nine days at a stretch.",
  },
  {
    question: "Whose auditors want every export signed with a hardware key kept in Lucerne?",
    phrase: "The auditors insist that every export is signed with the hardware key that we keep in Lucerne.",
  },
  {
    question: "Who switches providers if the barcode import stays below forty scans a second?",
    phrase: "If the barcode import stays below forty scans a second we have to switch providers in spring.",
  },
  {
    question: "Which competitor offered a customer three free months and an on-site engineer?",
    phrase: "Cormorant Systems offered us three free months and an engineer on site for the first quarter.",
  },
  {
    question: "Who needs the customer portal in Welsh before the council meets?",
    phrase: "The portal has to be available in Welsh before the council meets on the ninth of March.",
  },
  {
    question: "What budget was set aside for the greenhouse rollout?",
    phrase: "We have set aside eighty-four thousand for the greenhouse rollout, and not a cent more.",
  },
  {
    question: "Which customer's champion moves to the Singapore office in June?",
    phrase: "I am moving to our Singapore office in June, so Ottilie will be your contact from then on.",
  },
  {
    question: "Why were two hundred beehives counted twice?",
    phrase: "Two hundred beehives were counted twice because the app merged them by their nicknames.",
  },
  {
    question: "What do night nurses want to see in red?",
    phrase: "The night nurses asked for the missed doses to be shown in red at the very top of the list.",
  },
  {
    question: "Who wants to pay by invoice from a foundation in Liechtenstein?",
    phrase: "The invoices have to go to our foundation in Liechtenstein, otherwise nobody can pay them.",
  },
  {
    question: "Which integration must work with a telex gateway?",
    phrase: "One of our ports still runs a telex gateway, and your integration has to write to it.",
  },
  {
    question: "Who expects forty thousand visitors on one evening in August?",
    phrase: "On the evening of the lantern festival in August we expect forty thousand visitors at once.",
  },
];
